package bolt

import (
	"strings"
	"testing"

	"flowd"
	"flowd/state"
)

// tiedUp is a busy store in which something stands in every bucket of the way
// back as well.
func tiedUp(t *testing.T) *Store {
	t.Helper()
	s := busy(t)
	ev := history(3, day)
	ev.Key, ev.ATS = "another", "ats"
	seen := []flowd.Sighting{{Interview: flowd.Interview{ID: "int-7", Status: flowd.InterviewPending}, At: day}}
	if _, err := s.Admit(t.Context(), flowd.Batch{Source: "hook", ATS: "ats", Events: []flowd.Event{ev}, Sightings: seen}, day); err != nil {
		t.Fatal(err)
	}
	app := ev.Application.ID
	if err := s.Tie(t.Context(), state.Tie{Interview: "int-7", ATS: "ats", Application: app}, day); err != nil {
		t.Fatal(err)
	}
	first := flowd.Action{Key: "first", Kind: flowd.ActionShare, Mode: flowd.Live, Rule: "r", Event: ev.Key, ATS: "ats", Application: app, Interview: "int-7"}
	second := first
	second.Key, second.Kind, second.After = "second", flowd.ActionNote, "first"
	c := state.Commitment{Event: ev.Key, Decisions: []flowd.Decision{{Event: ev.Key, Rule: "r", Verdict: flowd.Matched, Actions: []flowd.Action{first, second}}}}
	if _, err := s.Commit(t.Context(), c, day); err != nil {
		t.Fatal(err)
	}
	if wrong, err := s.Check(t.Context()); err != nil || len(wrong) > 0 {
		t.Fatalf("wrong from the beginning: %q, %v", wrong, err)
	}
	return s
}

func TestCheck_FindsWhatIsWrongOfTheWayBack(t *testing.T) {
	t.Parallel()
	change := func(key flowd.IdempotencyKey, change func(*row)) func(*tx) error {
		return func(t *tx) error {
			e, err := t.rowOf(keys, string(key))
			if err != nil {
				return err
			}
			change(e)
			return t.saveRow(e)
		}
	}
	for name, c := range map[string]struct {
		harm func(*tx) error
		want string
	}{
		"blocked by nothing":                  {change("second", func(e *row) { e.Action.After = "third" }), "blocked by a row that is missing"},
		"blocked by what has ended":           {change("first", func(e *row) { e.State = flowd.Done }), "which is done"},
		"blocked by who forgot":               {change("first", func(e *row) { e.Followed = false }), "which does not know"},
		"a due row not in its queue":          {func(t *tx) error { return t.del(errands, t.first(errands)) }, `missing in the index "errands"`},
		"one in a queue too many":             {func(t *tx) error { return t.put(others, timeKey(day)+numberKey(1), nil) }, `"others" has 1 entries for 0`},
		"a row not found by what it is about": {func(t *tx) error { return t.del(interviews, t.first(interviews)) }, `"interviews"`},
		"a tie not found":                     {func(t *tx) error { return t.del(ties, t.first(ties)) }, "does not know"},
		"a tie to nothing":                    {func(t *tx) error { return t.put(ties, idKey("ats", "1", "x"), []byte("x")) }, "leads nowhere"},
		"a text of no row":                    {func(t *tx) error { return t.put(texts, numberKey(999), nil) }, "leads nowhere"},
		"a damaged interview":                 {func(t *tx) error { return t.put(sighted, t.first(sighted), []byte{1, 0xff, 0xff}) }, "damaged"},
		"an interview elsewhere":              {func(t *tx) error { return t.put(sighted, "x", t.get(sighted, t.first(sighted))) }, "another one's id"},
		"a word that is off":                  {func(t *tx) error { t.count("winvited", 2); t.changed = true; return nil }, `"winvited" is counted`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tiedUp(t)
			if err := s.update(t.Context(), c.harm); err != nil {
				t.Fatal(err)
			}
			wrong, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if told := strings.Join(wrong, "\n"); !strings.Contains(told, c.want) {
				t.Errorf("found %q, want %q", told, c.want)
			}
		})
	}
}
