package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"flowd"
	"flowd/internal/web"
)

// arrive makes somebody known whom no rule invites.
func (d *desk) arrive(app string, change func(*flowd.Application)) {
	d.t.Helper()
	a := flowd.Application{
		ID: app, Status: flowd.StatusActive, Job: flowd.Job{ID: "j", Name: "AE"}, Stage: flowd.Stage{ID: "s1", Name: "Applied"},
		Candidate: flowd.Candidate{ID: "c-" + app, Email: app + "@example.com", FirstName: "Rosa", LastName: "Field"},
	}
	if change != nil {
		change(&a)
	}
	d.tell("came-"+app, flowd.StageEntered, a)
}

func (d *desk) manyPositions() {
	d.over(func(o *web.Options) {
		o.Info = func() web.Info {
			return web.Info{Running: true, Positions: []flowd.Position{
				{ID: "pos-ae", Name: "AE screening"}, {ID: "pos-b", Name: "B"}, {ID: "pos-old", Name: "Old", Archived: true},
				{ID: "pos-t1", Name: "Twin"}, {ID: "pos-t2", Name: "Twin"},
			}}
		}
		o.Bar = func(address string) flowd.Reason {
			if strings.HasPrefix(address, "noway@") {
				return flowd.ReasonDoNotContact
			}
			return ""
		}
	})
}

func TestInvite_EveryWrongRowIsToldAndNobodyIsInvited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("fine", nil)
	d.arrive("noway", nil)
	d.arrive("mute", func(a *flowd.Application) { a.Candidate.Email = "" })
	d.arrive("gone", nil)
	d.tell("gone-2", flowd.ApplicationRejected, flowd.Application{ID: "gone"})
	d.arrive("two-a", func(a *flowd.Application) { a.Candidate.ID, a.Candidate.Email = "c-two", "two@example.com" })
	d.arrive("two-b", func(a *flowd.Application) { a.Candidate.ID, a.Candidate.Email = "c-two", "two@example.com" })
	d.arrive("other", func(a *flowd.Application) { a.NoContact = flowd.ReasonPrivate })
	d.arrive("clash", func(a *flowd.Application) { a.Candidate.ID = "fine" })
	for _, c := range []struct {
		name string
		row  web.InviteRow
		want string
	}{
		{"unknown", web.InviteRow{Who: "nobody@example.com"}, "knows nobody"},
		{"no reference", web.InviteRow{}, "nobody is named"},
		{"two applications", web.InviteRow{Email: "two@example.com"}, "two-a in ats (AE), two-b in ats"},
		{"ended", web.InviteRow{Application: "gone"}, "ended: rejected"},
		{"no address", web.InviteRow{Candidate: "c-mute"}, "no address"},
		{"do not contact", web.InviteRow{Who: "noway", Position: "B"}, "do-not-contact"},
		{"private", web.InviteRow{Who: "other", Position: "B"}, "private"},
		{"position unknown", web.InviteRow{Application: "fine", Position: "Nowhere"}, `no position "Nowhere"`},
		{"position archived", web.InviteRow{Application: "fine", Position: "old"}, "archived"},
		{"position twice", web.InviteRow{Application: "fine", Position: "Twin"}, "2 positions"},
		{"another system's", web.InviteRow{Application: "fine", ATS: "else"}, "knows nobody"},
		{"application and candidate", web.InviteRow{Who: "fine"}, "of somebody else, a candidate"},
		{"fine", web.InviteRow{Application: "fine", Position: " b "}, ""},
		{"fine by id", web.InviteRow{Application: "fine", Position: "pos-ae"}, ""},
		{"one of two", web.InviteRow{Application: "two-a", Position: "B"}, ""},
	} {
		c.row.Line = 7
		out := d.mustInvite(web.InviteOrder{Rows: []web.InviteRow{c.row}, Preview: true})
		if got := out.Lines[0].Problem; c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.want == "" {
			continue
		}
		_, err := d.invite(web.InviteOrder{Rows: []web.InviteRow{{Line: 1, Application: "fine", Position: "B"}, c.row}})
		if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Text, "line 7") {
			t.Errorf("%s: an order with it: %v", c.name, err)
		}
	}
	if d.woken != 0 || len(d.list(url.Values{"state": {"waiting"}})) != 0 {
		t.Error("somebody was invited beside a wrong row")
	}
}

func TestInvite_TwiceIsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("rosa", nil)
	order := web.InviteOrder{Rows: row("rosa"), Why: "career fair"}
	order.Rows[0].Position = "AE screening"
	first := d.mustInvite(order)
	if l := first.Lines[0]; l.Already || l.Order == "" || first.Batch == "" {
		t.Fatalf("the first order: %+v", first)
	}
	for _, then := range []func(){func() {}, d.decide, d.send} {
		then()
		again := d.mustInvite(order)
		if l := again.Lines[0]; !l.Already || l.Problem != "" {
			t.Errorf("the same order once more: %+v", l)
		}
	}
	s := d.explain("rosa")
	if len(s.Actions) != 1 || s.Actions[0].Word != flowd.WordInvited {
		t.Errorf("after the same order four times: %+v", s.Actions)
	}
	if st := d.standing(first.Lines[0].Order); !st.Settled || st.Word != flowd.WordInvited {
		t.Errorf("the order stands at %+v", st)
	}
	var told web.Moment
	for _, m := range s.Events {
		if m.By != "" {
			told = m
		}
	}
	if told.By != "tester" || told.Why != "career fair" || told.Order != "invite to AE screening" || told.Batch != first.Batch {
		t.Errorf("the story tells of the order as %+v", told)
	}
}

// The map says the position where the order does not.
func TestInvite_PositionOfTheMap(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "Referral") // the rule leaves referrals out; a person does not
	out := d.mustInvite(web.InviteOrder{Rows: row("rosa@example.com"), Preview: true})
	if l := out.Lines[0]; l.Problem != "" || l.Position != "AE screening" || l.Word != flowd.WordWould {
		t.Errorf("by the map: %+v", l)
	}
	d.arrive("stray", func(a *flowd.Application) { a.Job = flowd.Job{ID: "x", Name: "Gardener"} })
	out = d.mustInvite(web.InviteOrder{Rows: row("stray"), Preview: true})
	contains(t, out.Lines[0].Problem, "say which position")
}

// What came to nothing can be ordered again: the order before does not bar it.
func TestInvite_AfterARefusal(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("rosa", nil)
	order := web.InviteOrder{Rows: []web.InviteRow{{Application: "rosa", Position: "B"}}}
	first := d.mustInvite(order).Lines[0]
	// Before the engine comes to it the address is gone.
	d.tell("later", flowd.ApplicationRejected, flowd.Application{ID: "rosa"})
	if st := d.standing(first.Order); !st.Settled && st.Word == "" {
		t.Fatalf("the refused order stands at %+v", st)
	}
	d.tell("back", flowd.ApplicationReopened, flowd.Application{ID: "rosa", Status: flowd.StatusActive})
	if len(d.explain("rosa").Actions) == 0 {
		second := d.mustInvite(order).Lines[0]
		if second.Already || second.Order == first.Order {
			t.Fatalf("what was refused cannot be ordered again: %+v", second)
		}
		d.decide()
	}
	d.send()
	if s := d.explain("rosa"); s.Actions[len(s.Actions)-1].Word != flowd.WordInvited {
		t.Errorf("in the end: %s", s.Now)
	}
}

func TestInvite_Again(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("rosa", nil)
	order := web.InviteOrder{Rows: []web.InviteRow{{Application: "rosa", Position: "AE screening"}}}
	d.mustInvite(order)
	d.decide()
	order.Again = true
	out := d.mustInvite(web.InviteOrder{Rows: order.Rows, Again: true, Preview: true})
	contains(t, out.Lines[0].Problem, "has not gone out yet")
	d.send()

	order.Email = "rosa.new@example.com"
	again := d.mustInvite(order)
	if again.Lines[0].Already || again.Lines[0].Problem != "" {
		t.Fatalf("inviting again: %+v", again.Lines[0])
	}
	d.decide()
	d.send()
	s := d.explain("rosa")
	var kinds []string
	for _, r := range s.Actions {
		kinds = append(kinds, fmt.Sprintf("%s %s", r.Kind, r.Word))
	}
	if got := strings.Join(kinds, ", "); got != "invite withdrawn, hireflix.withdraw done, invite invited" {
		t.Errorf("invited again: %s", got)
	}
	if s.Email != "rosa.new@example.com" {
		t.Errorf("the address is %s", s.Email)
	}
}

func TestInvite_AgainDestroysNoAnswers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("rosa", nil)
	rows := []web.InviteRow{{Application: "rosa", Position: "AE screening"}}
	d.mustInvite(web.InviteOrder{Rows: rows})
	d.decide()
	d.send()
	d.answered("rosa")
	out := d.mustInvite(web.InviteOrder{Rows: rows, Again: true, Preview: true})
	contains(t, out.Lines[0].Problem, "destroy the answers")
	out = d.mustInvite(web.InviteOrder{Rows: rows, Preview: true})
	if l := out.Lines[0]; !l.Already || l.Word != flowd.WordFinished {
		t.Errorf("somebody who has answered: %+v", l)
	}
}

func TestInvite_BadOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	many := make([]web.InviteRow, web.MaxRows+1)
	for name, o := range map[string]web.InviteOrder{
		"nobody":          {},
		"too many":        {Rows: many},
		"address alone":   {Rows: row("rosa"), Email: "rosa@example.com"},
		"address of two":  {Rows: append(row("rosa"), row("dan")...), Email: "rosa@example.com", Again: true},
		"no address":      {Rows: row("rosa"), Email: "Rosa <rosa@example.com>", Again: true},
		"no address, too": {Rows: row("rosa"), Email: "rosa", Again: true},
		"endless batch":   {Rows: row("rosa"), Batch: strings.Repeat("x", 100)},
	} {
		_, err := d.invite(o)
		if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One list that names a person twice invites once, and says where.
func TestInvite_NamedTwice(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("rosa", nil)
	out := d.mustInvite(web.InviteOrder{Rows: []web.InviteRow{
		{Line: 2, Application: "rosa", Position: "B"}, {Line: 3, Email: "ROSA@example.com", Position: "pos-b"},
	}})
	if out.Lines[0].Already || !out.Lines[1].Already || !strings.Contains(out.Lines[1].Note, "line 2") {
		t.Errorf("named twice: %+v", out.Lines)
	}
	d.decide()
	if n := len(d.explain("rosa").Actions); n != 1 {
		t.Errorf("%d invites", n)
	}
}
