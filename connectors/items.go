package connectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// Items is a page's list, and where it stands in the answer.
type Items[T any] struct {
	// At is the member that holds the list; empty where the answer is the list.
	At string
	// Most is how many items a page may have.
	Most int
	// Each takes an item as it comes. Its error ends the reading.
	Each func(T) error
	// Rest, where it is not nil, takes the members beside the list, of 64 KiB each at
	// most. They may stand before it or behind.
	Rest any
}

const maxMember = 64 << 10 // bytes of a member beside the list

// Read reads an answer of one JSON value in UTF-8 to its end, without ever holding
// the list as a whole. An answer without the list is none of its errors: a
// refusal has none. The errors name the place and quote nothing.
func (l Items[T]) Read(r io.Reader) error {
	d := json.NewDecoder(transform.NewReader(r, encoding.UTF8Validator))
	read := l.object
	if l.At == "" {
		read = l.list
	}
	if err := read(d); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows behind its end")
	}
	return nil
}

func (l Items[T]) object(d *json.Decoder) error {
	if err := begin(d, '{', "it"); err != nil {
		return err
	}
	rest := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return misread(err, "it")
		}
		if name == l.At {
			if err := l.list(d); err != nil {
				return err
			}
			continue
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return misread(err, "a member")
		}
		if len(other) <= maxMember && len(rest) < maxMembers {
			rest[name] = other
		}
	}
	if _, err := d.Token(); err != nil {
		return misread(err, "it")
	}
	if l.Rest == nil {
		return nil
	}
	text, err := json.Marshal(rest)
	if err != nil {
		return misread(err, "a member")
	}
	return DecodeJSON(text, l.Rest)
}

const maxMembers = 100 // beside the list

func (l Items[T]) list(d *json.Decoder) error {
	list := "it"
	if l.At != "" {
		list = l.At
	}
	token, err := d.Token()
	switch {
	case err != nil:
		return misread(err, list)
	case token == nil:
		return nil
	case token != json.Delim('['):
		return fmt.Errorf("%s is no list", list)
	}
	for n := 0; d.More(); n++ {
		place := fmt.Sprintf("%s[%d]", l.At, n)
		if n == l.Most {
			return fmt.Errorf("%s has more than %d items", list, l.Most)
		}
		var item T
		if err := d.Decode(&item); err != nil {
			return misread(err, place)
		}
		if err := l.Each(item); err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
	}
	_, err = d.Token()
	return misread(err, list)
}

func begin(d *json.Decoder, delim json.Delim, what string) error {
	token, err := d.Token()
	if err != nil {
		return misread(err, what)
	}
	if token != delim {
		return fmt.Errorf("%s is no object", what)
	}
	return nil
}

// misread says what is wrong with the JSON at a place, without its text.
func misread(err error, place string) error {
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, encoding.ErrInvalidUTF8):
		return fmt.Errorf("%s holds text that is not UTF-8", place)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s ends too early", place)
	case errors.As(err, &kind):
		got, _, _ := strings.Cut(kind.Value, " ")
		if kind.Field == "" {
			return fmt.Errorf("%s is of the wrong type: a JSON %s", place, got)
		}
		return fmt.Errorf("%s.%s is of the wrong type: a JSON %s", place, kind.Field, got)
	}
	return fmt.Errorf("%s is not JSON", place)
}
