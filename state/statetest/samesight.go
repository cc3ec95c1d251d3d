package statetest

import (
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

// interviewPage is what Interviews returns, as one value.
type interviewPage struct {
	all  []state.Seen
	next string
}

// Equal is what comparing does with it.
func (p interviewPage) Equal(o interviewPage) bool {
	if p.next != o.next || len(p.all) != len(o.all) {
		return false
	}
	for i, s := range p.all {
		if s.Interview != o.all[i].Interview || !s.At.Equal(o.all[i].At) || fmt.Sprint(s.Ties) != fmt.Sprint(o.all[i].Ties) {
			return false
		}
	}
	return true
}

// reactions are steps of a rule, each behind the one before it, the first perhaps
// behind an invite.
func (w *walk) reactions(ev flowd.Event, rule string) (out []flowd.Action) {
	after := pickOf(w, "", flowd.InviteKey(ev.ATS, ev.Application.ID, "p1", 1), "never asked for")
	for i := range 1 + w.rand.IntN(3) {
		a := invite(ev, "")
		a.Rule, a.Step, a.Claims, a.Position, a.Interview = rule, i, nil, flowd.Position{}, pickOf(w, "", "int-1", "int-8")
		a.Kind = pickOf(w, flowd.ActionNote, flowd.ActionMove, flowd.ActionShortlist, flowd.ActionDiscard, flowd.ActionWithdraw, flowd.ActionNotify)
		a.Target = pickOf(w, "Video", "stage-offer", "other")
		a.Key = flowd.ReactionKey(a.Kind, ev.ATS, ev.Application.ID, a.Target, pickOf(w, ev.Key, a.Interview))
		if a.HeldFirst = w.rand.IntN(5) == 0; a.HeldFirst {
			a.Reason = flowd.ReasonAdverse
		}
		a.After, after = after, a.Key
		out = append(out, a)
	}
	return out
}

func (w *walk) sightSome() {
	b := flowd.Batch{Source: "hireflix", Baseline: w.rand.IntN(4) == 0, Raw: pickOf(w, nil, []byte("seen"))}
	for range 1 + w.rand.IntN(2) {
		id := fmt.Sprint("int-", w.rand.IntN(10))
		at := w.now.Add(-time.Duration(w.rand.IntN(60)) * time.Second)
		i := flowd.Interview{ID: id, Position: flowd.Position{ID: pickOf(w, "", "p1", "p2"), Name: pickOf(w, "", "One")},
			Status:   pickOf(w, "", flowd.InterviewPending, flowd.InterviewToEvaluate, flowd.InterviewShortlisted, flowd.InterviewDiscarded),
			Answered: w.rand.IntN(2) == 0, Score: pickOf(w, 0, 0, 2.5, 4), Deleted: w.rand.IntN(10) == 0}
		if i.Answered {
			i.CompletedAt = pickOf(w, time.Time{}, Began.Add(time.Duration(w.rand.IntN(3))*time.Hour))
		}
		if w.rand.IntN(4) == 0 {
			i.ExternalID = flowd.InviteKey(system, pickOf(w, "a", "b"), pickOf(w, "p1", "p2"), 1).ExternalID()
		}
		b.Sightings = append(b.Sightings, flowd.Sighting{Interview: i, At: pickOf(w, time.Time{}, at, w.now),
			Candidate: flowd.Candidate{Email: pickOf(w, "seen@example.com", "one@example.com"), FirstName: "Seen"}})
	}
	both(w, func(s state.Store) (state.Admitted, error) { return s.Admit(w.Context(), b, w.now) })
}

func (w *walk) tieOne() {
	t := state.Tie{Interview: fmt.Sprint("int-", w.rand.IntN(10)), ATS: system, Application: pickOf(w, "a", "b", "c", "d"), By: "kim", Why: "why"}
	both(w, func(s state.Store) (struct{}, error) { return struct{}{}, s.Tie(w.Context(), t, w.now) })
}

func (w *walk) fillOne() {
	if len(w.leases) == 0 {
		return
	}
	l := pickOf(w, w.leases...)
	r := flowd.Rendered{Target: pickOf(w, "Video", "Offer", ""), Text: "words"}
	both(w, func(s state.Store) (struct{}, error) { return struct{}{}, s.Fill(w.Context(), l, r, w.now) })
}
