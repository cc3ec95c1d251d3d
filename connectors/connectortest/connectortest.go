// Package connectortest is the conformance suite of connectors: what every one
// of them must do, whatever system it speaks to. A connector's test says how to
// build it and where its fixtures are; a fixture NAME.json is the body of a
// delivery, NAME.header its header lines where it has any, and NAME.golden what
// comes of it. Run the tests with -update to write the golden files anew.
package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/connectors"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

var update = flag.Bool("update", false, "write the golden files of connectors anew")

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
	t.Run("Delivered", s.delivered)
	t.Run("Refused", s.refused)
	t.Run("Setup", s.setup)
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
		valid(t, b)
	})
}

// Build makes the source of the suite's configuration, with its secret or in
// set-up.
func (s Receiver) Build(t testing.TB, setup bool) connectors.Source {
	t.Helper()
	secret := "secret: {file: secret}"
	if setup {
		secret = "setup: true"
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

// fixture is one delivery.
type fixture struct {
	Name   string
	Header http.Header
	Body   []byte
}

func (x fixture) ping() bool { return strings.HasPrefix(x.Name, "ping") }

func (s Receiver) folder() string {
	if s.Fixtures == "" {
		return "testdata"
	}
	return s.Fixtures
}

func (s Receiver) fixtures(t testing.TB) []fixture {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.folder(), "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures in %s: %v", s.folder(), err)
	}
	out := make([]fixture, 0, len(paths))
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		x := fixture{Name: strings.TrimSuffix(filepath.Base(path), ".json"), Header: http.Header{}, Body: body}
		lines, err := os.ReadFile(strings.TrimSuffix(path, ".json") + ".header")
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(lines)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			x.Header.Set(name, value)
		}
		out = append(out, x)
	}
	return out
}

// golden compares what each fixture gives with what is written down.
func (s Receiver) golden(t *testing.T) {
	source := s.Build(t, false)
	for _, x := range s.fixtures(t) {
		t.Run(x.Name, func(t *testing.T) {
			b, reply, err := source.Receiver.Decode(flowd.Delivery{Source: source.Name, Header: x.Header, Query: url.Values{}, Body: x.Body, Received: Now})
			valid(t, b)
			got := map[string]any{"events": b.Events, "reply": reply}
			if err != nil {
				got["error"] = err.Error()
			}
			compare(t, filepath.Join(s.folder(), x.Name+".golden"), render(t, got))
		})
	}
	var all bytes.Buffer
	for _, x := range s.fixtures(t) {
		all.Write(x.Body)
	}
	for _, p := range s.Personal {
		if !strings.Contains(all.String(), p) {
			t.Errorf("no fixture holds %q: the suite would look for it in vain", p)
		}
	}
}

// valid holds what must be true of every batch.
func valid(t testing.TB, b flowd.Batch) {
	t.Helper()
	for _, ev := range b.Events {
		switch {
		case !slices.Contains(flowd.EventTypes(), ev.Type):
			t.Errorf("event of type %q", ev.Type)
		case ev.Type == flowd.StageEntered && ev.Stage.IsZero():
			t.Error("a stage was entered, and none is named")
		case ev.Type == flowd.JobClosed && ev.Application.Job.ID == "" && ev.Application.Job.Name == "":
			t.Error("a job was closed, and none is named")
		case ev.Type != flowd.JobClosed && ev.Application.ID == "" && ev.Application.Candidate.ID == "":
			t.Errorf("%s of nobody", ev.Type)
		}
	}
}

// compare holds got to a golden file.
func compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -update and read what was written", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// render writes a value as JSON without what is empty in it.
func render(t *testing.T, v any) []byte {
	t.Helper()
	plain, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(prune(tree), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Collect(maps.Keys(v)) {
			v[key] = prune(v[key])
			switch inner := v[key].(type) {
			case nil:
				delete(v, key)
			case string:
				if inner == "" || inner == "0001-01-01T00:00:00Z" {
					delete(v, key)
				}
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

// rig is a handler with what it admitted, kept and logged.
type rig struct {
	*connectors.Handler
	batches []flowd.Batch
	held    []string
	log     bytes.Buffer
}

func (s Receiver) rig(t *testing.T, setup bool) *rig {
	t.Helper()
	r := &rig{}
	var err error
	r.Handler, err = connectors.NewHandler(connectors.HandlerOptions{
		Sources: []connectors.Source{s.Build(t, setup)},
		Admit: func(_ context.Context, b flowd.Batch) error {
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
