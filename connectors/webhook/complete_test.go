package webhook_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/webhook"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

// signal tells of an application its id alone.
func signal(t testing.TB) connectortest.Receiver {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"id": %q, "stage": "Video", "email": "orla@example.com"}`, strings.TrimPrefix(r.URL.Path, "/"))
	}))
	t.Cleanup(server.Close)
	return connectortest.Receiver{
		Kind: webhook.Kind(), Scheme: sign.StandardWebhooks(), Fixtures: "testdata/signal",
		Hook:     "verify: standard-webhooks\nhandshake: {when: body.test == true}",
		Personal: []string{"Orla", "Bramblewick"},
		Config: `
map:
  type: 'body.event == "application.deleted" ? "application.deleted" : "stage.entered"'
  application: body.application_id
  stage: body.stage ?? ""
  candidate.name: body.name ?? ""
fetch: {url: "` + server.URL + `/${application.id}", complete: true, map: {application: body.id, stage: body.stage, candidate.email: body.email}}
`,
	}
}

func TestConformance_Signal(t *testing.T) {
	t.Parallel()
	signal(t).Run(t)
}

func FuzzDecodeSignal(f *testing.F) { signal(f).Fuzz(f) }

// ats answers how applications stand, and a hook of its asks it.
type ats struct {
	http.Handler
	admitted []flowd.Event
	asked    atomic.Int64
	log      bytes.Buffer
}

const truth = `
    map:
      type: '(body.state ?? "") == "gone" ? "application.rejected" : (body.state ?? "") == "erased" ? "application.anonymized" : "stage.entered"'
      at: body.entered ?? nil
      stage: {id: body.stage.id, name: body.stage.name}
      status: body.status ?? nil
      moved_by: body.by ?? ""
      job.id: body.job ?? nil
      job.name: body.job_name ?? ""
      candidate.email: body.email ?? ""
      candidate.name: body.name ?? ""
      candidate.can_email: body.can_email ?? nil
      fields: body.answers ?? nil
`

func newATS(t *testing.T, answer func(id string) (int, string)) *ats {
	t.Helper()
	a := &ats{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		status, body := answer(strings.TrimPrefix(r.URL.Path, "/"))
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	s := connectortest.Build(t, webhook.Kind(), `
webhook: {verify: none, path_secret: {file: path}}
for_each: body
event_id: item.e
map:
  type: 'item.type ?? "stage.entered"'
  at: item.at ?? nil
  via: '"move"'
  moved_by: item.by ?? ""
  application: item.a
  stage: item.stage ?? ""
  from: item.from ?? ""
  job.id: item.job ?? nil
  job.name: item.job_name ?? ""
  candidate.id: item.c ?? nil
  candidate.name: item.name ?? ""
  candidate.can_email: item.can_email ?? nil
  fields: item.answers ?? nil
fetch:
    url: `+server.URL+`/${application.id}
    complete: true`+truth, map[string]string{"path": "0123456789abcdef"})
	h, err := connectors.NewHandler(connectors.HandlerOptions{
		Sources: []connectors.Source{s},
		Admit: func(_ context.Context, b flowd.Batch) error {
			a.admitted = append(a.admitted, b.Events...)
			return nil
		},
		Quarantine: func(context.Context, string, []byte, string) error { return nil },
		Log:        zerolog.New(&a.log),
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Handler = h
	return a
}

func (a *ats) tells(body string) int {
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/hooks/conformance/0123456789abcdef", strings.NewReader(body)))
	return w.Code
}

// What the system says goes over what the hook told, and the event keeps its key.
func TestComplete(t *testing.T) {
	t.Parallel()
	at, entered := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), time.Date(2026, 3, 2, 9, 31, 0, 0, time.UTC)
	video, no, yes := flowd.Stage{ID: "2", Name: "Video"}, false, true
	event := func(change func(*flowd.Event)) flowd.Event {
		ev := flowd.Event{Key: "conformance:x", Type: flowd.StageEntered, Via: flowd.ViaMove, Stage: video, Application: flowd.Application{ID: "7"}}
		change(&ev)
		return ev
	}
	for name, c := range map[string]struct {
		told, answer string
		want         flowd.Event
	}{
		"an id alone": {
			`{"e": "x", "a": 7}`,
			`{"stage": {"id": 2, "name": "Video"}, "status": "active", "email": "ada@example.com", "job": 5, "job_name": "Sales", "answers": {"Shift": "night"}}`,
			event(func(ev *flowd.Event) {
				ev.Application = flowd.Application{ID: "7", Status: flowd.StatusActive, Job: flowd.Job{ID: "5", Name: "Sales"}, Candidate: flowd.Candidate{Email: "ada@example.com"},
					Fields: []flowd.Field{{Key: "Shift", Name: "Shift", Type: "text", Value: "night"}}}
			}),
		},
		"the stage as told": {
			`{"e": "x", "a": 7, "stage": "video", "from": "Applied", "by": "eva", "at": "2026-03-02T09:30:00Z", "c": 3, "name": "A.", "job_name": "Selling", "answers": {"Shift": "day", "Car": true}}`,
			`{"stage": {"id": 2, "name": "Video"}, "name": "Ada Example", "email": "ada@example.com", "job": 5, "answers": {"shift": "night"}}`,
			event(func(ev *flowd.Event) {
				ev.At, ev.From = at, flowd.Stage{Name: "Applied"}
				ev.Application = flowd.Application{ID: "7", MovedBy: "eva", Job: flowd.Job{ID: "5", Name: "Selling"}, Candidate: flowd.Candidate{ID: "3", Name: "Ada Example", Email: "ada@example.com"},
					Fields: []flowd.Field{{Key: "shift", Name: "shift", Type: "text", Value: "night"}, {Key: "Car", Name: "Car", Type: "boolean", Value: true}}}
			}),
		},
		"moved on since": {
			`{"e": "x", "a": 7, "stage": "Phone", "from": "Applied", "by": "eva", "at": "2026-03-02T09:30:00Z"}`, `{"stage": {"id": 2, "name": "Video"}}`,
			event(func(ev *flowd.Event) { ev.At, ev.Via = at, flowd.ViaUnknown }),
		},
		"moved on, by whom and when": {
			`{"e": "x", "a": 7, "stage": "Phone", "by": "eva", "at": "2026-03-02T09:30:00Z"}`, `{"stage": {"id": 2, "name": "Video"}, "by": "ida", "entered": "2026-03-02T09:31:00Z"}`,
			event(func(ev *flowd.Event) { ev.At, ev.Via, ev.Application.MovedBy = entered, flowd.ViaUnknown, "ida" }),
		},
		"to another job": {
			`{"e": "x", "a": 7, "job": 4, "job_name": "Sales"}`, `{"stage": {"id": 2, "name": "Video"}, "job": 5}`,
			event(func(ev *flowd.Event) { ev.Application.Job = flowd.Job{ID: "5"} }),
		},
		"ended, by its status": {
			`{"e": "x", "a": 7}`, `{"stage": {"id": 2, "name": "Video"}, "status": "rejected"}`,
			event(func(ev *flowd.Event) { ev.Application.Status = flowd.StatusRejected }),
		},
		"ended, by its type": {
			`{"e": "x", "a": 7}`, `{"stage": {"id": "", "name": ""}, "state": "gone"}`,
			event(func(ev *flowd.Event) {
				ev.Type, ev.Stage, ev.Application.Status = flowd.ApplicationRejected, flowd.Stage{}, flowd.StatusRejected
			}),
		},
		"erased": {
			`{"e": "x", "a": 7, "name": "Ada Example", "by": "eva", "answers": {"Car": true}}`, `{"stage": {"id": "", "name": ""}, "state": "erased", "email": "ada@example.com"}`,
			event(func(ev *flowd.Event) {
				ev.Type, ev.Stage, ev.Application.Status = flowd.ApplicationAnonymized, flowd.Stage{}, flowd.StatusDeleted
			}),
		},
		"not to be written to, as told": {
			`{"e": "x", "a": 7, "can_email": false}`, `{"stage": {"id": 2, "name": "Video"}, "email": "ada@example.com"}`,
			event(func(ev *flowd.Event) {
				ev.Application.NoContact, ev.Application.Candidate = flowd.ReasonCannotEmail, flowd.Candidate{Email: "ada@example.com", CanEmail: &no}
			}),
		},
		"to be written to after all": {
			`{"e": "x", "a": 7, "can_email": false}`, `{"stage": {"id": 2, "name": "Video"}, "can_email": true}`,
			event(func(ev *flowd.Event) { ev.Application.Candidate.CanEmail = &yes }),
		},
		"a new application": {
			`{"e": "x", "a": 7, "type": "application.created"}`, `{"stage": {"id": 2, "name": "Video"}}`,
			event(func(ev *flowd.Event) { ev.Type = flowd.ApplicationCreated }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newATS(t, func(string) (int, string) { return 200, c.answer })
			if status := a.tells("[" + c.told + "]"); status != 200 || len(a.admitted) != 1 {
				t.Fatalf("status %d, %d admitted: %s", status, len(a.admitted), &a.log)
			}
			if diff := cmp.Diff(c.want, a.admitted[0], cmpopts.IgnoreFields(flowd.Event{}, "Received"), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if a.admitted[0].Received.IsZero() {
				t.Error("what was read is as old as its asking, and that is not said")
			}
		})
	}
}

// An application is asked about once for a delivery, and not where it has ended.
func TestComplete_Asks(t *testing.T) {
	t.Parallel()
	a := newATS(t, func(string) (int, string) {
		return 200, `{"stage": {"id": 2, "name": "Video"}, "answers": {"A": 1, "B": 2, "C": 3}}`
	})
	if status := a.tells(`[{"e": 1, "a": 7, "answers": {"Shift": "day"}}, {"e": 2, "a": 8, "type": "application.rejected"}, {"e": 3, "a": 7, "answers": {"Team": "red"}}]`); status != 200 {
		t.Fatalf("status %d: %s", status, &a.log)
	}
	var got []string
	for _, ev := range a.admitted {
		line := fmt.Sprint(ev.Key, " ", ev.Type, " ", ev.Stage.Name)
		for _, f := range ev.Application.Fields {
			line += " " + f.Name
		}
		got = append(got, line)
	}
	want := []string{"conformance:1 stage.entered Video A B C Shift", "conformance:2 application.rejected ", "conformance:3 stage.entered Video A B C Team"}
	if diff := cmp.Diff(want, got); diff != "" || a.asked.Load() != 1 {
		t.Errorf("asked %d times\n%s", a.asked.Load(), diff)
	}
}

// What cannot be completed is not stored, not in part either, and is to come again.
func TestComplete_Fails(t *testing.T) {
	t.Parallel()
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf(`{"e": %d, "a": %d}`, i, i)
	}
	const fine = `{"stage": {"id": 2, "name": "Video"}, "email": "ada@example.com"}`
	for name, c := range map[string]struct {
		items  []string
		status int
		answer string
		says   string
		asked  int64
	}{
		"not found":    {[]string{`{"e": 2, "a": 8, "stage": "Video"}`}, 404, `{"email": "ada@example.com"}`, "has no such application of the application 8, or not yet", 2},
		"an address":   {[]string{`{"e": 2, "a": "ada@example.com"}`}, 404, ``, "has no such application, or not yet", 2},
		"down":         {[]string{`{"e": 2, "a": 8}`}, 500, `ada@example.com`, "500", 2},
		"no stage":     {[]string{`{"e": 2, "a": 8}`}, 200, `{"stage": {"id": "", "name": ""}, "email": "ada@example.com"}`, "stage is missing", 2},
		"not JSON":     {[]string{`{"e": 2, "a": 8}`}, 200, `ada@example.com`, "not JSON", 2},
		"too many":     {many, 200, fine, "tells of 52 applications, and at most 50", 0},
		"at the bound": {many[:49], 500, fine, "500", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newATS(t, func(id string) (int, string) {
				if id == "first" {
					return 200, fine
				}
				return c.status, c.answer
			})
			status := a.tells("[" + strings.Join(slices.Concat([]string{`{"e": "x", "a": "first"}`}, c.items), ",") + "]")
			if log := a.log.String(); status != 503 || len(a.admitted) > 0 || !strings.Contains(log, c.says) || strings.Contains(log, "ada@") {
				t.Errorf("status %d, %d admitted: %s", status, len(a.admitted), log)
			}
			if a.asked.Load() != c.asked {
				t.Errorf("asked %d times, want %d", a.asked.Load(), c.asked)
			}
		})
	}
}

// Conditions may read what the answer fills in, where deliveries are completed.
func TestComplete_Members(t *testing.T) {
	t.Parallel()
	s := signal(t).Build(t, false)
	if want := []string{"application.id", "candidate.email", "candidate.name", "stage"}; !slices.Equal(s.Members, want) {
		t.Error(s.Members)
	}
	if _, ok := askable(t, nil).Receiver.(connectors.Completer); ok {
		t.Error("deliveries are completed, and nothing asks for that")
	}
}

func TestBuild_Complete(t *testing.T) {
	t.Parallel()
	const apart = "nothing tells two deliveries about one application apart"
	for name, c := range map[string]struct{ verify, rest, complete, says string }{
		"no id":            {"none, path_secret: {file: path}", "map: {application: body.a}", "true", apart},
		"id":               {"none, path_secret: {file: path}", "event_id: body.id\nmap: {application: body.a}", "true", ""},
		"time":             {"none, path_secret: {file: path}", "map: {application: body.a, at: body.at}", "true", ""},
		"scheme":           {`{signature: "header:X"}, secret: {file: path}`, "map: {application: body.a}", "true", apart},
		"scheme with id":   {`{signature: "header:X", replay_id: "header:Y"}, secret: {file: path}`, "map: {application: body.a}", "true", ""},
		"no application":   {"none, path_secret: {file: path}", "event_id: body.id\nmap: {stage: body.s}", "true", "where the application comes from"},
		"stage not needed": {"none, path_secret: {file: path}", "event_id: body.id\nmap: {application: body.a}", "false", "where the stage comes from"},
		"not yes or no":    {"none, path_secret: {file: path}", "event_id: body.id\nmap: {application: body.a, stage: body.s}", "sometimes", "complete is either true or false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "path", "0123456789abcdef")
			text := "name: x\nkind: webhook\nwebhook: {verify: " + c.verify + "}\n" + c.rest + "\nfetch: {url: 'https://example.com/${application.id}', complete: " + c.complete + ", map: {stage: body.s}}"
			doc := strictyaml.Parse("s.yaml", []byte(text), strictyaml.Options{})
			connectors.Kinds{webhook.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
			if got := strictyaml.Render(doc.Problems()); !strings.Contains(got, c.says) || c.says == "" && got != "" {
				t.Errorf("want %q, got\n%s", c.says, got)
			}
		})
	}
}
