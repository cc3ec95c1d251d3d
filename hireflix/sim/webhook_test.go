package sim

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWebhooksThroughTheAPI(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at), WebhookSecret: "a-secret"})
	p := add(t, s, Position{})
	r, other := receive(t, s), receive(t, s)
	r.answer = func(int) int { return http.StatusAccepted }
	const selection = `{ id url events active external owner }`
	created := c.answer(`mutation($url: String!) { Webhooks { create(url: $url, events: ["interview.finish"], external: "flowd") `+selection+` } }`,
		map[string]any{"url": r.url})["Webhooks"].(map[string]any)["create"].(map[string]any)
	id := created["id"].(string)
	want := map[string]any{"id": id, "url": r.url, "events": []any{"interview.finish"}, "active": true, "external": "flowd", "owner": nil}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Error(diff)
	}
	data := c.answer(`query($id: String!) { webhooks `+selection+` webhook(id: $id) `+selection+` webhookSecretKey }`, map[string]any{"id": id})
	if diff := cmp.Diff(map[string]any{"webhooks": []any{want}, "webhook": want, "webhookSecretKey": "a-secret"}, data); diff != "" {
		t.Error(diff)
	}

	iv, err := s.InviteByHand(p, Candidate{Email: "ada@example.com", FirstName: "Ada"})
	try(t, err)
	try(t, s.Answer(iv.ID))
	if diff := cmp.Diff([]string{"interview.finish completed"}, words(r.all(s))); diff != "" {
		t.Errorf("subscribed to one event: %s", diff)
	}
	line := c.answer(`query($id: String!) { webhookLogs(id: $id) { emitter url status request response } }`, map[string]any{"id": id})["webhookLogs"].([]any)[0].(map[string]any)
	request := line["request"].(map[string]any)
	sent := request["body"].(map[string]any)
	if line["emitter"] != EventFinish || line["url"] != r.url || line["status"] != "202" || sent["event"] != EventFinish ||
		request["headers"].(map[string]any)[SignatureHeader] != s.Sign([]byte(r.all(s)[0].body)) ||
		line["response"].(map[string]any)["status"] != 202.0 {
		t.Errorf("the log: %v", line)
	}

	update := func(arguments string) map[string]any {
		t.Helper()
		return c.answer(`mutation { Webhooks { update(id: "`+id+`", `+arguments+`) `+selection+` } }`, nil)["Webhooks"].(map[string]any)["update"].(map[string]any)
	}
	if got := update(`active: false`); got["active"] != false || got["url"] != r.url {
		t.Errorf("switched off: %v", got)
	}
	try(t, s.AskAgain(iv.ID))
	try(t, s.Answer(iv.ID))
	update(`active: true, url: "` + other.url + `", events: ["interview.delete", "interview.score-updated"]`)
	try(t, s.Score(iv.ID, 3))
	if n := len(r.all(s)); n != 1 {
		t.Errorf("%d came where it was switched off and moved away", n)
	}
	if diff := cmp.Diff([]string{"interview.score-updated completed"}, words(other.all(s))); diff != "" {
		t.Errorf("moved: %s", diff)
	}
	for _, bad := range []string{`url: "nowhere"`, `events: []`, `events: ["interview.started"]`} {
		h := c.ask(`mutation { Webhooks { update(id: "`+id+`", `+bad+`) { id } } }`, nil)
		if len(h.Errors) != 1 || *h.Errors[0].Code != 400 {
			t.Errorf("%s: %s", bad, h.body)
		}
	}

	c.answer(`mutation { Webhooks { delete(id: "`+id+`") } }`, nil)
	try(t, s.Delete(iv.ID))
	if n := len(other.all(s)); n != 1 {
		t.Errorf("%d came after the deletion", n)
	}
	data = c.answer(`query($id: String!) { webhooks { id } webhook(id: $id) { id } webhookLogs(id: $id) { id } }`, map[string]any{"id": id})
	if diff := cmp.Diff(map[string]any{"webhooks": []any{}, "webhook": nil, "webhookLogs": nil}, data); diff != "" {
		t.Error(diff)
	}
	j := s.Journal()
	if j.Count(CreateWebhook) != 1 || j.Count(UpdateWebhook) != 5 || j.Count(DeleteWebhook) != 1 || j.RepeatedChanges() != nil {
		t.Errorf("journal %+v", j.Arrivals)
	}
	took := 0
	for _, a := range j.Arrivals {
		if a.Kind == UpdateWebhook && a.Took && a.Webhook == id {
			took++
		}
	}
	if took != 2 {
		t.Errorf("%d updates took effect, want 2", took)
	}
}

// A fault on a webhook's creation leaves one behind or not, as told.
func TestFaultsOnWebhooks(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Fault: On(CreateWebhook, Script(Effect{Answer: ServerError}, Effect{Answer: ServerError, Applied: true}))})
	for i := range 3 {
		c.ask(`mutation { Webhooks { create(url: "https://example.com/hook", events: ["interview.finish"]) { id } } }`, nil)
		if n := len(s.Webhooks()); n != i {
			t.Errorf("%d webhooks after %d requests", n, i+1)
		}
	}
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	id, err := s.Subscribe("https://example.com/hook")
	try(t, err)
	if diff := cmp.Diff([]Webhook{{ID: id, URL: "https://example.com/hook", Events: events, Active: true}}, s.Webhooks()); diff != "" {
		t.Error(diff)
	}
	for _, bad := range [][]string{{"example.com"}, {"ftp://example.com"}, {"https://"}, {"https://example.com", "interview.started"}} {
		if _, err := s.Subscribe(bad[0], bad[1:]...); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
	try(t, s.Unsubscribe(id))
	if err := s.Unsubscribe(id); err == nil || len(s.Webhooks()) != 0 {
		t.Errorf("unsubscribed twice: %v", err)
	}
	for range mostWebhooks {
		_, err := s.Subscribe("https://example.com/hook")
		try(t, err)
	}
	if _, err := s.Subscribe("https://example.com/hook"); err == nil {
		t.Error("webhooks without end")
	}
}

// Each of two webhooks is told, and each has fates of its own.
func TestTwoWebhooks(t *testing.T) {
	t.Parallel()
	s, _ := start(t, Options{})
	r := receive(t, s)
	ids := make(map[string]int)
	for n := range 2 {
		id, err := s.Subscribe(r.url)
		try(t, err)
		ids[id] = n
	}
	s.Deliver(Policy{Lose: 0.5})
	crowd(t, s, 40)
	flush(t, s)
	var lost [2][]bool
	for _, d := range s.Deliveries() {
		lost[ids[d.Webhook]] = append(lost[ids[d.Webhook]], d.Lost)
	}
	if len(lost[0]) != 40 || len(lost[1]) != 40 || cmp.Equal(lost[0], lost[1]) {
		t.Errorf("lost: %v", lost)
	}
}
