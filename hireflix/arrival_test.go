package hireflix

import (
	"context"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/hireflix/sim"
)

// TestWebhook_Arrives sends the simulator's webhooks to the handler of all
// hooks, as a source like any other.
func TestWebhook_Arrives(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{WebhookSecret: hookSecret})
	var mu sync.Mutex
	var batches []flowd.Batch
	handler, err := connectors.NewHandler(connectors.HandlerOptions{
		Sources: []connectors.Source{{Name: flowd.Untied, ATS: flowd.Untied, Receiver: newWebhook(t, hookSecret)}},
		Admit: func(_ context.Context, b flowd.Batch) error {
			mu.Lock()
			defer mu.Unlock()
			batches = append(batches, b)
			return nil
		},
		Quarantine: func(_ context.Context, _ string, body []byte, problem string) error {
			t.Errorf("%s: %s", problem, body)
			return nil
		},
		Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	if got, err := a.client(t).EnsureWebhook(t.Context(), web.URL+"/hooks/hireflix", true); err != nil || got != SubscriptionCreated {
		t.Fatalf("%q, error %v", got, err)
	}
	a.Deliver(sim.Policy{Double: 1})
	out, err := NewDriver(a.client(t)).Perform(t.Context(), invitation(), of(ada))
	if err != nil {
		t.Fatal(err)
	}
	for _, do := range []func() error{
		func() error { return a.Answer(out.Interview.ID) },
		func() error { return a.Score(out.Interview.ID, 4) },
		func() error { return a.Shortlist(out.Interview.ID, true) },
		func() error { return a.Delete(out.Interview.ID) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	// Created, finished and its change of status, scored, shortlisted, deleted:
	// each twice, and the second time the same.
	if len(batches) != 12 {
		t.Fatalf("%d deliveries", len(batches))
	}
	last := batches[len(batches)-1].Sightings[0].Interview
	if !last.Deleted || !last.Answered || last.Score != 4 || last.Status != flowd.InterviewShortlisted || last.ExternalID != invitation().Key.ExternalID() {
		t.Errorf("at last %+v", last)
	}
	told := make(map[string]flowd.Batch)
	for _, b := range batches {
		if b.Source != flowd.Untied || b.ATS != flowd.Untied || len(b.Sightings) != 1 {
			t.Errorf("%+v", b)
		}
		if first, again := told[string(b.Raw)]; again && !reflect.DeepEqual(first.Sightings, b.Sightings) {
			t.Errorf("one body tells %+v and %+v", first.Sightings, b.Sightings)
		}
		told[string(b.Raw)] = b
	}
	if len(told) != 6 {
		t.Errorf("%d bodies", len(told))
	}
}
