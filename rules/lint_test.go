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
