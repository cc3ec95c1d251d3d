package foresight_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/foresight"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

var catalogue = []flowd.Position{{ID: "65afda7ad66b25c281f30a01", Name: "AE screening"}, {ID: "65afda7ad66b25c281f30a02", Name: "SDR screening"}}

func compile(t testing.TB, texts ...string) *rules.Set {
	t.Helper()
	var files []rules.File
	for i, text := range texts {
		files = append(files, rules.File{Name: fmt.Sprintf("video-%d.yaml", i), Data: []byte("version: 1\nowner: ops\nrules:\n" + text)})
	}
	set, problems := rules.Compile(files, rules.Options{})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	bound, _, problems := set.Bind(catalogue, nil)
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	return bound
}

const base = `  - id: video
    stage: Video
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
    pairs:
      - {job: "Account Executive", position: "AE screening"}
`

var closed = strings.Replace(base, "    stage:", "    mode: closing\n    reason: over\n    stage:", 1)

// move is somebody entering a stage.
func move(n int, job, source string, fields ...flowd.Field) flowd.Event {
	id := fmt.Sprintf("app-%d", n)
	return flowd.Event{
		Key: "ats:" + id, Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: noon, Stage: flowd.Stage{ID: "s", Name: "Video"},
		Application: flowd.Application{ID: id, Status: flowd.StatusActive, Source: source, Job: flowd.Job{ID: job, Name: job}, Fields: fields,
			Candidate: flowd.Candidate{ID: fmt.Sprintf("c-%d", n), Email: fmt.Sprintf("person-%d@example.com", n), FirstName: "Rosa", LastName: "Field"}},
	}
}

// live takes events in and decides them as the engine does.
func live(t testing.TB, store state.Store, set *rules.Set, raw []byte, events ...flowd.Event) {
	t.Helper()
	ctx := t.Context()
	if _, err := store.Admit(ctx, flowd.Batch{Source: "ats", ATS: "ats", Events: events, Raw: raw}, noon); err != nil {
		t.Fatal(err)
	}
	pending, err := store.Undecided(ctx, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pending {
		c := state.Commitment{Event: p.Event.Key, Decisions: engine.Decide(set, p.Event, p.Facts, noon)}
		if _, err := store.Commit(ctx, c, noon); err != nil {
			t.Fatal(err)
		}
	}
}

func ask(t testing.TB, store state.Store, served, edited *rules.Set, change func(*foresight.Question)) web.Plan {
	t.Helper()
	q := foresight.Question{Store: store, Served: served, Edited: edited, Since: noon.Add(-time.Hour), Now: noon.Add(time.Hour), Step: func(string, int, int) {}}
	if change != nil {
		change(&q)
	}
	made, err := foresight.Compare(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestCompare(t *testing.T) {
	t.Parallel()
	people := []flowd.Event{move(1, "Account Executive", "LinkedIn"), move(2, "Account Executive", "referral"), move(3, "Sales Rep", "LinkedIn")}
	for name, tt := range map[string]struct {
		edited  string
		changes map[web.Change]int
		waiting map[web.Change]int
		stand   int
		who     string // the application of the first
		why     string
	}{
		"the same rules change nothing": {edited: base, changes: map[web.Change]int{}, waiting: map[web.Change]int{}},
		"a renamed rule changes nothing that was sent": {edited: strings.Replace(base, "id: video", "id: film", 1), changes: map[web.Change]int{},
			waiting: map[web.Change]int{web.WouldNotInvite: 1}},
		"a condition less invites": {edited: strings.Replace(base, `"referral"`, `"agency"`, 1), changes: map[web.Change]int{web.WouldInvite: 1},
			waiting: map[web.Change]int{}, stand: 1, who: "app-2", why: "referrals are called by phone"},
		"a condition more leaves out": {edited: strings.Replace(base, "    unless:\n", "    unless:\n      - {when: candidate.source == \"LinkedIn\", because: \"too many\"}\n", 1),
			changes: map[web.Change]int{web.WouldNotInvite: 1}, waiting: map[web.Change]int{web.WouldNotInvite: 1}, who: "app-1", why: "too many"},
		"a row more invites": {edited: base + "      - {job: \"Sales Rep\", position: \"SDR screening\"}\n", changes: map[web.Change]int{web.WouldInvite: 1},
			waiting: map[web.Change]int{}, stand: 1, who: "app-3", why: "Sales Rep"},
		"another position": {edited: strings.Replace(base, "AE screening", "SDR screening", 1), changes: map[web.Change]int{web.OtherPosition: 1},
			waiting: map[web.Change]int{web.OtherPosition: 1}, who: "app-1", why: "SDR screening"},
		"a rule that is gone": {edited: strings.Replace(base, "stage: Video", "stage: Call", 1), changes: map[web.Change]int{web.WouldNotInvite: 1},
			waiting: map[web.Change]int{web.WouldNotInvite: 1}, who: "app-1", why: flowd.ReasonNoRule.InWords()},
		"another e-mail": {edited: strings.Replace(base, "    pairs:\n", "    mail: none\n    pairs:\n", 1), changes: map[web.Change]int{web.OtherMail: 1},
			waiting: map[web.Change]int{web.OtherMail: 1}, who: "app-1", why: "writes to nobody"},
		"a wait makes it later": {edited: strings.Replace(base, "    pairs:\n", "    wait: 1h\n    pairs:\n", 1), changes: map[web.Change]int{web.WouldBeLater: 1},
			waiting: map[web.Change]int{web.WouldBeLater: 1}, who: "app-1", why: "waits 1h"},
		"a closed rule keeps what waits": {edited: closed, changes: map[web.Change]int{web.WouldNotInvite: 1},
			waiting: map[web.Change]int{}, who: "app-1", why: flowd.ReasonClosing.InWords() + ": over"},
		"a closed rule with a condition more leaves out": {edited: strings.Replace(closed, `"referral"`, `"LinkedIn"`, 1), changes: map[web.Change]int{web.WouldNotInvite: 1},
			waiting: map[web.Change]int{web.WouldNotInvite: 1}, who: "app-1", why: flowd.ReasonClosing.InWords()},
		"a wait makes what a closed rule owes later": {edited: strings.Replace(closed, "    pairs:\n", "    wait: 1h\n    pairs:\n", 1),
			changes: map[web.Change]int{web.WouldNotInvite: 1}, waiting: map[web.Change]int{web.WouldBeLater: 1}, who: "app-1", why: "closing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, served := mem.New(), compile(t, base)
			live(t, store, served, nil, people...)
			made := ask(t, store, served, compile(t, tt.edited), nil)
			if more := made.Changes[web.WouldInvite] - made.Changes[web.WouldNotInvite]; made.Before != 1 || made.After != 1+more || made.Owing != 1 {
				t.Errorf("%d invites before, %d after, %d owed", made.Before, made.After, made.Owing)
			}
			if len(made.Causes) != len(made.People) || len(made.Causes) > 0 && (made.Causes[0].Why != made.People[0].Why || made.Causes[0].People != 1) {
				t.Errorf("because of %+v", made.Causes)
			}
			if made.Events != 3 || !maps.Equal(made.Changes, tt.changes) || !maps.Equal(made.Waiting, tt.waiting) || made.Standing != tt.stand {
				t.Fatalf("planned %+v", made)
			}
			if tt.who != "" {
				p := made.People[0]
				if p.Application != tt.who || !strings.Contains(p.Why, tt.why) {
					t.Errorf("named %+v", p)
				}
				if strings.Contains(p.Name, "Rosa") || strings.Contains(p.Email, "person") {
					t.Errorf("not masked: %+v", p)
				}
			}
		})
	}
}

// An edit of a rule that is closing is about those whom it still owes something.
func TestClosingRule(t *testing.T) {
	t.Parallel()
	store := mem.New()
	live(t, store, compile(t, base), nil, move(1, "Account Executive", "LinkedIn"))
	later := strings.Replace(closed, "    pairs:\n", "    wait: 1h\n    pairs:\n", 1)
	made := ask(t, store, compile(t, closed), compile(t, later), nil)
	if len(made.Changes) > 0 || !maps.Equal(made.Waiting, map[web.Change]int{web.WouldBeLater: 1}) || made.Standing > 0 {
		t.Fatalf("planned %+v", made)
	}
}

// What a rule that is gone still owes is told.
func TestRemovedRule(t *testing.T) {
	t.Parallel()
	served := compile(t, base+"  - {id: other, stage: Call, pairs: [{position: \"SDR screening\"}]}\n")
	store := mem.New()
	live(t, store, served, nil, move(1, "Account Executive", "LinkedIn"))
	made := ask(t, store, served, compile(t, "  - {id: other, stage: Call, pairs: [{position: \"SDR screening\"}]}\n"), nil)
	if !maps.Equal(made.Waiting, map[web.Change]int{web.WouldNotInvite: 1}) || made.Owed[0].Why != flowd.ReasonRuleGone.InWords() {
		t.Fatalf("owed %+v", made.Owed)
	}
}

// Where a rule invites a person once, all their applications are looked at
// together: the one that is invited anew stands in the way of the other.
func TestOncePerCandidate(t *testing.T) {
	t.Parallel()
	once := strings.Replace(base, "    pairs:\n", "    once: candidate\n    pairs:\n", 1)
	first, second := move(1, "Account Executive", "referral"), move(2, "Account Executive", "LinkedIn")
	second.Application.Candidate = first.Application.Candidate
	store, served := mem.New(), compile(t, once)
	live(t, store, served, nil, first)
	live(t, store, served, nil, second)
	made := ask(t, store, served, compile(t, strings.Replace(once, `"referral"`, `"agency"`, 1)), nil)
	if want := map[web.Change]int{web.WouldInvite: 1, web.WouldNotInvite: 1}; !maps.Equal(made.Changes, want) || made.Before != 1 || made.After != 1 {
		t.Fatalf("planned %+v", made)
	}
}

// What a rule reads anew is in no event that came before it was kept: only the
// delivery tells, while it is there.
func TestUnkeptField(t *testing.T) {
	t.Parallel()
	served, edited := compile(t, base), compile(t, strings.Replace(base, "    unless:\n", "    unless:\n      - {when: 'field(\"Level\", \"none\") == \"senior\"', because: \"seniors are called\"}\n", 1))
	senior := flowd.Field{Key: "level", Name: "Level", Value: "senior"}
	decode := func(_ string, body []byte, _ time.Time) ([]flowd.Event, error) {
		if string(body) != "the body" {
			return nil, fmt.Errorf("got %q", body)
		}
		ev := move(1, "Account Executive", "LinkedIn", senior)
		ev.Key = "a digest, since the sender gave its key in a header"
		return []flowd.Event{ev}, nil
	}
	for name, tt := range map[string]struct {
		raw    []byte
		kept   []string
		source string
		decode func(string, []byte, time.Time) ([]flowd.Event, error)
		want   map[web.Change]int
	}{
		"nobody can tell":                {decode: decode, source: "LinkedIn", want: map[web.Change]int{web.CannotTell: 1}},
		"the delivery tells":             {raw: []byte("the body"), decode: decode, source: "LinkedIn", want: map[web.Change]int{web.WouldNotInvite: 1}},
		"a delivery that nobody decodes": {raw: []byte("the body"), source: "LinkedIn", want: map[web.Change]int{web.CannotTell: 1}},
		"it was kept and is not set":     {kept: []string{rules.FoldName("Level")}, source: "LinkedIn", want: map[web.Change]int{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := mem.New()
			live(t, store, served, tt.raw, move(1, "Account Executive", tt.source))
			made := ask(t, store, served, edited, func(q *foresight.Question) { q.Kept, q.Decode = tt.kept, tt.decode })
			if !maps.Equal(made.Changes, tt.want) {
				t.Fatalf("planned %+v", made)
			}
			if told := len(made.Fields) == 1; told != (tt.kept == nil) {
				t.Errorf("fields %+v", made.Fields)
			}
			if tt.want[web.CannotTell] > 0 {
				p := made.People[0]
				if p.Rule != "video" || !strings.Contains(p.Why, "not kept yet") || made.Causes[0].Why != p.Why {
					t.Errorf("told %+v, because of %+v", p, made.Causes)
				}
			}
		})
	}
}

// A field that a rule of another day read is kept since then: whoever came before
// is told with the day.
func TestKeptSince(t *testing.T) {
	t.Parallel()
	reads := strings.Replace(base, "    unless:\n", "    unless:\n      - {when: 'field(\"Level\", \"none\") == \"senior\"', because: \"seniors are called\"}\n", 1)
	old, served := compile(t, base), compile(t, reads)
	edited := compile(t, strings.Replace(reads, "seniors are called", "seniors are phoned", 1)+"      - {job: \"Sales Rep\", position: \"SDR screening\"}\n")
	store := mem.New()
	live(t, store, old, nil, move(1, "Account Executive", "LinkedIn"))
	later := move(2, "Account Executive", "LinkedIn")
	if _, err := store.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{later}}, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	decideAll(t, store, served, noon.Add(time.Minute))
	made := ask(t, store, served, edited, func(q *foresight.Question) {
		q.RuleSet = func(digest string) *rules.Set { return map[string]*rules.Set{old.Digest(): old}[digest] }
	})
	if len(made.Fields) != 1 || !made.Fields[0].Since.Equal(noon.Add(time.Minute)) {
		t.Errorf("fields %+v", made.Fields)
	}
	if !maps.Equal(made.Changes, map[web.Change]int{web.CannotTell: 1}) || !strings.Contains(made.People[0].Why, "kept since 2026-03-02") {
		t.Errorf("told %+v", made.People)
	}
}

// What waits is decided anew by what was kept: where that lacks a field, nobody can
// tell whether it should go out.
func TestUnkeptField_Owed(t *testing.T) {
	t.Parallel()
	waits := strings.Replace(base, "    pairs:\n", "    wait: 2h\n    pairs:\n", 1)
	reads := strings.Replace(waits, "    unless:\n", "    unless:\n      - {when: 'field(\"Level\", \"none\") == \"senior\"', because: \"seniors are called\"}\n", 1)
	store, served := mem.New(), compile(t, waits)
	live(t, store, served, nil, move(1, "Account Executive", "LinkedIn"), move(2, "Account Executive", "LinkedIn", flowd.Field{Key: "level", Name: "Level", Value: "junior"}))
	made := ask(t, store, served, compile(t, reads), nil)
	if !maps.Equal(made.Waiting, map[web.Change]int{web.CannotTell: 1}) || made.Owed[0].Application != "app-1" || !strings.Contains(made.Owed[0].Why, "field level, which is not kept yet") {
		t.Errorf("owed %v: %+v", made.Waiting, made.Owed)
	}
}

// A field that earlier rules read and those that serve do not is not kept.
func TestKeptOnce(t *testing.T) {
	t.Parallel()
	reads := strings.Replace(base, "    unless:\n", "    unless:\n      - {when: 'field(\"Level\", \"none\") == \"senior\"', because: \"seniors are called\"}\n", 1)
	once, served := compile(t, reads), compile(t, base)
	store := mem.New()
	live(t, store, once, nil, move(1, "Account Executive", "LinkedIn"))
	if _, err := store.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{move(2, "Account Executive", "LinkedIn")}}, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	decideAll(t, store, served, noon.Add(time.Minute))
	sets := map[string]*rules.Set{once.Digest(): once, served.Digest(): served}
	asked := func(q *foresight.Question) { q.RuleSet = func(digest string) *rules.Set { return sets[digest] } }
	made := ask(t, store, served, compile(t, strings.Replace(reads, "called", "phoned", 1)), asked)
	if len(made.Fields) != 1 || !made.Fields[0].Since.IsZero() {
		t.Errorf("fields %+v", made.Fields)
	}
	// Once they serve again it is kept since the last event of which it was not.
	made = ask(t, store, once, compile(t, strings.Replace(reads, "called", "phoned", 1)), asked)
	if len(made.Fields) != 1 || !made.Fields[0].Since.Equal(noon.Add(time.Minute)) {
		t.Errorf("fields %+v", made.Fields)
	}
}

// What was before the time that is looked at counts as done, not as a change.
func TestSince(t *testing.T) {
	t.Parallel()
	store, served := mem.New(), compile(t, base)
	live(t, store, served, nil, move(1, "Account Executive", "referral"))
	edited := compile(t, strings.Replace(base, `"referral"`, `"agency"`, 1))
	made := ask(t, store, served, edited, func(q *foresight.Question) { q.Since = noon.Add(time.Minute) })
	if made.Events != 0 || made.Different() || made.Standing != 1 {
		t.Fatalf("planned %+v", made)
	}
}

// Who moves on within the wait would not have been invited.
func TestMovedOnWithinTheWait(t *testing.T) {
	t.Parallel()
	store, served := mem.New(), compile(t, base)
	onward := move(1, "Account Executive", "LinkedIn")
	onward.Key, onward.At, onward.Stage = "ats:onward", noon.Add(time.Minute), flowd.Stage{ID: "r", Name: "Rejected"}
	live(t, store, served, nil, move(1, "Account Executive", "LinkedIn"))
	live(t, store, served, nil, onward)
	made := ask(t, store, served, compile(t, strings.Replace(base, "    pairs:\n", "    wait: 1h\n    pairs:\n", 1)), nil)
	if want := map[web.Change]int{web.WouldNotInvite: 1}; !maps.Equal(made.Changes, want) {
		t.Fatalf("planned %+v", made)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	served := compile(t, base)
	_, err := foresight.Compare(ctx, foresight.Question{Store: mem.New(), Served: served, Edited: served, Step: func(string, int, int) {}})
	if err == nil {
		t.Fatal("went on after the end")
	}
}
