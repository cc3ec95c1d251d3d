package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

func TestRunTests_DiffsOneByOne(t *testing.T) {
	t.Parallel()
	reaction := func(expect string) string {
		return file(`  - id: back
    trigger: {event: interview.finished, of: any}
    actions:
      - ats.tag: interviewed
      - ats.note: "Finished: ${recording_link}"
      - ats.move: {to: Review}
    tests:
      - name: finished
        expect: ` + expect + "\n")
	}
	for name, c := range map[string]struct {
		expect string
		want   []string
	}{
		"one differs": {`[{ats.move: {to: Review}, held: true}, {ats.note: "Done"}, {ats.tag: interviewed}]`, []string{
			`  both: ats.move "Review" (held)`,
			`- want: ats.note "Done"`,
			`  both: ats.tag "interviewed"`,
			`+ got:  ats.note "Finished: <recording_link>"`,
		}},
		"held is another thing": {`[{ats.move: {to: Review}, held: false}, {ats.note: "Finished: <recording_link>"}, {ats.tag: interviewed}]`, []string{
			`- want: ats.move "Review"`,
			`  both: ats.note "Finished: <recording_link>"`,
			`  both: ats.tag "interviewed"`,
			`+ got:  ats.move "Review" (held)`,
		}},
		"none was wanted": {`none`, []string{
			`- want: none`,
			`+ got:  ats.tag "interviewed"`,
			`+ got:  ats.note "Finished: <recording_link>"`,
			`+ got:  ats.move "Review" (held)`,
		}},
	} {
		set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(reaction(c.expect))}}, rules.Options{})
		for _, p := range problems {
			if p.Severity == strictyaml.Error {
				t.Fatal(p.Text())
			}
		}
		results := rules.RunTests(set, engine.Decide, rules.TestOptions{})
		if results[0].OK {
			t.Fatalf("%s: the test passes", name)
		}
		if diff := cmp.Diff(c.want, results[0].Diff[:min(len(c.want), len(results[0].Diff))]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
