package rules_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

const covered = `  - id: sales-video
    stage: Video interview
    pairs:
      - {department: Sales, language: de, position: SDR DE}
      - {department: Sales, position: SDR EN}
    if:
      - candidate.country == "DE" or (candidate.country == "AT" and not candidate.is_internal)
      - candidate.language != "fr"
    unless:
      - candidate.source == "referral"
    tests:
      - {name: German, given: {candidate: {country: DE, language: en}}, expect: [{hireflix.invite: {position: SDR EN}}]}
      - {name: referral, given: {candidate: {country: DE, source: referral, language: en}}, expect: none}
  - id: plain
    stage: Plain
    pairs: [{position: Plain}]
    tests: [{name: all, expect: [{hireflix.invite: {position: Plain}}]}]
  - id: untested
    stage: Untested
    pairs: [{position: Plain}]
  - id: back
    trigger: {event: interview.scored, of: any}
    if: interview.score > 3
    actions:
      - ats.tag: {add: good, if: application.stage == "Video interview"}
      - ats.move: {to: Review, if: application.stage == "Video interview"}
    tests:
      - {name: a low score, given: {interview: {score: 1}}, expect: none}
      - {name: elsewhere by then, given: {stage: Offer, interview: {score: 5}}, expect: none}
tests:
  - {name: Austria, given: {stage: Video interview, job: {department: Sales}, candidate: {country: AT, language: de}}, expect: [{hireflix.invite: {position: SDR DE}}]}
`

func TestCover(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(file(covered))}}, rules.Options{})
	for _, p := range problems {
		if p.Severity == strictyaml.Error {
			t.Fatal(p.Text())
		}
	}
	results, got := rules.Cover(set, engine.Decide, rules.TestOptions{})
	for _, r := range results {
		if !r.OK {
			t.Errorf("%s: %s", r.Name, r.Diff)
		}
	}
	first := `candidate.country == "DE" or (candidate.country == "AT" and not candidate.is_internal)`
	there := `application.stage == "Video interview"`
	want := []rules.Coverage{
		// What the file's own test sees of a rule is not the rule's.
		{Rule: "sales-video", File: "r.yaml", Line: 4, Tests: 2, Answers: 10, Seen: 4, Percent: 40, Missing: []rules.Unseen{
			{Kind: "if", When: first, Leaf: `candidate.country == "DE"`, Line: 10, NeverFalse: true},
			{Kind: "if", When: first, Leaf: `candidate.country == "AT"`, Line: 10, NeverTrue: true, NeverFalse: true},
			{Kind: "if", When: first, Leaf: `candidate.is_internal`, Line: 10, NeverTrue: true, NeverFalse: true},
			{Kind: "if", When: `candidate.language != "fr"`, Leaf: `candidate.language != "fr"`, Line: 11, NeverFalse: true},
		}, Rows: []string{`r.yaml:7: department "Sales", language "de" → "SDR DE"`}},
		{Rule: "plain", File: "r.yaml", Line: 17, Tests: 1, Percent: 100, Missing: []rules.Unseen{}, Rows: []string{}},
		{Rule: "untested", File: "r.yaml", Line: 21, Missing: []rules.Unseen{}, Rows: []string{`r.yaml:23: everyone → "Plain"`}},
		{Rule: "back", File: "r.yaml", Line: 24, Tests: 2, Answers: 6, Seen: 4, Percent: 66, Missing: []rules.Unseen{
			{Kind: "ats.tag", When: there, Leaf: there, Line: 28, NeverTrue: true},
			{Kind: "ats.move", When: there, Leaf: there, Line: 29, NeverTrue: true},
		}, Rows: []string{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	_, got = rules.Cover(set, engine.Decide, rules.TestOptions{Match: regexp.MustCompile("referral")})
	if len(got) != 1 || got[0].Rule != "sales-video" || got[0].Tests != 1 {
		t.Errorf("one test was chosen, and it says %+v", got)
	}
	words := []string{want[0].Missing[0].String(), want[0].Missing[1].String(), want[3].Missing[0].String()}
	if diff := cmp.Diff([]string{
		"if " + first + ` (line 10): candidate.country == "DE" is never false`,
		"if " + first + ` (line 10): candidate.country == "AT" is never asked`,
		`ats.tag ` + there + ` (line 28): never true`,
	}, words); diff != "" {
		t.Error(diff)
	}
}
