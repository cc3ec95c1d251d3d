package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// table is a rule file with n rows: with the job, or by department and place.
func table(n int, job bool) string {
	var b strings.Builder
	b.WriteString(file("  - id: map\n    stage: Video interview\n    pairs:\n"))
	for i := range n {
		if job {
			fmt.Fprintf(&b, "      - job: \"Job %d\"\n        position: \"Position %d\"\n", i, i%50)
		} else {
			fmt.Fprintf(&b, "      - department: \"Department %d\"\n        location: \"Place %d\"\n        position: \"Position %d\"\n", i, i%100, i%50)
		}
	}
	return b.String()
}

func sheet(n int) []rules.File {
	var b strings.Builder
	b.WriteString("job,department,language,position\n")
	for i := range n {
		fmt.Fprintf(&b, "\"Job %d, Berlin\",Sales,de,Position %d\n", i, i%50)
	}
	return []rules.File{
		{Name: "r.yaml", Data: []byte(file("  - {id: map, stage: Video interview, pairs: {file: pairs.csv}}\n"))},
		{Name: "pairs.csv", Data: []byte(b.String())},
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, files := range map[string][]rules.File{
		"yaml/10000": {{Name: "r.yaml", Data: []byte(table(10_000, true))}},
		"csv/10000":  sheet(10_000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				set, problems := rules.Compile(files, rules.Options{})
				if strictyaml.HasErrors(problems) || set.Rows() != 10_000 {
					b.Fatal(strictyaml.Render(problems))
				}
			}
		})
	}
}

// All that `flowd check` does with a large table and a test of each of its rows.
func BenchmarkCheck(b *testing.B) {
	var text strings.Builder
	text.WriteString(table(10_000, true) + "    tests:\n")
	for i := range 10_000 {
		fmt.Fprintf(&text, "      - {name: job %[1]d, given: {job: Job %[1]d}, expect: [{hireflix.invite: {position: Position %[2]d}}]}\n", i, i%50)
	}
	files := []rules.File{{Name: "r.yaml", Data: []byte(text.String())}}
	for b.Loop() {
		set, problems := rules.Compile(files, rules.Options{})
		if strictyaml.HasErrors(problems) {
			b.Fatal(strictyaml.Render(problems))
		}
		for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
			if !r.OK {
				b.Fatal(r)
			}
		}
	}
}

// Whoever waits for a check is told how far it is, and by the counts of what there is.
func TestProgress(t *testing.T) {
	t.Parallel()
	var told []string
	tell := func(at string, done, of int) { told = append(told, fmt.Sprintf("%s %d/%d", at, done, of)) }
	text := table(2, true) + "    tests:\n" +
		"      - {name: a, given: {job: Job 0}, expect: [{hireflix.invite: {position: Position 0}}]}\n" +
		"      - {name: b, given: {job: Job 1}, expect: [{hireflix.invite: {position: Position 1}}]}\n"
	set := compile(t, text, rules.Options{Progress: tell})
	rules.RunTests(set, engine.Decide, rules.TestOptions{Progress: tell})
	want := []string{"reading the rule files 0/1", "running the tests 0/2", "running the tests 1/2"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// The cost of an answer must not grow with the table.
func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		for name, job := range map[string]bool{"job": true, "no-job": false} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				set, _, _ := compile(b, table(n, job), rules.Options{}).Bind(nil, nil)
				ev, facts := entered(video, func(_ *flowd.Event, a *flowd.Application) {
					a.Job = flowd.Job{ID: "7", Name: fmt.Sprintf("Job %d", n-1), Department: fmt.Sprintf("Department %d", n-1), Location: fmt.Sprintf("Place %d", (n-1)%100)}
				})
				b.ReportAllocs()
				for b.Loop() {
					if d := engine.Decide(set, ev, facts, monday); d[0].Verdict != flowd.Matched {
						b.Fatal(d)
					}
				}
			})
		}
	}
}

// Sorting the table changes nothing, whatever the rows are.
func TestTable_OrderCountsForNothing(t *testing.T) {
	t.Parallel()
	rows := []string{
		`{department: Sales, position: A}`, `{department: Sales, language: de, position: B}`, `{job: AE, position: C}`,
		`{job: AE, location: Berlin, position: D}`, `{position: E}`, `{department: [Legal, Sales], location: Berlin, language: de, position: F}`,
		`{location: Berlin, language: de, position: F}`, `{location: Berlin, position: A}`,
	}
	answers := func(order []string) string {
		set := compile(t, file("  - {id: a, stage: Video interview, pairs: ["+strings.Join(order, ", ")+"]}\n"), rules.Options{})
		var out []string
		for _, job := range []string{"AE", "SDR"} {
			for _, department := range []string{"Sales", "Legal", ""} {
				for _, location := range []string{"Berlin", ""} {
					for _, language := range []string{"de", "de-AT", "en", ""} {
						a := one(t, set, func(_ *flowd.Event, app *flowd.Application) {
							app.Job = flowd.Job{Name: job, Department: department, Location: location}
							app.Candidate.Language = language
						})
						out = append(out, a.Position.Name)
					}
				}
			}
		}
		return strings.Join(out, "")
	}
	want := answers(rows)
	for i := range rows {
		turned := append(append([]string{}, rows[i:]...), rows[:i]...)
		if got := answers(turned); got != want {
			t.Errorf("turned by %d the rows answer %s, else %s", i, got, want)
		}
	}
	if strings.Contains(want, "0") || len(want) != 48 {
		t.Errorf("answers %s", want)
	}
}

// Rows that overlap in too many ways are refused and never hang the check.
func TestTable_TooManyOverlaps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(file("  - id: a\n    stage: S\n    pairs:\n"))
	for i := range 3000 {
		fmt.Fprintf(&b, "      - {department: D%d, position: P}\n      - {location: L%d, position: P}\n", i, i)
	}
	_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(b.String())}}, rules.Options{})
	if !strictyaml.HasErrors(problems) {
		t.Error("9,000,000 pairs of rows were compared, or none")
	}
	_, problems = rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(strings.ReplaceAll(b.String(), "L1,", "L1, language: de,"))}}, rules.Options{})
	if len(problems) > 300 {
		t.Errorf("%d problems", len(problems))
	}
	lists := file("  - {id: a, stage: S, pairs: [{job: [" + strings.Repeat("a,", 999) + "a]")
	for i, col := range []string{"department", "location"} {
		var items []string
		for j := range 1000 {
			items = append(items, fmt.Sprintf("x%d-%d", i, j))
		}
		lists += ", " + col + ": [" + strings.Join(items, ",") + "]"
	}
	_, problems = rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(lists + ", position: P}]}\n")}}, rules.Options{})
	found := false
	for _, p := range problems {
		found = found || p.Code == "too-large"
	}
	if !found {
		t.Errorf("lists that multiply to a million pairs are taken: %s", strictyaml.Render(problems))
	}
}

func FuzzCompile(f *testing.F) {
	for _, name := range fixtures(f, "*.yaml") {
		files, err := rules.ReadDir("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			if file.Name == name {
				f.Add(file.Data, []byte("job,position\na,b\n"))
			}
		}
	}
	for _, name := range fixtures(f, "*.csv") {
		files, err := rules.ReadDir("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			f.Add([]byte(file2csv), file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, text, csv []byte) {
		files := []rules.File{{Name: "r.yaml", Data: text}, {Name: "pairs.csv", Data: csv}}
		set, problems := rules.Compile(files, rules.Options{})
		for _, p := range problems {
			if p.Message == "" || p.Line < 0 || p.Column < 0 {
				t.Errorf("a problem without words or place: %+v", p)
			}
			_ = p.Text()
		}
		if strictyaml.HasErrors(problems) {
			return
		}
		for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
			_ = r
		}
		for _, e := range append(flowd.EventTypes(), flowd.StageEntered) {
			ev, facts := seen(e, nil)
			for _, a := range engine.Decide(set, ev, facts, monday.AddDate(1, 0, 0)) {
				for _, act := range a.Actions {
					_, _, _ = set.StepFits(act, ev, facts, monday)
					_, _ = set.Render(act.Text, ev, facts, rules.Links{}, monday)
				}
			}
		}
		_, _, _ = set.Writes(), set.PositionsUsed(), set.Uses("transcript")
		ev, facts := seen(flowd.InterviewFinished, nil)
		if len(text)%2 == 0 {
			ev, facts = entered(video, nil)
		}
		set.Leads(facts.Application, ev.Source, "p1")
		set.PositionFor(facts.Application, ev.Source)
		for _, r := range set.Rules() {
			if _, ok := set.Describe(r.ID); !ok {
				t.Errorf("rule %q is not there", r.ID)
			}
			a, _ := set.EvaluateRule(r.ID, ev, facts, time.Time{})
			e, _ := set.Explain(r.ID, ev, facts, time.Time{})
			if a.Verdict != e.Verdict || a.Reason != e.Reason {
				t.Errorf("%s answers %s and is explained as %s", r.ID, a.Verdict, e.Verdict)
			}
		}
		if again, _ := rules.Compile(files, rules.Options{}); again.Digest() != set.Digest() {
			t.Error("the same files have two digests")
		}
	})
}

const file2csv = "version: 1\nowner: o\nrules: [{id: a, stage: Video interview, pairs: {file: pairs.csv}}]\n"
