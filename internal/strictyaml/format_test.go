package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/strictyaml"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"as it should be": {"# why\na: b # c\n\n\nc:   [d]\nd:\n  - e: f\n    g: \"h\"\n", "# why\na: b # c\n\n\nc:   [d]\nd:\n  - e: f\n    g: \"h\"\n"},
		"ends of lines":   {"a: b  \r\nc: d\t\r\n  \r\n# e \t\n", "a: b\nc: d\n\n# e\n"},
		"end of the file": {"a: b\n\n\n", "a: b\n"},
		"no end":          {"a: b", "a: b\n"},
		"byte order mark": {"\ufeffa: b\r\n", "a: b\n"},
		"tabs between":    {"a:\tb\nc: \t d\t# e\nf: \"g\t# h\"\n", "a: b\nc: d # e\nf: \"g\t# h\"\n"},
		"four spaces":     {"a:\n    b:\n        - c: d\n          e: f\n    g: h\n", "a:\n  b:\n    - c: d\n      e: f\n  g: h\n"},
		"a list beside its key": {"rules:\n- id: x\n  pairs:\n  - job: A\n    position: B\n  # why\n  - {job: C, position: D}\n",
			"rules:\n  - id: x\n    pairs:\n      - job: A\n        position: B\n      # why\n      - {job: C, position: D}\n"},
		"a far dash":      {"a:\n  -   b: c\n      d: e\n  -   f\n", "a:\n  - b: c\n    d: e\n  - f\n"},
		"dashes in a row": {"a:\n - - b\n   -   c\n -\n   d: e\n", "a:\n  - - b\n    - c\n  -\n    d: e\n"},
		"comments move with what they are about": {"a:\n    # of b\n    b: c\n    # of d\n\n    d:\n      # of e\n      - e\n    # at the end\n# of all\n",
			"a:\n  # of b\n  b: c\n  # of d\n\n  d:\n    # of e\n    - e\n  # at the end\n# of all\n"},
		"texts that go on": {"a:\n    b: one\n      two\n    c: \"three\n\n       four\"\n    d: [e,\n        f]\n    g:\n        {h: i,\n      j: k}\n",
			"a:\n  b: one\n    two\n  c: \"three\n\n     four\"\n  d: [e,\n      f]\n  g:\n      {h: i,\n    j: k}\n"},
		"blocks of text":          {"a:\n    b: |\n        one  \n          # two\n\n    c: >-\n      three\n    # four\n", "a:\n  b: |\n      one  \n        # two\n\n  c: >-\n    three\n  # four\n"},
		"aliases":                 {"a: &x\n    b: c\nd:\n    <<: *x\n    e: f\n", "a: &x\n  b: c\nd:\n  <<: *x\n  e: f\n"},
		"keeps what ends a text":  {"a: |+\n  b\n\n\n", "a: |+\n  b\n\n\n"},
		"an error":                {"a:  \n", "a:  \n"},
		"twice":                   {"a: b  \na: c\n", "a: b  \na: c\n"},
		"Windows-1252":            {"a: \xe4  \n", "a: \xe4  \n"},
		"in letters of all kinds": {"ä:\n    - ö: \"ü\"\n      b: é  # ñ\n", "ä:\n  - ö: \"ü\"\n    b: é  # ñ\n"},
	} {
		if diff := cmp.Diff(test.want, string(strictyaml.Format("x.yaml", []byte(test.in), strictyaml.Options{}))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Nothing but white space is touched, the second time nothing at all, and what is read stays the same.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"a:\n    b:\n    -   c: d # e\n        f: |\n           g\n", "a: &x {b: c}\nd: *x\n", "- a\n-\n  - b\n", "\ufeffa:\tb\r\n", "a: \"b\\ \n  c\"\n", "? a\n: b\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := string(strictyaml.Format("x.yaml", []byte(text), strictyaml.Options{}))
		if bare(strings.TrimPrefix(once, "\ufeff")) != bare(strings.TrimPrefix(text, "\ufeff")) {
			t.Errorf("%q became %q", text, once)
		}
		if twice := string(strictyaml.Format("x.yaml", []byte(once), strictyaml.Options{})); twice != once {
			t.Errorf("%q became %q, and then %q", text, once, twice)
		}
		before, after := strictyaml.Parse("x.yaml", []byte(text), strictyaml.Options{}), strictyaml.Parse("x.yaml", []byte(once), strictyaml.Options{})
		if strictyaml.HasErrors(before.Problems()) != strictyaml.HasErrors(after.Problems()) || said(before.Root()) != said(after.Root()) {
			t.Errorf("%q says %s, and as %q says %s", text, said(before.Root()), once, said(after.Root()))
		}
	})
}

func bare(text string) string { return strings.Join(strings.Fields(text), "") }

// said is all that a value says.
func said(n *strictyaml.Node) string {
	if n == nil {
		return "nothing"
	}
	var b strings.Builder
	switch n.Kind() {
	case strictyaml.Scalar:
		b.WriteString(n.Text())
		if n.Plain() {
			b.WriteString("!")
		}
	case strictyaml.List:
		for _, item := range n.Items() {
			b.WriteString("[" + said(item) + "]")
		}
	case strictyaml.Mapping:
		for _, p := range n.Pairs() {
			b.WriteString("{" + p.Key.Text() + "=" + said(p.Value) + "}")
		}
	}
	return b.String()
}
