package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/state"
)

// over exchanges the desk's client for one of other options.
func (d *desk) over(change func(*web.Options)) {
	o := d.options()
	change(&o)
	d.client = web.NewLocal(web.Admin(o))
}

// tell admits an event of an application and decides it.
func (d *desk) tell(key string, t flowd.EventType, app flowd.Application) {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	ev := flowd.Event{Key: key, Source: "ats", ATS: "ats", Type: t, At: d.now, Application: app, Stage: app.Stage}
	if _, err := d.store.Admit(d.t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{ev}}, d.now); err != nil {
		d.t.Fatal(err)
	}
	d.decide()
}

// decide decides whatever waits for it.
func (d *desk) decide() {
	d.t.Helper()
	ctx := d.t.Context()
	d.now = d.now.Add(time.Second)
	pending, err := d.store.Undecided(ctx, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range pending {
		c := state.Commitment{Event: p.Event.Key, Only: p.Only, Decisions: engine.Decide(d.set, p.Event, p.Facts, d.now)}
		if _, err := d.store.Commit(ctx, c, d.now); err != nil {
			d.t.Fatal(err)
		}
	}
}

// send sends whatever is due: the interview's id is int- and the application.
// What takes an interview back is done, too.
func (d *desk) send() {
	d.t.Helper()
	ctx := d.t.Context()
	for range 10 {
		d.now = d.now.Add(time.Second)
		leases, err := d.store.Lease(ctx, state.LeaseRequest{Now: d.now, Max: 1000, For: time.Minute})
		if err != nil {
			d.t.Fatal(err)
		}
		if len(leases) == 0 {
			return
		}
		for _, l := range leases {
			o := flowd.Outcome{State: flowd.Done}
			if l.Action.Kind == flowd.ActionInvite {
				o.Interview = flowd.Interview{
					ID: fmt.Sprintf("int-%s-%d", l.Action.Application, l.Action.Generation), ExternalID: l.Action.Key.ExternalID(),
					Position: l.Action.Position, CreatedAt: d.now, PublicURL: "https://hireflix.example/their-own-link",
					PrivateURL: "https://hireflix.example/recruiters/" + l.Action.Application,
				}
			}
			if err := d.store.Settle(ctx, l, o, d.now); err != nil {
				d.t.Fatal(err)
			}
		}
		d.decide()
	}
	d.t.Fatal("something is due for ever")
}

// saw tells that Hireflix showed an interview.
func (d *desk) saw(in flowd.Interview, of flowd.Candidate) {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	_, err := d.store.Admit(d.t.Context(), flowd.Batch{Source: "hireflix", ATS: flowd.Untied, Sightings: []flowd.Sighting{
		{Interview: in, Candidate: of, At: d.now},
	}}, d.now)
	if err != nil {
		d.t.Fatal(err)
	}
	d.decide()
}

// answered tells that the candidate of an application recorded the interview.
func (d *desk) answered(app string) {
	d.saw(flowd.Interview{
		ID: "int-" + app + "-1", ExternalID: flowd.InviteKey("ats", app, "pos-ae", 1).ExternalID(), Position: flowd.Position{ID: "pos-ae", Name: "AE screening"},
		Status: flowd.InterviewToEvaluate, Answered: true, CompletedAt: d.now, Score: 4.5, Duration: 150 * time.Second,
	}, flowd.Candidate{Email: app + "@example.com"})
}

func (d *desk) invite(o web.InviteOrder) (web.Invites, error) {
	d.t.Helper()
	if o.By == "" {
		o.By = "tester"
	}
	var out web.Invites
	err := d.client.Post(d.t.Context(), "/api/v1/invite", o, &out)
	return out, err
}

func (d *desk) mustInvite(o web.InviteOrder) web.Invites {
	d.t.Helper()
	out, err := d.invite(o)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func row(who string) []web.InviteRow { return []web.InviteRow{{Line: 1, Who: who}} }

// explain is the one story of a reference.
func (d *desk) explain(x string) web.Story {
	d.t.Helper()
	var e web.Explanation
	if err := d.client.Get(d.t.Context(), "/api/v1/explain", url.Values{"x": {x}, "show": {"1"}}, &e); err != nil {
		d.t.Fatal(err)
	}
	if len(e.Stories) != 1 {
		d.t.Fatalf("%s has %d stories", x, len(e.Stories))
	}
	return e.Stories[0]
}

// standings are what became of orders.
func (d *desk) standing(order string) web.Standing {
	d.t.Helper()
	var out []web.Standing
	if err := d.client.Post(d.t.Context(), "/api/v1/orders", web.OrdersQuestion{Keys: []string{order}}, &out); err != nil {
		d.t.Fatal(err)
	}
	if len(out) != 1 {
		d.t.Fatalf("order %s has %d standings", order, len(out))
	}
	return out[0]
}

// contains fails unless the text holds every part.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in: %s", p, text)
		}
	}
}
