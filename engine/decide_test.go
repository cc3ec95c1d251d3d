package engine_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
)

const decideRules = `version: 1
owner: ops
rules:
  - id: ae
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
    unless:
      - {when: candidate.source == "referral", because: "by phone"}
  - id: other
    stage: Video
    pairs: [{job: Clash, position: pos-ae}]
  - id: clash
    stage: Video
    pairs: [{job: Clash, position: pos-sales}]
  - id: shadow
    stage: Shadowed
    mode: shadow
    reason: trying it out
    pairs: [{job: AE, position: pos-ae}]
  - id: number
    stage: Numbers
    if: number("Notice period") < 6
    pairs: [{job: AE, position: pos-ae}]
  - id: hold
    stage: Hold
    unmapped: hold
    pairs: [{job: AE, position: pos-ae}]
  - id: person
    stage: Person
    once: candidate
    pairs: [{job: AE, position: pos-ae}]
`

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

func TestDecide(t *testing.T) {
	t.Parallel()
	set := compile(t, decideRules)
	type want struct {
		verdict flowd.Verdict
		reason  flowd.Reason
		kind    flowd.ActionKind // "" for nothing asked
		why     flowd.Reason     // of an ActionDecide
	}
	for name, c := range map[string]struct {
		stage  string
		change func(ev *flowd.Event, f *flowd.Facts)
		want   map[string]want // by rule
	}{
		"a match invites":            {"Video", nil, map[string]want{"ae": {flowd.Matched, "", flowd.ActionInvite, ""}}},
		"a referral is left out":     {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Source = " REFERRAL " }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonUnless, "", ""}}},
		"no rule names the stage":    {"Offer", nil, map[string]want{"": {flowd.Unmatched, flowd.ReasonNoRule, "", ""}}},
		"a prospect without a job":   {"Offer", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Job = flowd.Job{} }, map[string]want{"": {flowd.Unmatched, flowd.ReasonNoJob, "", ""}}},
		"not a move":                 {"Video", func(ev *flowd.Event, _ *flowd.Facts) { ev.Type = flowd.ApplicationRejected }, map[string]want{"": {flowd.Unmatched, flowd.ReasonNotTrigger, "", ""}}},
		"stood there already":        {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Novelty = flowd.SameStage }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonSameStage, "", ""}}},
		"overtaken by a later move":  {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Novelty = flowd.Superseded }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonSuperseded, "", ""}}},
		"seen for the first time":    {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Novelty = flowd.Baseline }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonBaseline, "", ""}}},
		"rejected meanwhile":         {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Status = flowd.StatusRejected }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonEnded, "", ""}}},
		"not to be written to":       {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Candidate.CanEmail = no() }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonCannotEmail, "", ""}}},
		"may be written to":          {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Candidate.CanEmail = yes() }, map[string]want{"ae": {flowd.Matched, "", flowd.ActionInvite, ""}}},
		"a private application":      {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.NoContact = flowd.ReasonPrivate }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonPrivate, "", ""}}},
		"no address":                 {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Candidate.Email = "" }, map[string]want{"ae": {flowd.Skipped, flowd.ReasonNoEmail, "", ""}}},
		"two rules, two positions":   {"Video", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Job.Name = "Clash" }, map[string]want{"other": {flowd.Matched, "", flowd.ActionDecide, flowd.ReasonConflict}, "clash": {flowd.Matched, "", flowd.ActionDecide, flowd.ReasonConflict}}},
		"a field that is missing":    {"Numbers", nil, map[string]want{"number": {flowd.Failed, flowd.ReasonError, flowd.ActionDecide, flowd.ReasonError}}},
		"unmapped, held by the rule": {"Hold", func(_ *flowd.Event, f *flowd.Facts) { f.Application.Job.Name = "Chef" }, map[string]want{"hold": {flowd.Unmatched, flowd.ReasonUnmapped, flowd.ActionDecide, flowd.ReasonUnmapped}}},
		"unmapped and not to be asked": {"Hold", func(_ *flowd.Event, f *flowd.Facts) {
			f.Application.Job.Name = "Chef"
			f.Application.Candidate.Email = ""
		}, map[string]want{"hold": {flowd.Unmatched, flowd.ReasonUnmapped, "", ""}}},
		"a shadow rule": {"Shadowed", nil, map[string]want{"shadow": {flowd.Matched, "", flowd.ActionInvite, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
			facts := flowd.Facts{Application: flowd.Application{
				ID: "app", Status: flowd.StatusActive, Job: flowd.Job{ID: "j", Name: "AE"},
				Candidate: flowd.Candidate{ID: "c", Email: "rosa.field@example.com"},
			}}
			ev := flowd.Event{Key: "k", Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: now, Stage: flowd.Stage{ID: "s", Name: c.stage}}
			if c.change != nil {
				c.change(&ev, &facts)
			}
			ev.Application = facts.Application
			asked := map[string]flowd.Decision{}
			for _, d := range engine.Decide(set, ev, facts, now) {
				if d.Reason != flowd.ReasonUnmapped || len(d.Actions) > 0 || len(c.want) == 1 && c.want[d.Rule].reason == flowd.ReasonUnmapped {
					asked[d.Rule] = d
				}
			}
			if len(asked) != len(c.want) {
				t.Errorf("answered by %d rules, want %d: %+v", len(asked), len(c.want), asked)
			}
			for rule, w := range c.want {
				d := asked[rule]
				got := want{verdict: d.Verdict, reason: d.Reason}
				if len(d.Actions) == 1 {
					got.kind, got.why = d.Actions[0].Kind, d.Actions[0].Reason
				}
				if got != w {
					t.Errorf("rule %q: %+v, want %+v", rule, got, w)
				}
			}
		})
	}
}

// What is unique is decided by claims and keys alone: they must say what they
// mean.
func TestDecide_ClaimsAndKeys(t *testing.T) {
	t.Parallel()
	set := compile(t, decideRules)
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	act := func(stage string) flowd.Action {
		app := flowd.Application{ID: "app", Job: flowd.Job{ID: "j", Name: "AE"}, Candidate: flowd.Candidate{ID: "c", Email: "rosa.field@example.com"}}
		ev := flowd.Event{Key: "k", Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: now, Stage: flowd.Stage{ID: "s-" + stage, Name: stage}, Application: app}
		for _, d := range engine.Decide(set, ev, flowd.Facts{Application: app}, now) {
			if len(d.Actions) == 1 {
				return d.Actions[0]
			}
		}
		t.Fatalf("nobody is invited in %s", stage)
		return flowd.Action{}
	}
	live, shadow, person := act("Video"), act("Shadowed"), act("Person")
	if live.Key != flowd.InviteKey("ats", "app", "pos-ae", 1) {
		t.Errorf("key %q", live.Key)
	}
	if len(live.Claims) != 1 || live.Claims[0] != flowd.StageClaim("ats", "app", "s-Video") {
		t.Errorf("claims %q", live.Claims)
	}
	if shadow.Key == live.Key || shadow.Mode != flowd.Shadow || !strings.HasPrefix(string(shadow.Claims[0]), "shadow") {
		t.Errorf("a shadow action shares its uniqueness with live ones: %+v", shadow)
	}
	if len(person.Claims) != 2 || person.Claims[1] != flowd.PersonClaim("ats", "c", "pos-ae") {
		t.Errorf("once: candidate claims %q", person.Claims)
	}
}
