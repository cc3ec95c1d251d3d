package dropfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"flowd/connectors"
)

// maxLine bounds one JSON object, in bytes.
const maxLine = 1 << 20

// lines reads a JSON object a line: the normal form, with groups nested or
// written with a dot.
func lines(text string) func() (row, error) {
	line := 0
	return func() (row, error) {
		for text != "" {
			var one string
			one, text, _ = strings.Cut(text, "\n")
			line++
			if one = strings.TrimSpace(one); one == "" {
				continue
			}
			x := row{line: line, raw: one}
			if len(one) > maxLine {
				x.raw = ""
				return x, fmt.Errorf("the line is longer than %d KiB", maxLine>>10)
			}
			var err error
			x.record, err = object(one)
			return x, err
		}
		return row{}, io.EOF
	}
}

func object(text string) (connectors.Record, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var tree map[string]any
	if err := d.Decode(&tree); err != nil || d.More() {
		return nil, errors.New("the line is not one JSON object")
	}
	out := connectors.Record{}
	return out, flatten(out, "", tree)
}

// groups are the parts that are objects of others.
var groups = map[string]bool{"application": true, "candidate": true, "job": true, "stage": true, "from": true, "fields": true}

func flatten(out connectors.Record, prefix string, tree map[string]any) error {
	for key, value := range tree {
		if inner, ok := value.(map[string]any); ok && prefix == "" && groups[key] {
			if err := flatten(out, key+".", inner); err != nil {
				return err
			}
			continue
		}
		name, ok := connectors.PartName(prefix + key)
		if !ok && prefix == "" {
			name, ok = partOf(key)
		}
		switch _, twice := out[name]; {
		case !ok:
			return fmt.Errorf("an event has no %s", shown(prefix+key))
		case twice:
			return fmt.Errorf("%s stands there twice", shown(name))
		}
		out[name] = value
	}
	return nil
}

var plainName = regexp.MustCompile(`^[a-z_.]{1,40}$`)

// shown is a key as an error may show it: what looks like a name of the form.
func shown(key string) string {
	if plainName.MatchString(key) {
		return key
	}
	return "such member as it has"
}
