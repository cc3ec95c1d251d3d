package statetest

import (
	"time"

	"flowd"
	"flowd/state"
)

func leaseOrder(d *desk) {
	d.promise("a", "Video", "p1")
	d.promise("b", "Video", "p1") // promised at the same moment: in order of promise
	d.pass(time.Second)
	d.promise("c", "Video", "p1")
	d.admit(d.move("a", "Offer"))
	d.decide(invite(d.last().Event, "p2"))
	d.pass(time.Second)

	d.same("none asked for", len(d.lease(0)), 0)
	two := d.lease(2)
	d.same("the oldest", applications(two), []string{"a", "b"})
	d.same("one for each application", applications(d.lease(10)), []string{"c"})
	d.idle()
	d.settle(two[0], flowd.Outcome{State: flowd.Done})
	next := d.leaseOne()
	d.same("the next one of a", next.Action.Position.ID, "p2")
	if next.Fence <= two[1].Fence || two[1].Fence <= two[0].Fence {
		d.Fatalf("fences do not grow: %d, %d, %d", two[0].Fence, two[1].Fence, next.Fence)
	}
}

func leaseWaits(d *desk) {
	d.admit(d.move("a", "Video"))
	a := invite(d.last().Event, "p1")
	a.NotBefore = d.now.Add(time.Hour)
	d.decide(a)
	d.pass(time.Hour - 1)
	d.idle()
	d.pass(1)
	l := d.leaseOne()
	d.same("attempt", l.Attempt, 1)
	d.same("deadline", l.Deadline, d.now.Add(time.Minute))
	d.settle(l, flowd.Outcome{State: flowd.Done})
}

func leaseExpires(d *desk) {
	a := d.promise("a", "Video", "p1")
	first := d.leaseOne()
	d.same("first", first.Attempt, 1)
	d.stands(a, flowd.Leased, flowd.ReasonNone)
	d.pass(time.Minute - 1)
	d.idle()
	d.pass(1)
	second := d.leaseOne()
	d.same("second", second.Attempt, 2)
	d.same("that the process ended does not count", second.Counted, 1)
	if second.Fence == first.Fence {
		d.Fatal("two leases of a row have one fence")
	}
	row := d.row(a.Key)
	d.same("the loss is told", row.Steps[len(row.Steps)-1].Reason, flowd.ReasonLost)
	d.same("attempts", row.Attempts, 1)

	// What may have gone out is not ended as if nothing had, and while all is
	// paused it does not count as under way for ever.
	d.pause(state.ScopeAll, state.Pause{Reason: flowd.ReasonPaused})
	d.pass(time.Minute)
	d.idle()
	d.stands(a, flowd.Uncertain, flowd.ReasonLost)
	d.same("cancelled", d.ends("a", state.Cancellation{Reason: flowd.ReasonEnded}).Cancelled, []flowd.IdempotencyKey(nil))
}

func leaseFacts(d *desk) {
	ev := d.move("a", "Video")
	ev.Application.Fields = []flowd.Field{{Key: "shift", Name: "Shift", Value: "day"}}
	d.admit(ev)
	known := d.last()
	a := invite(known.Event, "p1")
	d.decide(a)
	d.pass(time.Hour)
	later := d.move("a", "Offer")
	later.Application.Fields = []flowd.Field{{Key: "shift", Name: "Shift", Value: "night"}}
	later.Application.Candidate.Email = "new@example.com"
	d.admit(later)

	l := d.leaseOne()
	d.same("action", l.Action, a)
	d.same("stage now", l.Facts.Application.Stage, stage("Offer"))
	d.same("fields now", l.Facts.Application.Fields[0].Value, any("night"))
	d.same("address now", l.Facts.Application.Candidate.Email, "new@example.com")
	d.same("previous stage of the event", l.Facts.Previous, known.Facts.Previous)
	d.same("event", l.Event.Key, a.Event)
	d.same("fields of that day", l.Event.Application.Fields[0].Value, any("day"))
	d.same("stage of the event", l.Event.Stage, stage("Video"))
}
