package greenhouse_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
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
	text, err := json.Marshal(b.Events[0])
	if err != nil {
		t.Fatal(err)
	}
	var ev struct{ Application map[string]any }
	if err := json.Unmarshal(text, &ev); err != nil {
		t.Fatal(err)
	}
	// Made by flowd of other values.
	derived := map[string]bool{"application.stage": true, "application.age": true, "candidate.name": true}
	names := map[string]string{
		"application.applied_at": "AppliedAt", "candidate.first_name": "FirstName", "candidate.last_name": "LastName", "candidate.can_email": "CanEmail",
		"application.id": "ID", "candidate.id": "ID", "job.id": "ID", "application.url": "URL",
	}
	for _, m := range source.Members {
		of, name, ok := strings.Cut(m, ".")
		if !ok || of == "event" || derived[m] {
			continue
		}
		if names[m] != "" {
			name = names[m]
		}
		in := ev.Application
		if m == "candidate.source" {
			of = "application"
		}
		if of != "application" {
			in = in[strings.ToUpper(of[:1])+of[1:]].(map[string]any)
		}
		for key, value := range in {
			if strings.EqualFold(key, name) && value != nil && value != "" {
				ok = false
			}
		}
		if ok {
			t.Errorf("%s is declared and not supplied", m)
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
