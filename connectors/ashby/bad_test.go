package ashby_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"flowd/connectors/ashby"
	"flowd/internal/fault"
)

// listing is a page with one application, changed.
func listing(t testing.TB, change func(page, app map[string]any)) string {
	t.Helper()
	s := newSim()
	app := s.add(2).json()
	page := map[string]any{"success": true, "results": []any{app}, "moreDataAvailable": false, "syncToken": "token-9"}
	if change != nil {
		change(page, app)
	}
	text, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is not what Ashby sends is an error that says what is wrong, and nothing
// else: no application, no cursor, and nothing of what came.
func TestPoll_BadInput(t *testing.T) {
	t.Parallel()
	candidate := func(app map[string]any) map[string]any { return app["candidate"].(map[string]any) }
	text := func(change func(page, app map[string]any)) string { return listing(t, change) }
	for name, c := range map[string]struct {
		body, says string
		kind       fault.Kind
	}{
		"a web page":     {"<!doctype html><title>Rosa Field</title>", "is a web page, such as a login", fault.Unavailable},
		"nothing":        {"", "ends too early", fault.Unavailable},
		"half":           {text(nil)[:400], "ends too early", fault.Unavailable},
		"a list":         {"[]", "it is no object", fault.Unavailable},
		"another object": {`{"message": "Rosa"}`, "success is missing", fault.Unavailable},
		"a number where a string was": {text(func(_, app map[string]any) { candidate(app)["name"] = 7 }),
			"results[0].candidate.name is of the wrong type: a JSON number", fault.Unavailable},
		"an id that is none": {text(func(_, app map[string]any) { app["id"] = 12 }), "results[0].id is of the wrong type", fault.Unavailable},
		"no id":              {text(func(_, app map[string]any) { delete(app, "id") }), "results[0]: id is missing", fault.Unavailable},
		"a name of 10 kB": {text(func(_, app map[string]any) { candidate(app)["name"] = "Rosa" + strings.Repeat("x", 10<<10) }),
			"results[0]: candidate.name of the application a0000000-0000-4000-8000-000000000001 has 10244 bytes", fault.Unavailable},
		"no UTF-8":   {strings.Replace(text(nil), "Rosa", "Ros\xff", 1), "results[0] holds text that is not UTF-8", fault.Unavailable},
		"the future": {text(func(_, app map[string]any) { app["createdAt"] = stamp(time.Now().AddDate(1, 0, 0)) }), "lies in the future", fault.Unavailable},
		"no time":    {text(func(_, app map[string]any) { app["updatedAt"] = "yesterday" }), "results[0]: updatedAt is not a time", fault.Unavailable},
		"ten thousand": {text(func(page, app map[string]any) {
			all := make([]any, 10_000)
			for i := range all {
				all[i] = app
			}
			page["results"] = all
		}), "results has more than 100 items", fault.Unavailable},
		"more, and nowhere":     {text(func(page, _ map[string]any) { page["moreDataAvailable"] = true }), "would never end", fault.Unavailable},
		"more, and here again":  {text(func(page, _ map[string]any) { page["moreDataAvailable"], page["nextCursor"] = true, "here" }), "would never end", fault.Unavailable},
		"empty, and here again": {`{"success": true, "results": [], "moreDataAvailable": true, "nextCursor": "here"}`, "would never end", fault.Unavailable},
		"no syncToken":          {text(func(page, _ map[string]any) { delete(page, "syncToken") }), "came without a syncToken", fault.Unavailable},
		"a wrong syncToken":     {text(func(page, _ map[string]any) { page["syncToken"] = 7 }), "syncToken is of the wrong type", fault.Unavailable},
		"refused":               {`{"success": false, "errorInfo": {"code": "missing_endpoint_permission", "message": "Rosa"}}`, "missing_endpoint_permission", fault.Unauthorized},
		"refused with results":  {text(func(page, _ map[string]any) { page["success"], page["errors"] = false, []any{"invalid_input"} }), "invalid_input", fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.body)) }))
			b, more, err := source.Poller.Poll(t.Context(), []byte(`{"next":"here","pages":1}`))
			if !fault.Is(err, c.kind) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%v is %s, want %s: %q", err, fault.KindOf(err), c.kind, c.says)
			}
			if strings.Contains(fmt.Sprint(err), "Ros") || b.Cursor != nil || b.Seen != nil || more {
				t.Errorf("%v, and beside it %+v", err, b)
			}
		})
	}
}

// A listing without end ends.
func TestPoll_Endless(t *testing.T) {
	t.Parallel()
	n := 0
	source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n++
		_, _ = fmt.Fprintf(w, `{"success": true, "results": [], "moreDataAvailable": true, "nextCursor": "c%d"}`, n)
	}))
	b, more, err := source.Poller.Poll(t.Context(), []byte(`{"next":"c0","pages":9998}`))
	if err != nil || !more || b.Seen != nil {
		t.Fatalf("an empty page leads on: %v", err)
	}
	if _, _, err := source.Poller.Poll(t.Context(), b.Cursor); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "never end") {
		t.Error(err)
	}
	if _, _, err := source.Poller.Poll(t.Context(), []byte(`{"next":"c0","pages":99,"empty":99}`)); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "100 pages in a row have no item") {
		t.Errorf("empty pages lead on: %v", err)
	}
}

// FuzzPage takes in pages of any form: what is taken names an application that
// stands somewhere or has ended.
func FuzzPage(f *testing.F) {
	f.Add(listing(f, nil))
	f.Add(listing(f, func(page, _ map[string]any) { page["success"] = false }))
	f.Add(`{"success": true, "results": [{"id": "a", "status": "Archived", "currentInterviewStage": null}]}`)
	f.Add(`{"results": [{"id": "a", "customFields": [{"id": "f", "value": {"value": 1, "currencyCode": "EUR"}}], "candidate": null}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		all, _, err := ashby.ReadPage(strings.NewReader(text))
		for _, s := range all {
			if err == nil && (s.ID == "" || s.Stage.IsZero() && s.Status != "rejected" && s.Status != "withdrawn" && s.Status != "hired") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// BenchmarkPage is what a page of a hundred applications costs once it is there.
func BenchmarkPage(b *testing.B) {
	page := listing(b, func(page, app map[string]any) {
		all := make([]any, 100)
		for i := range all {
			all[i] = app
		}
		page["results"] = all
	})
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if all, _, err := ashby.ReadPage(strings.NewReader(page)); err != nil || len(all) != 100 {
			b.Fatal(err)
		}
	}
}
