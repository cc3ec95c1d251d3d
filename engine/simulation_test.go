package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

const simulationRules = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited.
    stage: Video
    pairs:
      - job: AE
        position: pos-ae
      - department: Sales
        position: pos-sales
    unless:
      - {when: candidate.source == "referral", because: "referrals are called by phone"}
    tests:
      - name: an applicant is invited
        given: {job: {name: AE}}
        expect: [{hireflix.invite: {position: pos-ae}}]
`

func compile(t testing.TB, text string) *rules.Set {
	t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(text)}}, rules.Options{Sources: []rules.Source{{
		Name: "ats", ATS: "ats", StageKinds: map[string]string{"Video review": "active"},
		Members: []string{"job.name", "job.department", "candidate.source", "candidate.email", "candidate.first_name", "candidate.can_email", "application.status", "field"},
	}}})
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	bound, _, problems := set.Bind([]flowd.Position{{ID: "pos-ae", Name: "AE"}, {ID: "pos-sales", Name: "Sales"}}, nil)
	if strictyaml.HasErrors(problems) {
		t.Fatal(strictyaml.Render(problems))
	}
	return bound
}

// farSide is a Hireflix that fails in every way a seed asks for. Its own map is
// the proof: it counts what took effect.
type farSide struct {
	mu     sync.Mutex
	rand   *rand.Rand
	made   map[string]flowd.Interview // position and address → interview
	effect map[string]int             // position and address → invites that took effect
	sent   map[string]int             // external id → arrivals
	looked map[string]int             // external id → look-ups that answered
	blind  []string
	calm   bool
}

func newFarSide(seed uint64) *farSide {
	return &farSide{
		rand: rand.New(rand.NewPCG(seed, seed)), made: map[string]flowd.Interview{}, effect: map[string]int{},
		sent: map[string]int{}, looked: map[string]int{},
	}
}

func (f *farSide) Perform(ctx context.Context, a flowd.Action, to flowd.Application) (flowd.Outcome, error) {
	id, place := a.Key.ExternalID(), a.Position.ID+" "+to.Candidate.Email
	f.mu.Lock()
	if f.sent[id] > 0 && f.looked[id] < f.sent[id] {
		f.blind = append(f.blind, id)
	}
	roll := f.rand.Float64()
	if f.calm {
		roll = 1
	}
	if roll >= 0.15 {
		f.sent[id]++ // it arrives
	}
	_, exists := f.made[place]
	apply := func() {
		if !exists {
			f.effect[place]++
			f.made[place] = flowd.Interview{ID: "i-" + id, ExternalID: id, CreatedAt: time.Now()}
		}
	}
	switch {
	case roll < 0.15:
		f.mu.Unlock()
		return flowd.Outcome{}, fault.New(fault.Unavailable, "invite", "no connection")
	case roll < 0.25:
		apply()
		f.mu.Unlock()
		<-ctx.Done() // the answer never comes
		return flowd.Outcome{}, fault.New(fault.Uncertain, "invite", "timed out")
	case roll < 0.35:
		f.mu.Unlock()
		<-ctx.Done()
		return flowd.Outcome{}, fault.New(fault.Uncertain, "invite", "timed out")
	case roll < 0.42:
		f.looked[id]++ // nothing happened, and Hireflix says so
		f.mu.Unlock()
		return flowd.Outcome{}, &fault.Error{Kind: fault.RateLimited, Op: "invite", RetryAfter: 3 * time.Second}
	case exists:
		f.mu.Unlock()
		return flowd.Outcome{}, fault.New(fault.Conflict, "invite", "exists")
	}
	apply()
	made := f.made[place]
	f.mu.Unlock()
	return flowd.Outcome{State: flowd.Done, Interview: made}, nil
}

func (f *farSide) Find(_ context.Context, a flowd.Action, to flowd.Application) (flowd.Interview, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.calm && f.rand.Float64() < 0.3 {
		return flowd.Interview{}, false, fault.New(fault.Unavailable, "look up", "no connection")
	}
	f.looked[a.Key.ExternalID()] = f.sent[a.Key.ExternalID()]
	found, ok := f.made[a.Position.ID+" "+to.Candidate.Email]
	return found, ok, nil
}

// Whatever order things happen in, whatever fails: one invite a person, nothing
// admitted left undecided, nothing owing, and never a second call without a
// look between.
func TestSimulation_SeededInterleavings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { simulate(t, seed) })
		})
	}
}

func simulate(t *testing.T, seed uint64) {
	store, far := mem.New(), newFarSide(seed)
	e, err := engine.New(engine.Options{
		Store: store, Driver: far, Log: zerolog.Nop(), Tuning: engine.Tuning{Concurrency: 3}, Timeout: 5 * time.Second,
		Settle: 10 * time.Second, QuotaProbe: time.Minute,
	}, compile(t, simulationRules))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = e.Run(ctx) })

	const people = 30
	order := rand.New(rand.NewPCG(seed, 99))
	deliver := func(n int) {
		source := "LinkedIn"
		if n%7 == 0 {
			source = "Referral"
		}
		_, err := e.Admit(ctx, flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{{
			Key: fmt.Sprintf("ats/%d", n), Type: flowd.StageEntered, At: time.Now().Add(-time.Minute), Stage: flowd.Stage{ID: "s", Name: "Video"},
			Application: flowd.Application{
				ID: fmt.Sprintf("app-%d", n), Status: flowd.StatusActive, Source: source,
				Job:       flowd.Job{ID: "j", Name: "AE", Department: "Sales"},
				Candidate: flowd.Candidate{ID: fmt.Sprintf("c-%d", n), Email: fmt.Sprintf("p%d@example.com", n), FirstName: "P"},
			},
		}}}, time.Now())
		if err != nil {
			t.Error(err)
		}
	}
	for range 4 { // every delivery comes up to four times, in any order
		for _, n := range order.Perm(people) {
			if order.Float64() < 0.7 {
				deliver(n)
			}
			if order.Float64() < 0.1 {
				time.Sleep(time.Duration(order.IntN(20)) * time.Second)
			}
		}
	}
	for n := range people {
		deliver(n)
	}
	time.Sleep(10 * time.Minute)
	far.mu.Lock()
	far.calm = true // the storm ends; what is owed must now be paid
	far.mu.Unlock()
	time.Sleep(time.Hour)

	counts, err := store.Counts(ctx, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if counts.Undecided > 0 {
		t.Errorf("%d events were admitted and never decided", counts.Undecided)
	}
	for _, s := range flowd.ActionStates() {
		if s.Owing() && counts.States[s] > 0 {
			t.Errorf("%d actions are still %s", counts.States[s], s)
		}
	}
	for n := range people {
		want := 1
		if n%7 == 0 {
			want = 0
		}
		place := fmt.Sprintf("pos-ae p%d@example.com", n)
		if far.effect[place] != want {
			t.Errorf("person %d: %d invites took effect, want %d", n, far.effect[place], want)
		}
	}
	if len(far.blind) > 0 {
		t.Errorf("sent again without a look: %v", far.blind)
	}
	if got := counts.States[flowd.Done]; got != people-(people+6)/7 {
		t.Errorf("%d done", got)
	}
	stop()
	running.Wait()
}

var _ state.Store = (*mem.Store)(nil)
