package dropfolder

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func records(text string) (out []string) {
	in := &splitter{text: text, line: 1, comma: ','}
	for {
		cells, line, _, err := in.next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			out = append(out, fmt.Sprintf("%d bad", line))
			continue
		}
		out = append(out, fmt.Sprintf("%d %q", line, cells))
	}
}

func TestSplitter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"a,b\nc,d\n":              {`1 ["a" "b"]`, `2 ["c" "d"]`},
		"a,b":                     {`1 ["a" "b"]`},
		"a,\n,b":                  {`1 ["a" ""]`, `2 ["" "b"]`},
		"\"a\nb\",c\nd\n":         {`1 ["a\nb" "c"]`, `3 ["d"]`},
		`"a ""b""",c`:             {`1 ["a \"b\"" "c"]`},
		`"a" , "b" `:              {`1 ["a" "b"]`},
		"a \"b\" c,O\"d":          {`1 ["a \"b\" c" "O\"d"]`},
		"=\"007\",b":              {`1 ["007" "b"]`},
		"a,\"b\nc,d\ne,f\n":       {"1 bad", `2 ["c" "d"]`, `3 ["e" "f"]`},
		"a,\"b\" c\nd,e\n":        {"1 bad", `2 ["d" "e"]`},
		"a,\"b\nc,\"d\ne,\"f\"\n": {"1 bad", "2 bad", `3 ["e" "f"]`},
		"\n\na\n":                 {`1 [""]`, `2 [""]`, `3 ["a"]`},
	} {
		if diff := cmp.Diff(want, records(text)); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

// What encoding/csv can read, the splitter reads alike.
func FuzzSplitter(f *testing.F) {
	for _, text := range []string{"a,b\nc,d\n", "\"a\nb\",\"c\"\"d\"\n", ",\n\"\"", "a,\"b\nc"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := records(text)
		if strings.ContainsAny(text, "\r") || strings.Contains(text, `="`) || strings.Contains(text, ` "`) || strings.Contains(text, "\n\n") || strings.HasPrefix(text, "\n") {
			return // read differently on purpose, or an empty line
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord = -1
		var want []string
		for {
			cells, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			line, _ := r.FieldPos(0)
			want = append(want, fmt.Sprintf("%d %q", line, cells))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	})
}
