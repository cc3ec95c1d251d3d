package rules_test

import (
	"encoding/json"
	"strings"
	"testing"

	"flowd"
	"flowd/rules"
)

const explained = `  - id: sales-video
    description: Sales applicants are invited.
    stage: Video interview
    pairs:
      - {department: Sales, position: SDR screening EN}
      - {department: Sales, language: de, position: SDR screening DE}
      - {job: "42", position: AE screening}
    if:
      - candidate.language startsWith "de" and not (application.status == "hired" or has("Out"))
      - {when: 'number("Years") >= 3', because: too junior}
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
`

func TestExplain(t *testing.T) {
	t.Parallel()
	set := compile(t, file(explained), rules.Options{})
	tests := []struct {
		name   string
		change func(*flowd.Event, *flowd.Application)
		want   string
	}{
		{"matched", nil, `
sales-video (r.yaml:4): matched, to "SDR screening DE"
  row r.yaml:9: department "Sales", language "de" → "SDR screening DE"
    it beats r.yaml:8 (which names only department)
  if candidate.language startsWith "de" and not (application.status == "hired" or has("Out"))
    and: true
      candidate.language startsWith "de": true   (candidate.language = "de-AT")
      not: true
        or: false
          application.status == "hired": false   (application.status = "active")
          has("Out"): false   (has("Out") = false)
  if number("Years") >= 3 (too junior)
    number("Years") >= 3: true   (number("Years") = 4)
  unless candidate.source == "referral" (referrals are called by phone)
    candidate.source == "referral": false   (candidate.source = "")
`},
		{"decided by the second line", func(_ *flowd.Event, a *flowd.Application) {
			a.Job.ID, a.Fields, a.Source = "42", []flowd.Field{{Name: "Years", Value: 1.0}}, "Referral"
		}, `
sales-video (r.yaml:4): unmatched: too junior
  row r.yaml:10: job "42" → "AE screening"
    it beats r.yaml:9 (which does not name the job), r.yaml:8 (which does not name the job)
  if candidate.language startsWith "de" and not (application.status == "hired" or has("Out"))
    and: true
      candidate.language startsWith "de": true   (candidate.language = "de-AT")
      not: true
        or: false
          application.status == "hired": false   (application.status = "active")
          has("Out"): false   (has("Out") = false)
  if number("Years") >= 3 (too junior)
    number("Years") >= 3: false   (number("Years") = 1)
  unless candidate.source == "referral" (referrals are called by phone)
    candidate.source == "referral": not reached; would be true   (candidate.source = "Referral")
`},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ev, facts := entered(video, func(ev *flowd.Event, a *flowd.Application) {
				a.Job = flowd.Job{Name: "SDR", Department: "Sales"}
				a.Candidate.Language = "de-AT"
				a.Fields = []flowd.Field{{Name: "Years", Value: 4.0}}
				if c.change != nil {
					c.change(ev, a)
				}
			})
			e, ok := set.Explain("sales-video", ev, facts, monday)
			if !ok {
				t.Fatal("no explanation")
			}
			if got := strings.Join(e.Lines(), "\n"); got != strings.TrimSpace(c.want) {
				t.Errorf("got\n%s\nwant%s", got, c.want)
			}
			answer, _ := set.EvaluateRule("sales-video", ev, facts, monday)
			if answer.Verdict != e.Verdict || answer.Reason != e.Reason {
				t.Errorf("explained as %s %s, answered %s %s", e.Verdict, e.Reason, answer.Verdict, answer.Reason)
			}
			raw, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			var back rules.Explanation
			if err := json.Unmarshal(raw, &back); err != nil || strings.Join(back.Lines(), "\n") != strings.Join(e.Lines(), "\n") {
				t.Errorf("JSON loses something: %v", err)
			}
		})
	}
}

func TestExplain_WhatCannotBeAsked(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - {id: off, stage: Video interview, mode: disabled, reason: later, pairs: [{position: P}]}
  - {id: internal, stage: Video interview, pairs: [{job: x, position: P}], if: candidate.is_internal, unless: [stage == "x"]}
`), rules.Options{})
	ev, facts := entered(video, nil)
	for id, want := range map[string]string{
		"off": "off (r.yaml:4): unmatched: later",
		"internal": `internal (r.yaml:5): unmatched: no row of the map fits
  no row fits
  if candidate.is_internal
    error: candidate.is_internal: the source lever does not supply candidate.is_internal
  unless stage == "x"
    stage == "x": not reached; would be false   (stage = "Video interview")`,
	} {
		e, _ := set.Explain(id, ev, facts, monday)
		if got := strings.Join(e.Lines(), "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if _, ok := set.Explain("gone", ev, facts, monday); ok {
		t.Error("a rule that is not there is explained")
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	set := compile(t, file(explained+`  - {id: b, stage: [Phone, Video interview], mode: shadow, reason: first week, review_on: 2026-05-01, once: candidate, unmapped: hold, pairs: [{department: Sales, position: P}]}
`), rules.Options{})
	bound, _, _ := set.Bind([]flowd.Position{{ID: "p1", Name: "P"}}, nil)
	for id, want := range map[string]string{
		"sales-video": `sales-video (live, r.yaml:4)
Sales applicants are invited.
When an application enters "Video interview", invite
  for department "Sales": to "SDR screening EN"
  for department "Sales", language "de": to "SDR screening DE"
  for job "42": to "AE screening"
where a row that names the job wins, then the one that names more columns,
if candidate.language startsWith "de" and not (application.status == "hired" or has("Out")) and number("Years") >= 3 (too junior),
unless candidate.source == "referral" (referrals are called by phone).
Each application is invited once.
Whom no row fits is listed and not invited.
`,
		"b": `b (shadow: first week, to be looked at on 2026-05-01, r.yaml:16)
When an application enters "Phone" or "Video interview", for department "Sales", invite to "P" (p1).
Each person is invited to a position once, over all their applications.
Whom no row fits is held for a person to look at.
`,
	} {
		if got, ok := bound.Describe(id); !ok || got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	if _, ok := set.Describe("someone@example.com"); ok {
		t.Error("what is no rule is described")
	}
}
