package rules_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"flowd"
	"flowd/rules"
)

func TestBind(t *testing.T) {
	t.Parallel()
	const id = "65afda7ad66b25c281f30a01"
	catalogue := []flowd.Position{
		{ID: id, Name: "AE screening"}, {ID: "p2", Name: "Twice"}, {ID: "p3", Name: "twice "}, {ID: "p4", Name: "Old", Archived: true},
		{ID: "p5", Name: "Reopened", Archived: true}, {ID: "p6", Name: "Reopened"},
	}
	tests := []struct {
		name, position string
		catalogue      []flowd.Position
		pins           map[string]string
		want           string // id
		problem        string // code and severity, or ""
		newPins        map[string]string
	}{
		{"by name", "ae  SCREENING", catalogue, nil, id, "", map[string]string{"ae screening": id}},
		{"by id", id, catalogue, nil, id, "", nil},
		{"an id needs no catalogue", id, nil, nil, id, "", nil},
		{"no catalogue yet", "AE screening", nil, nil, "", "", nil},
		{"a pin without a catalogue", "AE screening", nil, map[string]string{"ae screening": "p9", "unused": "p8"}, "p9", "", map[string]string{"ae screening": "p9"}},
		{"unknown", "AE sreening", catalogue, nil, "", "error no-position", nil},
		{"ambiguous", "twice", catalogue, nil, "", "error ambiguous", nil},
		{"ambiguous but pinned", "twice", catalogue, map[string]string{"twice": "p3"}, "p3", "warning second-name", map[string]string{"twice": "p3"}},
		{"archived", "old", catalogue, nil, "p4", "warning archived", map[string]string{"old": "p4"}},
		{"the one that is open is meant", "Reopened", catalogue, nil, "p6", "", map[string]string{"reopened": "p6"}},
		{"renamed since", "Sales video", catalogue, map[string]string{"sales video": id}, id, "warning renamed", map[string]string{"sales video": id}},
		{"vanished since", "Sales video", catalogue, map[string]string{"sales video": "p9"}, "p9", "warning vanished", map[string]string{"sales video": "p9"}},
		{"an empty account", "AE screening", []flowd.Position{}, nil, "", "error no-position", nil},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			set := compile(t, file("  - {id: a, stage: Video interview, pairs: [{position: '"+c.position+"'}]}\n"), rules.Options{})
			before := one(t, set, nil)
			bound, pins, problems := set.Bind(c.catalogue, c.pins)
			a := one(t, bound, nil)
			if a.Position.ID != c.want || bound.Bound() != (c.want != "") {
				t.Errorf("bound to %+v (%t), want %q", a.Position, bound.Bound(), c.want)
			}
			if !maps.Equal(pins, c.newPins) {
				t.Errorf("pins %v, want %v", pins, c.newPins)
			}
			got := ""
			for _, p := range problems {
				got += fmt.Sprintf("%s %s", p.Severity, p.Code)
				if p.File != "r.yaml" || p.Line != 4 || !strings.HasPrefix(p.Source[p.Column-1:], "'"+c.position+"'") {
					t.Errorf("the problem has no place: %+v", p)
				}
			}
			if got != c.problem {
				t.Errorf("problems %q, want %q", got, c.problem)
			}
			if after := one(t, set, nil); after.Position != before.Position || set.Bound() {
				t.Error("binding changed the set that was bound")
			}
			if again, _, _ := bound.Bind(nil, nil); again.Bound() && c.pins == nil && c.position != id {
				t.Error("a bound set keeps ids that nothing gives it")
			}
		})
	}
}

func TestBind_MessagesNameWhatIsMeant(t *testing.T) {
	t.Parallel()
	set := compile(t, file("  - {id: a, stage: S, pairs: [{job: x, position: Twice}, {job: y, position: AE sreening}]}\n"), rules.Options{})
	_, _, problems := set.Bind([]flowd.Position{{ID: "p3", Name: "Twice"}, {ID: "p2", Name: "twice"}, {ID: "p1", Name: "AE screening"}}, nil)
	var got []string
	for _, p := range problems {
		got = append(got, p.Message+" | "+p.Hint)
	}
	want := []string{
		`2 positions are named "Twice": p2, p3 | write the id of the one that is meant`,
		`Hireflix has no position "AE sreening" | did you mean "AE screening"?`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("problems\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A rule that is switched off may wait for a position that is not made yet.
func TestBind_DisabledRulesWait(t *testing.T) {
	t.Parallel()
	set := compile(t, file("  - {id: a, stage: S, mode: disabled, reason: later, pairs: [{position: Later}]}\n  - {id: b, stage: S, pairs: [{position: Now}]}\n"), rules.Options{})
	bound, pins, problems := set.Bind([]flowd.Position{{ID: "p1", Name: "Now"}}, map[string]string{"later": "p0"})
	if !bound.Bound() || len(problems) > 0 {
		t.Errorf("bound: %t, problems %v", bound.Bound(), problems)
	}
	if want := map[string]string{"now": "p1", "later": "p0"}; !maps.Equal(pins, want) {
		t.Errorf("pins %v, want %v", pins, want)
	}
}
