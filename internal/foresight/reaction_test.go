package foresight_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/foresight"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

// answered is a history of somebody who was invited and answered an hour later.
func answered(t *testing.T, set *rules.Set) state.Store {
	t.Helper()
	store := mem.New()
	live(t, store, set, nil, move(1, "Account Executive", "LinkedIn"))
	leases, err := store.Lease(t.Context(), state.LeaseRequest{Now: noon, Max: 1, For: time.Minute})
	if err != nil || len(leases) != 1 {
		t.Fatalf("leased %d: %v", len(leases), err)
	}
	in := flowd.Interview{ID: "int-1", Position: catalogue[0], Status: flowd.InterviewPending, CreatedAt: noon}
	if err := store.Settle(t.Context(), leases[0], flowd.Outcome{State: flowd.Done, Interview: in}, noon); err != nil {
		t.Fatal(err)
	}
	decideAll(t, store, set, noon)
	in.Answered, in.Status, in.CompletedAt = true, flowd.InterviewToEvaluate, noon.Add(time.Hour)
	seen := flowd.Batch{Source: "ats", ATS: "ats", Sightings: []flowd.Sighting{{Interview: in, At: in.CompletedAt}}}
	if _, err := store.Admit(t.Context(), seen, in.CompletedAt); err != nil {
		t.Fatal(err)
	}
	decideAll(t, store, set, in.CompletedAt)
	return store
}

func decideAll(t *testing.T, store state.Store, set *rules.Set, now time.Time) {
	t.Helper()
	pending, err := store.Undecided(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pending {
		if _, err := store.Commit(t.Context(), state.Commitment{Event: p.Event.Key, Decisions: engine.Decide(set, p.Event, p.Facts, now)}, now); err != nil {
			t.Fatal(err)
		}
	}
}

const finished = base + `  - id: back
    trigger: {event: interview.finished, of: video}
    actions:
      - ats.note: finished
      - ats.move: Review
`

const reminder = base + `  - id: remind
    trigger: {after: 2h, since: invited, still: unanswered, of: any}
    actions: [ats.tag: no answer yet]
`

// What follows an interview is told as well: per rule, with what made it so.
func TestReactions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		served, edited string
		want           []web.Cause
		waiting        map[web.Change]int
	}{
		"nothing changes": {served: finished, edited: finished, want: []web.Cause{}},
		"another text": {served: finished, edited: strings.Replace(finished, "note: finished", "note: done", 1),
			want: []web.Cause{{Change: web.OtherWay, Rule: "back", Does: "ats.note", People: 1}}, waiting: map[web.Change]int{web.OtherWay: 1}},
		"another stage": {served: finished, edited: strings.Replace(finished, "move: Review", "move: Offer", 1),
			want: []web.Cause{{Change: web.OtherWay, Rule: "back", Does: `ats.move "Offer"`, Adverse: true, People: 1}}, waiting: map[web.Change]int{web.OtherWay: 1}},
		"a step less": {served: finished, edited: strings.Replace(finished, "      - ats.note: finished\n", "", 1),
			want: []web.Cause{{Change: web.WouldNotDo, Rule: "back", Does: "ats.note", People: 1}}, waiting: map[web.Change]int{web.WouldNotDo: 1}},
		"a condition": {served: finished, edited: strings.Replace(finished, "    actions:", "    unless: [{when: job.name == \"Account Executive\", because: \"by hand\"}]\n    actions:", 1),
			want: []web.Cause{{Change: web.WouldNotDo, Rule: "back", Does: "ats.note", Why: flowd.ReasonUnless.InWords() + ": by hand", People: 1},
				{Change: web.WouldNotDo, Rule: "back", Does: `ats.move "Review"`, Adverse: true, Why: flowd.ReasonUnless.InWords() + ": by hand", People: 1}},
			waiting: map[web.Change]int{web.WouldNotDo: 2}},
		"a wait": {served: finished, edited: strings.Replace(finished, "  - id: back\n", "  - id: back\n    wait: 1d\n", 1),
			want: []web.Cause{{Change: web.WouldBeLater, Rule: "back", Does: "ats.note", Why: "waits 1d", People: 1}}, waiting: map[web.Change]int{web.WouldBeLater: 1}},
		"a new rule": {served: base, edited: finished,
			want: []web.Cause{{Change: web.WouldDo, Rule: "back", Does: "ats.note", People: 1}, {Change: web.WouldDo, Rule: "back", Does: `ats.move "Review"`, Adverse: true, People: 1}}},
		// What was invited in the time counts as invited by the edited rule; what is owed
		// was invited by the one that serves.
		"the rule that it follows has another name": {served: finished, edited: strings.NewReplacer("id: video", "id: film", "of: video", "of: film").Replace(finished),
			want: []web.Cause{}, waiting: map[web.Change]int{web.WouldNotDo: 2}},
		"the rule that it follows is gone": {served: finished, edited: strings.Replace(finished, "id: video", "id: film", 1) + "  - {id: video, stage: Call, pairs: [{position: \"AE screening\"}]}\n",
			want: []web.Cause{{Change: web.WouldNotDo, Rule: "back", Does: "ats.note", Why: flowd.ReasonNotTrigger.InWords(), People: 1},
				{Change: web.WouldNotDo, Rule: "back", Does: `ats.move "Review"`, Adverse: true, Why: flowd.ReasonNotTrigger.InWords(), People: 1}}},
		"a reminder that came in time": {served: base, edited: reminder, want: []web.Cause{}},
		"a reminder before the answer": {served: base, edited: strings.Replace(reminder, "2h", "30m", 1),
			want: []web.Cause{{Change: web.WouldDo, Rule: "remind", Does: `ats.tag "no answer yet"`, People: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			served := compile(t, tt.served)
			made := ask(t, answered(t, served), served, compile(t, tt.edited), func(q *foresight.Question) { q.Now = noon.Add(2 * time.Hour) })
			for i := range made.Causes {
				if made.Causes[i].Change == web.WouldDo {
					made.Causes[i].Why = "" // the rule did not answer
				}
			}
			if !sameCauses(made.Causes, tt.want) {
				t.Errorf("because of %+v\nwant %+v", made.Causes, tt.want)
			}
			if !maps.Equal(made.Waiting, tt.waiting) {
				t.Errorf("of what is owed %v, want %v", made.Waiting, tt.waiting)
			}
			if made.Different() != (len(tt.want)+len(tt.waiting) > 0) || len(made.Reacted) != len(tt.want) {
				t.Errorf("planned %+v", made)
			}
		})
	}
}

func sameCauses(got, want []web.Cause) bool {
	for _, c := range got {
		i := slices.Index(want, c)
		if i < 0 {
			return false
		}
	}
	return len(got) == len(want)
}
