// Package connectortest is the conformance suite of connectors: what every one
// of them must do, whatever system it speaks to. A connector's test says how to
// build it and where its fixtures are; a fixture NAME.json is the body of a
// delivery, NAME.header its header lines where it has any, and NAME.golden what
// comes of it. Run the tests with -update to write the golden files anew.
package connectortest

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

// Secret is the hook's secret in every suite, in the file "secret" beside the
// configuration.
const Secret = "c29tZSBrZXkgb2YgdGhlIGNvbmZvcm1hbmNlIHN1aXRl"

// Receiver is the suite of a connector that is called.
type Receiver struct {
	Kind connectors.Kind
	// Config is the source's section in YAML beside name, kind and webhook.
	Config string
	// Hook is the inside of the webhook section beside its secret, one key a
	// line.
	Hook string
	// Scheme is how the sender signs, written for the test and not taken from
	// the connector.
	Scheme sign.Scheme
	// Signals tells that the sender signs nothing, so that the secret stands in the
	// path, and that a delivery brings no event: it only has the source polled
	// soon. There is no Scheme then.
	Signals bool
	// Fixtures is their folder; testdata when empty. A fixture whose name begins
	// with ping is one that an unknown sender may send, too.
	Fixtures string
	// Personal are texts of the fixtures that no error and no log may hold.
	Personal []string
}

// Now is when the suite's deliveries arrive.
var Now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// Run runs the suite.
func (s Receiver) Run(t *testing.T) {
	t.Run("Golden", s.golden)
	if s.Signals {
		t.Run("Signals", s.signals)
	} else {
		t.Run("Delivered", s.delivered)
		t.Run("Refused", s.refused)
		t.Run("Setup", s.setup)
	}
	t.Run("Mangled", s.mangled)
	t.Run("Concurrent", s.concurrent)
}

// Fuzz feeds Decode with the fixtures and what a fuzzer makes of them: it does
// not panic, and with an error comes no event.
func (s Receiver) Fuzz(f *testing.F) {
	source := s.Build(f, false)
	for _, x := range s.fixtures(f) {
		f.Add(x.Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		b, reply, err := source.Receiver.Decode(flowd.Delivery{Source: source.Name, Header: http.Header{}, Query: url.Values{}, Body: body, Received: Now})
		if err != nil && (len(b.Events) > 0 || len(b.Seen) > 0 || reply != nil) {
			t.Errorf("events or a reply beside the error %v", err)
		}
		valid(t, b, completes(source))
	})
}

// Build makes the source of the suite's configuration, with its secret or in
// set-up.
func (s Receiver) Build(t testing.TB, setup bool) connectors.Source {
	t.Helper()
	secret := "secret: {file: secret}"
	switch {
	case setup:
		secret = "setup: true"
	case s.Signals:
		secret = "path_secret: {file: secret}"
	}
	section := "webhook:\n  " + secret + "\n"
	for line := range strings.Lines(s.Hook) {
		section += "  " + strings.TrimRight(line, "\n") + "\n"
	}
	return Build(t, s.Kind, section+s.Config, map[string]string{"secret": Secret})
}

// Build makes one source named "conformance" of a section in YAML, with files
// of its configuration's folder.
func Build(t testing.TB, kind connectors.Kind, section string, files map[string]string) connectors.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := "name: conformance\nkind: " + kind.Name + "\n" + section + "\n"
	doc := strictyaml.Parse("source.yaml", []byte(text), strictyaml.Options{})
	sources := connectors.Kinds{kind}.Build(doc.Root(), connectors.Options{Dir: dir})
	if problems := doc.Problems(); len(problems) > 0 || len(sources) != 1 {
		t.Fatalf("the source cannot be built:\n%s", strictyaml.Render(problems))
	}
	return sources[0]
}

// rig is a handler with what it admitted, kept and logged.
type rig struct {
	*connectors.Handler
	source  connectors.Source
	batches []flowd.Batch
	held    []string
	log     bytes.Buffer
}

func (s Receiver) rig(t *testing.T, setup bool) *rig {
	t.Helper()
	r := &rig{source: s.Build(t, setup)}
	var err error
	r.Handler, err = connectors.NewHandler(connectors.HandlerOptions{
		Sources: []connectors.Source{r.source},
		Admit: func(_ context.Context, b flowd.Batch) error {
			valid(t, b, false)
			r.batches = append(r.batches, b)
			return nil
		},
		Quarantine: func(_ context.Context, _ string, _ []byte, problem string) error {
			r.held = append(r.held, problem)
			return nil
		},
		Log: zerolog.New(&r.log), Now: func() time.Time { return Now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
