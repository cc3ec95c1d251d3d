package web_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
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

// Everybody who was moved is listed as somebody with a row or as somebody whom
// the rules left out: never as both, never twice among those who were left out,
// and together they are all that ever moved.
func TestEverybodyStandsInOnePlace(t *testing.T) {
	t.Parallel()
	set, _ := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(standingRules)}}, rules.Options{})
	set, _, _ = set.Bind(nil, nil)
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			store, now, moved := mem.New(), begin, map[string]bool{}
			for i := range 150 {
				now = now.Add(time.Minute)
				if _, err := store.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{anything(r, i, now)}}, now); err != nil {
					t.Fatal(err)
				}
				pending, err := store.Undecided(t.Context(), 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range pending {
					c := state.Commitment{Event: p.Event.Key, Decisions: engine.Decide(set, p.Event, p.Facts, now)}
					if p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh {
						moved[p.Event.Application.ID] = true
						c.Cancel = &state.Cancellation{Except: p.Event.Stage, Reason: flowd.ReasonLeftStage}
					}
					if _, err := store.Commit(t.Context(), c, now); err != nil {
						t.Fatal(err)
					}
				}
			}
			onePlace(t, store, set, now, len(moved))
		})
	}
}

// anything happens to one of forty applications.
func anything(r *rand.Rand, i int, now time.Time) flowd.Event {
	n := r.IntN(40)
	of := func(words ...string) string { return words[r.IntN(len(words))] }
	job := []string{"Baker", "Miller", "Smith"}[n%3]
	types := []flowd.EventType{flowd.StageEntered, flowd.StageEntered, flowd.StageEntered, flowd.ApplicationRejected, flowd.ApplicationReopened}
	return flowd.Event{
		Key: fmt.Sprintf("ats:%d", i), Source: "ats", ATS: "ats", Type: types[r.IntN(len(types))], Stage: flowd.Stage{Name: of("Applied", "Video", "Second")},
		At: now.Add(-time.Duration(r.IntN(5)) * time.Minute),
		Application: flowd.Application{ID: fmt.Sprintf("app-%d", n), Status: flowd.StatusActive, Source: of("referral", "LinkedIn"), Job: flowd.Job{ID: job, Name: job},
			Candidate: flowd.Candidate{ID: fmt.Sprintf("c-%d", n/2), Email: fmt.Sprintf("person-%d@example.com", n/2)}},
	}
}

func onePlace(t *testing.T, store state.Store, set *rules.Set, now time.Time, moved int) {
	t.Helper()
	client := web.NewLocal(web.Admin(web.Options{Store: store, Rules: func() *rules.Set { return set }, Decide: engine.Decide,
		Info: func() web.Info { return web.Info{} }, Now: func() time.Time { return now }}))
	place := map[string]string{}
	for q := (url.Values{"limit": {"7"}}); ; {
		var list web.List
		if err := client.Get(t.Context(), "/api/v1/list", q, &list); err != nil {
			t.Fatal(err)
		}
		for _, e := range list.Entries {
			is := "has a row"
			if e.State == "" {
				is = "was left out"
			}
			if before := place[e.Application]; before != "" && (before != is || is == "was left out") {
				t.Errorf("%s %s and %s", e.Application, before, is)
			}
			place[e.Application] = is
		}
		if list.Next == "" {
			break
		}
		q.Set("after", list.Next)
	}
	if len(place) != moved || moved == 0 {
		t.Errorf("%d people are listed, and %d were moved", len(place), moved)
	}
}
