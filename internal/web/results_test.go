package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
	"flowd/state"
)

// Everybody stands under exactly one state, whatever became of the interview.
func TestList_FinishedAndWithdrawnAreNotSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, app := range []string{"sent", "done", "back"} {
		d.move(app, "LinkedIn")
	}
	d.send()
	d.answered("done")
	if _, err := d.withdraw(web.WithdrawOrder{Who: "back"}); err != nil {
		t.Fatal(err)
	}
	d.decide()
	d.send()
	for state, want := range map[string]string{"sent": "sent", "finished": "done", "withdrawn": "back", "waiting": "", "held": ""} {
		var got []string
		for _, e := range d.list(url.Values{"state": {state}}) {
			got = append(got, e.Application)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("--state %s: %v, want %q", state, got, want)
		}
	}
	done := d.list(url.Values{"state": {"finished"}})[0]
	if done.Score != 4.5 || time.Duration(done.Duration) != 150*time.Second || done.Finished.IsZero() {
		t.Errorf("the results are %+v", done)
	}
	if text := d.raw("/api/v1/list", nil); strings.Contains(text, "hireflix.example") {
		t.Errorf("a list holds links: %s", text)
	}
	// What was taken back is a row of its own, and drowns nobody.
	for _, c := range []struct {
		q    url.Values
		want int
	}{{url.Values{}, 3}, {url.Values{"all": {"1"}}, 4}} {
		if got := d.list(c.q); len(got) != c.want {
			t.Errorf("%v lists %d lines, want %d", c.q, len(got), c.want)
		}
	}
}

func TestExplain_InterviewsAndTranscripts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	d.send()
	d.answered("rosa")
	s := d.explain("rosa")
	if len(s.Interviews) != 1 {
		t.Fatalf("%d interviews", len(s.Interviews))
	}
	in := s.Interviews[0]
	if in.Status != "finished" || in.Score != 4.5 || in.Finished.IsZero() || in.Page == "" {
		t.Errorf("the interview: %+v", in)
	}
	if text := d.raw("/api/v1/explain", url.Values{"x": {"rosa"}, "show": {"1"}}); strings.Contains(text, "their-own-link") {
		t.Errorf("the candidate's own link is shown: %s", text)
	}
	var seen string
	for _, m := range s.Events {
		if m.Type == string(flowd.InterviewFinished) {
			seen = m.Seen
		}
	}
	contains(t, seen, "finished", "score 4.5", "2m30s")

	q := url.Values{"x": {"rosa"}, "transcript": {"1"}}
	var e web.Explanation
	if err := d.client.Get(t.Context(), "/api/v1/explain", q, &e); err == nil {
		t.Error("a transcript was shown to whom names are masked")
	}
	q.Set("show", "1")
	if err := d.client.Get(t.Context(), "/api/v1/explain", q, &e); err == nil {
		t.Error("a transcript without Hireflix")
	}
	d.over(func(o *web.Options) {
		o.Transcript = func(_ context.Context, interview string) (string, bool, error) {
			return "I have worked in " + interview, true, nil
		}
	})
	if err := d.client.Get(t.Context(), "/api/v1/explain", q, &e); err != nil || e.Stories[0].Interviews[0].Transcript != "I have worked in int-rosa-1" {
		t.Errorf("the transcript: %+v (%v)", e.Stories, err)
	}
}

// An interview that nothing ties is listed, tied by hand to the application it
// belongs to, and tells its story there.
func TestTie_ByHand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.arrive("rosa", nil)
	in := flowd.Interview{ID: "int-walk-in", Position: flowd.Position{ID: "pos-b", Name: "B"}, Status: flowd.InterviewToEvaluate,
		Answered: true, CompletedAt: d.now, Score: 3}
	d.saw(in, flowd.Candidate{Email: "walk.in@example.com", Name: "Walk In"})
	if s := d.explain("walk.in@example.com"); s.ATS != flowd.Untied || len(s.Interviews) != 1 || !s.Interviews[0].Untied {
		t.Fatalf("an untied interview: %+v", s)
	}
	tie := func(o web.TieOrder) error {
		o.By = "tester"
		var s web.Story
		return d.client.Post(t.Context(), "/api/v1/tie", o, &s)
	}
	for name, o := range map[string]web.TieOrder{
		"no such key":         {Key: "00000000", Application: "rosa"},
		"no such application": {Key: "int-walk-in", Application: "nobody"},
		"not its own":         {Key: "int-walk-in", Application: "int-walk-in"},
		"no application":      {Key: "int-walk-in"},
	} {
		if err := tie(o); err == nil {
			t.Errorf("%s: tied", name)
		}
	}
	if err := tie(web.TieOrder{Key: "int-walk-in", Application: "rosa", Why: "asked her"}); err != nil {
		t.Fatal(err)
	}
	d.decide()
	s := d.explain("rosa")
	if len(s.Interviews) != 1 || s.Interviews[0].ID != "int-walk-in" || s.Interviews[0].Untied {
		t.Errorf("the application's interviews: %+v", s.Interviews)
	}
	if err := tie(web.TieOrder{Key: "int-walk-in", Application: "rosa"}); err != nil {
		t.Logf("tying again: %v", err)
	}
}

func TestAlternative_IsNeverInvited(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.move("rosa", "LinkedIn")
	o := web.AlternativeOrder{Who: "rosa@example.com", By: "tester", Why: "by phone", Preview: true}
	var list web.List
	for _, preview := range []bool{true, false, false} {
		o.Preview = preview
		if err := d.client.Post(t.Context(), "/api/v1/alternative", o, &list); err != nil || len(list.Entries) != 1 {
			t.Fatalf("preview %v: %+v (%v)", preview, list, err)
		}
		d.decide()
	}
	out := d.mustInvite(web.InviteOrder{Rows: []web.InviteRow{{Application: "rosa", Position: "B"}}, Preview: true})
	contains(t, out.Lines[0].Problem, "another way")
	n := 0
	for _, m := range d.explain("rosa").Events {
		if m.By == "tester" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the order stands %d times in the story", n)
	}
	for _, who := range []string{"", "nobody@example.com"} {
		if err := d.client.Post(t.Context(), "/api/v1/alternative", web.AlternativeOrder{Who: who, By: "tester"}, &list); err == nil {
			t.Errorf("%q was marked", who)
		}
	}
}

// compacting is a store that counts how often it was rewritten.
type compacting struct {
	state.Store
	n   int
	err error
}

func (c *compacting) Compact(context.Context) error { c.n++; return c.err }

func (c *compacting) Erased(context.Context) (bool, error) { return true, nil }

func TestPrivacy_Erase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.manyPositions()
	d.move("rosa", "LinkedIn")
	d.send()
	d.arrive("rosa-2", func(a *flowd.Application) { a.Candidate.ID, a.Candidate.Email = "c-rosa", "rosa@example.com" })
	d.saw(flowd.Interview{ID: "int-old", Position: flowd.Position{ID: "pos-old"}, Answered: true, CompletedAt: d.now, PrivateURL: "https://hireflix.example/old"},
		flowd.Candidate{Email: "Rosa@example.com", Name: "Rosa Field"})
	d.move("noa", "LinkedIn")
	store := &compacting{Store: d.store}
	d.over(func(o *web.Options) { o.Store = store })
	order := web.EraseOrder{Who: "rosa@example.com", By: "tester", Why: "her request", Preview: true}
	var e web.Erasure
	if err := d.client.Post(t.Context(), "/api/v1/privacy", order, &e); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, a := range e.Applications {
		ids = append(ids, a.ATS+"/"+a.Application)
	}
	slices.Sort(ids)
	if got := strings.Join(ids, " "); got != "ats/rosa ats/rosa-2 hireflix/int-old" || len(e.Interviews) != 2 || store.n != 0 {
		t.Fatalf("would forget %s and name %d interviews", got, len(e.Interviews))
	}
	order.Preview = false
	if err := d.client.Post(t.Context(), "/api/v1/privacy", order, &e); err != nil || !e.Compacted || store.n != 1 {
		t.Fatalf("erased: %+v (%v)", e, err)
	}
	if stories, err := d.store.Story(t.Context(), state.Ref{Email: "rosa@example.com"}); err != nil || len(stories) != 0 {
		t.Errorf("the address still leads to %d stories (%v)", len(stories), err)
	}
	for _, path := range []string{"/api/v1/list", "/api/v1/explain?x=rosa", "/api/v1/explain?x=rosa-2", "/api/v1/explain?x=int-old"} {
		p, q, _ := strings.Cut(path, "?")
		values, _ := url.ParseQuery(q)
		values.Set("show", "1")
		text := d.raw(p, values)
		if strings.Contains(strings.ToLower(text), "rosa@example.com") || strings.Contains(text, "Rosa") && !strings.Contains(text, "noa@") {
			t.Errorf("%s still tells of the person: %s", path, text)
		}
	}
	// The same delivery once more invites nobody, and brings nobody back.
	d.move("rosa", "LinkedIn")
	d.send()
	if s := d.explain("rosa"); s.Email != "" || s.Name != "" {
		t.Errorf("an old delivery brought the person back: %+v", s)
	}
	if s := d.explain("noa"); s.Email != "noa@example.com" {
		t.Errorf("somebody else was erased: %+v", s)
	}
	if err := d.client.Post(t.Context(), "/api/v1/privacy", order, &e); err == nil {
		t.Error("erased twice")
	}
	store.err = errors.New("no room")
	order.Who = "noa"
	if err := d.client.Post(t.Context(), "/api/v1/privacy", order, &e); err != nil || e.Compacted || !strings.Contains(strings.Join(e.Notes, " "), "no room") {
		t.Errorf("a state that cannot be rewritten: %+v (%v)", e, err)
	}
}

func TestPrivacy_ReportAndExport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn", flowd.Field{Name: "Notice period", Value: float64(2)})
	d.send()
	d.over(func(o *web.Options) {
		o.Retention = func() state.Retention { return state.Retention{Raw: 72 * time.Hour, Decisions: 400 * 24 * time.Hour} }
	})
	report := d.raw("/api/v1/privacy", url.Values{"x": {"rosa@example.com"}})
	contains(t, report, "name, address", "Notice period", "400 days", "3 days", "1 promise")
	if strings.Contains(report, "rosa@") || strings.Contains(report, "Field") && strings.Contains(report, "Rosa") {
		t.Errorf("a report of kinds tells the values: %s", report)
	}
	export := d.raw("/api/v1/privacy", url.Values{"x": {"rosa"}, "export": {"1"}})
	contains(t, export, "rosa@example.com", "Rosa", `"Notice period"`, "int-rosa-1", "stage.entered")
	var none web.Dossier
	err := d.client.Get(t.Context(), "/api/v1/privacy", url.Values{"x": {"nobody@example.com"}}, &none)
	if p, ok := errors.AsType[*web.Problem](err); !ok || p.Status != http.StatusNotFound {
		t.Errorf("nobody: %v", err)
	}
}

// A comparison takes longer than an ordinary answer may.
func TestReconcile_OutlastsTheTimeouts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	o := d.options()
	o.Reconcile = func(ctx context.Context, _ bool, step func(string)) (web.Reconciliation, error) {
		step("begins")
		return web.Reconciliation{Invites: 1}, ctx.Err()
	}
	srv := httptest.NewUnstartedServer(web.Admin(o))
	srv.Config.WriteTimeout = time.Nanosecond
	srv.Start()
	t.Cleanup(srv.Close)
	found, err := web.NewClient(srv.URL, "", http.DefaultTransport).Reconcile(t.Context(), web.ReconcileOrder{By: "tester"}, func(string) {})
	if err != nil || found.Invites != 1 {
		t.Errorf("%+v (%v)", found, err)
	}
}

func TestReconcile_TellsWhatItIsAt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.client.Reconcile(t.Context(), web.ReconcileOrder{By: "tester"}, nil); err == nil || !strings.Contains(err.Error(), "flowd run") {
		t.Errorf("without a running flowd: %v", err)
	}
	fail := errors.New("the ATS is closed")
	d.over(func(o *web.Options) {
		o.Reconcile = func(_ context.Context, fix bool, step func(string)) (web.Reconciliation, error) {
			step("asks Hireflix")
			step("asks the ATS")
			if !fix {
				return web.Reconciliation{}, fail
			}
			return web.Reconciliation{Differences: []web.Difference{{What: "stands elsewhere", Fixed: true}}, Invites: 3}, nil
		}
	})
	var at []string
	found, err := d.client.Reconcile(t.Context(), web.ReconcileOrder{By: "tester", Fix: true}, func(text string) { at = append(at, text) })
	if err != nil || len(found.Differences) != 1 || found.Invites != 3 || strings.Join(at, ", ") != "asks Hireflix, asks the ATS" {
		t.Errorf("%+v at %v (%v)", found, at, err)
	}
	if _, err := d.client.Reconcile(t.Context(), web.ReconcileOrder{By: "tester"}, func(string) {}); err == nil || err.Error() != fail.Error() {
		t.Errorf("a comparison that failed: %v", err)
	}
}
