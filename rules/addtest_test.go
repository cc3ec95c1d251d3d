package rules_test

import (
	"strings"
	"testing"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

var newTest = []string{`name: "new"`, `event: fixtures/new.json`, `expect:`, `  - hireflix.invite: {position: "P"}`, `    at: "2026-03-02T09:15:00Z"`}

// The + are the lines that are added; all others stay as they are, to the byte.
func TestAddTest(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, rule, want string }{
		{"no tests yet, the last rule, no line end", "a", `version: 1
owner: o
rules:
  - id: a
    stage: "S"   # where they stand
    pairs: [{position: P}]
+    tests:
+      - name: "new"
+        event: fixtures/new.json
+        expect:
+          - hireflix.invite: {position: "P"}
+            at: "2026-03-02T09:15:00Z"
`},
		{"behind the tests of a rule in the middle", "a", `version: 1
owner: o
rules:
  # the first
  - id: a
    tests:   # of a
      # one
      - name: one
        expect: none
      - {name: two, expect: none}

      - name: "three"   # in several lines
        because: >
          - name: no test

          # no comment
        expect: none
        # about three
+      - name: "new"
+        event: fixtures/new.json
+        expect:
+          - hireflix.invite: {position: "P"}
+            at: "2026-03-02T09:15:00Z"

    stage: S
    pairs: [{position: P}]

  # the second
  - id: b
    stage: T
    pairs: [{position: P}]
`},
		{"no tests yet, before another rule and its comment", "a", `version: 1
owner: o
rules:
- id: a
  stage: S
  pairs:
  - position: P
    note: |
      a note
+  tests:
+    - name: "new"
+      event: fixtures/new.json
+      expect:
+        - hireflix.invite: {position: "P"}
+          at: "2026-03-02T09:15:00Z"

# the second

- id: b
  stage: T
  pairs: [{position: P}]
tests:
- {name: whole, given: {stage: S}, expect: none}
`},
		{"a list that is not indented", "b", `version: 1
owner: o
rules:
- id: b
  tests:
  - name: one
    expect: none
+  - name: "new"
+    event: fixtures/new.json
+    expect:
+      - hireflix.invite: {position: "P"}
+        at: "2026-03-02T09:15:00Z"
  stage: T
  pairs: [{position: P}]
`},
		{"of all rules, which has tests", "", `version: 1
owner: o
tests:
  - {name: whole, given: {stage: S}, expect: none}
+  - name: "new"
+    event: fixtures/new.json
+    expect:
+      - hireflix.invite: {position: "P"}
+        at: "2026-03-02T09:15:00Z"
rules:
  - {id: a, stage: S, pairs: [{position: P}]}
`},
		{"of all rules, which has none", "", `# a comment
version: 1
owner: o
rules:
  - {id: a, stage: S, pairs: [{position: P}]}

# the end
+tests:
+  - name: "new"
+    event: fixtures/new.json
+    expect:
+      - hireflix.invite: {position: "P"}
+        at: "2026-03-02T09:15:00Z"
...
`},
		{"a rule with a marker of its own line", "a", `---
version: 1
owner: o
rules:
  -
    id: a
    stage: S
    if:
      - >-
        candidate.source
        == "x"
    pairs: [{position: P}]
+    tests:
+      - name: "new"
+        event: fixtures/new.json
+        expect:
+          - hireflix.invite: {position: "P"}
+            at: "2026-03-02T09:15:00Z"
`},
	}
	for _, tt := range tests {
		for end, text := range map[string]string{"LF": tt.want, "CRLF": strings.ReplaceAll(tt.want, "\n", "\r\n"), "BOM": "\ufeff" + tt.want} {
			t.Run(tt.name+"/"+end, func(t *testing.T) {
				t.Parallel()
				var before strings.Builder
				for line := range strings.Lines(text) {
					if !strings.HasPrefix(line, "+") {
						before.WriteString(line)
					}
				}
				for name, file := range map[string]string{"": before.String(), " without its last line end": strings.TrimRight(before.String(), "\r\n")} {
					want := strings.ReplaceAll(text, "\n+", "\n")
					if name != "" && !strings.HasSuffix(tt.want, "15:00Z\"\n") {
						want = strings.TrimRight(want, "\r\n")
					}
					got, err := rules.AddTest(rules.File{Name: "r.yaml", Data: []byte(file)}, tt.rule, newTest)
					if err != nil || string(got) != want {
						t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
					}
				}
			})
		}
	}
}

func TestAddTest_Refuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, rule, want string }{
		"a rule in brackets":   {file("  - {id: a, stage: S, pairs: [{position: P}]}\n"), "a", "written in { }"},
		"tests in brackets":    {file("  - id: a\n    stage: S\n    pairs: [{position: P}]\n    tests: [{name: x, expect: none}]\n"), "a", "no list of lines that begin with -"},
		"one test and no list": {file("  - id: a\n    stage: S\n    pairs: [{position: P}]\n    tests:\n      name: x\n      expect: none\n"), "a", "no list of lines that begin with -"},
		"an alias":             {"version: 1\nowner: o\nx-a: &a\n  - id: a\n    stage: S\nrules:\n  - <<: *a\n", "a", ""},
		"tests of two rules in one": {"version: 1\nowner: o\nx-t: &t\n  stage: S\n  pairs: [{position: P}]\n  tests:\n    - {name: x, expect: none}\nrules:\n  - id: a\n    <<: *t\n  - id: b\n    <<: *t\n", "a",
			"written in a way"},
		"no such rule": {file("  - {id: a, stage: S, pairs: [{position: P}]}\n"), "b", "has no rule b"},
		"no YAML":      {"\xff\xfe", "", "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := rules.AddTest(rules.File{Name: "r.yaml", Data: []byte(tt.text)}, tt.rule, newTest)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q\n%s", err, tt.want, got)
			}
		})
	}
}

// Whatever the file looks like, what comes back says what it said and one test
// more, or nothing comes back.
func FuzzAddTest(f *testing.F) {
	for _, name := range fixtures(f, "*.yaml") {
		files, err := rules.ReadDir("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			if file.IsRules() {
				f.Add(string(file.Data), "a")
			}
		}
	}
	f.Add(file("  - id: a\n    stage: S\n    tests:\n    - {name: x,\nexpect: none}\n"), "a")
	f.Fuzz(func(t *testing.T, text, rule string) {
		before := rules.File{Name: "r.yaml", Data: []byte(text)}
		for _, id := range []string{rule, ""} {
			data, err := rules.AddTest(before, id, []string{"name: new", "event: fixtures/new.json", "expect: none"})
			if err != nil {
				continue
			}
			if !strings.Contains(string(data), "event: fixtures/new.json") || len(data) <= len(text) {
				t.Errorf("nothing was added to\n%s", text)
			}
			doc := strictyaml.Parse("r.yaml", data, strictyaml.Options{Extensions: true})
			if doc.Root() == nil {
				t.Errorf("it cannot be read any more:\n%s", data)
			}
		}
	})
}
