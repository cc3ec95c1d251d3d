package hireflix

import (
	"net/http"
	"strings"
	"testing"

	"flowd/hireflix/sim"
	"flowd/internal/fault"
)

const hookAddress = "https://flowd.example.com/hooks/hireflix"

func TestEnsureWebhook(t *testing.T) {
	t.Parallel()
	all := []string{sim.EventCreate, sim.EventFinish, sim.EventStatusChange, sim.EventDelete, sim.EventScoreUpdated}
	type hook struct {
		url    string
		events []string
		active bool
	}
	for name, tc := range map[string]struct {
		there []hook
		found Subscription
		fixed Subscription
		after int // webhooks
	}{
		"none":          {nil, SubscriptionMissing, SubscriptionCreated, 1},
		"others":        {[]hook{{"https://other.example.com/", all, true}, {hookAddress + "2", all, true}}, SubscriptionMissing, SubscriptionCreated, 3},
		"good":          {[]hook{{hookAddress, all, true}}, SubscriptionActive, SubscriptionActive, 1},
		"other letters": {[]hook{{"HTTPS://Flowd.Example.com/hooks/hireflix/", all, true}}, SubscriptionActive, SubscriptionActive, 1},
		"of the guide":  {[]hook{{hookAddress, []string{sim.EventFinish}, true}}, SubscriptionIncomplete, SubscriptionRepaired, 1},
		"inactive":      {[]hook{{hookAddress, all, false}}, SubscriptionInactive, SubscriptionRepaired, 1},
		"one is good":   {[]hook{{hookAddress, all, false}, {hookAddress, all, true}, {hookAddress, nil, true}}, SubscriptionActive, SubscriptionActive, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, sim.Schema, sim.Options{})
			c := a.client(t)
			for _, h := range tc.there {
				id, err := a.Subscribe(h.url, h.events...)
				if err != nil {
					t.Fatal(err)
				}
				if !h.active {
					if err := rawMutation(t, a, `mutation { Webhooks { update(id: "`+id+`", active: false) { id } } }`); err != nil {
						t.Fatal(err)
					}
				}
			}
			changes := func() int { return a.changes(sim.CreateWebhook, sim.UpdateWebhook) }
			before := changes()
			if got, err := c.EnsureWebhook(t.Context(), hookAddress, false); err != nil || got != tc.found || changes() != before {
				t.Errorf("looking: %q, error %v, %d changes; want %q", got, err, changes()-before, tc.found)
			}
			if got, err := c.EnsureWebhook(t.Context(), hookAddress, true); err != nil || got != tc.fixed || len(a.Webhooks()) != tc.after {
				t.Errorf("repairing: %q, error %v, %d webhooks; want %q, %d", got, err, len(a.Webhooks()), tc.fixed, tc.after)
			}
			before = changes()
			if got, err := c.EnsureWebhook(t.Context(), hookAddress, true); err != nil || got != SubscriptionActive || changes() != before {
				t.Errorf("again: %q, error %v, %d changes", got, err, changes()-before)
			}
		})
	}
}

func rawMutation(t *testing.T, a account, text string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.url, strings.NewReader(`{"query":`+quoted(text)+`}`))
	if err != nil {
		return err
	}
	req.Header.Set("X-API-KEY", testKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// TestEnsureWebhook_OtherSchemas: where there is no update a new webhook joins
// the old one; where nobody can tell what is there, nothing is made.
func TestEnsureWebhook_OtherSchemas(t *testing.T) {
	t.Parallel()
	a := newAccount(t, without(t, sim.Schema, "update(id: String!, url: String"), sim.Options{})
	if _, err := a.Subscribe(hookAddress, sim.EventFinish); err != nil {
		t.Fatal(err)
	}
	if got, err := a.client(t).EnsureWebhook(t.Context(), hookAddress, true); err != nil || got != SubscriptionRepaired || len(a.Webhooks()) != 2 {
		t.Errorf("%q, error %v, %d webhooks", got, err, len(a.Webhooks()))
	}
	a = newAccount(t, without(t, sim.Schema, "webhooks: [Webhook!]"), sim.Options{})
	_, err := a.client(t).EnsureWebhook(t.Context(), hookAddress, true)
	wantFault(t, err, fault.Unknown)
	if len(a.Webhooks()) != 0 {
		t.Errorf("%d webhooks", len(a.Webhooks()))
	}
	_, err = serve(t, answer(http.StatusOK, `{"data":{"webhooks":null}}`)).EnsureWebhook(t.Context(), hookAddress, true)
	wantFault(t, err, fault.Unknown)
}

// TestEnsureWebhook_NotTaken: on the word of the call alone nothing is said to
// be in order. The create of the guide has no selection.
func TestEnsureWebhook_NotTaken(t *testing.T) {
	t.Parallel()
	for name, create := range map[string]string{
		"a value": `{"data":{"Webhooks":{"create":true}}}`, "nothing": `{"data":{"Webhooks":{"create":null}}}`,
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent := make([]byte, 4096)
			n, _ := r.Body.Read(sent)
			if strings.Contains(string(sent[:n]), "mutation ") {
				answer(http.StatusOK, create)(w, r)
				return
			}
			answer(http.StatusOK, `{"data":{"webhooks":[]}}`)(w, r)
		})
		got, err := c.EnsureWebhook(t.Context(), hookAddress, true)
		wantFault(t, err, fault.Unknown)
		if got != SubscriptionMissing {
			t.Errorf("%s: %q", name, got)
		}
	}
}
