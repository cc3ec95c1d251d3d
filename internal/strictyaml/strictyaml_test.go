package strictyaml_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd/internal/strictyaml"
)

// file is a rule file in small: each shape of value that flowd's files have.
type file struct {
	Version int               `yaml:"version,required"`
	Owner   string            `yaml:"owner"`
	Wait    time.Duration     `yaml:"wait"`
	Rules   []rule            `yaml:"rules,required"`
	Labels  map[string]string `yaml:"labels"`
}

type rule struct {
	Node  *strictyaml.Node `yaml:",node"`
	ID    string           `yaml:"id,required"`
	Stage string           `yaml:"stage,text"`
	If    []condition      `yaml:"if"`
	Mode  string           `yaml:"mode" oneof:"live shadow disabled"`
	Once  bool             `yaml:"once"`
	Pairs []pair           `yaml:"pairs"`
}

type pair struct {
	Job      []string `yaml:"job,text"`
	Position string   `yaml:"position,text"`
}

type condition struct{ When, Because string }

func (c *condition) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		c.When = n.Text()
		return
	}
	var full struct {
		When    string `yaml:"when,required"`
		Because string `yaml:"because,text"`
	}
	n.Decode(&full)
	c.When, c.Because = full.When, full.Because
}

func read(src string) (file, []strictyaml.Problem) {
	doc := strictyaml.Parse("r.yaml", []byte(src), strictyaml.Options{Extensions: true})
	var f file
	doc.Decode(&f)
	return f, doc.Problems()
}

// around puts lines into a file that is right otherwise.
func around(lines string) string {
	return "version: 1\nrules:\n  - id: a\n" + lines + "  - id: last\n    stage: End\n"
}

func TestTraps(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{"a condition that is a tag", around("    if: !candidate.archived\n"), `
r.yaml:4:9: a ! at the start of a value is a YAML tag, so what follows it is not read
    4 |     if: !candidate.archived
      |         ^
  hint: in a condition write: not candidate.archived; in a name write it in quotes: "!candidate.archived"
`},
		{"a lone tag, which turns the condition round", around("    if: ! candidate.archived\n"), `
r.yaml:4:9: a ! at the start of a value is a YAML tag, so what follows it is not read
    4 |     if: ! candidate.archived
      |         ^
  hint: in a condition write: not candidate.archived; in a name write it in quotes: "!candidate.archived"
`},
		{"a tag in a row", around("    if: {when: !candidate.archived, because: x}\n"), `
r.yaml:4:16: a ! at the start of a value is a YAML tag
    4 |     if: {when: !candidate.archived, because: x}
      |                ^
  hint: in a condition write: not candidate.archived
`},
		{"a tag of YAML's own", around("    stage: !!str 5\n"), `
r.yaml:4:12: !!str is a YAML tag
    4 |     stage: !!str 5
      |            ^
  hint: leave the tag out: flowd knows what each key holds
`},
		{"a tag before brackets", around("    if: !(a == b)\n"), `
r.yaml:4:9: a ! at the start of a value is a YAML tag, so what follows it is not read
    4 |     if: !(a == b)
      |         ^
  hint: in a condition write: not (a == b); in a name write it in quotes: "!(a == b)"
`},
		{"present but empty", around("    if:\n    stage: ~\n    mode: null\n"), `
r.yaml:4:5: if has no value
    4 |     if:
      |     ^
  hint: write its value after the colon, or delete the line
r.yaml:5:5: stage has no value
    5 |     stage: ~
      |     ^
  hint: write its value after the colon, or delete the line
r.yaml:6:5: mode has no value
    6 |     mode: null
      |     ^
  hint: write its value after the colon, or delete the line
`},
		{"an anchor", around("    stage: &Video\n"), `
r.yaml:4:12: &Video is a YAML anchor, so the value is empty
    4 |     stage: &Video
      |            ^
  hint: write "&Video"
`},
		{"an alias of nothing", around("    stage: *Video\n"), `
r.yaml:4:12: a * at the start of a value makes it a YAML alias, and it names nothing
    4 |     stage: *Video
      |            ^
  hint: write stage: "*Video"
`},
		{"blank", around("    stage: \"  \"\n    pairs:\n      - job: [a, ]\n        position: ''\n      -\n"), `
r.yaml:4:12: stage is blank
    4 |     stage: "  "
      |            ^
  hint: write its value, or delete the line
r.yaml:7:19: position is blank
    7 |         position: ''
      |                   ^
  hint: write its value, or delete the line
r.yaml:8:8: an item of this list is empty
    8 |       -
      |        ^
  hint: write it, or delete it
`},
		{"a comment that cuts a name", around("    stage: Video #1\n"), `
r.yaml:4:12: " #" begins a comment, so the value ends at "Video"
    4 |     stage: Video #1
      |            ^
  hint: write "Video #1"; a comment goes on a line of its own, or behind a quoted value
`},
		{"commas in a row", around("    pairs:\n      - {job: Account Executive, Berlin, Mitte, position: AE}\n"), `
r.yaml:5:15: inside { } a comma ends the value
    5 |       - {job: Account Executive, Berlin, Mitte, position: AE}
      |               ^
  hint: write job: "Account Executive, Berlin, Mitte"
`},
		{"a colon in a name", around("    stage: Step 2: Video\n"), `
r.yaml:4:12: a colon and a space inside a value begin a new key
    4 |     stage: Step 2: Video
      |            ^
  hint: write stage: "Step 2: Video"
`},
		{"a colon in a row", around("    pairs:\n      - {job: Step 2: Video, position: AE}\n"), `
r.yaml:5:15: a colon and a space inside a value begin a new key
    5 |       - {job: Step 2: Video, position: AE}
      |               ^
  hint: write job: "Step 2: Video"
`},
		{"a comment in a row", around("    pairs:\n      - {job: Developer #2, position: AE}\n"), `
r.yaml:5:15: " #" begins a comment, so the rest of the line is not read
    5 |       - {job: Developer #2, position: AE}
      |               ^
  hint: write job: "Developer #2"
`},
		{"quotes that end too early", around("    if: \"vip\" in tags\n"), `
r.yaml:4:9: the value ends at its second quote, and more follows: quote the whole value
    4 |     if: "vip" in tags
      |         ^
  hint: write if: '"vip" in tags'
`},
		{"all syntax errors at once", around("    if: \"vip\" in tags\n    stage: Step 2: Video\n    mode: @live\n    onec: true\n"), `
r.yaml:4:9: the value ends at its second quote, and more follows: quote the whole value
    4 |     if: "vip" in tags
      |         ^
  hint: write if: '"vip" in tags'
r.yaml:5:12: a colon and a space inside a value begin a new key
    5 |     stage: Step 2: Video
      |            ^
  hint: write stage: "Step 2: Video"
r.yaml:6:11: a value cannot begin with @
    6 |     mode: @live
      |           ^
  hint: write mode: "@live"
r.yaml:7:5: unknown key onec
    7 |     onec: true
      |     ^
  hint: did you mean once?
`},
		{"two slips on a line", around("    pairs:\n      - {job: Step 2: Video, position: \"AE\" 1}\n"), `
r.yaml:5:15: a colon and a space inside a value begin a new key
    5 |       - {job: Step 2: Video, position: "AE" 1}
      |               ^
  hint: write job: "Step 2: Video"
r.yaml:5:40: the value ends at its second quote, and more follows: quote the whole value
    5 |       - {job: Step 2: Video, position: "AE" 1}
      |                                        ^
  hint: write position: '"AE" 1'
`},
		{"typographic quotes", around("    stage: “Video interview”\n"), `
r.yaml:4:12: “ is a typographic quote: it is part of the value here and not its quote
    4 |     stage: “Video interview”
      |            ^
  hint: write "Video interview"
`},
		{"a no-break space for indentation", around("  \u00a0 stage: Video\n"), `
r.yaml:4:3: the line is indented with a no-break space (U+00A0)
    4 |   ` + "\u00a0" + ` stage: Video
      |   ^
  hint: indent with spaces
`},
		{"a no-break space after the colon", around("    stage:\u00a0Video\n"), `
r.yaml:4:11: a no-break space (U+00A0) follows the colon, so YAML sees no key
    4 |     stage:` + "\u00a0" + `Video
      |           ^
  hint: type a plain space
`},
		{"a tab for indentation", around("\tstage: Video\n"), `
r.yaml:4:1: the line is indented with a tab (U+0009)
    4 |  stage: Video
      | ^
  hint: indent with spaces
`},
		{"an invisible character", around("    stage: Vi\u200bdeo\n"), `
r.yaml:4:14: an invisible character stands here: a space without width (U+200B)
    4 |     stage: Vi` + "\uFFFD" + `deo
      |              ^
  hint: delete it and type the text again
`},
		{"a bare number for a span", "version: 1\nwait: 30\nrules: []\n", `
r.yaml:2:7: 30 what? write 30m
    2 | wait: 30
      |       ^
  hint: spans are written 15m, 72h, 3d or 2w
`},
		{"not the type", "version: one\nowner: [sales]\nrules: 3\nlabels: x\n", `
r.yaml:1:10: version wants a number, not "one"
    1 | version: one
      |          ^
  hint: write a plain number such as 20
r.yaml:2:8: owner wants a single value, and this is a list
    2 | owner: [sales]
      |        ^
  hint: write "sales"
r.yaml:3:8: rules wants a set of keys, and this is a single value
    3 | rules: 3
      |        ^
  hint: its keys: id, stage, if, mode, once, pairs
r.yaml:4:9: labels wants a set of keys, and this is a single value
    4 | labels: x
      |         ^
`},
		{"words that are no booleans", around("    once: yes\n    mode: off\n"), `
r.yaml:4:11: once is either true or false, not "yes"
    4 |     once: yes
      |           ^
  hint: write true or false, without quotes
r.yaml:5:11: mode is one of live, shadow, disabled, not "off"
    5 |     mode: off
      |           ^
`},
		{"a second document", "version: 1\nrules: []\n---\nversion: 1\n", `
r.yaml:3:1: a second document begins here, and YAML readers ignore it
    3 | ---
      | ^
  hint: put it into a file of its own, or delete this line
`},
		{"unknown, duplicate and missing keys", "version: 1\nverison: 2\nrules:\n  - stage: A\n    stage: B\n    zebra: 1\n", `
r.yaml:2:1: unknown key verison
    2 | verison: 2
      | ^
  hint: did you mean version?
r.yaml:4:5: id is missing
    4 |   - stage: A
      |     ^
  hint: add id: …
r.yaml:5:5: stage stands twice; the first is on line 4
    5 |     stage: B
      |     ^
  hint: delete one of the two
r.yaml:6:5: unknown key zebra
    6 |     zebra: 1
      |     ^
  hint: its keys: id, stage, if, mode, once, pairs
`},
		{"empty", "", "\nr.yaml:1:1: the file is empty\n  hint: write its content, or delete the file\n"},
		{"only a comment", "# nothing yet\n", `
r.yaml:1:1: the file is empty
    1 | # nothing yet
      | ^
  hint: write its content, or delete the file
`},
		{"only a line of text", "hello\n", `
r.yaml:1:1: the file wants a set of keys, and this is a single value
    1 | hello
      | ^
  hint: its keys: version, owner, wait, rules, labels
`},
		{"Windows-1252, and what else is wrong", "version: 1\nowner: B\xfcro\nrulez: []\n", `
r.yaml:1:1: rules is missing
    1 | version: 1
      | ^
  hint: add rules: …
r.yaml:2:9: 'ü' is saved as Windows-1252
    2 | owner: Büro
      |         ^
  hint: save the file as UTF-8
r.yaml:3:1: unknown key rulez
    3 | rulez: []
      | ^
  hint: did you mean rules?
`},
		{"UTF-16", "\xff\xfev\x00e\x00", "\nr.yaml:1:1: the file is saved as UTF-16\n  hint: save it as UTF-8\n"},
		{"an alias of a text", "version: 1\nowner: &o sales\nlabels: {a: *o}\nrules: []\n", `
r.yaml:3:13: *o is an alias of a single value: an alias may stand only for a set of keys
    3 | labels: {a: *o}
      |             ^
  hint: write the value out; if the * belongs to the text, write "*o"
`},
		{"an alias in a circle", "version: 1\nrules: []\nlabels: &l {a: *l}\n", `
r.yaml:3:16: *l stands inside the value it names
    3 | labels: &l {a: *l}
      |                ^
`},
		{"indentation", "version: 1\nrules:\n  - id: a\n   stage: b\n", `
r.yaml:4:4: this line does not fit the ones above it
    4 |    stage: b
      |    ^
  hint: check its indentation, and the quotes and brackets above it
`},
		{"an open quote", "version: 1\nowner: \"sales\n\nrules: []\n", `
r.yaml:2:1: a quote is opened and never closed
    2 | owner: "sales
      | ^
  hint: close it on the same line
`},
		{"an open bracket", around("    pairs:\n      - {job: a, position: b\n"), `
r.yaml:5:7: a [ or { is not closed, or a comma is missing in it
    5 |       - {job: a, position: b
      |       ^
  hint: write one key on each line instead, or close it on the same line
`},
		{"no colon", "version: 1\nrules\nowner: a\n", `
r.yaml:3:1: YAML cannot read this line or the one above it: it is neither ` + "`key: value` nor an item that begins with `- `" + `
    3 | owner: a
      | ^
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := read(tt.src)
			if diff := cmp.Diff(tt.want, "\n"+strictyaml.Render(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if !strictyaml.HasErrors(problems) {
				t.Error("no error")
			}
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	got, problems := read("\ufeff" + `version: 1
owner: 0123   # a comment behind a value that is no free text
x-mine: {anything: ~}
wait: 1d12h
labels: {big: 4000012345678901234567, half: 1.10, no: no}
x-row: &row
  position: "AE #1" # the hash is inside quotes
rules:
  - id: 65000000000000000000e012
    stage: Women’s “Lead” — Video
    if: candidate.source != "referral"
    once: true
    pairs:
      - {job: [1.10, "B, C"], position: 007}
      - {<<: *row, job: x}
  - id: b
    if:
      - {when: a == b, because: "it's: so"}
      - 'c'
    mode: shadow
    x-note:
`)
	if len(problems) > 0 {
		t.Fatal(strictyaml.Render(problems))
	}
	for i := range got.Rules {
		got.Rules[i].Node = nil
	}
	want := file{
		Version: 1, Owner: "0123", Wait: 36 * time.Hour,
		Labels: map[string]string{"big": "4000012345678901234567", "half": "1.10", "no": "no"},
		Rules: []rule{
			{ID: "65000000000000000000e012", Stage: "Women’s “Lead” — Video", Once: true,
				If:    []condition{{When: `candidate.source != "referral"`}},
				Pairs: []pair{{Job: []string{"1.10", "B, C"}, Position: "007"}, {Job: []string{"x"}, Position: "AE #1"}}},
			{ID: "b", If: []condition{{"a == b", "it's: so"}, {When: "c"}}, Mode: "shadow"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded (-want +got):\n%s", diff)
	}
}

func TestDeferredKind(t *testing.T) {
	t.Parallel()
	doc := strictyaml.Parse("flowd.yaml", []byte("name: a\nkind: webhook\nfor_each: body\nhandshak: x\nnaem: b\n"), strictyaml.Options{})
	var source struct {
		Name string           `yaml:"name,required"`
		Kind string           `yaml:"kind,required"`
		Rest *strictyaml.Node `yaml:",rest"`
	}
	doc.Decode(&source)
	var kind struct {
		ForEach   string `yaml:"for_each"`
		Handshake string `yaml:"handshake"`
	}
	source.Rest.Decode(&kind)
	want := "flowd.yaml:4:1: unknown key handshak\nflowd.yaml:5:1: unknown key naem\n"
	var got string
	for _, p := range doc.Problems() {
		got += p.String() + "\n"
	}
	if got != want || kind.ForEach != "body" || source.Kind != "webhook" {
		t.Errorf("%+v %+v\n%s", source, kind, got)
	}
	if hint := doc.Problems()[1].Hint; hint != "did you mean name?" {
		t.Errorf("hint %q", hint)
	}
}

func TestAliasBombAndDepth(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("version: 1\nrules: []\nx0: &x0 {a: b}\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&bomb, "x%d: &x%d {a: *x%d, b: *x%d, c: *x%d}\n", i, i, i-1, i-1, i-1)
	}
	for name, src := range map[string]string{
		"bomb":   bomb.String(),
		"levels": "version: 1\nrules: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"deep":   "version: 1\nrules: " + strings.Repeat("[", 90000),
		"large":  "version: 1\n" + strings.Repeat("# comment\n", 1<<19),
		"many":   "version: 1\nrules:\n" + strings.Repeat("  - {}\n", 10000),
	} {
		_, problems := read(src)
		if !strictyaml.HasErrors(problems) || len(problems) > 201 {
			t.Errorf("%s: %d problems", name, len(problems))
		}
	}
}

func TestPlaceInsideScalar(t *testing.T) {
	t.Parallel()
	// In every text the word bad is looked for; its place in the file is line:column.
	tests := []struct{ src, want string }{
		{"a: x == bad", "1:9"},
		{"a:   'x == ''y'' or bad'", "1:21"},
		{`a: "x == \"y\" or bad"`, "1:19"},
		{"a: |\n  x or\n  bad", "3:3"},
		{"a: |\n    bad", "2:5"},
		{"a: >-\n  x\n  or (bad)", "3:7"},
		{"a: x or\n  y or  bad", "2:9"},
		{"a: {b: [c, x == bad]}", "1:17"},
		{"a: 'ü == bad'", "1:10"},
		{`a: "\u00fc == bad"`, "1:5"},
	}
	for _, tt := range tests {
		doc := strictyaml.Parse("f", []byte(tt.src), strictyaml.Options{})
		n := doc.Root().Get("a")
		if b := n.Get("b"); b != nil {
			n = b.Items()[1]
		}
		at := strings.Index(n.Text(), "bad")
		n.ReportAt(len([]rune(n.Text()[:at])), strictyaml.Problem{Message: "bad"})
		if p := doc.Problems()[0]; fmt.Sprintf("%d:%d", p.Line, p.Column) != tt.want {
			t.Errorf("%q: %d:%d, want %s", tt.src, p.Line, p.Column, tt.want)
		}
	}
}

func TestNoSecretInProblems(t *testing.T) {
	t.Parallel()
	const secret = "hfx-5ecr3t"
	for _, src := range []string{
		"api_key: hfx-5ecr3t\nbad",
		"api_key: hfx-5ecr3t: x\n",
		"api_key: \"hfx-5ecr3t\" x\n",
		"api_key: !hfx-5ecr3t\n",
		"api_key: !x hfx-5ecr3t\n",
		"api_key: *hfx-5ecr3t\n",
		"api_key: &hfx-5ecr3t\n",
		"api_key: “hfx-5ecr3t”\n",
		"api_key: x #hfx-5ecr3t\n",
		"h: {api_key: hfx-5ecr3t, y, timeout: 3}\n",
		"h: {timeout: 30, api_key: hfx-5ecr3t}\n",
		"webhook:\n  secrets:\n    - hfx-5ecr3t\n    - x: hfx-5ecr3t\n    - [hfx-5ecr3t]\n",
		"webhook: {secret: {hfx-5ecr3t: 1}}\n",
		"api_key: |\n  hfx-5ecr3t\n  hfx-5ecr3t: y\n",
		"api_key: [hfx-5ecr3t]\nurl: https://me:hfx-5ecr3t@example.com/\nurl: 5\n",
		"api_key: hfx-5ecr3t\x80\n",
		"token: \thfx-5ecr3t\n \tx: 1\n",
		"url: https://hooks.example.com/services/T0/B0/hfx-5ecr3t\n",
		"h: {url: \"https://hooks.example.com/services/T0/B0/hfx-5ecr3t\", timeout: 3}\n",
	} {
		doc := strictyaml.Parse("flowd.yaml", []byte(src), strictyaml.Options{Secrets: true})
		var into struct {
			APIKey  time.Duration `yaml:"api_key"`
			Token   bool          `yaml:"token"`
			URL     int           `yaml:"url"`
			Webhook struct {
				Secret  map[string]time.Duration `yaml:"secret"`
				Secrets []int                    `yaml:"secrets"`
			} `yaml:"webhook"`
			H struct {
				APIKey  string        `yaml:"api_key,text" oneof:"a b"`
				Timeout time.Duration `yaml:"timeout"`
			} `yaml:"h"`
		}
		doc.Decode(&into)
		text := strictyaml.Render(doc.Problems())
		if len(doc.Problems()) == 0 || strings.Contains(text, secret) {
			t.Errorf("%q:\n%s", src, text)
		}
	}
}

func TestParseSpan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0": 0, "30s": 30 * time.Second, "15m": 15 * time.Minute, "72h": 72 * time.Hour, "3d": 72 * time.Hour,
		"2w": 14 * 24 * time.Hour, "1h30m": 90 * time.Minute, "250ms": 250 * time.Millisecond, " 1d ": 24 * time.Hour,
	} {
		if got, err := strictyaml.ParseSpan(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"30": "30 what? write 30m", "": "a span is empty", "-5m": "not a span", "3 d": "not a span", "1.5h": "not a span",
		"5x": "not a span", "m": "not a span", "99999999999999999999w": "longer", "999999999w": "longer", "1h30": "1h30 what? write 1h30m",
	} {
		if _, err := strictyaml.ParseSpan(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestLongLineIsCutAroundTheCaret(t *testing.T) {
	t.Parallel()
	doc := strictyaml.Parse("f", []byte("a: ["+strings.Repeat("'xxxx', ", 100)+"!bad, "+strings.Repeat("'xxxx', ", 100)+"]"), strictyaml.Options{})
	lines := strings.Split(doc.Problems()[0].Text(), "\n")
	if caret := strings.Index(lines[2], "^"); len([]rune(lines[1])) > 120 || !strings.HasPrefix(string([]rune(lines[1])[caret:]), "!bad") {
		t.Errorf("\n%s\n%s", lines[1], lines[2])
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "a: !b\n", "a: &x {b: *x}\n", "<<: *z\n", "a: {b: c, d, e: f #g}\n", "version: 1\nwait: 30\nrules:\n  - id: a\n    if: \"vip\" in tags\n",
		"a: |\n  x\nb: >-\n y\n", "- - - a\n", "a: 'b\n", "\ta: b\n", "a:\u00a0b\n---\n", "\xff\xfe", "B\xfcro: 1\n", "? [a]\n: b\n", "a: “b”\n", "rules:\n - {<<: [*a, *b]}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, options := range []strictyaml.Options{{Extensions: true}, {Secrets: true}} {
			doc := strictyaml.Parse("f.yaml", data, options)
			var into file
			doc.Decode(&into)
			if doc.Root() == nil && !strictyaml.HasErrors(doc.Problems()) {
				t.Fatal("an unreadable file without an error")
			}
			for _, p := range doc.Problems() {
				if p.Message == "" || p.Code == "" || p.File != "f.yaml" {
					t.Fatalf("incomplete problem %+v", p)
				}
				if p.Line > strings.Count(string(data), "\n")+1 || p.Line < 0 {
					t.Fatalf("no such line: %+v", p)
				}
				if text := p.Text(); strings.ContainsAny(text, "\x1b\x00\r") {
					t.Fatalf("control characters in %q", text)
				}
			}
		}
	})
}

func BenchmarkParseTenThousandRows(b *testing.B) {
	var src strings.Builder
	src.WriteString("version: 1\nrules:\n  - id: a\n    stage: Video\n    pairs:\n")
	for i := range 10_000 {
		fmt.Fprintf(&src, "      - job: \"Job %d\"\n        position: \"Position %d\"\n", i, i)
	}
	b.SetBytes(int64(src.Len()))
	for b.Loop() {
		if f, problems := read(src.String()); len(problems) > 0 || len(f.Rules[0].Pairs) != 10_000 {
			b.Fatal(problems)
		}
	}
}
