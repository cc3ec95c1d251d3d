package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func steps(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	all := after(reaction(ev, flowd.ActionShare, "int-1"), reaction(ev, flowd.ActionNote, "n"), reaction(ev, flowd.ActionMove, "Phone"))
	d.reacts(all...)
	d.stands(all[1], flowd.Blocked, flowd.ReasonNone)
	first := d.leaseOne()
	d.same("the first step", first.Action.Key, all[0].Key)
	d.idle()
	d.settle(first, flowd.Outcome{State: flowd.Uncertain, Reason: flowd.ReasonBeingChecked})
	d.stands(all[1], flowd.Blocked, flowd.ReasonNone)
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	d.stands(all[1], flowd.Due, flowd.ReasonNone)
	d.stands(all[2], flowd.Blocked, flowd.ReasonNone)

	// One that fails ends what comes after it, and releasing it brings that back.
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.GivenUp, Reason: flowd.ReasonCannotWrite})
	d.stands(all[2], flowd.Cancelled, flowd.ReasonStep)
	released := d.amend(state.Amendment{Verb: state.Release, Select: state.Selection{Keys: []flowd.IdempotencyKey{all[1].Key}}})
	d.same("released", released, []flowd.IdempotencyKey{all[1].Key})
	d.stands(all[2], flowd.Blocked, flowd.ReasonNone)
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	d.stands(all[2], flowd.Done, flowd.ReasonNone)
}

func stepsEnd(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	all := after(reaction(ev, flowd.ActionTag, "t"), reaction(ev, flowd.ActionNote, "n"), reaction(ev, flowd.ActionNotify, "owner"))
	d.reacts(all...)
	d.amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Keys: []flowd.IdempotencyKey{all[0].Key}}})
	d.stands(all[1], flowd.Cancelled, flowd.ReasonStep)
	d.stands(all[2], flowd.Cancelled, flowd.ReasonStep)

	// Behind what has ended, and behind what was never asked for.
	d.admit(d.move("b", "Video"))
	ev = d.last().Event
	lone, none := reaction(ev, flowd.ActionNote, "lone"), reaction(ev, flowd.ActionTag, "none")
	none.After = "never asked for"
	d.reacts(lone, none)
	d.stands(none, flowd.Cancelled, flowd.ReasonStep)
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	d.pass(time.Hour)
	d.admit(d.move("b", "Phone"))
	late := reaction(d.last().Event, flowd.ActionTag, "late")
	late.After = lone.Key
	d.reacts(late)
	d.stands(late, flowd.Due, flowd.ReasonNone)

	// What a rule asks for anew is promised anew, with its steps.
	d.admit(d.move("c", "Video"))
	ev = d.last().Event
	timer := reaction(ev, flowd.ActionTimer, "")
	timer.Key, timer.NotBefore = flowd.TimerKey(ev.Key, timer.Rule), d.now.Add(time.Hour)
	next := after(timer, reaction(ev, flowd.ActionNote, "next"))[1]
	d.reacts(timer, next)
	d.pass(time.Hour)
	d.settle(d.leaseOnly("c"), flowd.Outcome{State: flowd.Replaced, Reason: flowd.ReasonReplaced})
	d.stands(next, flowd.Replaced, flowd.ReasonReplaced)
	p := d.last()
	d.same("for its rule", []string{p.Event.Key, p.Only}, []string{ev.Key, timer.Rule})
	d.same("by what is known now", p.Facts.Application.Stage, stage("Video"))
	next.After = ""
	d.same("anew", d.commit(state.Commitment{Event: ev.Key, Only: timer.Rule, Decisions: decisions(ev.Key, next)}).Promised, []flowd.IdempotencyKey{next.Key})
}

func heldFirst(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	adverse := reaction(ev, flowd.ActionMove, "Rejected")
	adverse.HeldFirst, adverse.Reason, adverse.Detail = true, flowd.ReasonAdverse, "a person decides"
	note := reaction(ev, flowd.ActionNote, "n")
	d.reacts(after(note, adverse)...)
	d.settle(d.leaseOne(), flowd.Outcome{State: flowd.Done})
	d.same("detail", d.stands(adverse, flowd.Held, flowd.ReasonAdverse).Detail, "a person decides")
	d.idle()
	d.amend(state.Amendment{Verb: state.Release, By: "kim", Select: state.Selection{Reason: flowd.ReasonAdverse}})
	d.same("released", d.leaseOne().Action.Key, adverse.Key)
}

// cancelReactions: what follows an interview is written when the application has
// ended; what was to be sent before it is not.
func cancelReactions(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	note, second := reaction(ev, flowd.ActionNote, "n"), invite(ev, "p2")
	timer := reaction(ev, flowd.ActionTimer, "")
	timer.Key, timer.NotBefore, second.Claims = flowd.TimerKey(ev.Key, timer.Rule), d.now.Add(time.Hour), nil
	behind := reaction(ev, flowd.ActionTag, "invited twice")
	behind.After = second.Key
	d.reacts(note, second, timer, behind)
	done := d.ends("a", state.Cancellation{Reason: flowd.ReasonEnded})
	d.same("cancelled", done.Cancelled, []flowd.IdempotencyKey{second.Key, timer.Key})
	d.stands(note, flowd.Due, flowd.ReasonNone)
	d.stands(behind, flowd.Cancelled, flowd.ReasonStep)
}

func pauseKinds(d *desk) {
	d.invited("a", "int-1")
	ev := d.last().Event
	share, note := reaction(ev, flowd.ActionShare, "int-1"), reaction(ev, flowd.ActionNote, "n")
	d.reacts(note)
	d.promise("b", "Video", "p1")
	d.sight(d.seen(answeredInterview("int-2")))
	share.Application, share.ATS, share.Key = "int-2", flowd.Untied, "share"
	d.reacts(share)
	d.decideAll()

	kinds := func() (out []flowd.ActionKind) {
		d.Helper()
		for _, l := range d.lease(10) {
			out = append(out, l.Action.Kind)
			d.settle(l, flowd.Outcome{State: flowd.Due, Uncounted: true})
		}
		return out
	}
	d.same("all", kinds(), []flowd.ActionKind{flowd.ActionNote, flowd.ActionInvite, flowd.ActionShare})
	d.pause(state.ScopeAccount, state.Pause{Reason: flowd.ReasonQuota})
	d.same("invites are used up", kinds(), []flowd.ActionKind{flowd.ActionNote, flowd.ActionShare})
	d.pause(state.ScopeAccount, state.Pause{Reason: flowd.ReasonUnauthorized})
	d.same("the key is refused", kinds(), []flowd.ActionKind{flowd.ActionNote})
	d.pause(state.ScopeAccount, state.Pause{Reason: flowd.ReasonQuota, ProbeAt: d.now})
	all := d.lease(10)
	d.same("one tries", []bool{all[0].Probe, all[1].Probe, all[2].Probe}, []bool{false, true, false})
	for _, l := range all {
		d.settle(l, flowd.Outcome{State: flowd.Due, Uncounted: true})
	}
	d.lift(state.ScopeAccount)
	d.pause(state.ScopeAll, state.Pause{})
	d.same("everything", len(kinds()), 0)
	d.lift(state.ScopeAll)
	d.pause(state.ScopePosition("p1"), state.Pause{Reason: flowd.ReasonPosition})
	d.same("a position", kinds(), []flowd.ActionKind{flowd.ActionNote, flowd.ActionShare})
	d.pause(state.ScopeRule("after-video"), state.Pause{})
	d.same("a rule", len(kinds()), 0)
	d.lift(state.ScopeRule("after-video"))
	d.same("lifted", kinds(), []flowd.ActionKind{flowd.ActionNote, flowd.ActionShare})
}
