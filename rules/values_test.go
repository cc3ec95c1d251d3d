package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// told is what one event of the n-th application tells.
func told(n int, change func(a *flowd.Application)) (flowd.Event, flowd.Facts) {
	return entered(video, func(ev *flowd.Event, a *flowd.Application) {
		a.ID, a.Source = fmt.Sprintf("app-%d", n), "Referral"
		a.Candidate.Email, a.Candidate.FirstName, a.Candidate.LastName = fmt.Sprintf("p%d@example.com", n), "Rosa", "Field"
		change(a)
		ev.Application = *a
	})
}

func TestValues(t *testing.T) {
	t.Parallel()
	var v rules.Values
	for n := range 60 {
		ev, facts := told(n, func(a *flowd.Application) {
			a.Job.Department, a.Job.Location = "Sales", []string{"Berlin", "BERLIN ", "Paris"}[n%3]
			a.Candidate.Language, a.Candidate.Country = "de-AT", fmt.Sprintf("X%d", n)
			a.Tags, a.Candidate.Tags = []string{"vip"}, []string{"python", "VIP"}
			a.Fields = []flowd.Field{
				{Key: "level", Name: "Level", Value: []string{"senior", "Junior"}[n%2]},
				{Name: "Skills", Value: []string{"Go", "SQL"}},
				{Name: "Years", Value: float64(n % 4)}, {Name: "Visa", Value: n%2 == 0},
				{Name: "Motivation", Value: fmt.Sprintf("reason %d", n)},
				{Name: "Notes", Value: strings.Repeat("long ", 30)},
				{Name: "Contact", Value: "somebody@example.com"}, {Name: "Signed", Value: "as Rosa Field"},
				{Name: "Gender", Value: "x"}, {Name: "Buddy", Type: "user", Value: "Kim"}, {Name: "Nothing", Value: ""},
			}
		})
		v.Add(ev, facts)
	}
	var got []string
	for _, s := range v.Seen() {
		line := s.Member
		if s.Free {
			line += " free"
		}
		for i, value := range s.Values {
			if i < 3 {
				line += fmt.Sprintf(" %s×%d", value.Value, value.Times)
			}
		}
		got = append(got, line)
	}
	want := []string{
		"candidate.source Referral×60", "candidate.country X0×1 X1×1 X10×1", "candidate.language de-AT×60", "candidate.tags vip×120 python×60",
		"job.department Sales×60", "job.location Berlin×40 Paris×20",
		"Buddy free", "Contact free", "Gender free", "Level Junior×30 senior×30", "Motivation free", "Notes free", "Signed free", "Skills Go×60 SQL×60",
		"Visa false×30 true×30", "Years 0×15 1×15 2×15",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if level := rules.FindValues(v.Seen(), "LEVEL"); level == nil || level.Key != "level" {
		t.Errorf("a field is not found by its name: %+v", level)
	}
}

// However much comes, what is remembered has an end.
func TestValues_Bounded(t *testing.T) {
	t.Parallel()
	var v rules.Values
	for n := range 700 {
		ev, facts := told(n/2, func(a *flowd.Application) {
			a.Source = fmt.Sprintf("source %d", n)
			a.Fields = []flowd.Field{{Name: fmt.Sprintf("field %d", n), Value: "x"}, {Name: "Level", Value: fmt.Sprintf("level %d", n)}}
		})
		v.Add(ev, facts)
	}
	seen := v.Seen()
	if len(seen) > 250 {
		t.Errorf("%d members and fields are counted", len(seen))
	}
	for _, s := range seen {
		if len(s.Values) > 500 || (s.Member == "candidate.source" || s.Member == "Level") && !s.Free {
			t.Errorf("%s has %d values, free: %t", s.Member, len(s.Values), s.Free)
		}
	}
}

// What nobody has is named with what somebody had.
func TestSet_UnseenValues(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(`version: 1
owner: ops
rules:
  - id: video
    stage: Video interview
    pairs:
      - {department: Saless, language: de, country: DE, position: AE}
      - {department: [Legal, SALES], location: Nowhere, position: AE}
    if:
      - candidate.source != "referal"
      - candidate.source in ["employee referral", " REFERRAL "]
      - field("Level", "none") not in ["none", "Senoir", "Principal"]
      - 'any(list("Skills"), # == "Pyhton") or "Golang" in candidate.tags or "pythn" in candidate.tags'
      - field("Team", "x") == "whatever" and candidate.language == "de"
      - from == "Fone screen" and job.name != "Account Exeutive"
      - candidate.country == "FR"
  - id: note
    trigger: {event: stage.left, from: Video intervew, department: Sale}
    if: candidate.source == "refferal"
    actions: [ats.tag: {add: x, if: candidate.source == "LinkedIm"}]
  - {id: off, mode: disabled, reason: not yet, stage: Video interview, pairs: [{department: Nowhere, position: AE}]}
`)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	counted := func(member string, field, free bool, values ...rules.ValueSeen) rules.ValuesSeen {
		return rules.ValuesSeen{Member: member, Field: field, Free: free, Values: values}
	}
	seen := rules.Seen{Stages: []string{"Phone screen", "Video interview"}, Jobs: []string{"Account Executive"}, ValuesSince: monday.AddDate(0, 0, -30), Values: []rules.ValuesSeen{
		counted("candidate.source", false, false, rules.ValueSeen{Value: "Referral", Times: 41}, rules.ValueSeen{Value: "LinkedIn", Times: 1}),
		counted("candidate.tags", false, false, rules.ValueSeen{Value: "Python", Times: 90}),
		counted("candidate.language", false, false, rules.ValueSeen{Value: "de-AT", Times: 19}, rules.ValueSeen{Value: "en", Times: 9}),
		counted("candidate.country", false, false, rules.ValueSeen{Value: "DE", Times: 5}),
		counted("job.department", false, false, rules.ValueSeen{Value: "Sales", Times: 12}, rules.ValueSeen{Value: "Legal", Times: 3}),
		counted("job.location", false, true),
		counted("Level", true, false, rules.ValueSeen{Value: "Senior", Times: 4}, rules.ValueSeen{Value: "Junior", Times: 3}),
		counted("Skills", true, false, rules.ValueSeen{Value: "Python", Times: 2}),
		counted("Team", true, true),
	}}
	var got []string
	for _, p := range set.Unseen(seen, monday) {
		if p.Severity != strictyaml.Warning {
			t.Errorf("%s is no warning", p)
		}
		got = append(got, fmt.Sprintf("%d %s: %s (%s)", p.Line, p.Code, p.Message, p.Hint))
	}
	since := monday.AddDate(0, 0, -30).Format(time.DateOnly)
	want := []string{
		`7 unseen-value: you wrote "Saless", and no event since ` + since + ` had that as job.department (seen: "Sales" 12 times)`,
		`10 unseen-value: you wrote "referal", and no event since ` + since + ` had that as candidate.source (seen: "Referral" 41 times)`,
		`11 unseen-value: you wrote "employee referral", and no event since ` + since + ` had that as candidate.source (seen: "Referral" 41 times, "LinkedIn" once)`,
		`12 unseen-value: you wrote "Senoir", and no event since ` + since + ` had that as field("Level") (seen: "Senior" 4 times)`,
		`13 unseen-value: you wrote "Pyhton", and no event since ` + since + ` had that as list("Skills") (seen: "Python" 2 times)`,
		`13 unseen-value: you wrote "pythn", and no event since ` + since + ` had that as candidate.tags (seen: "Python" 90 times)`,
		`14 unseen-value: you wrote "de", and no event since ` + since + ` had that as candidate.language (seen: "de-AT" 19 times, "en" 9 times)`,
		`15 unseen-stage: no event has told of a stage "Fone screen" (did you mean "Phone screen"?)`,
		`15 unseen-job: no event has told of a job "Account Exeutive" (did you mean "Account Executive"?)`,
		`18 unseen-stage: no event has told of a stage "video intervew" (did you mean "Video interview"?)`,
		`18 unseen-value: you wrote "Sale", and no event since ` + since + ` had that as job.department (seen: "Sales" 12 times)`,
		`19 unseen-value: you wrote "refferal", and no event since ` + since + ` had that as candidate.source (seen: "Referral" 41 times)`,
		`20 unseen-value: you wrote "LinkedIm", and no event since ` + since + ` had that as candidate.source (seen: "LinkedIn" once)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unseen values (-want +got):\n%s", diff)
	}
}
