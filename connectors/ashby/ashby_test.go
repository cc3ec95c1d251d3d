package ashby_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/ashby"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
	"flowd/state/mem"
)

var suite = connectortest.Receiver{
	Kind:   ashby.Kind(),
	Scheme: sign.Scheme{Signature: "header:Ashby-Signature", Prefix: "sha256="},
	Personal: []string{
		"Philippa", "Quillfeather", "quillfeather@", "bistro.example.com", "202 555 0171", "Otto", "41000",
	},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	suite.Run(t)
}

func FuzzDecode(f *testing.F) { suite.Fuzz(f) }

// The header as the vendor's documentation writes it, over a body of a given text
// and key.
func TestVerify_Vector(t *testing.T) {
	t.Parallel()
	source := connectortest.Build(t, ashby.Kind(), "webhook: {secret: {file: key}}", map[string]string{"key": "flowd-test-secret\n"})
	d := flowd.Delivery{Body: []byte(`{"action":"candidate_stage_change","payload":{"application":{"id":265277}}}`), Header: http.Header{}, Query: url.Values{}}
	const sum = "c16530bd6da89044c38e5b8944c6d429a6596fadeef14bc787a6df3723d24393"
	for value, ok := range map[string]bool{"sha256=" + sum: true, "sha256 " + sum: false, sum: false, "sha1=" + sum: false, "": false} {
		d.Header.Set("Ashby-Signature", value)
		if err := source.Receiver.Verify(time.Now(), d); (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// Ashby never delivers again what was answered with one of these, so none of them
// is, whatever is wrong.
func TestHook_NeverGivenUp(t *testing.T) {
	t.Parallel()
	h, err := connectors.NewHandler(connectors.HandlerOptions{
		Sources:    []connectors.Source{suite.Build(t, false)},
		Admit:      func(context.Context, flowd.Batch) error { return nil },
		Quarantine: func(context.Context, string, []byte, string) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodPost, "/hooks/conformance", strings.NewReader("{}")),
		httptest.NewRequest(http.MethodPost, "/hooks/conformance/old-path-secret", strings.NewReader("{}")),
		httptest.NewRequest(http.MethodPost, "/hooks/old-name", strings.NewReader("{}")),
		httptest.NewRequest(http.MethodGet, "/hooks/conformance", nil),
	} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s is answered %d", r.Method, r.URL, w.Code)
		}
	}
}

// One move comes by as many hooks as there are, in any order and again, and by
// polls: it is one.
func TestOneMoveIsOneEvent(t *testing.T) {
	t.Parallel()
	s := newSim()
	a := s.add(1)
	source := serve(t, s)
	store := mem.New()
	admit := func(b flowd.Batch) {
		t.Helper()
		b.Source, b.ATS = source.Name, source.ATS
		if _, err := store.Admit(t.Context(), b, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	fresh := func() (n int) {
		t.Helper()
		all, err := store.Undecided(t.Context(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			if p.Event.Type == flowd.StageEntered && p.Facts.Novelty == flowd.Fresh {
				n++
			}
		}
		return n
	}
	poll := func() {
		t.Helper()
		cursor, err := store.Cursor(t.Context(), source.Name)
		if err != nil {
			t.Fatal(err)
		}
		all, _ := connectortest.Drain(t, source, cursor)
		for i, b := range all {
			b.Polled = flowd.Polled{Asked: time.Now(), Complete: i == len(all)-1}
			admit(b)
		}
	}
	hook := func(action string) {
		body, err := json.Marshal(map[string]any{"webhookActionId": "act-" + a.Stage.ID, "action": action, "data": map[string]any{"application": a.json()}})
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := source.Receiver.Decode(flowd.Delivery{Source: source.Name, Header: http.Header{}, Body: body, Received: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Events) > 0 {
			admit(b)
		}
	}
	poll()
	if n := fresh(); n != 0 {
		t.Fatalf("the first sight is %d moves", n)
	}
	for n, steps := range [][]func(){
		{func() { hook("applicationUpdate") }, func() { hook("candidateStageChange") }, func() { hook("candidateStageChange") }, poll, poll},
		{poll, func() { hook("candidateStageChange") }, func() { hook("applicationUpdate") }, poll},
		{func() { hook("candidateHire") }, poll, func() { hook("candidateStageChange") }},
	} {
		s.move(a, []int{2, 3, 6}[n])
		for _, step := range steps {
			step()
		}
		if told := fresh(); told != n+1 {
			t.Errorf("after %d moves there are %d", n+1, told)
		}
	}
	// What flowd itself writes is a change of the application, and no move.
	before := fresh()
	for range 3 {
		w := flowd.WriteBack{Kind: flowd.ActionNote, Application: flowd.Application{ID: a.ID, Candidate: flowd.Candidate{ID: a.Candidate}}, Text: "Done."}
		if err := source.Writer.Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		poll()
	}
	if n := fresh(); n != before {
		t.Errorf("notes were told as %d moves", n-before)
	}
}

// A hire comes as two actions with one id, and is one event; what is done to
// several people at once is an event of each.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newSim()
	a, b := s.add(6), s.add(6)
	source := suite.Build(t, false)
	keys := map[string]int{}
	for _, app := range []*simApplication{a, b} {
		for _, action := range []string{"candidateStageChange", "candidateHire", "candidateHire", "applicationUpdate"} {
			body, err := json.Marshal(map[string]any{"webhookActionId": "bulk", "action": action, "data": map[string]any{"application": app.json()}})
			if err != nil {
				t.Fatal(err)
			}
			batch, _, err := source.Receiver.Decode(flowd.Delivery{Source: source.Name, Header: http.Header{}, Body: body})
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range batch.Events {
				keys[ev.Key]++
			}
		}
	}
	if len(keys) != 4 { // of each, the stage and the hire
		t.Errorf("%v", keys)
	}
}

// With the API a hook's event has what conditions may read, and stays what it was:
// somebody who is faster than the hook changes nothing of it.
func TestComplete(t *testing.T) {
	t.Parallel()
	s, a, source := at(t)
	deliver := func(action string) ([]flowd.Event, error) {
		body, err := json.Marshal(map[string]any{"webhookActionId": "act", "action": action, "data": map[string]any{"application": a.json(), "candidate": map[string]any{"id": a.Candidate}}})
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := source.Receiver.Decode(flowd.Delivery{Source: source.Name, Header: http.Header{}, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if action == "candidateStageChange" && a.Status == "Active" {
			s.move(a, 4)
		}
		completer, ok := source.Receiver.(connectors.Completer)
		if !ok {
			t.Fatal("nothing is completed")
		}
		return completer.Complete(t.Context(), b.Events)
	}
	events, err := deliver("candidateStageChange")
	if err != nil || len(events) != 1 {
		t.Fatal(err, events)
	}
	ev := events[0]
	app := ev.Application
	if ev.Stage.Name != "Video Interview" || !app.Stage.IsZero() || app.Status != flowd.StatusActive || ev.Key == "" {
		t.Errorf("%+v", ev)
	}
	if app.URL == "" || app.Candidate.Country != "AT" || !slices.Equal(app.Candidate.Tags, []string{"Import"}) || app.Job.Country != "AT" || app.Job.Department != "Service" || app.Job.Location != "Vienna" {
		t.Errorf("%+v", app)
	}
	if events, err := deliver("applicationSubmit"); err != nil || len(events) != 2 || events[0].Application.URL == "" || events[1].Application.URL == "" || s.count("application.info") != 2 {
		t.Errorf("%v, %+v, asked %d times", err, events, s.count("application.info"))
	}
	for code, want := range map[string]fault.Kind{"internal_error": fault.Unavailable, "missing_endpoint_permission": fault.Unauthorized, "application_not_found": ""} {
		s.next("application.info", refusing(code))
		events, err := deliver("applicationSubmit")
		if fault.KindOf(err) != want || want == "" && len(events) != 2 {
			t.Errorf("%s: %v, %d events", code, err, len(events))
		}
	}
	before := s.count("application.info")
	for _, action := range []string{"candidateHire", "candidateDelete"} {
		if events, err := deliver(action); err != nil || len(events) != 1 {
			t.Errorf("%s: %v, %+v", action, err, events)
		}
	}
	s.move(a, 5)
	if events, err := deliver("candidateStageChange"); err != nil || len(events) != 2 || s.count("application.info") != before {
		t.Errorf("who has ended is asked about: %v, %+v", err, events)
	}
}

// Conditions may read what the kind declares; the fullest fixture has it all.
func TestMembers(t *testing.T) {
	t.Parallel()
	source := suite.Build(t, false)
	body, err := os.ReadFile("testdata/candidateStageChange.json")
	if err != nil {
		t.Fatal(err)
	}
	batch, _, err := source.Receiver.Decode(flowd.Delivery{Header: http.Header{}, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	ev := batch.Events[0]
	app, c, job := ev.Application, ev.Application.Candidate, ev.Application.Job
	told := map[string]bool{
		"application.id": app.ID != "", "application.status": app.Status != "", "application.stage": !ev.Stage.IsZero(),
		"application.applied_at": !app.AppliedAt.IsZero(), "application.age": !app.AppliedAt.IsZero(), "application.recruiter": app.Recruiter != "",
		"candidate.id": c.ID != "", "candidate.email": c.Email != "", "candidate.name": c.FullName() != "", "candidate.phone": c.Phone != "", "candidate.source": app.Source != "",
		"job.id": job.ID != "", "job.name": job.Name != "",
		"event.at": !ev.At.IsZero(), "event.via": ev.Via != "", "stage": ev.Stage.Name != "", "stage_id": ev.Stage.ID != "", "from": true, "field": len(app.Fields) > 0,
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

func TestBuild(t *testing.T) {
	t.Parallel()
	for section, says := range map[string]string{
		"webhook: {setup: true}":                                     "",
		"webhook: {setup: true}\napi: {key: {file: key}}":            "",
		"api: {key: {file: key}}\npoll: {}":                          "",
		"api: {key: {file: key}}\npoll: {every: 30s}":                "",
		"api: {key: {file: key}}":                                    "neither called nor polled",
		"poll: {}":                                                   "poll needs to know how to ask Ashby",
		"api: {}\npoll: {}":                                          "key is missing",
		"api: {key: {file: nowhere}}\npoll: {}":                      "nowhere",
		"api: {key: {file: key}, notes: none}\npoll: {}":             "notes is one of",
		"api: {key: {file: key}}\npoll: {every: 1s}":                 "every is less than",
		"api: {key: {file: key}, url: 'http://a.example'}\npoll: {}": "not encrypted",
		"webhook: {secret: {file: nowhere}}":                         "nowhere",
		"webhook: yes":                                               "webhook wants a set of keys",
		"api: yes\nwebhook: {setup: true}":                           "api wants a set of keys",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(dir+"/key", []byte(apiKey), 0o600); err != nil {
			t.Fatal(err)
		}
		doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: ashby\n"+section), strictyaml.Options{})
		sources := connectors.Kinds{ashby.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
		got := strictyaml.Render(doc.Problems())
		if !strings.Contains(got, says) || (says == "") != (got == "" && len(sources) == 1) {
			t.Errorf("%s: want %q, got\n%s", section, says, got)
		}
		if len(sources) == 1 && ((sources[0].Poller != nil) != strings.Contains(section, "poll") || (sources[0].Receiver != nil) != strings.Contains(section, "webhook") ||
			(sources[0].Writer != nil) != strings.Contains(section, "api") || sources[0].Poller != nil && sources[0].Every == 0) {
			t.Errorf("%s: %+v", section, sources[0])
		}
	}
}

// BenchmarkDecode is what one change of stage costs once its delivery is verified.
func BenchmarkDecode(b *testing.B) {
	body, err := os.ReadFile("testdata/candidateStageChange.json")
	if err != nil {
		b.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		b.Fatal(err)
	}
	source := suite.Build(b, false)
	d := flowd.Delivery{Source: source.Name, Header: http.Header{}, Body: compact.Bytes()}
	b.SetBytes(int64(compact.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if batch, _, err := source.Receiver.Decode(d); err != nil || len(batch.Events) != 1 {
			b.Fatal(err)
		}
	}
}
