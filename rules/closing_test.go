package rules_test

import (
	"strings"
	"testing"

	"flowd"
	"flowd/engine"
	"flowd/rules"
)

const closingRules = `  - id: old
    description: The first map.
    stage: Video interview
    mode: closing
    reason: the role is filled
    review_on: 2026-10-01
    group: g
    if: candidate.country != "FR"
    pairs: [{job: "Account Executive, Berlin", position: Old}]
    tests:
      - {name: somebody, given: {job: "Account Executive, Berlin"}, expect: [{hireflix.invite: {position: Old}}]}
  - {id: new, stage: Video interview, group: g, pairs: [{position: New}]}
  - {id: note, mode: closing, reason: "no longer", trigger: {event: stage.entered}, actions: [ats.tag: x]}
tests:
  - {name: the new map, given: {stage: Video interview, job: "Account Executive, Berlin"}, expect: [{hireflix.invite: {position: New}}]}
`

// A closing rule takes nobody, and stands in nobody's way; of what it promised it
// answers as a live one, conditions included.
func TestClosing_Answers(t *testing.T) {
	t.Parallel()
	set, live := compile(t, closing("closing"), rules.Options{}), compile(t, closing("live"), rules.Options{})
	for country, owed := range map[string]string{"DE": "matched", "FR": "unmatched condition"} {
		ev, facts := entered(video, func(_ *flowd.Event, a *flowd.Application) { a.Candidate.Country = country })
		var got []string
		for _, a := range set.Evaluate(ev, facts, monday) {
			got = append(got, strings.TrimSpace(a.Rule.ID+" "+string(a.Verdict)+" "+string(a.Reason)+" "+a.Because))
		}
		if want := "old unmatched closing the role is filled, new matched, note unmatched closing no longer"; strings.Join(got, ", ") != want {
			t.Errorf("%s: answered %q, want %q", country, got, want)
		}
		for _, id := range []string{"old", "note"} {
			a, _ := set.EvaluateRule(id, ev, facts, monday)
			was, _ := live.EvaluateRule(id, ev, facts, monday)
			if a.Verdict != was.Verdict || a.Reason != was.Reason || a.Position != was.Position || len(a.Steps) != len(was.Steps) {
				t.Errorf("%s: of what %s promised it answers %+v, while it was live %+v", country, id, a, was)
			}
			e, _ := set.Explain(id, ev, facts, monday)
			if e.Reason != flowd.ReasonClosing {
				t.Errorf("%s is explained as %+v", id, e)
			}
		}
		e, _ := set.ExplainRule("old", ev, facts, monday)
		if strings.TrimSpace(string(e.Verdict)+" "+string(e.Reason)) != owed {
			t.Errorf("%s: what it promised is explained as %s %s", country, e.Verdict, e.Reason)
		}
	}
}

func closing(mode string) string {
	return file(strings.ReplaceAll(closingRules, "mode: closing", "mode: "+mode))
}

// Closing a rule, and opening it again, changes nothing of what it promised; an edit
// beside does, and so does closing one that only recorded.
func TestClosing_Keeps(t *testing.T) {
	t.Parallel()
	edited := func(text string) string { return strings.Replace(text, `"FR"`, `"IT"`, 1) }
	for name, tt := range map[string]struct {
		was, is string
		keeps   bool
	}{
		"closed":            {closing("live"), closing("closing"), true},
		"opened":            {closing("closing"), closing("live"), true},
		"closed and edited": {closing("live"), edited(closing("closing")), false},
		"edited":            {closing("closing"), edited(closing("closing")), false},
		"a shadow closed":   {closing("shadow"), closing("closing"), false},
		"switched off":      {closing("closing"), closing("disabled"), false},
	} {
		was, _ := compile(t, tt.was, rules.Options{}).Rule("old")
		is, _ := compile(t, tt.is, rules.Options{}).Rule("old")
		if is.Keeps(was) != tt.keeps || is.Digest == was.Digest {
			t.Errorf("%s: keeps what it promised: %t, want %t; digests %s and %s", name, is.Keeps(was), tt.keeps, was.Digest, is.Digest)
		}
	}
}

func TestClosing_IsNoRuleForWhoComes(t *testing.T) {
	t.Parallel()
	old, _, _ := strings.Cut(closing("closing"), "  - {id: new")
	set := compile(t, old, rules.Options{Sources: []rules.Source{{Name: "lever", ATS: "lever", Members: []string{"candidate.country"}}}})
	app := flowd.Application{Job: flowd.Job{Name: "Account Executive, Berlin"}, Stage: video}
	if got := set.Mapped("lever", video); len(got) > 0 || set.Covers("lever", app.Job) {
		t.Errorf("the stage is mapped by %v, the job covered: %t", got, set.Covers("lever", app.Job))
	}
	if p, ok := set.PositionFor(app, "lever"); ok {
		t.Errorf("an invite by hand goes to %+v", p)
	}
	if used := set.PositionsUsed(); len(used) != 1 {
		t.Errorf("the positions in use are %+v: what was promised needs them", used)
	}
	gone := []rules.System{{ATS: "lever", Jobs: []flowd.Job{}, Stages: []flowd.Stage{}, FormerJobs: []flowd.Job{app.Job}}}
	if rows := set.Dangling(gone, nil); len(rows) > 0 {
		t.Errorf("a job that is gone is why rules are closed: %+v", rows)
	}
	words, _ := set.Describe("old")
	for _, want := range []string{"old (closing: the role is filled, to be looked at on 2026-10-01,", "It takes nobody new."} {
		if !strings.Contains(words, want) {
			t.Errorf("described as\n%swithout %q", words, want)
		}
	}
}

// Its own tests show it as it was live, those of the file as it is.
func TestClosing_Tests(t *testing.T) {
	t.Parallel()
	for _, r := range rules.RunTests(compile(t, closing("closing"), rules.Options{}), engine.Decide, rules.TestOptions{}) {
		if !r.OK {
			t.Errorf("%s: %s, got %s\n%s", r.Name, r.Want, r.Got, strings.Join(r.Diff, "\n"))
		}
	}
}

func TestClosing_Problems(t *testing.T) {
	t.Parallel()
	links := func(mode string) string {
		return file("  - {id: quiet, stage: S, mail: none, mode: closing, reason: over, pairs: [{position: P}]}\n" +
			"  - {id: link, mode: " + mode + ", reason: over, trigger: {event: interview.invited, of: [quiet]}, actions: [ats.field: {name: Link, value: \"${candidate_link}\"}]}\n")
	}
	for name, tt := range map[string]struct{ text, code string }{
		"no reason": {file("  - {id: a, stage: S, mode: closing, pairs: [{position: P}]}\n"), "missing-key"},
		"nobody is told the link of who goes out": {links("closing"), "no-mail"},
		"the link is told":                        {links("live"), ""},
	} {
		_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(tt.text)}}, rules.Options{})
		var codes []string
		for _, p := range problems {
			if p.Code == "missing-key" || p.Code == "no-mail" {
				codes = append(codes, p.Code)
			}
		}
		if strings.Join(codes, " ") != tt.code {
			t.Errorf("%s: %q, want %q", name, codes, tt.code)
		}
	}
}
