package rules_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/rules"
)

const danglingRules = `version: 1
owner: ops
rules:
  - id: video
    stage: [Video, Vidio]
    pairs:
      - {job: Baker, position: Open}
      - {job: [Milller, "12"], position: Open}
      - {job: Smith, source: east-hook, position: Open}
      - {job: Smith, source: west, position: Shut}
      - {department: Kitchen, position: Open}
      - {job: Chef, position: Away}
  - id: later
    pairs:
      - {stage: Trial, job: Baker, position: Open}
  - id: off
    mode: disabled
    stage: Nowhere
    pairs:
      - {job: Nobody, position: Open}
`

func danglingSet(t *testing.T) *rules.Set {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(danglingRules)}},
		rules.Options{Sources: []rules.Source{{Name: "east", ATS: "east"}, {Name: "east-hook", ATS: "east"}, {Name: "west", ATS: "west"}}})
	if set == nil {
		t.Fatal(problems)
	}
	bound, _, _ := set.Bind([]flowd.Position{{ID: "p1", Name: "Open"}, {ID: "p2", Name: "Shut"}, {ID: "p3", Name: "Away"}}, nil)
	return bound
}

func TestSet_Dangling(t *testing.T) {
	t.Parallel()
	set := danglingSet(t)
	east := rules.System{ATS: "east", Jobs: []flowd.Job{{ID: "1", Name: "Baker"}, {ID: "2", Name: "Miller"}},
		Stages:     []flowd.Stage{{ID: "7", Name: "Video"}, {ID: "8", Name: "Trial shift"}},
		FormerJobs: []flowd.Job{{ID: "3", Name: "Smith"}}, FormerStages: []flowd.Stage{{ID: "8", Name: "Trial"}}}
	west := rules.System{ATS: "west", Jobs: []flowd.Job{{ID: "5", Name: "Smith"}, {ID: "12", Name: "Chef"}}, Stages: []flowd.Stage{{Name: "video"}}}
	positions := []flowd.Position{{ID: "p1", Name: "Open"}, {ID: "p2", Name: "Shut", Archived: true}}
	told := func(systems []rules.System, positions []flowd.Position) (out []string) {
		for _, d := range set.Dangling(systems, positions) {
			line := fmt.Sprintf("%s:%d %s %s %q: %s", d.File, d.Line, d.Rule, d.Kind, d.Name, d.Why)
			if d.Hint != "" {
				line += "; " + d.Hint
			}
			if d.Owner != "ops" || d.Gone != (d.Kind == rules.DanglingPosition || d.Name == "Smith" || d.Name == "Trial") {
				t.Errorf("%+v", d)
			}
			out = append(out, line)
		}
		return out
	}
	for _, c := range []struct {
		name      string
		systems   []rules.System
		positions []flowd.Position
		want      []string
	}{
		{"all is known", []rules.System{east, west}, positions, []string{
			`r.yaml:4 video stage "Vidio": east and west have no such stage; did you mean "Video"?`,
			`r.yaml:8 video job "Milller": east and west have no such job; did you mean "Miller"?`,
			`r.yaml:9 video job "Smith": east no longer has this job: it was closed, deleted or renamed`,
			`r.yaml:10 video position "Shut": this position is archived in Hireflix`,
			`r.yaml:12 video position "Away": Hireflix no longer has this position`,
			`r.yaml:15 later stage "Trial": east and west have this stage under another name now; write "Trial shift"`,
		}},
		{"one system says nothing", []rules.System{east}, nil, []string{
			`r.yaml:9 video job "Smith": east no longer has this job: it was closed, deleted or renamed`,
		}},
		{"there may be more", []rules.System{{ATS: "east", Jobs: east.Jobs, Stages: east.Stages, FormerJobs: east.FormerJobs, Partial: true}, west}, nil, nil},
		{"a part could not be read", []rules.System{{ATS: "east", Stages: east.Stages, FormerStages: east.FormerStages}, west}, nil, []string{
			`r.yaml:4 video stage "Vidio": east and west have no such stage; did you mean "Video"?`,
			`r.yaml:15 later stage "Trial": east and west have this stage under another name now; write "Trial shift"`,
		}},
		{"events told that a job was closed", []rules.System{{ATS: "east", ClosedJobs: []flowd.Job{{ID: "3", Name: "Smith"}, {ID: "1", Name: "Baker"}}}}, nil, []string{
			`r.yaml:9 video job "Smith": east no longer has this job: it was closed, deleted or renamed`,
		}},
		{"nothing is known", nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, told(c.systems, c.positions)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSet_Covers(t *testing.T) {
	t.Parallel()
	set := danglingSet(t)
	for _, c := range []struct {
		ats  string
		job  flowd.Job
		want bool
	}{
		{"east", flowd.Job{ID: "1", Name: "baker"}, true},
		{"east", flowd.Job{ID: "12", Name: "Anything"}, true},
		{"east", flowd.Job{ID: "9", Name: "Cook", Department: "Kitchen"}, true},
		{"east", flowd.Job{ID: "9", Name: "Driver"}, false},
		{"west", flowd.Job{Name: "Smith"}, true},
		{"north", flowd.Job{Name: "Smith"}, false},
		{"east", flowd.Job{Name: "Nobody"}, false},
	} {
		if got := set.Covers(c.ats, c.job); got != c.want {
			t.Errorf("%s %+v: %t", c.ats, c.job, got)
		}
	}
	if diff := cmp.Diff([]string{"video"}, set.Mapped("east", flowd.Stage{ID: "7", Name: "VIDEO"})); diff != "" {
		t.Error(diff)
	}
	if got := set.Mapped("east", flowd.Stage{Name: "Nowhere"}); got != nil {
		t.Errorf("a disabled rule looks at %q", got)
	}
}
