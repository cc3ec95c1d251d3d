package connectortest

import (
	"bytes"
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

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
)

var update = flag.Bool("update", false, "write the golden files of connectors anew")

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
			valid(t, b, completes(source))
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

// completes tells whether what a delivery brings is completed before it is stored.
func completes(source connectors.Source) bool {
	_, ok := source.Receiver.(connectors.Completer)
	return ok
}

// valid holds what must be true of every batch. In one that is still to be
// completed a stage may be open.
func valid(t testing.TB, b flowd.Batch, open bool) {
	t.Helper()
	for _, ev := range b.Events {
		switch {
		case !slices.Contains(flowd.EventTypes(), ev.Type):
			t.Errorf("event of type %q", ev.Type)
		case ev.Type == flowd.StageEntered && ev.Stage.IsZero() && !open:
			t.Error("a stage was entered, and none is named")
		case ev.Type == flowd.JobClosed && ev.Application.Job.ID == "" && ev.Application.Job.Name == "":
			t.Error("a job was closed, and none is named")
		case ev.Type != flowd.JobClosed && ev.Application.ID == "" && ev.Application.Candidate.ID == "":
			t.Errorf("%s of nobody", ev.Type)
		}
	}
	for _, seen := range b.Seen {
		if seen.ID == "" || seen.Stage.IsZero() && (seen.Status == "" || seen.Status == flowd.StatusActive) {
			t.Errorf("a snapshot of nobody, or of an application that stands nowhere: %+v", seen.Stage)
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

// said tells whether false and 0 of this name differ from nothing.
func said(name string) bool {
	return slices.Contains([]string{"Value", "CanEmail", "IsInternal", "Status"}, name)
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
			case bool:
				if !inner && !said(key) {
					delete(v, key)
				}
			case json.Number:
				if inner == "0" && !said(key) {
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
