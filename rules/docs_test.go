package rules_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

const reference = "../docs/rules.md"

// page reads a document of the repository.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	ruleBlock = regexp.MustCompile("(?ms)^```yaml\n((?:#[^\n]*\n)*version: 1\n.*?)^```$")
	fileBlock = regexp.MustCompile("(?ms)^```(?:csv|json) (\\S+)\n(.*?)^```$")
)

// documented compiles a rule file that stands in a document, beside the tables
// and recorded events that it names and that stand there.
func documented(t *testing.T, doc string, text string) *rules.Set {
	t.Helper()
	files := []rules.File{{Name: "sales.yaml", Data: []byte(text)}}
	for _, named := range fileBlock.FindAllStringSubmatch(doc, -1) {
		if strings.Contains(text, named[1]) {
			files = append(files, rules.File{Name: named[1], Data: []byte(named[2])})
		}
	}
	set, problems := rules.Compile(files, rules.Options{})
	if len(problems) > 0 {
		t.Fatalf("the example has problems:\n%s\n%s", strictyaml.Render(problems), text)
	}
	return set
}

// What the documents show is copied: each rule file in them compiles without so
// much as a warning, and its tests hold.
func TestDocs_Rules(t *testing.T) {
	t.Parallel()
	for name, atLeast := range map[string]int{reference: 16} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			doc := page(t, name)
			examples := ruleBlock.FindAllStringSubmatch(doc, -1)
			if len(examples) < atLeast {
				t.Fatalf("found %d rule files, want %d: does each begin with version: 1?", len(examples), atLeast)
			}
			for _, example := range examples {
				set := documented(t, doc, example[1])
				tested := map[string]bool{}
				for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
					tested[r.Rule] = true
					if !r.OK {
						t.Errorf("%s\n%s", r.Name, strings.Join(r.Diff, "\n"))
					}
				}
				for _, r := range set.Rules() {
					if !tested[r.ID] {
						t.Errorf("rule %s has no test", r.ID)
					}
				}
			}
		})
	}
}

// hint is what flowd answers to a condition that cannot be read.
func hint(t *testing.T, condition string) string {
	t.Helper()
	_, problems := rules.Compile([]rules.File{{Name: "x.yaml", Data: []byte("version: 1\nowner: docs\nrules:\n" +
		"  - {id: x, stage: x, pairs: [{position: x}], if: '" + condition + "'}\n")}}, rules.Options{})
	for _, p := range problems {
		if p.Code == "condition" {
			return p.Hint
		}
	}
	t.Fatalf("%s was let through", condition)
	return ""
}

// Whatever a condition can read or call, and every key, stands in the reference.
func TestDocs_NameEverything(t *testing.T) {
	t.Parallel()
	doc := page(t, reference)
	wanted := []string{"stage", "stage_id", "from", "recording_link", "admin_link", "candidate_link", "transcript"}
	for _, kind := range flowd.ActionKinds() {
		if kind.Reaction() {
			wanted = append(wanted, string(kind))
		}
	}
	for _, event := range flowd.EventTypes() {
		if !event.Ordered() {
			wanted = append(wanted, string(event))
		}
	}
	for _, group := range []string{"event", "job", "candidate", "application", "interview"} {
		_, members, ok := strings.Cut(hint(t, group+`.qqqqqqqqqqqq == "x"`), group+" has ")
		if !ok {
			t.Fatalf("the members of %s are not told", group)
		}
		for _, m := range strings.Split(members, ", ") {
			wanted = append(wanted, group+"."+m)
		}
	}
	for _, name := range wanted {
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("%s is not documented", name)
		}
	}
	_, functions, ok := strings.Cut(hint(t, `qqqqqqqqqqqq("x")`), "the functions are: ")
	if !ok || len(wanted) < 25 {
		t.Fatal("the functions are not told")
	}
	for _, name := range strings.FieldsFunc(functions, func(r rune) bool { return r == ',' || r == ' ' }) {
		if name != "and" && !regexp.MustCompile("`"+name+"[`(]").MatchString(doc) {
			t.Errorf("the function %s is not documented", name)
		}
	}
	_, problems := rules.Compile([]rules.File{{Name: "x.yaml", Data: []byte("version: 1\nowner: docs\nqqqqqqqqqq: x\nrules:\n" +
		"  - {id: x, qqqqqqqqqq: x, pairs: [{position: x, qqqqqqqqqq: x}], tests: [{name: x, event: fixtures/x.json, expect: none, qqqqqqqqqq: x}]}\n" +
		"  - {id: y, trigger: {qqqqqqqqqq: x}, actions: [ats.note: {qqqqqqqqqq: x}, ats.tag: {qqqqqqqqqq: x}, ats.field: {qqqqqqqqqq: x}, ats.move: {qqqqqqqqqq: x}," +
		" ats.link: {qqqqqqqqqq: x}, hireflix.share: {qqqqqqqqqq: x}, notify: {qqqqqqqqqq: x}], tests: [{name: x, expect: none, given: {qqqqqqqqqq: x}}]}\n")},
		{Name: "fixtures/x.json", Data: []byte(`{"type": "job.closed", "qqqqqqqqqq": 1, "stage": {"qqqqqqqqqq": 1}}`)}}, rules.Options{})
	keys := 0
	for _, p := range problems {
		list, ok := strings.CutPrefix(p.Hint, "its keys: ")
		if p.Code != "unknown-key" || !ok {
			continue
		}
		for _, key := range strings.Split(list, ", ") {
			keys++
			if !strings.Contains(doc, "`"+key+"`") {
				t.Errorf("the key %s is not documented", key)
			}
		}
	}
	if keys < 90 {
		t.Errorf("only %d keys were told", keys)
	}
}

// The messages in the tables of traps are those that the fixtures bring out.
func TestDocs_Messages(t *testing.T) {
	t.Parallel()
	var said strings.Builder
	for _, name := range fixtures(t, "*.bad.txt") {
		said.WriteString(page(t, filepath.Join("testdata", name)))
	}
	_, traps, _ := strings.Cut(page(t, reference), "## Traps of YAML")
	traps, _, _ = strings.Cut(traps, "\n## ")
	rows := regexp.MustCompile("(?m)^\\|.*\\| `([^`]+)`[^|]*\\|$").FindAllStringSubmatch(traps, -1)
	if len(rows) < 20 {
		t.Fatalf("found %d messages", len(rows))
	}
	for _, row := range rows {
		if !strings.Contains(said.String(), row[1]) {
			t.Errorf("flowd does not say: %s", row[1])
		}
	}
}

// The first rule of the reference is shown in words and explained below it.
func TestDocs_Explained(t *testing.T) {
	t.Parallel()
	doc := page(t, reference)
	set := documented(t, doc, ruleBlock.FindStringSubmatch(doc)[1])
	words, _ := set.Describe("sales-video")
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	app := flowd.Application{ID: "a-1", Source: "Referral", AppliedAt: at.AddDate(0, 0, -12),
		Job:       flowd.Job{Name: "Sales Development Representative", Department: "Sales"},
		Candidate: flowd.Candidate{ID: "c-1", Email: "rosa.field@example.com", Language: "de"}}
	ev := flowd.Event{Key: "e-1", Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: at, Stage: flowd.Stage{Name: "Video interview"}, Application: app}
	e, _ := set.Explain("sales-video", ev, flowd.Facts{Application: app}, at)
	shown := []string{strings.TrimSpace(words), strings.Join(e.Lines(), "\n")}
	blocks := regexp.MustCompile("(?ms)^```text\n(sales-video .*?)\n```$").FindAllStringSubmatch(doc, -1)
	for i, want := range shown {
		if !slices.ContainsFunc(blocks, func(b []string) bool { return b[1] == want }) {
			t.Errorf("block %d of %d should read:\n%s", i+1, len(blocks), want)
		}
	}
}
