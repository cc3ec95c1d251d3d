package greenhouse_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/greenhouse"
	"flowd/internal/sign"
)

var suite = connectortest.Receiver{
	Kind:   greenhouse.Kind(),
	Scheme: sign.Scheme{Signature: "header:Signature", Prefix: "sha256 "},
	Personal: []string{
		"Philippa", "Quillfeather", "quillfeather@", "bistro.example.com", "202 555 0171", "Otto", "41000", "1 Sample Row",
	},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	suite.Run(t)
}

func FuzzDecode(f *testing.F) { suite.Fuzz(f) }

// The header as the vendor's documentation writes it, with a space behind the
// algorithm, over a body of a given text and key.
func TestVerify_Vector(t *testing.T) {
	t.Parallel()
	source := connectortest.Build(t, greenhouse.Kind(), "webhook: {secret: {file: key}}", map[string]string{"key": "flowd-test-secret\n"})
	d := flowd.Delivery{Body: []byte(`{"action":"candidate_stage_change","payload":{"application":{"id":265277}}}`), Header: http.Header{}, Query: url.Values{}}
	const sum = "c16530bd6da89044c38e5b8944c6d429a6596fadeef14bc787a6df3723d24393"
	for value, ok := range map[string]bool{"sha256 " + sum: true, "sha256=" + sum: false, sum: false, "sha1 " + sum: false} {
		d.Header.Set("Signature", value)
		if err := source.Receiver.Verify(time.Now(), d); (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
}

// Conditions may read what the kind declares; the fullest fixture has it all.
func TestMembers(t *testing.T) {
	t.Parallel()
	source := suite.Build(t, false)
	body, err := os.ReadFile("testdata/candidate_stage_change.json")
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := source.Receiver.Decode(flowd.Delivery{Header: http.Header{}, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	ev := b.Events[0]
	app, c, job := ev.Application, ev.Application.Candidate, ev.Application.Job
	told := map[string]bool{
		"application.id": app.ID != "", "application.status": app.Status != "", "application.stage": !ev.Stage.IsZero(), "application.url": app.URL != "",
		"application.applied_at": !app.AppliedAt.IsZero(), "application.age": !app.AppliedAt.IsZero(), "application.recruiter": app.Recruiter != "",
		"candidate.id": c.ID != "", "candidate.email": c.Email != "", "candidate.first_name": c.FirstName != "", "candidate.last_name": c.LastName != "",
		"candidate.name": c.FullName() != "", "candidate.phone": c.Phone != "", "candidate.source": app.Source != "", "candidate.tags": len(c.Tags) > 0, "candidate.can_email": c.CanEmail != nil,
		"job.id": job.ID != "", "job.name": job.Name != "", "job.department": job.Department != "", "job.location": job.Location != "",
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

// BenchmarkDecode is what one change of stage costs once its delivery is verified.
func BenchmarkDecode(b *testing.B) {
	body, err := os.ReadFile("testdata/candidate_stage_change.json")
	if err != nil {
		b.Fatal(err)
	}
	source := suite.Build(b, false)
	d := flowd.Delivery{Source: source.Name, Header: http.Header{}, Body: body}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if batch, _, err := source.Receiver.Decode(d); err != nil || len(batch.Events) != 1 {
			b.Fatal(err)
		}
	}
}

// BenchmarkHook is a signed delivery from the request to the answer, with a
// store that costs nothing: what the handler and this connector cost. Beside it
// a bare receiver that reads, verifies and answers.
func BenchmarkHook(b *testing.B) {
	body, err := os.ReadFile("testdata/candidate_stage_change.json")
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := sign.New(suite.Scheme)
	if err != nil {
		b.Fatal(err)
	}
	header := http.Header{}
	if _, err := verifier.Sign(time.Now(), header, nil, body, []byte(connectortest.Secret)); err != nil {
		b.Fatal(err)
	}
	flowdHandler, err := connectors.NewHandler(connectors.HandlerOptions{
		Sources:    []connectors.Source{suite.Build(b, false)},
		Admit:      func(context.Context, flowd.Batch) error { return nil },
		Quarantine: func(context.Context, string, []byte, string) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var buf bytes.Buffer
		if _, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, 1<<20)); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if err := verifier.Verify(time.Now(), r.Header, nil, buf.Bytes(), []byte(connectortest.Secret)); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	for name, h := range map[string]http.Handler{"flowd": flowdHandler, "bare": bare} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/hooks/conformance", bytes.NewReader(body))
				r.Header = header
				w := httptest.NewRecorder()
				if h.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatalf("status %d", w.Code)
				}
			}
		})
	}
}
