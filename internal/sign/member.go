package sign

import (
	"bytes"
	"encoding/json"
	"errors"
)

// member returns the member of the JSON object body at path: the text of a
// string, and of anything else the bytes exactly as they were sent, because
// the sender signed those. It holds one member in memory at a time. A name
// that stands twice in its object is refused: the code that later acts on the
// body might take the other one.
func member(body []byte, path []string) (text []byte, found bool, err error) {
	raw := json.RawMessage(body)
	for _, name := range path {
		if raw, found, err = child(raw, name); err != nil || !found {
			return nil, false, err
		}
	}
	switch {
	case string(raw) == "null":
		return nil, false, nil
	case raw[0] != '"':
		return raw, true, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, false, errNotJSON
	}
	return []byte(s), true, nil
}

func child(object json.RawMessage, name string) (value json.RawMessage, found bool, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, false, errNotObject
	}
	var skipped json.RawMessage
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, false, errNotJSON
		}
		if key != name {
			if err := d.Decode(&skipped); err != nil {
				return nil, false, errNotJSON
			}
			continue
		}
		if found {
			return nil, false, errTwice
		}
		found = true
		if err := d.Decode(&value); err != nil {
			return nil, false, errNotJSON
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, false, errNotJSON
	}
	return value, found, nil
}

// These take the place of the decoder's own errors, which quote the body.
var (
	errNotJSON   = errors.New("the body is not JSON")
	errNotObject = errors.New("not a member of a JSON object")
	errTwice     = errors.New("the member is there twice")
)
