package statetest

import (
	"math/rand/v2"
	"time"

	"flowd"
	"flowd/state"
)

const sweep = "hireflix"

// seen is an interview as Hireflix shows it now.
func (d *desk) seen(i flowd.Interview) flowd.Sighting {
	return flowd.Sighting{Interview: i, At: d.now, Candidate: flowd.Candidate{Email: "untied.heron@example.com", FirstName: "Heron", LastName: "Vale"}}
}

func pendingInterview(id string) flowd.Interview {
	return flowd.Interview{ID: id, Status: flowd.InterviewPending, Position: flowd.Position{ID: "p1", Name: "Screening p1"}, CreatedAt: Began}
}

func answeredInterview(id string) flowd.Interview {
	i := pendingInterview(id)
	i.Status, i.Answered, i.CompletedAt = flowd.InterviewToEvaluate, true, Began.Add(time.Minute)
	return i
}

func (d *desk) sight(all ...flowd.Sighting) state.Admitted {
	d.Helper()
	done, err := d.store.Admit(d.Context(), flowd.Batch{Source: sweep, Sightings: all}, d.now)
	d.ok(err)
	return done
}

// invited promises an invite and settles it with an interview of this id.
func (d *desk) invited(app, interview string) flowd.Action {
	d.Helper()
	a := d.promise(app, "Video", "p1")
	i := pendingInterview(interview)
	i.ExternalID = a.Key.ExternalID()
	d.settle(d.leaseOnly(app), flowd.Outcome{State: flowd.Done, Interview: i})
	return a
}

// decideAll commits whatever waits, without any action.
func (d *desk) decideAll() {
	d.Helper()
	for _, p := range d.pending() {
		d.commit(state.Commitment{Event: p.Event.Key, Only: p.Only})
	}
}

// settledInvite: an invite that has gone out is an event of its application.
func settledInvite(d *desk) {
	a := d.invited("a", "int-1")
	p := d.last()
	d.same("type", p.Event.Type, flowd.InterviewInvited)
	d.same("key", p.Event.Key, p.Event.Interview.EventKey(flowd.InterviewInvited))
	d.same("application", p.Event.Application.ID, "a")
	d.same("person", p.Event.Application.Candidate, person("a"))
	d.same("stage", p.Event.Stage, stage("Video"))
	d.same("from", p.Event.From, flowd.Stage{})
	d.same("novelty", p.Facts.Novelty, flowd.Fresh)
	d.same("invites", p.Facts.Invites, []flowd.Invite{{Key: a.Key, Rule: a.Rule, Position: a.Position, Generation: 1, State: flowd.Done,
		Interview: d.row(a.Key).Interview}})
	d.same("seen again", d.sight(d.seen(pendingInterview("int-1"))), state.Admitted{Unchanged: 1})

	all, next, err := d.store.Interviews(d.Context(), state.InterviewFilter{Open: true, Position: "p1"}, state.Page{})
	d.ok(err)
	d.same("known", len(all), 1)
	d.same("next", next, "")
	d.same("tied", all[0].Ties, []state.Tie{{Interview: "int-1", ATS: system, Application: "a"}})
}

// sightedFirst: the webhook may be quicker than the answer to the call.
func sightedFirst(d *desk) {
	a := d.promise("a", "Video", "p1")
	l := d.leaseOne()
	i := answeredInterview("int-1")
	i.ExternalID = a.Key.ExternalID()
	d.pass(time.Second)
	d.same("events", d.sight(d.seen(i)).New, []string{i.EventKey(flowd.InterviewInvited), i.EventKey(flowd.InterviewFinished)})
	d.same("for the application", d.last().Event.Application.ID, "a")
	d.same("the row has it", d.last().Facts.Invites[0].Interview.ID, "int-1")
	made := pendingInterview("int-1")
	made.ExternalID = i.ExternalID
	d.settle(l, flowd.Outcome{State: flowd.Done, Interview: made})
	d.same("no event comes twice", len(d.pending()), 2)
	row := d.row(a.Key)
	d.same("as last seen", row.Interview.Answered, true)
	d.same("finished", d.find(state.Filter{Subject: state.Actions, Word: flowd.WordFinished}, state.Page{}).Rows, []state.Row{row})
}

func sightedFinish(d *desk) {
	a := d.invited("a", "int-1")
	d.decideAll()
	d.pass(time.Hour)
	d.admit(d.move("a", "Phone"))
	d.decideAll()
	d.pass(time.Hour)
	i := answeredInterview("int-1")
	done := d.sight(d.seen(i), d.seen(i))
	d.same("once", done, state.Admitted{New: []string{i.EventKey(flowd.InterviewFinished)}, Unchanged: 1})
	p := d.last()
	d.same("source", p.Event.Source, sweep)
	d.same("ats", p.Event.ATS, system)
	d.same("when", p.Event.At, i.CompletedAt) // before the last move
	d.same("novelty", p.Facts.Novelty, flowd.Fresh)
	d.same("stage", p.Event.Stage, stage("Phone"))
	d.same("person", p.Event.Application.Candidate, person("a"))
	d.same("row", d.row(a.Key).Interview.Answered, true)
	d.same("words", d.counts().Words, map[flowd.Word]int{flowd.WordFinished: 1})
	d.same("no longer among the invited", len(d.find(state.Filter{Subject: state.Actions, Word: flowd.WordInvited}, state.Page{}).Rows), 0)

	// A move that happened before it is one all the same.
	d.admit(d.move("a", "Offer"))
	d.same("a later move", d.last().Facts.Novelty, flowd.Fresh)
	d.decideAll()

	// The recruiter deletes the answers, and the candidate records again.
	d.pass(time.Hour)
	d.same("noted", d.sight(d.seen(pendingInterview("int-1"))), state.Admitted{Unchanged: 1})
	d.same("row", d.row(a.Key).Interview.Answered, false)
	d.pass(time.Hour)
	again := i
	again.CompletedAt = d.now
	d.same("again", d.sight(d.seen(again)).New, []string{again.EventKey(flowd.InterviewFinished)})
	d.same("says so", d.last().Event.Interview.Again, true)
}

func sightedLate(d *desk) {
	d.invited("a", "int-1")
	d.decideAll()
	i := answeredInterview("int-1")
	i.Status = flowd.InterviewShortlisted
	d.pass(time.Hour)
	late := d.seen(answeredInterview("int-1"))
	d.pass(time.Hour)
	d.sight(d.seen(i))
	d.decideAll()
	d.same("older", d.sight(late), state.Admitted{Unchanged: 1})
	late.Interview.Deleted = true
	d.same("but a deletion is final", len(d.sight(late).New), 1)
	d.same("word", d.counts().Words, map[flowd.Word]int{flowd.WordFinished: 1})
	d.same("for ever", d.sight(d.seen(i)), state.Admitted{Unchanged: 1})
}

// sightedAnyOrder: whatever the order and however often, the end is the same.
func sightedAnyOrder(d *desk) {
	life := func(app, id string) (a flowd.Action, all []flowd.Sighting) {
		a = d.invited(app, id)
		for n, change := range []func(*flowd.Interview){
			func(i *flowd.Interview) { *i = pendingInterview(id) }, func(*flowd.Interview) {},
			func(i *flowd.Interview) { i.Status = flowd.InterviewShortlisted }, func(i *flowd.Interview) { i.Score = 4 },
			func(i *flowd.Interview) { i.Status, i.Score = flowd.InterviewDiscarded, 4.5 }, func(i *flowd.Interview) { i.Deleted = true },
		} {
			i := answeredInterview(id)
			change(&i)
			s := d.seen(i)
			s.At = d.now.Add(time.Duration(n+1) * time.Minute)
			all = append(all, s, s)
		}
		return a, all
	}
	a, in := life("a", "int-a")
	b, out := life("b", "int-b")
	r := rand.New(rand.NewPCG(1, 2))
	d.pass(time.Hour)
	for _, s := range in {
		d.sight(s)
	}
	for _, n := range r.Perm(len(out)) {
		d.sight(out[n])
	}
	want, got := d.row(a.Key).Interview, d.row(b.Key).Interview
	want.ID, want.ExternalID = got.ID, got.ExternalID
	d.same("what is known", got, want)
	finished := map[string]int{}
	for _, p := range d.pending() {
		if p.Event.Type == flowd.InterviewFinished || p.Event.Type == flowd.InterviewDeleted {
			finished[p.Event.Application.ID+" "+string(p.Event.Type)]++
		}
	}
	d.same("told once", finished, map[string]int{"a interview.finished": 1, "b interview.finished": 1, "a interview.deleted": 1, "b interview.deleted": 1})
}

func sightedBaseline(d *desk) {
	d.invited("a", "int-1")
	d.decideAll()
	first := flowd.Batch{Source: sweep, Baseline: true, Sightings: []flowd.Sighting{d.seen(answeredInterview("int-1")), d.seen(answeredInterview("int-9"))}}
	done, err := d.store.Admit(d.Context(), first, d.now)
	d.ok(err)
	d.same("what is flowd's is told", len(done.New), 1)
	d.same("what is not is noted", done.Unchanged, 1)
	d.same("without the person", len(d.stories(state.Ref{Email: "untied.heron@example.com"})), 0)
	d.pass(time.Hour)
	later := answeredInterview("int-9")
	later.Score = 3
	d.same("what happens to it later", d.sight(d.seen(later)).New, []string{later.EventKey(flowd.InterviewScored)})
	if _, err := d.store.Admit(d.Context(), flowd.Batch{Source: sweep, Sightings: []flowd.Sighting{{}}}, d.now); err == nil {
		d.Fatal("an interview without an id was taken")
	}
}

// sightedShared: one interview for two applications is an event of each.
func sightedShared(d *desk) {
	a := d.invited("a", "int-1")
	b := d.promise("b", "Video", "p1")
	i := pendingInterview("int-1")
	i.ExternalID = a.Key.ExternalID()
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Shared, Interview: i, SharedWith: a.Key})
	d.decideAll()
	d.pass(time.Hour)
	plain := answeredInterview("int-1").EventKey(flowd.InterviewFinished)
	d.same("keys", d.sight(d.seen(answeredInterview("int-1"))).New, []string{plain, plain + "/" + system + "/b"})
	p := d.pending()
	d.same("applications", []string{p[0].Event.Application.ID, p[1].Event.Application.ID}, []string{"a", "b"})
	d.same("both rows", []bool{d.row(a.Key).Interview.Answered, d.row(b.Key).Interview.Answered}, []bool{true, true})
	d.same("stories", len(d.stories(state.Ref{Interview: "int-1"})), 2)
}
