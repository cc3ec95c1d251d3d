package greenhouse_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/greenhouse"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

// listing is a page with one application, changed.
func listing(t testing.TB, change func(app map[string]any)) string {
	t.Helper()
	app := newSim().add(2).json()
	if change != nil {
		change(app)
	}
	text, err := json.Marshal([]any{app})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is not what Harvest sends is an error that says what is wrong, and nothing
// else: no application, no cursor, and nothing of what came.
func TestPoll_BadInput(t *testing.T) {
	t.Parallel()
	text := func(change func(app map[string]any)) string { return listing(t, change) }
	for name, c := range map[string]struct {
		path, body, says string
		link             string
	}{
		"a web page":                  {"applications", "<html><title>Rosa Field</title>", "is a web page, such as a login", ""},
		"nothing":                     {"applications", "", "ends too early", ""},
		"half":                        {"applications", text(nil)[:200], "ends too early", ""},
		"an object":                   {"applications", `{"message": "Rosa"}`, "it is no list", ""},
		"a number where a string was": {"applications", text(func(app map[string]any) { app["stage_name"] = 7 }), "[0].stage_name is of the wrong type: a JSON number", ""},
		"an id that is none":          {"applications", text(func(app map[string]any) { app["id"] = -4 }), "[0]: id is none", ""},
		"no id":                       {"applications", text(func(app map[string]any) { delete(app, "id") }), "[0]: id is none", ""},
		"no UTF-8":                    {"applications", strings.Replace(text(nil), "Video", "Ros\xff", 1), "[0] holds text that is not UTF-8", ""},
		"no time":                     {"applications", text(func(app map[string]any) { app["last_activity_at"] = "yesterday" }), "[0]: last_activity_at is not a time", ""},
		"the future":                  {"applications", text(func(app map[string]any) { app["created_at"] = time.Now().AddDate(1, 0, 0) }), "of the application 90001 lies in the future", ""},
		"a stage of 10 kB":            {"applications", text(func(app map[string]any) { app["stage_name"] = "Rosa" + strings.Repeat("x", 10<<10) }), "stage.name of the application 90001 has 10244 bytes", ""},
		"ten thousand":                {"applications", "[" + strings.Repeat(strings.Trim(text(nil), "[]")+",", 9999) + strings.Trim(text(nil), "[]") + "]", "it has more than 500 items", ""},
		"the same page again":         {"applications", "[]", "would never end", `<URL/v3/applications?per_page=500&status=active>; rel="next"`},
		"another host":                {"applications", "[]", "at another address", `<https://elsewhere.example.com/v3/applications?cursor=x>; rel="next"`},

		"a name of 10 kB":       {"candidates", `[{"id": 70001, "first_name": "Rosa` + strings.Repeat("x", 10<<10) + `"}]`, "candidate.first_name of the application 90001 has 10244 bytes", ""},
		"a name that is none":   {"candidates", `[{"id": 70001, "first_name": 7}]`, "first_name is of the wrong type", ""},
		"people as a web page":  {"candidates", "<!doctype html>Rosa", "is a web page", ""},
		"people as an object":   {"candidates", `{"message": "Rosa"}`, "list candidates", ""},
		"stages as an object":   {"application_stages", `{"message": "Rosa"}`, "list the stages of applications", ""},
		"jobs as a text":        {"jobs", `"Rosa"`, "list jobs", ""},
		"people without an end": {"candidates", `[]`, "longer than", `<URL/v3/candidates?cursor=x>; rel="next"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim()
			s.add(2)
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			var does []http.HandlerFunc
			for range 30 {
				does = append(does, func(w http.ResponseWriter, _ *http.Request) {
					if c.link != "" {
						w.Header().Set("Link", strings.ReplaceAll(c.link, "URL", server.URL))
					}
					_, _ = w.Write([]byte(c.body))
				})
			}
			s.next(c.path, does...)
			b, more, err := polledAt(t, server.URL, "poll: {on_first_seen: treat_as_move}").Poller.Poll(t.Context(), nil)
			if err == nil || !strings.Contains(err.Error(), c.says) || !fault.Is(err, fault.Unavailable) && c.says != "longer than" {
				t.Errorf("%v is %s, want %q", err, fault.KindOf(err), c.says)
			}
			if strings.Contains(fmt.Sprint(err), "Ros") || b.Cursor != nil || b.Seen != nil || b.Events != nil || more {
				t.Errorf("%v, and beside it %+v", err, b)
			}
		})
	}
}

// A listing without end ends.
func TestPoll_Endless(t *testing.T) {
	t.Parallel()
	s := newSim()
	n := 0
	var does []http.HandlerFunc
	for range 5 {
		does = append(does, func(w http.ResponseWriter, r *http.Request) {
			n++
			w.Header().Set("Link", fmt.Sprintf(`<http://%s/v3/applications?cursor=c%d>; rel="next"`, r.Host, n))
			_, _ = w.Write([]byte("[]"))
		})
	}
	s.next("applications", does...)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	source := polledAt(t, server.URL, "poll: {}")
	b, more, err := source.Poller.Poll(t.Context(), []byte(`{"pages":1998,"next":"`+server.URL+`/v3/applications?cursor=c0"}`))
	if err != nil || !more || b.Seen != nil {
		t.Fatalf("an empty page leads on: %v", err)
	}
	if _, _, err := source.Poller.Poll(t.Context(), b.Cursor); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "never end") {
		t.Error(err)
	}
	hollow := `{"pages":99,"empty":99,"next":"` + server.URL + `/v3/applications?cursor=c0"}`
	if _, _, err := source.Poller.Poll(t.Context(), []byte(hollow)); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "100 pages in a row have no item") {
		t.Errorf("empty pages lead on: %v", err)
	}
}

// FuzzPage takes in pages of any form.
func FuzzPage(f *testing.F) {
	f.Add(listing(f, nil))
	f.Add(listing(f, func(app map[string]any) { app["status"], app["stage_name"] = "rejected", nil }))
	f.Add(`[{"id": 1, "status": "in_process", "stage_name": "x", "custom_fields": {"a": {"value": {"amount": 1}}}}]`)
	f.Add(`[{"id": "1", "candidate_id": null, "prospect": true}]`)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := greenhouse.ReadPage(strings.NewReader(text))
		if err == nil && n > len(text) {
			t.Errorf("%d applications", n)
		}
	})
}

// BenchmarkPage is what a page of a hundred applications costs once it is there.
func BenchmarkPage(b *testing.B) {
	one := strings.Trim(listing(b, nil), "[]")
	page := "[" + strings.Repeat(one+",", 99) + one + "]"
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := greenhouse.ReadPage(strings.NewReader(page)); err != nil || n != 100 {
			b.Fatal(err)
		}
	}
}

// What a source may consist of.
func TestBuild_Poll(t *testing.T) {
	t.Parallel()
	const api = "harvest: {client_id: {file: id}, client_secret: {file: id}}\n"
	for section, says := range map[string]string{
		"webhook: {setup: true}":                 "",
		api + "poll: {}":                         "",
		api + "poll: {every: 30s, max_age: 2d}":  "",
		api + "webhook: {setup: true}\npoll: {}": "",
		api:                                      "neither called nor polled",
		"poll: {}":                               "poll needs to know how to ask Greenhouse",
		api + "poll: {every: 1s}":                "every is less than",
		api + "poll: often":                      "poll wants a set of keys",
		"webhook: {setup: true}\nharvest: {}\npoll: {}": "client_id is missing",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(dir+"/id", []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: greenhouse\n"+section), strictyaml.Options{})
		sources := connectors.Kinds{greenhouse.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
		got := strictyaml.Render(doc.Problems())
		if !strings.Contains(got, says) || (says == "") != (got == "" && len(sources) == 1) {
			t.Errorf("%s: want %q, got\n%s", section, says, got)
		}
		if len(sources) == 1 && ((sources[0].Poller != nil) != strings.Contains(section, "poll") || (sources[0].Receiver != nil) != strings.Contains(section, "webhook")) {
			t.Errorf("%s: %+v", section, sources[0])
		}
	}
}

// Conditions may read what a polled source declares; a snapshot has it all.
func TestMembers_Polled(t *testing.T) {
	t.Parallel()
	s := newSim()
	source := serve(t, s, "poll: {on_first_seen: treat_as_move}")
	s.add(2)
	all, _ := connectortest.Drain(t, source, nil)
	seen := all[0].Seen[0]
	app, c, job := seen.Application, seen.Candidate, seen.Job
	told := map[string]bool{
		"application.id": app.ID != "", "application.status": app.Status != "", "application.stage": !app.Stage.IsZero(),
		"application.applied_at": !app.AppliedAt.IsZero(), "application.age": !app.AppliedAt.IsZero(), "application.recruiter": app.Recruiter != "",
		"candidate.id": c.ID != "", "candidate.email": c.Email != "", "candidate.first_name": c.FirstName != "", "candidate.last_name": c.LastName != "",
		"candidate.name": c.FullName() != "", "candidate.phone": c.Phone != "", "candidate.source": app.Source != "", "candidate.tags": len(c.Tags) > 0, "candidate.can_email": c.CanEmail != nil,
		"job.id": job.ID != "", "job.name": job.Name != "", "job.department": job.Department != "", "job.location": job.Location != "",
		"event.at": !seen.Entered.IsZero(), "event.via": true, "stage": app.Stage.Name != "", "stage_id": app.Stage.ID != "", "from": true, "field": len(app.Fields) > 0,
	}
	for _, m := range source.Members {
		if !told[m] {
			t.Errorf("%s is declared and not supplied", m)
		}
		delete(told, m)
	}
	if len(told) > 0 {
		t.Errorf("%v are supplied and not declared", told)
	}
}
