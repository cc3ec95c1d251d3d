package rules_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

var monday = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// compile reads one rule file that must have no errors.
func compile(t testing.TB, text string, o rules.Options) *rules.Set {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(text)}}, o)
	if strictyaml.HasErrors(problems) {
		t.Fatalf("problems:\n%s", strictyaml.Render(problems))
	}
	return set
}

// file is a rule file of these rules, indented by two.
func file(body string) string { return "version: 1\nowner: sales-ops\nrules:\n" + body }

// entered is a stage move of an application.
func entered(stage flowd.Stage, change func(*flowd.Event, *flowd.Application)) (flowd.Event, flowd.Facts) {
	ev := flowd.Event{Key: "e1", Source: "lever", ATS: "lever", Type: flowd.StageEntered, At: monday, Received: monday, Stage: stage, Via: flowd.ViaMove}
	app := flowd.Application{ID: "a1", Stage: stage, Status: flowd.StatusActive,
		Job: flowd.Job{ID: "42", Name: "Account Executive, Berlin"}, Candidate: flowd.Candidate{ID: "c1", Email: "rosa.field@example.com"}}
	if change != nil {
		change(&ev, &app)
	}
	ev.Application = app
	return ev, flowd.Facts{Application: app}
}

var video = flowd.Stage{ID: "7", Name: "Video interview"}

func one(t *testing.T, set *rules.Set, change func(*flowd.Event, *flowd.Application)) rules.Answer {
	t.Helper()
	ev, facts := entered(video, change)
	answers := set.Evaluate(ev, facts, monday)
	if len(answers) != 1 {
		t.Fatalf("%d answers, want one", len(answers))
	}
	return answers[0]
}

func TestEvaluate_NamesAndIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stage, job string
		matched          bool
	}{
		{"by names", "Video interview", "Account Executive, Berlin", true},
		{"names are folded", "video \u00a0INTERVIEW", "ａccount executive,  berlin", true},
		{"by ids", "7", "42", true},
		{"mixed", "7", "Account Executive, Berlin", true},
		{"another job", "7", "43", false},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := compile(t, file("  - {id: a, stage: '"+c.stage+"', pairs: [{job: '"+c.job+"', position: P}]}\n"), rules.Options{})
			a := one(t, set, nil)
			if (a.Verdict == flowd.Matched) != c.matched || !c.matched && a.Reason != flowd.ReasonUnmapped {
				t.Errorf("answer %s %s, want matched: %t", a.Verdict, a.Reason, c.matched)
			}
			if c.matched && (a.Position.Name != "P" || a.Position.ID != "" || a.Row != "r.yaml:4") {
				t.Errorf("position %+v by row %s", a.Position, a.Row)
			}
		})
	}
}

func TestEvaluate_LooksAtTheStageEntered(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`
  - {id: rows, pairs: [{stage: [Video interview, Phone], job: "42", position: P}, {stage: Offer, position: Q}]}
  - {id: every, pairs: [{job: "42", position: R}]}
  - {id: other, stage: Onsite, pairs: [{position: S}]}
`), rules.Options{})
	for stage, want := range map[string]string{"phone": "rows every", "Offer": "rows every", "Onsite": "every other", "Rejected": "every"} {
		ev, facts := entered(flowd.Stage{Name: stage}, nil)
		var got []string
		for _, a := range set.Evaluate(ev, facts, monday) {
			got = append(got, a.Rule.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("at %s %q look, want %q", stage, got, want)
		}
	}
	ev, facts := entered(video, nil)
	ev.Type = flowd.ApplicationRejected
	if got := set.Evaluate(ev, facts, monday); len(got) != 0 {
		t.Errorf("%d rules answer a rejection", len(got))
	}
	if a, ok := set.EvaluateRule("other", ev, facts, monday); !ok || a.Verdict != flowd.Unmatched {
		t.Errorf("EvaluateRule = %+v, %t", a, ok)
	}
	if _, ok := set.EvaluateRule("gone", ev, facts, monday); ok {
		t.Error("a rule that is not there answers")
	}
}

// A job that one row names by its id and another by its name is a contradiction
// that only an event shows.
func TestEvaluate_ContradictionIsNotGuessed(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - id: a
    stage: Video interview
    pairs:
      - {job: "42", position: P}
      - {job: "Account Executive, Berlin", position: Q}
      - {position: R}
`), rules.Options{})
	a := one(t, set, nil)
	if a.Verdict != flowd.Failed || a.Reason != flowd.ReasonError || !strings.Contains(a.Because, "r.yaml:7 and r.yaml:8") {
		t.Errorf("answer %s %s %q", a.Verdict, a.Reason, a.Because)
	}
	bound, _, _ := set.Bind([]flowd.Position{{ID: "1", Name: "P"}, {ID: "2", Name: "R"}}, map[string]string{"q": "1"})
	if a := one(t, bound, nil); a.Verdict != flowd.Matched || a.Position.ID != "1" {
		t.Errorf("two names of one position contradict each other: %s %q", a.Verdict, a.Because)
	}
}

func TestEvaluate_Conditions(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - id: a
    stage: Video interview
    unmapped: hold
    once: candidate
    pairs: [{job: "42", position: P}]
    if:
      - {when: candidate.language == "de", because: "speaks no German"}
      - application.age < "30d"
    unless:
      - {when: candidate.source == "referral", because: "referrals are called"}
      - candidate.is_internal
`), rules.Options{Sources: []rules.Source{
		{Name: "lever", Members: []string{"candidate.language", "candidate.source", "candidate.is_internal", "application.age"}},
		{Name: "folder", Members: []string{"candidate.source"}},
	}})
	yes := true
	good := func(_ *flowd.Event, app *flowd.Application) {
		app.Candidate.Language, app.AppliedAt, app.Source = "de", monday.Add(-time.Hour), "LinkedIn"
	}
	tests := []struct {
		name    string
		change  func(*flowd.Event, *flowd.Application)
		verdict flowd.Verdict
		reason  flowd.Reason
		because string
	}{
		{"fits", nil, flowd.Matched, "", ""},
		{"another language", func(_ *flowd.Event, a *flowd.Application) { a.Candidate.Language = "en" }, flowd.Unmatched, flowd.ReasonCondition, "speaks no German"},
		{"an empty text is a value", func(_ *flowd.Event, a *flowd.Application) { a.Candidate.Language = "" }, flowd.Unmatched, flowd.ReasonCondition, "speaks no German"},
		{"too old", func(_ *flowd.Event, a *flowd.Application) { a.AppliedAt = monday.AddDate(0, -2, 0) }, flowd.Unmatched, flowd.ReasonCondition, `application.age < "30d"`},
		{"age unknown", func(_ *flowd.Event, a *flowd.Application) { a.AppliedAt = time.Time{} }, flowd.Failed, flowd.ReasonError,
			`application.age < "30d": application.age is not known of this application`},
		{"referral", func(_ *flowd.Event, a *flowd.Application) { a.Source = " Referral" }, flowd.Skipped, flowd.ReasonUnless, "referrals are called"},
		{"internal", func(_ *flowd.Event, a *flowd.Application) { a.Candidate.IsInternal = &yes }, flowd.Skipped, flowd.ReasonUnless, "candidate.is_internal"},
		{"a source that does not tell", func(e *flowd.Event, a *flowd.Application) { e.Source, a.Candidate.Language = "folder", "" }, flowd.Failed, flowd.ReasonError,
			`candidate.language == "de": the source folder does not supply candidate.language`},
		{"nobody tells whether internal", func(e *flowd.Event, _ *flowd.Application) { e.Source = "folder" }, flowd.Failed, flowd.ReasonError,
			"candidate.is_internal: the source folder does not supply candidate.is_internal"},
		{"another source told", func(e *flowd.Event, a *flowd.Application) { e.Source, a.Candidate.IsInternal = "folder", new(bool) }, flowd.Matched, "", ""},
		{"unmapped", func(_ *flowd.Event, a *flowd.Application) { a.Job = flowd.Job{ID: "1"} }, flowd.Unmatched, flowd.ReasonUnmapped, ""},
		{"unmapped and left out", func(_ *flowd.Event, a *flowd.Application) { a.Job, a.Source = flowd.Job{ID: "1"}, "Referral" }, flowd.Skipped, flowd.ReasonUnless, "referrals are called"},
		{"unmapped and unanswerable", func(_ *flowd.Event, a *flowd.Application) { a.Job, a.AppliedAt = flowd.Job{ID: "1"}, time.Time{} }, flowd.Unmatched, flowd.ReasonUnmapped, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := one(t, set, func(ev *flowd.Event, app *flowd.Application) {
				good(ev, app)
				if c.change != nil {
					c.change(ev, app)
				}
			})
			if a.Verdict != c.verdict || a.Reason != c.reason || a.Because != c.because {
				t.Errorf("%s %s %q, want %s %s %q", a.Verdict, a.Reason, a.Because, c.verdict, c.reason, c.because)
			}
			if !a.Rule.HoldUnmapped || !a.Rule.OncePerCandidate {
				t.Error("unmapped or once is lost")
			}
			if strings.Contains(a.Because, "rosa") {
				t.Errorf("the reason holds personal data: %s", a.Because)
			}
		})
	}
}

// An evaluation error belongs to its rule alone, and never tells a value.
func TestEvaluate_ErrorsStayApart(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - {id: a, stage: Video interview, pairs: [{position: P}], if: number("Mobile") > 3}
  - {id: b, stage: Video interview, pairs: [{position: P}]}
`), rules.Options{})
	ev, facts := entered(video, func(_ *flowd.Event, a *flowd.Application) {
		a.Fields = []flowd.Field{{Name: "Mobile", Value: "0151 rosa"}}
	})
	got := set.Evaluate(ev, facts, monday)
	if len(got) != 2 || got[0].Verdict != flowd.Failed || got[1].Verdict != flowd.Matched {
		t.Fatalf("answers %+v", got)
	}
	if want := `number("Mobile") > 3: the field "Mobile" is not a number here`; got[0].Because != want {
		t.Errorf("because %q, want %q", got[0].Because, want)
	}
}

func TestEvaluate_DisabledAndGroups(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - {id: off, stage: Video interview, mode: disabled, reason: "being written", pairs: [{position: P}]}
  - {id: first, stage: Video interview, group: g, pairs: [{position: P}], if: field("Level") == "1"}
  - {id: second, stage: Video interview, group: g, pairs: [{position: Q}], unless: [{when: 'field("Out", "") == "yes"', because: "out"}]}
  - {id: last, stage: Video interview, group: g, otherwise: true, pairs: [{position: R}]}
`), rules.Options{})
	for name, c := range map[string]struct {
		fields []flowd.Field
		want   string
	}{
		"the first":                     {[]flowd.Field{{Name: "Level", Value: 1.0}}, "off:unmatched first:matched second:unmatched last:unmatched"},
		"the second":                    {[]flowd.Field{{Key: "level", Value: "2"}}, "off:unmatched first:unmatched second:matched last:unmatched"},
		"otherwise is not for left out": {[]flowd.Field{{Name: "Level", Value: "2"}, {Name: "Out", Value: "Yes"}}, "off:unmatched first:unmatched second:skipped last:skipped"},
		"behind an error nobody acts":   {nil, "off:unmatched first:failed second:failed last:failed"},
	} {
		ev, facts := entered(video, func(_ *flowd.Event, a *flowd.Application) { a.Fields = c.fields })
		var got []string
		for _, a := range set.Evaluate(ev, facts, monday) {
			got = append(got, a.Rule.ID+":"+string(a.Verdict))
			alone, _ := set.EvaluateRule(a.Rule.ID, ev, facts, monday)
			if alone.Verdict != a.Verdict || alone.Reason != a.Reason || alone.Because != a.Because {
				t.Errorf("%s: %s alone is %s %q, beside the others %s %q", name, a.Rule.ID, alone.Verdict, alone.Because, a.Verdict, a.Because)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	ev, facts := entered(video, nil)
	if a, _ := set.EvaluateRule("off", ev, facts, monday); a.Reason != flowd.ReasonDisabled || a.Because != "being written" {
		t.Errorf("the disabled rule answers %s %q", a.Reason, a.Because)
	}
}

func TestSet_Reads(t *testing.T) {
	t.Parallel()
	text := file(`  - {id: b, stage: Video interview, pairs: [{job: [x, y], position: P}, {position: Q}], if: [has("Notice Period"), 'field("Level", "1") == "1"']}
  - {id: a, stage: Video interview, pairs: [{position: P}]}
`)
	set := compile(t, text, rules.Options{})
	for name, want := range map[string]bool{"notice  period": true, "LEVEL": true, "Other": false, "": false} {
		if got := set.NamesField(name); got != want {
			t.Errorf("NamesField(%q) = %t", name, got)
		}
	}
	if set.Rows() != 3 || len(set.Rules()) != 2 || set.Rules()[0].ID != "b" || set.Rules()[1].Line != 5 {
		t.Errorf("rows %d, rules %+v", set.Rows(), set.Rules())
	}
	if r, ok := set.Rule("a"); !ok || r.Owner != "sales-ops" || r.Mode != flowd.Live || r.File != "r.yaml" {
		t.Errorf("rule a is %+v", r)
	}
}

// The digest of a set is of what its files say; that of a rule, of what it does.
func TestDigest(t *testing.T) {
	t.Parallel()
	a, b := rules.File{Name: "a.yaml", Data: []byte(file("  - {id: a, stage: S, pairs: [{position: P}]}\n"))}, rules.File{Name: "b.yaml", Data: []byte(file("  - {id: b, stage: S, pairs: [{position: P}]}\n"))}
	first, _ := rules.Compile([]rules.File{a, b}, rules.Options{})
	second, _ := rules.Compile([]rules.File{b, a, {Name: "suppress.csv", Data: []byte("address\n")}}, rules.Options{})
	if first.Digest() != second.Digest() || len(first.Digest()) != 64 {
		t.Errorf("digests %s and %s", first.Digest(), second.Digest())
	}
	if len(second.Files()) != 2 {
		t.Errorf("a CSV that no rule names is part of the set: %d files", len(second.Files()))
	}
	b.Data = []byte(file("  - {id: b, stage: S, description: D, pairs: [{note: n, position: P}]}\n"))
	third, _ := rules.Compile([]rules.File{a, b}, rules.Options{})
	if third.Digest() == first.Digest() {
		t.Error("another text has the same digest")
	}
	if third.Rules()[1].Digest != first.Rules()[1].Digest {
		t.Error("a description and a note change what the rule does")
	}
	b.Data = []byte(file("  - {id: b, stage: S, pairs: [{position: Q}]}\n"))
	fourth, _ := rules.Compile([]rules.File{a, b}, rules.Options{})
	if fourth.Rules()[1].Digest == first.Rules()[1].Digest {
		t.Error("another position has the same digest")
	}
}

// Each member holds what its name says.
func TestEvaluate_Members(t *testing.T) {
	t.Parallel()
	yes := true
	ev, facts := entered(video, func(ev *flowd.Event, a *flowd.Application) {
		*a = flowd.Application{ID: "a1", Status: flowd.StatusActive, URL: "https://ats.example.com/a1", Source: "LinkedIn", AppliedAt: monday.Add(-3 * time.Hour),
			Stage: flowd.Stage{ID: "8", Name: "Later"}, Tags: []string{"vip"},
			Job: flowd.Job{ID: "j1", Name: "SDR", Department: "Sales", Location: "Berlin", Country: "DE", Tags: []string{"urgent"}},
			Candidate: flowd.Candidate{ID: "c1", Email: "rosa.field@example.com", FirstName: "Rosa", LastName: "Field", Phone: "+4915112345678",
				Country: "AT", Language: "de", Tags: []string{"called"}, CanEmail: new(bool), IsInternal: &yes}}
	})
	facts.Previous = flowd.Stage{Name: "Applied"}
	ev.At = monday.Add(-time.Minute)
	for _, condition := range []string{
		`event.type == "stage.entered"`, `event.via == "move"`, `event.source == "lever"`, `event.ats == "lever"`, `event.at < now()`,
		`stage == "Video interview"`, `stage_id == "7"`, `from == "Applied"`,
		`job.id == "j1"`, `job.name == "SDR"`, `job.department == "Sales"`, `job.location == "Berlin"`, `job.country == "DE"`, `"urgent" in job.tags`,
		`candidate.id == "c1"`, `candidate.email == "rosa.field@example.com"`, `candidate.first_name == "Rosa"`, `candidate.last_name == "Field"`,
		`candidate.name == "Rosa Field"`, `candidate.phone == "+4915112345678"`, `candidate.source == "LinkedIn"`, `candidate.country == "AT"`,
		`candidate.language == "de"`, `"vip" in candidate.tags`, `"called" in candidate.tags`, `not candidate.can_email`, `candidate.is_internal`,
		`application.id == "a1"`, `application.status == "active"`, `application.stage == "Later"`, `application.url == "https://ats.example.com/a1"`,
		`application.applied_at < event.at`, `application.age > "2h"`, `application.age < "4h"`,
	} {
		set := compile(t, file("  - {id: a, stage: Video interview, pairs: [{position: P}], if: '"+condition+"'}\n"), rules.Options{})
		if a := set.Evaluate(ev, facts, monday)[0]; a.Verdict != flowd.Matched {
			t.Errorf("%s: %s %s", condition, a.Verdict, a.Because)
		}
	}
}

// A default stands in for absent, null and empty alike; without one each is an
// error.
func TestEvaluate_EmptyFields(t *testing.T) {
	t.Parallel()
	for _, value := range []any{nil, "", "  ", []string{}, []string(nil)} {
		ev, facts := entered(video, func(_ *flowd.Event, a *flowd.Application) { a.Fields = []flowd.Field{{Name: "X", Value: value}} })
		for condition, want := range map[string]flowd.Verdict{
			`field("X", "d") == "d"`: flowd.Matched, `number("X", 2) == 2`: flowd.Matched, `flag("X", true)`: flowd.Matched, `not has("X")`: flowd.Matched,
			`field("X") != "x"`: flowd.Failed, `number("X") > 0`: flowd.Failed, `flag("X")`: flowd.Failed, `len(list("X")) == 0`: flowd.Failed,
		} {
			set := compile(t, file("  - {id: a, stage: Video interview, pairs: [{position: P}], if: '"+condition+"'}\n"), rules.Options{})
			if a := set.Evaluate(ev, facts, monday)[0]; a.Verdict != want {
				t.Errorf("%#v: %s: %s %s, want %s", value, condition, a.Verdict, a.Because, want)
			}
		}
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	set := compile(t, `version: 1
owner: o
defaults: {stage: Video interview, mode: shadow, reason: first week, review_on: 2026-05-01, once: candidate, unmapped: hold}
rules:
  - {id: a, pairs: [{position: P}]}
  - {id: b, stage: Phone, mode: live, once: application, unmapped: list, pairs: [{position: P}]}
  - {id: c, reason: second week, pairs: [{stage: Phone, position: P}]}
`, rules.Options{})
	r := set.Rules()
	if r[0].Mode != flowd.Shadow || r[0].Reason != "first week" || r[0].ReviewOn.Format(time.DateOnly) != "2026-05-01" || !r[0].OncePerCandidate || !r[0].HoldUnmapped {
		t.Errorf("a is %+v", r[0])
	}
	if r[1].Mode != flowd.Live || r[1].Reason != "" || !r[1].ReviewOn.IsZero() || r[1].OncePerCandidate || r[1].HoldUnmapped {
		t.Errorf("b is %+v", r[1])
	}
	if r[2].Reason != "second week" {
		t.Errorf("c is %+v", r[2])
	}
	ev, facts := entered(video, nil)
	if got := set.Evaluate(ev, facts, monday); len(got) != 1 || got[0].Rule.ID != "a" {
		t.Errorf("%d rules look at the default stage", len(got))
	}
}
