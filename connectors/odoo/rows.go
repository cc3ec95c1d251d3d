package odoo

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

var errNotJSON = errors.New("it is not JSON, or ends too early")

// readRows reads a list of records, in its JSON-RPC envelope where it has one.
// Its errors quote nothing.
func readRows(r io.Reader, wrapped bool, most int, each func(row) error) (*refusal, error) {
	d := json.NewDecoder(r)
	if !wrapped {
		return nil, readList(d, most, each)
	}
	if t, err := d.Token(); err != nil {
		return nil, errNotJSON
	} else if t != json.Delim('{') {
		return nil, errors.New("it is no answer of JSON-RPC")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		switch name {
		case "result":
			return nil, readList(d, most, each)
		case "error":
			var e refusal
			if err := d.Decode(&e); err != nil {
				return nil, errNotJSON
			}
			return &e, nil
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return nil, errNotJSON
		}
	}
	return nil, errors.New("it has neither a result nor an error")
}

func readList(d *json.Decoder, most int, each func(row) error) error {
	if t, err := d.Token(); err != nil {
		return errNotJSON
	} else if t != json.Delim('[') {
		return errors.New("the result is no list of records")
	}
	for n := 0; d.More(); n++ {
		if n == most {
			return errors.New("it has more than the " + strconv.Itoa(most) + " records that were asked for")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return errNotJSON
		}
		if !utf8.Valid(raw) {
			return errors.New("record " + strconv.Itoa(n+1) + " is not UTF-8")
		}
		var one row
		if err := json.Unmarshal(raw, &one); err != nil || one == nil {
			return errors.New("record " + strconv.Itoa(n+1) + " is no record")
		}
		if err := each(one); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errNotJSON
	}
	return nil
}
