package foresight_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/state"
	"flowd/state/mem"
)

// Who stands there is asked about by the move that brought them: a rule that left
// them out by it leaves them out still.
func TestStanding_ByTheirMove(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]string{
		"from where":    `from == "Offer"`,
		"by what":       `event.via == "import"`,
		"from anywhere": `from != ""`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, served := mem.New(), compile(t, strings.Replace(base, `candidate.source == "referral"`, rule, 1))
			came := move(1, "Account Executive", "LinkedIn")
			came.From, came.Via = flowd.Stage{ID: "o", Name: "Offer"}, flowd.ViaImport
			live(t, store, served, nil, came)
			if made := ask(t, store, served, served, nil); made.Standing != 0 {
				t.Errorf("would be sent on: %+v", made.Stand)
			}
			if made := ask(t, store, served, compile(t, base), nil); made.Standing != 1 {
				t.Errorf("%d stand there by other rules", made.Standing)
			}
		})
	}
}

// Of whom an invite was promised to before, at another stage or for another of
// their applications, nothing would come.
func TestStanding_PromisedBefore(t *testing.T) {
	t.Parallel()
	once := strings.NewReplacer("    pairs:\n", "    once: candidate\n    pairs:\n", "stage: Video", "stage: [Video, Call]").Replace(base)
	both := strings.Replace(base, "stage: Video", "stage: [Video, Call]", 1)
	called := move(1, "Account Executive", "LinkedIn")
	called.Stage = flowd.Stage{ID: "c", Name: "Call"}
	another := move(2, "Account Executive", "LinkedIn")
	another.Application.Candidate = called.Application.Candidate
	third := move(3, "Account Executive", "LinkedIn")
	third.Application.Candidate = called.Application.Candidate

	t.Run("cancelled at another stage", func(t *testing.T) {
		t.Parallel()
		store, served := mem.New(), compile(t, both)
		live(t, store, served, nil, called)
		order := state.Amendment{Verb: state.Cancel, Select: state.Selection{Application: "app-1"}, By: "kim", Reason: flowd.ReasonByHand}
		if _, err := store.Amend(t.Context(), order, noon); err != nil {
			t.Fatal(err)
		}
		onward := move(1, "Account Executive", "LinkedIn")
		onward.Key, onward.At = "ats:onward", noon.Add(time.Minute)
		live(t, store, served, nil, onward)
		if made := ask(t, store, served, served, nil); made.Standing != 0 {
			t.Errorf("would be sent on: %+v", made.Stand)
		}
	})
	t.Run("invited by another application", func(t *testing.T) {
		t.Parallel()
		store, served := mem.New(), compile(t, once)
		live(t, store, served, nil, called)
		live(t, store, compile(t, strings.Replace(once, "[Video, Call]", "Nowhere", 1)), nil, another)
		if made := ask(t, store, served, served, nil); made.Standing != 0 {
			t.Errorf("would be sent on: %+v", made.Stand)
		}
	})
	t.Run("one of two applications", func(t *testing.T) {
		t.Parallel()
		store, served := mem.New(), compile(t, strings.Replace(once, "[Video, Call]", "Nowhere", 1))
		live(t, store, served, nil, another, third)
		if made := ask(t, store, served, compile(t, once), nil); made.Standing != 1 {
			t.Errorf("would be sent on: %+v", made.Stand)
		}
	})
}
