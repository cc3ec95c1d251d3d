package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
)

func (d *desk) withdraw(o web.WithdrawOrder) (web.Withdrawals, error) {
	d.t.Helper()
	o.By = "tester"
	var out web.Withdrawals
	err := d.client.Post(d.t.Context(), "/api/v1/withdraw", o, &out)
	return out, err
}

// Of those whom a rule invited: who has not answered is taken back, who has
// stays, and what has not gone out never does.
func TestWithdraw_ByRule(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	begun := d.now
	d.move("rosa", "LinkedIn")
	d.move("noa", "LinkedIn")
	d.send()
	d.answered("noa")
	d.move("late", "LinkedIn")
	o := web.WithdrawOrder{Rule: "video", Since: begun, Preview: true, Why: "wrong position"}
	preview, err := d.withdraw(o)
	if err != nil || preview.Count != 2 || len(preview.Lines) != 3 {
		t.Fatalf("the preview: %+v (%v)", preview, err)
	}
	if d.explain("rosa").Now != "invited (an earlier attempt had arrived)" && !strings.HasPrefix(d.explain("rosa").Now, "invited") {
		t.Fatal("a preview changed something")
	}
	o.Preview = false
	done, err := d.withdraw(o)
	if err != nil {
		t.Fatal(err)
	}
	d.decide()
	d.send()
	outcome := map[string]web.WithdrawLine{}
	for _, l := range done.Lines {
		outcome[l.Application] = l
	}
	if l := outcome["rosa"]; !l.Does || l.Order == "" || l.Invited.IsZero() || d.standing(l.Order).Word != web.WordDone {
		t.Errorf("rosa: %+v", l)
	}
	if l := outcome["noa"]; l.Does || !strings.Contains(l.Outcome, "has answered") {
		t.Errorf("noa: %+v", l)
	}
	if l := outcome["late"]; !l.Does || !strings.Contains(l.Outcome, "before it went out") {
		t.Errorf("late: %+v", l)
	}
	for app, want := range map[string]string{"rosa": "withdrawn", "noa": "finished", "late": "not invited"} {
		if now := d.explain(app).Now; !strings.HasPrefix(now, want) {
			t.Errorf("%s is %s, want %s", app, now, want)
		}
	}
	// The ATS repeats the moves: the keys are taken, and nobody is invited again.
	for _, app := range []string{"rosa", "late"} {
		d.tell("repeat-"+app, flowd.StageEntered, flowd.Application{ID: app, Stage: flowd.Stage{ID: "s0", Name: "Before"}})
		d.tell("again-"+app, flowd.StageEntered, flowd.Application{ID: app, Stage: flowd.Stage{ID: "s", Name: "Video"}})
	}
	d.send()
	for app, want := range map[string]string{"rosa": "withdrawn", "late": "not invited"} {
		if now := d.explain(app).Now; !strings.HasPrefix(now, want) {
			t.Errorf("after a repeated move %s is %s, want %s", app, now, want)
		}
	}
	twice, err := d.withdraw(o)
	if err != nil || twice.Count != 0 {
		t.Errorf("the same order again: %+v (%v)", twice, err)
	}
}

func TestWithdraw_ByBatchAndPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	for _, app := range []string{"rosa", "noa"} {
		d.arrive(app, nil)
		d.mustInvite(web.InviteOrder{Rows: []web.InviteRow{{Application: app, Position: "B"}}, Batch: "fair-" + app})
	}
	d.decide()
	d.send()
	out, err := d.withdraw(web.WithdrawOrder{Batch: "fair-noa", Show: true})
	if err != nil || out.Count != 1 || out.Lines[0].Application != "noa" || out.Lines[0].Email != "noa@example.com" {
		t.Fatalf("the batch: %+v (%v)", out, err)
	}
	d.decide()
	d.send()
	if out, err = d.withdraw(web.WithdrawOrder{Who: "rosa@example.com"}); err != nil || out.Count != 1 {
		t.Fatalf("the person: %+v (%v)", out, err)
	}
	d.decide()
	d.send()
	for _, app := range []string{"rosa", "noa"} {
		if now := d.explain(app).Now; !strings.HasPrefix(now, "withdrawn") {
			t.Errorf("%s is %s", app, now)
		}
	}
	if list := d.list(url.Values{"state": {"withdrawn"}}); len(list) != 2 {
		t.Errorf("%d are listed as withdrawn", len(list))
	}
	for name, o := range map[string]web.WithdrawOrder{
		"no such batch":  {Batch: "nothing"},
		"no such person": {Who: "nobody@example.com"},
	} {
		_, err := d.withdraw(o)
		if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != http.StatusNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// More than a handful is taken back only by its count.
func TestWithdraw_ManyByCount(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	begun := d.now
	const n = web.MostUncounted + 5
	for i := range n {
		d.move(fmt.Sprintf("app-%d", i), "LinkedIn")
	}
	d.send()
	o := web.WithdrawOrder{Rule: "video", Since: begun}
	for _, c := range []struct{ count, status int }{{0, http.StatusBadRequest}, {n - 1, http.StatusConflict}} {
		o.Count = c.count
		_, err := d.withdraw(o)
		if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != c.status || !strings.Contains(p.Text, fmt.Sprint(n)) {
			t.Errorf("with count %d: %v", c.count, err)
		}
	}
	o.Count = n
	if out, err := d.withdraw(o); err != nil || out.Count != n {
		t.Errorf("with the right count: %d (%v)", out.Count, err)
	}
}

func TestWithdraw_BadOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, o := range map[string]web.WithdrawOrder{
		"nobody":             {},
		"a rule for ever":    {Rule: "video"},
		"a person of a rule": {Rule: "video", Since: time.Unix(1, 0), Who: "rosa"},
	} {
		_, err := d.withdraw(o)
		if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}
