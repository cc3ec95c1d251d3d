package connectors_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"flowd/connectors"
)

// slowly decodes as encoding/json does.
func slowly(body []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, false
	}
	_, err := d.Token()
	return v, err == io.EOF
}

var trees = []string{
	`{"a": [1, -2.5e+10, 0, 0.1, 12345678901234567890123], "b": {"c": null, "d": true, "e": false}, "": ""}`,
	` [ ] `, `{}`, `""`, `"a\"b\u00e4\n\ud83d\ude00"`, `"\ud800"`, `{"a": 1, "a": 2}`, "\"\xff\"", `"ä"`, "\t\r\n1", `-0`, `1E5`, `{"k\\": "\\"}`,
	``, `{`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `{a: 1}`, `01`, `1.`, `1e`, `-`, `+1`, `.5`, `tru`, `nul`, `"`, `"\"`, `"\x"`, "\"a\nb\"", `1 2`, `{} x`, `NaN`, `[1 2]`, `{"a":1 "b":2}`,
	strings.Repeat("[", 90) + strings.Repeat("]", 90), strings.Repeat("[", 200) + strings.Repeat("]", 200),
}

// Plain JSON becomes what encoding/json makes of it, and nothing else counts as
// plain.
func TestTree(t *testing.T) {
	t.Parallel()
	plain := 0
	for _, text := range trees {
		if same(t, []byte(text)) {
			plain++
		}
	}
	if plain < 12 {
		t.Errorf("%d of the texts are plain", plain)
	}
}

func same(t *testing.T, body []byte) bool {
	t.Helper()
	got, ok := connectors.TreeOf(body)
	if !ok {
		return false
	}
	want, valid := slowly(body)
	if !valid || !reflect.DeepEqual(want, got) {
		t.Errorf("%q: %v, and by encoding/json %v, valid %t", body, got, want, valid)
	}
	return true
}

func FuzzTree(f *testing.F) {
	for _, text := range trees {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) { same(t, body) })
}
