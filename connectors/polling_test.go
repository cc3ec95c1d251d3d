package connectors_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/strictyaml"
)

// A poll says how far to act on it, and its end is stored now and then though it
// brings nothing.
func TestPolls_SayHowFarToActOnThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &poller{script: []page{{cursor: "1", more: true}, {cursor: "2"}, {}}, began: time.Now()}
		var got []flowd.Polled
		var began []time.Duration
		polls, err := connectors.NewPolls(connectors.PollOptions{
			Cursor: func(context.Context, string) ([]byte, error) { return nil, nil },
			Admit: func(_ context.Context, b flowd.Batch) error {
				got, began = append(got, b.Polled), append(began, time.Since(p.began))
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Minute)
		defer cancel()
		polls.Run(ctx, []connectors.Source{{Name: "s", Poller: p, Every: time.Minute, MaxAge: 24 * time.Hour, FirstSeen: true}})
		if len(got) != 4 || got[0].Complete || !got[1].Complete || !got[2].Complete {
			t.Fatalf("%+v", got)
		}
		for _, one := range got {
			if !one.FirstSeen || one.Asked.Sub(one.Since) != 24*time.Hour || one.Asked.Before(p.began) {
				t.Errorf("%+v", one)
			}
		}
		if hour := began[2] - began[1]; hour < 55*time.Minute || hour > 65*time.Minute {
			t.Errorf("a quiet end was stored after %s", hour)
		}
	})
}

func TestPolling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]connectors.Source{
		"{}":                           {Every: time.Minute, MaxAge: 7 * 24 * time.Hour},
		"every: 10m":                   {Every: 10 * time.Minute, MaxAge: 7 * 24 * time.Hour},
		"on_first_seen: ignore":        {Every: time.Minute, MaxAge: 7 * 24 * time.Hour},
		"on_first_seen: treat_as_move": {Every: time.Minute, MaxAge: 7 * 24 * time.Hour, FirstSeen: true},
		"max_age: 2h":                  {Every: time.Minute, MaxAge: 2 * time.Hour},
		"every: 1s":                    {},
		"every: 3d":                    {},
		"on_first_seen: always":        {},
	} {
		doc := strictyaml.Parse("source.yaml", []byte(text), strictyaml.Options{})
		var p connectors.Polling
		doc.Root().Decode(&p)
		var s connectors.Source
		err := p.Apply(&s)
		if broken := err != nil || strictyaml.HasErrors(doc.Problems()); broken != (want.Every == 0) {
			t.Errorf("%s: %v, %v", text, err, doc.Problems())
		} else if !broken && (s.Every != want.Every || s.MaxAge != want.MaxAge || s.FirstSeen != want.FirstSeen) {
			t.Errorf("%s: %+v", text, s)
		}
	}
}
