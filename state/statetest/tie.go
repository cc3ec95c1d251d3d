package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func untied(d *desk) {
	done := d.sight(d.seen(answeredInterview("int-9")))
	i := answeredInterview("int-9")
	d.same("events", done.New, []string{i.EventKey(flowd.InterviewInvited), i.EventKey(flowd.InterviewFinished)})
	p := d.last()
	d.same("ats", p.Event.ATS, flowd.Untied)
	d.same("application", p.Event.Application.ID, "int-9")
	heron := flowd.Candidate{ID: "int-9", Email: "untied.heron@example.com", FirstName: "Heron", LastName: "Vale"}
	d.same("person", p.Facts.Application.Candidate, heron)
	d.same("by address", len(d.stories(state.Ref{Email: "Untied.Heron@example.com"})), 1)
	d.same("by interview", len(d.stories(state.Ref{Interview: "int-9"})), 1)
	d.same("no application", d.counts().Applications, map[string]int{})
	d.decideAll()
	d.same("not left out", len(d.find(state.Filter{Subject: state.Left}, state.Page{}).Told), 0)
}

func tieLater(d *desk) {
	d.sight(d.seen(answeredInterview("int-9")))
	wait := reaction(d.last().Event, flowd.ActionTie, "")
	wait.Key, wait.Rule, wait.Reason, wait.Interview = flowd.TieKey("int-9"), "", flowd.ReasonUntied, "int-9"
	d.reacts(wait)
	d.decideAll()
	d.stands(wait, flowd.Held, flowd.ReasonUntied)
	d.idle()
	d.same("nobody releases it", len(d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Keys: []flowd.IdempotencyKey{wait.Key}}})), 0)

	d.admit(d.move("a", "Video"))
	d.decideAll()
	t := state.Tie{Interview: "int-9", ATS: system, Application: "a", By: "kim", Why: "it is her"}
	for _, bad := range []state.Tie{{Interview: "int-8", ATS: system, Application: "a"}, {Interview: "int-9", ATS: system, Application: "b"}} {
		d.is(d.store.Tie(d.Context(), bad, d.now), state.ErrNotFound)
	}
	d.pass(time.Hour)
	d.ok(d.store.Tie(d.Context(), t, d.now))
	d.ok(d.store.Tie(d.Context(), t, d.now))
	i := answeredInterview("int-9")
	own := "/" + system + "/a"
	d.same("retold", keys(d.pending()), []string{i.EventKey(flowd.InterviewInvited) + own, i.EventKey(flowd.InterviewFinished) + own})
	p := d.last()
	d.same("of the application", []string{p.Event.ATS, p.Event.Application.ID}, []string{system, "a"})
	d.same("its person", p.Event.Application.Candidate, person("a"))
	d.same("when", p.Event.At, i.CompletedAt)
	row := d.stands(wait, flowd.Done, flowd.ReasonNone)
	d.same("by whom", row.Steps[len(row.Steps)-1].By, "kim")

	i.Score = 4
	d.pass(time.Hour)
	d.same("from then on", d.sight(d.seen(i)).New, []string{i.EventKey(flowd.InterviewScored) + own})
	all, _, err := d.store.Interviews(d.Context(), state.InterviewFilter{ID: "int-9"}, state.Page{})
	d.ok(err)
	d.same("ties", all[0].Ties, []state.Tie{t})

	// With the application's person goes the one that stood for it.
	gone := d.move("a", "Video")
	gone.Type = flowd.ApplicationAnonymized
	d.admit(gone)
	d.commit(state.Commitment{Event: gone.Key, Forget: true})
	d.same("by address", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), 0)
	i.Score = 4.5
	d.pass(time.Hour)
	d.sight(d.seen(i))
	d.same("nor is it kept again", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), 0)
}

// forgetUntied: an interview that is tied to none can be erased as well, and
// Hireflix brings nobody back.
func forgetUntied(d *desk) {
	d.sight(d.seen(pendingInterview("int-9")))
	gone := flowd.Event{Key: "erase int-9", Source: sweep, ATS: flowd.Untied, Type: flowd.ApplicationAnonymized, Application: flowd.Application{ID: "int-9"}}
	d.admit(gone)
	d.commit(state.Commitment{Event: gone.Key, Forget: true})
	d.same("by address", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), 0)
	d.pass(time.Hour)
	d.same("events go on", len(d.sight(d.seen(answeredInterview("int-9"))).New), 1)
	d.same("person", d.last().Facts.Application.Candidate, flowd.Candidate{ID: "int-9"})
	d.same("by address", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), 0)
}

// forgetUnplaced: what Hireflix told of an interview that nobody has placed goes
// with the person of its address, unless that is somebody else's, too.
func forgetUnplaced(d *desk) {
	heron := func(app, ats string) flowd.Event {
		ev := d.move(app, "Video")
		ev.ATS, ev.Application.Candidate.Email = ats, "untied.heron@example.com"
		return ev
	}
	d.admit(heron("a", system), heron("b", "another"))
	d.sight(d.seen(pendingInterview("int-9")))
	for i, ats := range []string{system, "another"} {
		gone := d.move([]string{"a", "b"}[i], "Video")
		gone.ATS, gone.Type, gone.Application = ats, flowd.ApplicationDeleted, flowd.Application{ID: gone.Application.ID}
		d.admit(gone)
		d.commit(state.Commitment{Event: gone.Key, Forget: true})
		d.same("of the address", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), []int{2, 0}[i])
	}
}

func interviewPages(d *desk) {
	for _, id := range []string{"int-3", "int-1", "int-2"} {
		d.sight(d.seen(pendingInterview(id)))
	}
	d.sight(d.seen(answeredInterview("int-2")))
	var got []string
	for p := (state.Page{Limit: 1}); ; {
		all, next, err := d.store.Interviews(d.Context(), state.InterviewFilter{Open: true}, p)
		d.ok(err)
		for _, s := range all {
			got = append(got, s.Interview.ID)
		}
		if p.After = next; next == "" {
			break
		}
	}
	d.same("open ones, by id", got, []string{"int-1", "int-3"})
	all, next, err := d.store.Interviews(d.Context(), state.InterviewFilter{Position: "p2"}, state.Page{})
	d.ok(err)
	d.same("elsewhere", len(all)+len(next), 0)
}
