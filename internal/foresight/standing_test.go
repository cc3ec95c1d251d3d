package foresight_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/foresight"
	"flowd/internal/web"
	"flowd/rules"
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

// Of whom an answer hangs on a field that nobody kept, nobody can tell, whatever
// default a rule names: not by the rules that serve already either, and not because
// they were asked about by order since.
func TestStanding_UnkeptField(t *testing.T) {
	t.Parallel()
	old := compile(t, base)
	reads := strings.NewReplacer("stage: Video", "stage: [Video, Call]", "    unless:\n",
		"    unless:\n      - {when: 'field(\"Level\", \"none\") == \"senior\"', because: \"seniors are called\"}\n").Replace(base)
	edited := compile(t, reads)
	came := move(1, "Account Executive", "LinkedIn")
	came.Stage = flowd.Stage{ID: "c", Name: "Call"}
	tells := func(level string) foresight.Decode {
		return func(string, []byte, time.Time) ([]flowd.Event, error) {
			ev := came
			ev.Application.Fields = []flowd.Field{{Key: "level", Name: "Level", Value: level}}
			return []flowd.Event{ev}, nil
		}
	}
	for name, tt := range map[string]struct {
		raw            string
		decode         foresight.Decode
		asks           bool
		served         *rules.Set
		ordered        bool
		stand, unclear int
	}{
		"nobody kept it":                      {unclear: 1},
		"the delivery leaves out":             {raw: "body", decode: tells("senior")},
		"the delivery lets in":                {raw: "body", decode: tells("junior"), stand: 1},
		"the ATS is asked":                    {asks: true, stand: 1},
		"the rule serves already":             {served: edited, unclear: 1},
		"it was decided by order since":       {served: edited, ordered: true, unclear: 1},
		"by order, and the delivery lets in":  {served: edited, ordered: true, raw: "body", decode: tells("junior"), stand: 1},
		"by order, and the delivery does not": {served: edited, ordered: true, raw: "body", decode: tells("senior")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, served := mem.New(), old
			live(t, store, old, []byte(tt.raw), came)
			if tt.served != nil {
				served = tt.served
			}
			if tt.ordered { // who was barred then
				order := flowd.Event{Key: "order", Source: "ats", ATS: "ats", Type: flowd.StageOrdered, Stage: came.Stage, Application: flowd.Application{ID: "app-1"}}
				live(t, store, compile(t, reads+"      - {job: Elsewhere, position: \"SDR screening\"}\n    mode: shadow\n    reason: tried\n"), nil, order)
			}
			made := ask(t, store, served, edited, func(q *foresight.Question) {
				q.Decode, q.Asks = tt.decode, func(string) bool { return tt.asks }
				q.RuleSet = func(digest string) *rules.Set { return map[string]*rules.Set{old.Digest(): old}[digest] }
			})
			if made.Standing != tt.stand || made.Unclear != tt.unclear || len(made.Stand) != tt.stand+tt.unclear {
				t.Fatalf("%d stand there, of %d nobody can tell: %+v", made.Standing, made.Unclear, made.Stand)
			}
			if tt.unclear > 0 && (made.Stand[0].Change != web.CannotTell || !strings.Contains(made.Stand[0].Why, "field level")) {
				t.Errorf("told %+v", made.Stand)
			}
		})
	}
}

// Whom safety lets nobody write to is told of, and neither named nor sent on: they
// would count as answered once the pilot is over.
func TestStanding_Barred(t *testing.T) {
	t.Parallel()
	store, served := mem.New(), compile(t, strings.Replace(base, "stage: Video", "stage: Nowhere", 1))
	live(t, store, served, nil, move(1, "Account Executive", "LinkedIn"), move(2, "Account Executive", "LinkedIn"))
	made := ask(t, store, served, compile(t, base), func(q *foresight.Question) {
		q.Bars = func(address string) flowd.Reason {
			if address == "person-1@example.com" {
				return flowd.ReasonPilot
			}
			return flowd.ReasonNone
		}
	})
	if made.Standing != 1 || len(made.Stand) != 1 || made.Stand[0].Application != "app-2" || made.Changes[web.WouldInvite] != 2 {
		t.Errorf("standing %+v, changes %v", made.Stand, made.Changes)
	}
	want := []string{"1 more who stand in a mapped stage are not written to, and so are not sent on: outside the pilot", "1 of those who would be invited are not written to: outside the pilot"}
	if !slices.Equal(made.Notes, want) {
		t.Errorf("notes %q, want %q", made.Notes, want)
	}
}
