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

// someone has a value of their own wherever one can be.
func someone() (flowd.Event, flowd.Facts) {
	yes := true
	ev, facts := entered(video, func(ev *flowd.Event, a *flowd.Application) {
		ev.Key, ev.Source, ev.ATS = "greenhouse/evt-9931/0", "greenhouse", "greenhouse"
		ev.At, ev.Received = monday.Add(-3*time.Second), monday
		*a = flowd.Application{ID: "265277001", OriginalID: "maren@hollenbeck.example", Stage: video, Status: flowd.StatusActive,
			Job:       flowd.Job{ID: "42", Name: "R&D Lead, Köln", Department: "Research"},
			Source:    "Referred by Tilda Hollenbeck",
			AppliedAt: monday.AddDate(0, 0, -9), Tags: []string{"Maren is great"}, URL: "https://app.greenhouse.example/people/265277001",
			Recruiter: "ruth.keller@acme.example",
			Fields: []flowd.Field{
				{Key: "notice_period", Name: "Notice\u00a0period", Type: "number", Value: 3.0},
				{Key: "motivation", Name: "Motivation", Value: "I am Maren, call +49 170 5550123 or 0221 555 01 23, or see https://maren.example/cv"},
				{Key: "salary", Name: "Salary", Value: 84500.0}, {Key: "parent", Name: "Has children", Value: true},
				{Key: "langs", Name: "Languages", Value: []string{"Norwegian"}}, {Key: "none", Name: "None"},
				{Key: "referrer", Name: "Referrer", Value: "tilda@hollenbeck.example"},
				{Key: "level", Name: "Seniority", Value: "senior"},
				{Key: "level", Name: "Seniority", Value: "the candidate's, which nobody reads"},
			},
			Candidate: flowd.Candidate{ID: "9044120", Email: "maren.hollenbeck@mail.example", FirstName: "Maren", LastName: "Hollenbeck",
				Name: "Dr. Maren Hollenbeck", Phone: "+49 170 5550123", Country: "NO", Language: "de", Tags: []string{"fast track", "9044120"}, CanEmail: &yes}}
	})
	ev.From = flowd.Stage{ID: "6", Name: "Phone screen"}
	facts.Previous = ev.From
	return ev, facts
}

// personal are the values of someone that must never get into a file.
var personal = []string{"Maren", "Hollenbeck", "mail.example", "hollenbeck.example", "5550123", "555 01 23", "265277001", "9044120", "evt-9931", "people/", "cv",
	"ruth", "keller", "acme.example", "84500", "Norwegian", "Tilda", "nobody reads"}

// taken makes a test of a case, puts it into the files and runs all of them.
func taken(t *testing.T, text string, c rules.Case) (rules.Recorded, string) {
	t.Helper()
	set := compile(t, text, rules.Options{})
	got, err := rules.Record(set, engine.Decide, c)
	if err != nil {
		t.Fatal(err)
	}
	lines := append([]string{"name: " + fmt.Sprintf("%q", got.Shows), "event: fixtures/new.json"}, got.Test...)
	data, err := rules.AddTest(rules.File{Name: "r.yaml", Data: []byte(text)}, got.Rule, lines)
	if err != nil {
		t.Fatal(err)
	}
	after, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: data}, {Name: "fixtures/new.json", Data: []byte(got.Fixture)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatalf("%s\n%s\n%s", strictyaml.Render(problems), data, got.Fixture)
	}
	passed := 0
	for _, r := range rules.RunTests(after, engine.Decide, rules.TestOptions{}) {
		if !r.OK {
			t.Errorf("%s\n%s", r.Name, strings.Join(r.Diff, "\n"))
		}
		if r.Name == got.Shows {
			passed++
		}
	}
	if passed != 1 {
		t.Errorf("the new test ran %d times:\n%s", passed, data)
	}
	return got, string(data)
}

const sales = `  - id: sales
    description: Who reaches the video stage is invited.
    stage: "Video interview"
    pairs: [{department: Research, position: "Lead screening"}]
`

func TestRecord(t *testing.T) {
	t.Parallel()
	ev, facts := someone()
	mon := func(change func(*rules.Case)) rules.Case {
		c := rules.Case{Event: ev, Facts: facts, At: monday.Add(300 * time.Millisecond)}
		if change != nil {
			change(&c)
		}
		return c
	}
	finished := mon(func(c *rules.Case) {
		seen := flowd.Interview{ID: "64fe0000a1", ExternalID: "flowd1-x", Position: flowd.Position{ID: "65af", Name: "Lead Screening"}, Status: flowd.InterviewToEvaluate, Answered: true,
			CompletedAt: monday, CreatedAt: monday.AddDate(0, 0, -2), Duration: 200*time.Second + time.Millisecond, PublicURL: "https://app.hireflix.example/64fe0000a1"}
		c.Event = flowd.Event{Key: seen.EventKey(flowd.InterviewFinished), Source: "hireflix", ATS: "greenhouse", Type: flowd.InterviewFinished, At: monday, Received: monday,
			Stage: video, Application: facts.Application, Interview: seen}
		later := seen
		later.Status, later.Score = flowd.InterviewShortlisted, 5
		c.Facts.Invites = []flowd.Invite{{Key: "k1", Rule: "older", Interview: flowd.Interview{ID: "64fe00000"}},
			{Key: "k2", Rule: "sales", Position: seen.Position, State: flowd.Done, Interview: later}}
	})
	const finishedRule = sales + `  - id: back
    description: A finished interview is noted.
    trigger: {event: interview.finished, of: [sales], position: "lead screening", stage: "Video interview"}
    if: interview.status == "finished" and interview.duration < "4m"
    wait: 0
    actions:
      - ats.note: "${candidate.name} (${candidate.email}) at ${job.name} has \"finished\":\n${admin_link}"
      - ats.tag: interviewed
      - hireflix.share: {days: 90}
      - ats.field: {name: Link, value: "${recording_link}"}
      - ats.move: {to: Review, if: application.stage == "Video interview"}
      - notify: {to: "${application.recruiter}", text: "${candidate.first_name} is done", personal_data: true}
`
	tests := []struct {
		name, body string
		c          rules.Case
		rule       string
		want       []string // lines
		kept       string
	}{
		{"invited", sales, mon(nil), "sales", []string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`}, ""},
		{"later", sales + "    wait: 15m\n", mon(nil), "sales", []string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`, `    at: "2026-03-02T09:15:00Z"`}, ""},
		{"left out, with its words", sales + "    unless: [{when: candidate.country == \"NO\", because: \"Norway is \\\"called\\\"\"}]\n", mon(nil), "sales",
			[]string{`expect: none`, `because: "Norway is \"called\""`}, ""},
		{"a custom field by its key, a number", sales + "    if: number(\"notice_period\") > 3\n", mon(nil), "sales", []string{`expect: none`, `because: "number(\"notice_period\") > 3"`}, "fields.notice_period"},
		{"a custom field that stands there twice", sales + "    if: field(\"seniority\") == \"senior\"\n", mon(nil), "sales", []string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`}, "fields.Seniority"},
		{"a tag beside others", sales + "    if: '\"fast track\" in candidate.tags'\n", mon(nil), "sales", []string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`}, "candidate.tags"},
		{"a domain that the rule asks for", sales + "    if: candidate.email endsWith \"@mail.example\" or candidate.email endsWith \"@acme.example\"\n", mon(nil), "sales",
			[]string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`}, ""},
		{"held", sales + "    if: field(\"Start\") == \"May\"\n", mon(nil), "sales", []string{`expect: held`, `because: "field(\"Start\") == \"May\": the field \"Start\" is not set"`}, ""},
		{"unmapped", strings.Replace(sales, "Research", "Legal", 1), mon(nil), "sales", []string{`expect: none`, `because: "no row of the map fits"`}, ""},
		{"must not be written to", sales, mon(func(c *rules.Case) { c.Facts.Application.NoContact = flowd.ReasonPrivate }), "sales",
			[]string{`expect: none`, `because: "a private application"`}, ""},
		{"no address", sales, mon(func(c *rules.Case) { c.Facts.Application.Candidate.Email = "" }), "sales", []string{`expect: none`, `because: "no address to write to"`}, ""},
		{"the one that acts of several", sales + strings.NewReplacer("sales", "other", "Research", "Legal").Replace(sales), mon(nil), "sales",
			[]string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`}, ""},
		{"the one that is named", sales + strings.NewReplacer("sales", "other", "Research", "Legal").Replace(sales), mon(func(c *rules.Case) { c.Rule = "other" }), "other",
			[]string{`expect: none`, `because: "no row of the map fits"`}, ""},
		{"all rules", strings.Replace(sales, "Video interview", "Offer", 1), mon(func(c *rules.Case) { c.File = "r.yaml" }), "", []string{`expect: none`, `because: "no rule names this stage and job"`}, ""},
		{"a disabled rule, as if it were live", sales + "    mode: disabled\n    reason: being written\n", mon(func(c *rules.Case) { c.Rule = "sales" }), "sales",
			[]string{`expect:`, `  - hireflix.invite: {position: "Lead screening"}`}, ""},
		{"a reaction", finishedRule, finished, "back", []string{`expect:`,
			`  - ats.note: {text: "Robin Sample (robin.sample@example.com) at R&D Lead, Köln has \"finished\":\n<admin_link>"}`, `  - ats.tag: {add: "interviewed"}`,
			`  - hireflix.share: {days: 90}`, `  - ats.field: {name: "Link", value: "<recording_link>"}`, `  - ats.move: {to: "Review"}`, `    held: true`,
			`  - notify: {to: "recruiter@example.com", text: "Robin is done", personal_data: true}`}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, data := taken(t, file(tt.body), tt.c)
			if got.Rule != tt.rule || got.File != "r.yaml" || !slices.Equal(got.Test, tt.want) {
				t.Errorf("rule %q in %s:\n%s\nwant %q:\n%s", got.Rule, got.File, strings.Join(got.Test, "\n"), tt.rule, strings.Join(tt.want, "\n"))
			}
			for _, value := range personal {
				if strings.Contains(strings.ToLower(got.Fixture+data[len(file(tt.body)):]), strings.ToLower(value)) && !strings.Contains(strings.ToLower(tt.body), strings.ToLower(value)) {
					t.Errorf("%q is left:\n%s\n%s", value, got.Fixture, data)
				}
			}
			if tt.kept != "" && !slices.Contains(got.Kept, tt.kept) {
				t.Errorf("kept is %v, want %s among it", got.Kept, tt.kept)
			}
			for _, wanted := range []string{`"R&D Lead, Köln"`, `"type": "` + string(tt.c.Event.Type) + `"`} {
				if !strings.Contains(got.Fixture, wanted) {
					t.Errorf("%s is not in it:\n%s", wanted, got.Fixture)
				}
			}
		})
	}
}

func TestRecord_Refuses(t *testing.T) {
	t.Parallel()
	ev, facts := someone()
	two := sales + strings.Replace(sales, "id: sales", "id: other", 1)
	for name, tt := range map[string]struct {
		body   string
		change func(*rules.Case)
		want   string
	}{
		"what only the person's name decides": {sales + "    unless: [{when: candidate.last_name startsWith \"Ho\", because: x}]\n", nil, "the rules ask for what tells who the person is"},
		"what their own text decides":         {sales + "    unless: [{when: 'field(\"Motivation\") contains \"Maren\"', because: x}]\n", nil, "(invited to"},
		"half of it held": {strings.Replace(sales, "stage: \"Video interview\"\n    pairs: [{department: Research, position: \"Lead screening\"}]",
			"trigger: {event: stage.entered}\n    actions: [ats.tag: moved, ats.note: \"${field(\\\"Start\\\")}\"]", 1), nil, "one part is done and another held"},
		"a repetition":           {sales, func(c *rules.Case) { c.Facts.Novelty = flowd.SameStage }, "the rules were not asked about this event: was in this stage already"},
		"an order":               {sales, func(c *rules.Case) { c.Event.Type = flowd.InviteOrdered }, "a person's order"},
		"two rules that act":     {two, nil, "sales and other decide about the event"},
		"no rule that looks":     {strings.Replace(sales, "Video", "Audio", 1), nil, "no rule looks at this event"},
		"no such rule":           {sales, func(c *rules.Case) { c.Rule = "sale" }, `there is no rule "sale": did you mean "sales"?`},
		"a rule of another file": {sales, func(c *rules.Case) { c.Rule, c.File = "sales", "x.yaml" }, "stands in r.yaml, not in x.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := rules.Case{Event: ev, Facts: facts, At: monday}
			if tt.change != nil {
				tt.change(&c)
			}
			got, err := rules.Record(compile(t, file(tt.body), rules.Options{}), engine.Decide, c)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %q, want %q\n%s", err, tt.want, got.Fixture)
			}
			for _, value := range personal {
				if strings.Contains(err.Error(), value) && !strings.Contains(tt.body, value) {
					t.Errorf("the refusal tells %q: %v", value, err)
				}
			}
		})
	}
}
