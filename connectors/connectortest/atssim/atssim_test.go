package atssim_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"flowd/connectors/connectortest/atssim"
)

// filled is a system with one application in its second stage.
func filled(t *testing.T, o atssim.Options) (*atssim.ATS, string) {
	t.Helper()
	ats := atssim.New(o)
	ats.AddJob("7", "Waiter", "New", "Video", "Review")
	id, err := ats.AddApplication("7", atssim.Person{Email: "rosa.field@example.com", FirstName: "Rosa", LastName: "Field"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ats.Move(id, "Video"); err != nil {
		t.Fatal(err)
	}
	return ats, id
}

func call(t *testing.T, url, token, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// What is asked for happens once or not at all, and faults come as ordered.
func TestAPI(t *testing.T) {
	t.Parallel()
	faults := map[int]atssim.Fault{2: {Status: 500}, 3: {Drop: true}, 4: {Lose: true}}
	ats, id := filled(t, atssim.Options{Token: "t", Fault: func(n int, _ *http.Request) atssim.Fault { return faults[n] }})
	server := httptest.NewServer(ats)
	defer server.Close()
	notes := server.URL + "/api/applications/" + id + "/notes"
	for i, c := range []struct {
		url, token, body string
		want, notes      int
	}{
		{notes, "t", `{"text": "one"}`, 201, 1},
		{notes, "wrong", `{"text": "x"}`, 401, 1},
		{notes, "t", `{"text": "x"}`, 500, 1},
		{notes, "t", `{"text": "x"}`, 0, 1},
		{notes, "t", `{"text": "two"}`, 0, 2},
		{notes, "t", `{"unknown": "x"}`, 400, 2},
		{strings.Replace(notes, id, "1", 1), "t", `{"text": "x"}`, 404, 2},
		{strings.Replace(notes, "notes", "move", 1), "t", `{"from": "New", "to": "Review"}`, 409, 2},
		{strings.Replace(notes, "notes", "move", 1), "t", `{"from": "7-2", "to": "Nowhere"}`, 422, 2},
		{strings.Replace(notes, "notes", "move", 1), "t", `{"from": "7-2", "to": "Review"}`, 201, 2},
	} {
		if got := call(t, c.url, c.token, c.body); got != c.want || len(ats.Application(id).Notes) != c.notes {
			t.Errorf("%d: status %d, notes %q", i+1, got, ats.Application(id).Notes)
		}
	}
	if n, writes := ats.Arrivals(), ats.Writes(); n != 9 || len(writes) != 3 || ats.Application(id).Stage.Name != "Review" {
		t.Errorf("%d arrivals, %+v", n, writes)
	}
}

// Hooks come in order, again where they were not accepted, and also for what
// came through the API.
func TestRun(t *testing.T) {
	t.Parallel()
	ats, id := filled(t, atssim.Options{Secret: "s"})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var tries atomic.Int32
	var bodies []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		if tries.Add(1) <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		bodies = append(bodies, string(body))
		switch len(bodies) {
		case 2:
			go func() {
				if err := ats.Reject(id); err != nil {
					t.Error(err)
				}
			}()
		case 3:
			cancel()
		}
	}))
	defer receiver.Close()
	ats.Run(ctx, receiver.Client(), func() string { return receiver.URL })
	if len(bodies) != 3 || !strings.Contains(bodies[0], `"apply"`) || !strings.Contains(bodies[1], `"Video"`) || !strings.Contains(bodies[2], `"rejected"`) {
		t.Errorf("%q", bodies)
	}
}

// What nobody listened to is gone; what is repeated is the same bytes.
func TestRepeat(t *testing.T) {
	t.Parallel()
	ats, id := filled(t, atssim.Options{Secret: "s"})
	ats.Unheard()
	if err := ats.Reject(id); err != nil {
		t.Fatal(err)
	}
	ats.Repeat(3)
	ats.Repeat(4) // never told of
	var bodies []string
	hooks := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
	}))
	defer hooks.Close()
	if err := ats.Deliver(t.Context(), http.DefaultClient, hooks.URL); err != nil {
		t.Fatal(err)
	}
	if len(bodies) != 2 || bodies[0] != bodies[1] || !strings.Contains(bodies[0], "rejected") || ats.Delivered() != 2 {
		t.Errorf("%d delivered: %q", ats.Delivered(), bodies)
	}
}
