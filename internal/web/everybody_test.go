package web_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

const standingRules = `version: 1
owner: ops
rules:
  - id: video
    stage: Video
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
    pairs:
      - {job: Baker, position: 65afda7ad66b25c281f30a01}
      - {job: Miller, position: 65afda7ad66b25c281f30a02}
  - id: second
    stage: Second
    unmapped: hold
    pairs:
      - {job: Baker, position: 65afda7ad66b25c281f30a02}
`

// Other rules for the same stages: one that only records, one whose condition
// cannot be answered, one that waits; and one for another stage.
const otherRules = `version: 1
owner: ops
rules:
  - id: video
    stage: Video
    mode: shadow
    reason: "looking on"
    pairs:
      - {position: 65afda7ad66b25c281f30a01}
  - id: second
    stage: Second
    if: number("Age in post") > 3
    pairs:
      - {position: 65afda7ad66b25c281f30a02}
  - id: applied
    stage: Applied
    wait: 20m
    once: candidate
    pairs:
      - {job: Smith, position: 65afda7ad66b25c281f30a03}
`

func compiled(t *testing.T, text string) *rules.Set {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(text)}}, rules.Options{})
	if set == nil {
		t.Fatal(problems)
	}
	set, _, _ = set.Bind(nil, nil)
	return set
}

// town is an ATS whose applications move about, and a flowd that hears of some of
// it by calls and of the rest by polls, as both go on.
type town struct {
	*testing.T
	r     *rand.Rand
	store *mem.Store
	sets  []*rules.Set
	set   *rules.Set
	now   time.Time
	apps  []flowd.Application // as the ATS has them; one that it deleted has no id
	late  []flowd.Event
	calls int
}

func newTown(t *testing.T, seed uint64) *town {
	t.Helper()
	w := &town{T: t, r: rand.New(rand.NewPCG(seed, 7)), store: mem.New(), now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	w.sets = []*rules.Set{compiled(t, standingRules), compiled(t, otherRules)}
	w.set = w.sets[0]
	return w
}

func (w *town) of(words ...string) string { return words[w.r.IntN(len(words))] }

func (w *town) chance(percent int) bool { return w.r.IntN(100) < percent }

func (w *town) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// tells is a call about an application: it may come, come twice, come late or get
// lost.
func (w *town) tells(kind flowd.EventType, app flowd.Application, into string) {
	w.calls++
	ev := flowd.Event{Key: fmt.Sprint("call-", w.calls), Type: kind, At: w.now, Application: app, MergedInto: into}
	if kind == flowd.StageEntered {
		ev.Stage = app.Stage
	}
	switch {
	case kind == flowd.ApplicationDeleted, w.chance(60):
		w.admit(flowd.Batch{Source: "hook", ATS: "ats", Events: []flowd.Event{ev}})
		if w.chance(20) {
			w.admit(flowd.Batch{Source: "hook", ATS: "ats", Events: []flowd.Event{ev}})
		}
	case w.chance(50):
		w.late = append(w.late, ev)
	}
}

func (w *town) admit(b flowd.Batch) {
	w.Helper()
	_, err := w.store.Admit(w.Context(), b, w.now)
	w.must(err)
}

// happens is something in the ATS.
func (w *town) happens() {
	if len(w.apps) < 12 || w.chance(12) {
		n := len(w.apps)
		app := flowd.Application{ID: fmt.Sprint("app-", n), Status: flowd.StatusActive, Job: flowd.Job{Name: w.of("Baker", "Miller", "Smith")}, Source: w.of("referral", "LinkedIn"),
			Stage: flowd.Stage{Name: w.of("Applied", "Video")}, AppliedAt: w.now, Candidate: flowd.Candidate{ID: fmt.Sprint("c-", n*2/3), Email: fmt.Sprintf("p%d@example.com", n*2/3)}}
		app.Job.ID = app.Job.Name
		if w.chance(30) {
			app.AppliedAt = w.now.Add(-90 * 24 * time.Hour)
		}
		w.apps = append(w.apps, app)
		w.tells(flowd.StageEntered, app, "")
		return
	}
	app := &w.apps[w.r.IntN(len(w.apps))]
	active := app.Status == flowd.StatusActive
	switch what := w.r.IntN(20); {
	case app.ID == "":
	case !active && what < 10:
		app.Status = flowd.StatusActive
		w.tells(flowd.ApplicationReopened, *app, "")
	case !active:
	case what < 12:
		app.Stage = flowd.Stage{Name: w.of("Applied", "Video", "Second", "Offer")}
		w.tells(flowd.StageEntered, *app, "")
	case what < 14:
		app.Status = flowd.StatusRejected
		w.tells(flowd.ApplicationRejected, *app, "")
	case what < 15:
		app.Status = flowd.StatusWithdrawn
		w.tells(flowd.ApplicationWithdrawn, *app, "")
	case what < 17:
		into := fmt.Sprint("c-", w.r.IntN(len(w.apps)))
		for i := range w.apps {
			if other := &w.apps[i]; other.Candidate.ID == app.Candidate.ID && other.ID != app.ID {
				other.Candidate = flowd.Candidate{ID: into, Email: into + "@example.com"}
			}
		}
		before := *app
		app.Candidate = flowd.Candidate{ID: into, Email: into + "@example.com"}
		w.tells(flowd.ApplicationMerged, flowd.Application{Candidate: flowd.Candidate{ID: before.Candidate.ID}}, into)
	case what < 18:
		w.tells(flowd.ApplicationDeleted, flowd.Application{ID: app.ID}, "")
		*app = flowd.Application{}
	}
}

// polls shows the open applications, and of the others only some unless it is to
// show all.
func (w *town) polls(all bool) {
	b := flowd.Batch{Source: "poll", ATS: "ats", Seen: []flowd.Snapshot{}, Baseline: w.chance(10),
		Polled: flowd.Polled{Asked: w.now, Since: w.now.Add(-24 * time.Hour), FirstSeen: w.chance(20), Complete: true}}
	for _, app := range w.apps {
		if app.ID != "" && (all || app.Status == flowd.StatusActive || w.chance(30)) {
			b.Seen = append(b.Seen, flowd.Snapshot{Application: app})
		}
	}
	w.admit(b)
}

// decides does with what waits what the engine would.
func (w *town) decides() {
	w.Helper()
	for {
		pending, err := w.store.Undecided(w.Context(), 50)
		w.must(err)
		for _, p := range pending {
			c := state.Commitment{Event: p.Event.Key, Only: p.Only, Reconsider: p.Only == "", Forget: p.Event.Type.Erases()}
			switch {
			case p.Only != "":
				c.Decisions = engine.DecideRule(w.set, p.Only, p.Event, p.Facts, w.now)
			default:
				c.Decisions = engine.Decide(w.set, p.Event, p.Facts, w.now)
				if p.Event.Type.Ends() {
					c.Cancel = &state.Cancellation{Reason: flowd.ReasonEnded}
				} else if p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh {
					c.Cancel = &state.Cancellation{Except: p.Event.Stage, Reason: flowd.ReasonLeftStage}
				}
			}
			_, err := w.store.Commit(w.Context(), c, w.now)
			w.must(err)
		}
		if len(pending) == 0 {
			return
		}
	}
}

// works tries what is due, which ends in any way.
func (w *town) works() {
	leases, err := w.store.Lease(w.Context(), state.LeaseRequest{Now: w.now, Max: 4, For: time.Minute})
	w.must(err)
	for _, l := range leases {
		in := flowd.Interview{ID: "int-" + l.Action.Key.Short(), ExternalID: l.Action.Key.ExternalID(), Position: l.Action.Position, CreatedAt: w.now}
		outcomes := []flowd.Outcome{{State: flowd.Done, Interview: in}, {State: flowd.Done, Interview: in}, {State: flowd.Done, Interview: in},
			{State: flowd.Uncertain, NotBefore: w.now.Add(time.Hour)}, {State: flowd.GivenUp, Reason: flowd.ReasonPerson}, {State: flowd.NeedsPerson, Reason: flowd.ReasonSomeoneElse},
			{State: flowd.Waiting, Reason: flowd.ReasonRetry, NotBefore: w.now.Add(time.Hour)}, {State: flowd.Held, Reason: flowd.ReasonCap}, {State: flowd.Replaced, Reason: flowd.ReasonReplaced},
			{State: flowd.Cancelled, Reason: flowd.ReasonNoLongerFits}}
		if l.Action.Mode == flowd.Shadow {
			w.must(w.store.Settle(w.Context(), l, flowd.Outcome{State: flowd.Would, Reason: flowd.ReasonShadow}, w.now))
			continue
		}
		if w.chance(8) {
			continue // it dies, and nobody knows
		}
		w.must(w.store.Settle(w.Context(), l, outcomes[w.r.IntN(len(outcomes))], w.now))
		if w.chance(25) {
			in.Answered, in.CompletedAt, in.Deleted = w.chance(60), w.now, w.chance(30)
			w.admit(flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Sightings: []flowd.Sighting{{Interview: in, At: w.now}}})
		}
	}
}

// orders are what people do: other rules, a release, a cancel, an invite by hand,
// somebody who is sent on from where the ATS has them.
func (w *town) orders() {
	app := w.apps[w.r.IntN(len(w.apps))]
	amend := func(a state.Amendment) {
		a.By = "kim"
		_, err := w.store.Amend(w.Context(), a, w.now)
		w.must(err)
	}
	switch w.r.IntN(6) {
	case 4, 5:
		if app.ID != "" {
			w.calls++
			w.admit(flowd.Batch{Source: "by-hand", ATS: "ats", Events: []flowd.Event{{Key: fmt.Sprint("order-", w.calls), Source: w.of("hook", "poll"), Type: flowd.StageOrdered,
				At: w.now, Stage: app.Stage, Application: flowd.Application{ID: app.ID}, Order: flowd.Order{By: "kim"}}}})
		}
	case 0:
		w.set = w.sets[w.r.IntN(len(w.sets))]
		amend(state.Amendment{Verb: state.Redecide, Select: state.Selection{State: flowd.Held, Reason: flowd.ReasonError}})
	case 1:
		amend(state.Amendment{Verb: state.Release, Select: state.Selection{State: flowd.Held}})
	case 2:
		amend(state.Amendment{Verb: state.Cancel, Select: state.Selection{Application: app.ID}, Reason: flowd.ReasonByHand})
	case 3:
		if app.ID != "" {
			w.calls++
			w.admit(flowd.Batch{Source: "by-hand", ATS: "ats", Events: []flowd.Event{{Key: fmt.Sprint("order-", w.calls), Type: flowd.InviteOrdered, At: w.now,
				Application: flowd.Application{ID: app.ID}, Order: flowd.Order{By: "kim", Position: flowd.Position{ID: "65afda7ad66b25c281f30a09"}}}}})
		}
	}
}

// Whatever happens, and whatever of it flowd hears when: everybody who stands in a
// mapped stage is under exactly one word, the list has them there under it, and
// their number is the ATS's own count.
func TestEverybodyIsAccountedFor(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newTown(t, seed)
			for range 300 {
				w.now = w.now.Add(time.Duration(1+w.r.IntN(40)) * time.Minute)
				w.happens()
				switch n := w.r.IntN(10); {
				case n == 0:
					w.polls(false)
				case n == 1 && len(w.late) > 0:
					w.admit(flowd.Batch{Source: "hook", ATS: "ats", Events: w.late[:1]})
					w.late = w.late[1:]
				case n == 2:
					w.orders()
				case n < 6:
					w.works()
				}
				if w.chance(70) {
					w.decides()
				}
			}
			w.now = w.now.Add(time.Hour)
			w.polls(true)
			w.decides()
			w.account()
		})
	}
}

func (w *town) account() {
	w.Helper()
	want := map[string]bool{}
	for _, app := range w.apps {
		if app.Status == flowd.StatusActive && len(w.set.Mapped("ats", app.Stage)) > 0 {
			want[app.ID] = true
		}
	}
	counted, at, stages := web.Balances{}, map[string]web.Present{}, map[string]string{}
	q := web.Presence{Store: w.store, Rules: w.set, Decide: engine.Decide, Now: w.now}
	w.must(q.Each(w.Context(), func(p web.Present, stage flowd.Stage) error {
		if _, twice := at[p.Application]; twice || !want[p.Application] {
			w.Errorf("%s is told twice (%t), or does not stand there", p.Application, twice)
		}
		if !slices.Contains(flowd.Words(), p.Word) || p.Word == flowd.WordNotInvited && p.Why == "" {
			w.Errorf("%s is %q (%s)", p.Application, p.Word, p.Why)
		}
		at[p.Application], stages[p.Application] = p, stage.Name
		counted.Add(p)
		return nil
	}))
	sum := 0
	for _, n := range counted["ats"].Words {
		sum += n
	}
	if len(at) != len(want) || sum != len(want) || counted["ats"].People != len(want) || len(want) == 0 {
		w.Errorf("%d are told and %d counted, and the ATS has %d in mapped stages", len(at), sum, len(want))
	}
	left, listed := map[string]int{}, map[string][]flowd.Word{}
	for _, e := range w.list() {
		if e.State == "" {
			left[e.Application]++
		}
		if e.Stage == stages[e.Application] {
			listed[e.Application] = append(listed[e.Application], e.Word)
		}
	}
	for id, p := range at {
		if !slices.Contains(listed[id], p.Word) {
			w.Errorf("%s is %s (%s), and listed as %q", id, p.Word, p.Why, listed[id])
		}
	}
	for id, n := range left {
		if n > 1 {
			w.Errorf("%s is left out %d times", id, n)
		}
	}
	if w.Failed() {
		w.Logf("%v", slices.Sorted(maps.Keys(want)))
	}
}

func (w *town) list() (all []web.Entry) {
	w.Helper()
	client := web.NewLocal(web.Admin(web.Options{Store: w.store, Rules: func() *rules.Set { return w.set }, Decide: engine.Decide,
		Info: func() web.Info { return web.Info{} }, Now: func() time.Time { return w.now }}))
	for q := (url.Values{"limit": {"7"}}); ; {
		var list web.List
		w.must(client.Get(w.Context(), "/api/v1/list", q, &list))
		all = append(all, list.Entries...)
		if list.Next == "" {
			return all
		}
		q.Set("after", list.Next)
	}
}
