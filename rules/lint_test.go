package rules_test

import (
	"testing"

	"flowd/internal/strictyaml"
	"flowd/rules"
)

// A question for what the law protects stands where its reason is told and a
// person says yes.
func TestLint_SensitiveAnswered(t *testing.T) {
	t.Parallel()
	const rule = `version: 1
owner: ops
rules:
  - id: protected
    description: Their council interviews members of the union itself.
    stage: Video
    pairs: [{position: AE}]
    unless: [{when: 'flag("Trade union member", false)', because: their council interviews them}]
    tests: [{name: invited, expect: [{hireflix.invite: {position: AE}}]}]
`
	for text, wanted := range map[string]int{rule: 1, rule + "    approve: {above: 0, within: 10m}\n": 0, rule + "    approve: {above: 1, within: 10m}\n    wait: 10m\n": 1} {
		_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(text)}}, rules.Options{})
		found := 0
		for _, p := range problems {
			if p.Code == "sensitive-field" {
				found++
			}
		}
		if found != wanted {
			t.Errorf("%d findings, want %d:\n%s%s", found, wanted, text, strictyaml.Render(problems))
		}
	}
}

// A condition with one answer for everybody is found as such, whether the slip or
// the whole of it shows that.
func TestLint_ConstantCodes(t *testing.T) {
	t.Parallel()
	for condition, want := range map[string]string{
		`candidate.source != "a" or candidate.source != "b"`:  "always-true",
		`candidate.source == "a" and candidate.source == "b"`: "always-false",
		`candidate.source contains ""`:                        "always-true",
		`stage not in ["Applied"] or stage != "Video"`:        "always-true",
		`not true`:             "always-false",
		`candidate.source = 1`: "condition",
	} {
		_, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte("version: 1\nowner: ops\nrules:\n  - id: x\n    description: X.\n" +
			"    stage: V\n    pairs: [{position: P}]\n    if: '" + condition + "'\n    tests: [{name: x, expect: none}]\n")}}, rules.Options{})
		if len(problems) != 1 || problems[0].Code != want {
			t.Errorf("%s: want %s and nothing else\n%s", condition, want, strictyaml.Render(problems))
		}
	}
}
