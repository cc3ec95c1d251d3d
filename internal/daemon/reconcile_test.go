package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

// there is a Hireflix of one page a position, and an ATS.
type there struct {
	interviews map[string]flowd.Interview
	apps       map[string]flowd.Application
	down       error // of the ATS
	asked      int
	shows      []flowd.Snapshot // all open applications, of a source that can show them
	breaks     error            // behind them
}

func (h *there) Sweep(_ context.Context, position, _ string) ([]flowd.Sighting, string, bool, error) {
	if position == "pos-gone" {
		return nil, "", false, fault.New(fault.NotFound, "read", "no such position")
	}
	var page []flowd.Sighting
	for _, in := range h.interviews {
		if in.Position.ID == position && !in.Deleted {
			page = append(page, flowd.Sighting{Interview: in, At: time.Now()})
		}
	}
	return page, "", true, nil
}

func (h *there) Interview(_ context.Context, id string) (flowd.Sighting, bool, error) {
	in, ok := h.interviews[id]
	return flowd.Sighting{Interview: in, At: time.Now()}, ok && !in.Deleted, nil
}

func (h *there) Fetch(_ context.Context, id string) (flowd.Application, error) {
	h.asked++
	app, ok := h.apps[id]
	switch {
	case h.down != nil:
		return app, h.down
	case !ok:
		return app, fault.New(fault.NotFound, "fetch", "no such application")
	}
	return app, nil
}

// Poll implements connectors.Poller, for a source that shows how everybody stands.
func (h *there) Poll(context.Context, []byte) (flowd.Batch, bool, error) {
	return flowd.Batch{Seen: h.shows}, false, nil
}

// Census shows them on pages of three that overlap.
func (h *there) Census(_ context.Context, _ connectors.Source, see func(flowd.Batch) error) error {
	asked := time.Now()
	for i := 0; i < len(h.shows); i += 2 {
		if err := see(flowd.Batch{Seen: slices.Clone(h.shows[i:min(i+3, len(h.shows))]), Polled: flowd.Polled{Asked: asked, Complete: true}}); err != nil {
			return err
		}
	}
	return h.breaks
}

func threeRules(t *testing.T) *rules.Set {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "r.yaml", Data: []byte(`version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs:
      - {position: 65afda7ad66b25c281f30a01}
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
`)}}, rules.Options{})
	if set == nil {
		t.Fatal(problems)
	}
	set, _, _ = set.Bind(nil, nil)
	return set
}

// three is a state with some people who were invited, and both far sides, all
// three agreeing.
type three struct {
	t     *testing.T
	store *mem.Store
	far   *there
	now   time.Time
	// sources are those of the ATS; one that can be asked about applications by default.
	sources []connectors.Source
}

func newThree(t *testing.T, people ...string) *three {
	t.Helper()
	w := &three{t: t, store: mem.New(), far: &there{interviews: map[string]flowd.Interview{}, apps: map[string]flowd.Application{}}, now: time.Now().Add(-time.Hour)}
	w.sources = []connectors.Source{{Name: "ats", ATS: "ats", Fetcher: w.far}}
	for _, p := range people {
		app := flowd.Application{ID: p, Status: flowd.StatusActive, Job: flowd.Job{ID: "j"}, Stage: flowd.Stage{ID: "s", Name: "Video"},
			Candidate: flowd.Candidate{ID: "c-" + p, Email: p + "@example.com"}}
		w.admit(flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{{Key: "evt-" + p, Source: "ats", ATS: "ats",
			Type: flowd.StageEntered, At: w.now, Stage: app.Stage, Application: app}}})
		w.far.apps[p] = app
		w.invite(p)
	}
	return w
}

func (w *three) admit(b flowd.Batch) {
	w.t.Helper()
	if _, err := w.store.Admit(w.t.Context(), b, w.now); err != nil {
		w.t.Fatal(err)
	}
}

func (w *three) invite(p string) {
	w.t.Helper()
	key := flowd.InviteKey("ats", p, "pos", 1)
	act := flowd.Action{Key: key, Kind: flowd.ActionInvite, Mode: flowd.Live, ATS: "ats", Source: "ats", Application: p, Candidate: "c-" + p,
		Event: "evt-" + p, Stage: flowd.Stage{ID: "s", Name: "Video"}, Position: flowd.Position{ID: "pos", Name: "AE"}, Generation: 1}
	_, err := w.store.Commit(w.t.Context(), state.Commitment{Event: "evt-" + p, Decisions: []flowd.Decision{
		{Event: "evt-" + p, Verdict: flowd.Matched, Actions: []flowd.Action{act}},
	}}, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	leases, err := w.store.Lease(w.t.Context(), state.LeaseRequest{Now: w.now, Max: 1, For: time.Minute})
	if err != nil || len(leases) != 1 {
		w.t.Fatalf("%d leases (%v)", len(leases), err)
	}
	in := flowd.Interview{ID: "int-" + p, ExternalID: key.ExternalID(), Position: act.Position, Status: flowd.InterviewPending, CreatedAt: w.now}
	if err := w.store.Settle(w.t.Context(), leases[0], flowd.Outcome{State: flowd.Done, Interview: in}, w.now); err != nil {
		w.t.Fatal(err)
	}
	w.far.interviews[in.ID] = in
}

func (w *three) compare(fix bool) web.Reconciliation {
	w.t.Helper()
	c := &comparison{
		store: w.store, hireflix: w.far, sources: w.sources,
		used: []flowd.Position{{ID: "pos", Name: "AE"}, {ID: "pos-gone", Name: "Old"}}, step: func(string) {}, fix: fix, rules: threeRules(w.t), census: w.far.Census,
		pages: rate.NewLimiter(rate.Inf, 1), asks: rate.NewLimiter(rate.Inf, 1), now: time.Now,
		admit: func(ctx context.Context, b flowd.Batch) error {
			_, err := w.store.Admit(ctx, b, time.Now())
			return err
		},
	}
	found, err := c.run(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func toldOf(r web.Reconciliation) string {
	lines := make([]string, len(r.Differences))
	for i, d := range r.Differences {
		lines[i] = strings.Join(strings.Fields(d.Application+" "+d.Interview+" "+d.What), " ")
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// undecided are the types of the events that the rules are to see.
func (w *three) undecided() string {
	w.t.Helper()
	pending, err := w.store.Undecided(w.t.Context(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var types []string
	for _, p := range pending {
		if p.Event.Type != flowd.InterviewInvited {
			types = append(types, string(p.Event.Type)+" "+p.Event.Application.ID)
		}
	}
	slices.Sort(types)
	return strings.Join(types, ", ")
}

func TestReconcile_Agree(t *testing.T) {
	t.Parallel()
	w := newThree(t, "rosa", "noa")
	found := w.compare(true)
	if len(found.Differences) != 0 || found.Invites != 2 || found.Interviews != 2 || found.Asked != 2 {
		t.Errorf("%+v", found)
	}
	if w.undecided() != "" {
		t.Errorf("taken in: %s", w.undecided())
	}
	if notes := strings.Join(found.Notes, " "); !strings.Contains(notes, "Old is not at Hireflix") {
		t.Errorf("the notes: %s", notes)
	}
}

// Whatever was missed is told, mended by --fix alone, and then not told again.
func TestReconcile_WhatWasMissed(t *testing.T) {
	t.Parallel()
	w := newThree(t, "rosa", "noa", "finn", "dan", "ida")
	change := func(p string, do func(*flowd.Interview)) {
		in := w.far.interviews["int-"+p]
		do(&in)
		w.far.interviews["int-"+p] = in
	}
	change("rosa", func(in *flowd.Interview) {
		in.Answered, in.CompletedAt, in.Status = true, time.Now(), flowd.InterviewToEvaluate
	})
	change("noa", func(in *flowd.Interview) { in.Deleted = true })
	change("finn", func(in *flowd.Interview) { in.Status = flowd.InterviewShortlisted })
	moved := w.far.apps["dan"]
	moved.Stage = flowd.Stage{ID: "s9", Name: "Offer"}
	w.far.apps["dan"] = moved
	over := w.far.apps["ida"]
	over.Status = flowd.StatusRejected
	w.far.apps["ida"] = over
	const want = `dan stands in "Offer", and flowd knew of "Video"
finn int-finn flowd has not heard that the interview is shortlisted now
ida is rejected, and flowd knew it as active
noa int-noa flowd has not heard that the interview was deleted
rosa int-rosa flowd has not heard that the interview was answered`
	found := w.compare(false)
	if got := toldOf(found); got != want {
		t.Errorf("told:\n%s\nwant:\n%s", got, want)
	}
	for _, d := range found.Differences {
		if d.Fixed || !strings.Contains(d.Do, "--fix") {
			t.Errorf("without --fix: %+v", d)
		}
	}
	if w.undecided() != "" {
		t.Errorf("taken in without --fix: %s", w.undecided())
	}
	found = w.compare(true)
	for _, d := range found.Differences {
		if !d.Fixed {
			t.Errorf("with --fix: %+v", d)
		}
	}
	const events = "application.rejected ida, interview.deleted noa, interview.finished rosa, interview.status_changed finn, stage.entered dan"
	if got := w.undecided(); got != events {
		t.Errorf("the rules see %s\nwant %s", got, events)
	}
	if got := toldOf(w.compare(true)); got != "" {
		t.Errorf("told again: %s", got)
	}
}

func TestReconcile_Strangers(t *testing.T) {
	t.Parallel()
	w := newThree(t, "rosa")
	w.far.interviews["int-lost"] = flowd.Interview{ID: "int-lost", ExternalID: flowd.InviteKey("ats", "x", "pos", 1).ExternalID(), Position: flowd.Position{ID: "pos"}}
	w.far.interviews["int-hand"] = flowd.Interview{ID: "int-hand", Position: flowd.Position{ID: "pos"}}
	delete(w.far.apps, "rosa")
	found := w.compare(true)
	const want = `int-lost the interview carries a key of flowd's that this state does not know
rosa the ATS does not have the application any more`
	if got := toldOf(found); got != want {
		t.Errorf("told:\n%s\nwant:\n%s", got, want)
	}
	if w.undecided() != "" {
		t.Errorf("taken in: %s", w.undecided())
	}
}

// An ATS that is down ends the asking early, and is told.
func TestReconcile_SilentATS(t *testing.T) {
	t.Parallel()
	var people []string
	for n := range 20 {
		people = append(people, string(rune('a'+n))+"-person")
	}
	w := newThree(t, people...)
	w.far.down = errors.New("a login page")
	found := w.compare(true)
	if w.far.asked != mostFailures || found.Asked != 0 {
		t.Errorf("asked %d times", w.far.asked)
	}
	if notes := strings.Join(found.Notes, " "); !strings.Contains(notes, "20 of its applications: a login page") {
		t.Errorf("the notes: %s", notes)
	}
}
