package poll

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"

	"flowd/connectors"
	"flowd/internal/strictyaml"
)

const (
	mostItems = 10_000  // of one page
	mostBytes = 1 << 20 // of an item, and of a member beside the list
	mostRest  = 200     // members beside the list
	readAhead = 1 << 20 // what a decoder may have read beyond what it decoded
)

var pathForm = regexp.MustCompile(`^[A-Za-z0-9_$@-]+(\.[A-Za-z0-9_$@-]+)*$`)

// pathOf is where the list stands, name by name.
func pathOf(k *connectors.Compiler, node *strictyaml.Node, text string) []string {
	if text == "" {
		return nil
	}
	if !pathForm.MatchString(text) {
		k.Fail(node.Place("items"), "value", "items is no place in an answer", "write the names down to the list with dots, such as data.results")
	}
	return strings.Split(text, ".")
}

// sheet is one answer: its list goes to each, item by item, and what stands
// around the list is kept.
type sheet struct {
	path   []string
	each   func(n int, item any) error
	around any
	items  int
	found  bool // the list was there

	bounds  *bounded
	decoder *json.Decoder
	members int
}

// read reads an answer of one JSON value in UTF-8. Its errors name the place and
// quote nothing.
func (s *sheet) read(r io.Reader) (err error) {
	s.bounds = &bounded{r: transform.NewReader(r, encoding.UTF8Validator)}
	s.decoder = json.NewDecoder(s.bounds)
	s.decoder.UseNumber()
	if s.around, err = s.value(0); err != nil {
		return err
	}
	if _, err := s.decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows behind its end")
	}
	return nil
}

// value reads the value at a depth of the path.
func (s *sheet) value(depth int) (any, error) {
	s.allow()
	at := "it"
	if depth > 0 {
		at = strings.Join(s.path[:depth], ".")
	}
	token, err := s.decoder.Token()
	last := depth == len(s.path)
	switch {
	case err != nil:
		return nil, s.misread(err, at)
	case last && token == nil:
		s.found = true
		return nil, nil
	case last && token == json.Delim('['):
		return nil, s.list()
	case last:
		return nil, fmt.Errorf("%s is no list", at)
	case token == nil:
		return nil, nil
	case token != json.Delim('{'):
		return nil, fmt.Errorf("%s is no object", at)
	}
	out := map[string]any{}
	for s.decoder.More() {
		s.allow()
		token, err := s.decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, s.misread(err, at)
		}
		if s.members++; s.members > mostRest {
			return nil, fmt.Errorf("it has more than %d members beside the list", mostRest)
		}
		if name == s.path[depth] {
			if out[name], err = s.value(depth + 1); err != nil {
				return nil, err
			}
			continue
		}
		s.allow()
		var member any
		if err := s.decoder.Decode(&member); err != nil {
			return nil, s.misread(err, "a member of "+at)
		}
		out[name] = member
	}
	if _, err := s.decoder.Token(); err != nil {
		return nil, s.misread(err, at)
	}
	return out, nil
}

// list reads the list behind its bracket.
func (s *sheet) list() error {
	s.found = true
	var raw json.RawMessage // of one item at a time
	for s.decoder.More() {
		if s.items == mostItems {
			return fmt.Errorf("%s has more than %d items: ask for fewer on a page", s.place(), mostItems)
		}
		s.allow()
		if err := s.decoder.Decode(&raw); err != nil {
			return s.misread(err, s.item(s.items))
		}
		item, err := connectors.DecodeAny(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", s.item(s.items), err)
		}
		s.items++
		if err := s.each(s.items-1, item); err != nil {
			return fmt.Errorf("%s: %w", s.item(s.items-1), err)
		}
	}
	_, err := s.decoder.Token()
	return s.misread(err, s.place())
}

// place is what the list is called, and item what one of its items is.
func (s *sheet) place() string {
	if len(s.path) == 0 {
		return "the list"
	}
	return strings.Join(s.path, ".")
}

func (s *sheet) item(n int) string { return fmt.Sprintf("%s[%d]", strings.Join(s.path, "."), n) }

// allow lets the next value be read.
func (s *sheet) allow() { s.bounds.until = s.decoder.InputOffset() + mostBytes + readAhead }

// misread says what is wrong with the JSON at a place, without its text.
func (s *sheet) misread(err error, place string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLong):
		return fmt.Errorf("%s is larger than %d MiB", place, mostBytes>>20)
	case errors.Is(err, encoding.ErrInvalidUTF8):
		return fmt.Errorf("%s holds text that is not UTF-8", place)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s ends too early", place)
	}
	return fmt.Errorf("%s is not JSON", place)
}

// bounded ends a value that is too long, which a decoder would hold whole.
type bounded struct {
	r        io.Reader
	n, until int64
}

var errTooLong = errors.New("too long")

func (b *bounded) Read(p []byte) (int, error) {
	if b.n >= b.until {
		return 0, errTooLong
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.until-b.n)])
	b.n += int64(n)
	return n, err
}
