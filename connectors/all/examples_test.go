package all_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/all"
	"flowd/connectors/connectortest/atssim"
	"flowd/internal/config"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// build makes the sources of a configuration without its secrets, in a folder of
// its own. Not even a warning may stand in what people copy.
func build(t *testing.T, text string) (*config.Config, []connectors.Source) {
	t.Helper()
	c := config.Parse(filepath.Join(t.TempDir(), "flowd.yaml"), []byte(text))
	sources := all.Kinds().Build(c.Sources, connectors.Options{Dir: c.Dir, SkipSecrets: true})
	if problems := c.Problems(); len(problems) > 0 || len(sources) == 0 {
		t.Fatalf("%d sources, and problems:\n%s%s", len(sources), strictyaml.Render(problems), text)
	}
	return c, sources
}

// delivered decodes a body as the first source would.
func delivered(t *testing.T, s connectors.Source, body string) []flowd.Event {
	t.Helper()
	b, _, err := s.Receiver.Decode(flowd.Delivery{Source: s.Name, Header: http.Header{}, Query: url.Values{}, Body: []byte(body), Received: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return b.Events
}

// completed decodes a body as the first source of a configuration would, whose ATS
// answers for what it does not tell.
func completed(t *testing.T, config, body, answer string) []flowd.Event {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
	t.Cleanup(server.Close)
	_, sources := build(t, strings.ReplaceAll(config, "https://ats.example.com", server.URL))
	events, err := sources[0].Receiver.(connectors.Completer).Complete(t.Context(), delivered(t, sources[0], body))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// dropped puts a file into the folder that the configuration names, and returns
// what is taken from it. A file is taken once it has lain still, so this runs in
// synthetic time.
func dropped(t *testing.T, s connectors.Source, dir, name, text string) []flowd.Event {
	t.Helper()
	folder := filepath.Join(dir, "drop")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var events []flowd.Event
	synctest.Test(t, func(t *testing.T) {
		for range 4 {
			b, _, err := s.Poller.Poll(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, b.Events...)
			if settler, ok := s.Poller.(connectors.Settler); ok {
				if err := settler.Settled(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(s.Every) // synthetic
		}
	})
	return events
}

// moved holds that events are moves of people who can be written to.
func moved(t *testing.T, events []flowd.Event, n int) {
	t.Helper()
	if len(events) != n {
		t.Fatalf("%d events, want %d", len(events), n)
	}
	for _, ev := range events {
		if ev.Type != flowd.StageEntered || ev.Stage.IsZero() || ev.Application.ID == "" || ev.Application.Job.ID+ev.Application.Job.Name == "" ||
			!strings.HasSuffix(ev.Application.Candidate.Email, "@example.com") || ev.At.IsZero() {
			t.Errorf("the sample gives %+v", ev)
		}
	}
}

// Each kind has a configuration to start from: with the example rules it is
// accepted as it stands.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, kind := range all.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			t.Parallel()
			c, sources := build(t, read(t, "examples/"+kind.Name+"/flowd.yaml"))
			if len(sources) != 1 || sources[0].Kind != kind.Name {
				t.Fatalf("the example has %d sources, the first of kind %s", len(sources), sources[0].Kind)
			}
			// All example rules, or the first one where an ATS does not tell what the others ask.
			path, err := filepath.Rel(c.Dir, c.Rules.Path)
			if err != nil || path != "../rules" && path != "../rules/first.yaml" {
				t.Errorf("its rules are %s, %v", path, err)
			}
			files, err := rules.ReadDir(filepath.Join(root, "examples", kind.Name, path))
			if err != nil {
				t.Fatal(err)
			}
			s := sources[0]
			_, problems := rules.Compile(files, rules.Options{Sources: []rules.Source{{Name: s.Name, ATS: s.ATS, Members: s.Members, StageKinds: s.StageKinds}}})
			if len(problems) > 0 {
				t.Errorf("the example rules do not fit it:\n%s", strictyaml.Render(problems))
			}
		})
	}
}

// The samples beside the configurations are understood by them.
func TestExamples_Samples(t *testing.T) {
	t.Parallel()
	_, hooks := build(t, read(t, "examples/webhook/flowd.yaml"))
	events := delivered(t, hooks[0], read(t, "examples/webhook/delivery.json"))
	moved(t, events, 1)
	if lang := events[0].Application.Candidate.Language; lang != "de-AT" {
		t.Errorf("language %q", lang)
	}
	c, folders := build(t, read(t, "examples/dropfolder/flowd.yaml"))
	events = dropped(t, folders[0], c.Dir, "moves.csv", read(t, "examples/dropfolder/moves.csv"))
	moved(t, events, 3)
	if f := events[0].Application.Fields; len(f) != 1 || f[0].Name != "Interview language" || f[0].Value != "German" {
		t.Errorf("fields %+v", f)
	}
}

// The example for any system writes to one that has such an API.
func TestExamples_Write(t *testing.T) {
	t.Parallel()
	ats := atssim.New(atssim.Options{})
	ats.AddJob("77", "Sales", "Application review", "Video interview", "Video review")
	id, err := ats.AddApplication("77", atssim.Person{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(ats)
	defer server.Close()
	_, sources := build(t, strings.ReplaceAll(read(t, "examples/webhook/flowd.yaml"), "https://ats.example.com", server.URL))
	app := flowd.Application{ID: id, Stage: flowd.Stage{Name: "Application review"}}
	for _, w := range []flowd.WriteBack{
		{Kind: flowd.ActionNote, Text: "Finished.", Mark: "[m-1]"},
		{Kind: flowd.ActionTag, Target: "video"},
		{Kind: flowd.ActionField, Target: "Video status", Text: "finished"},
		{Kind: flowd.ActionMove, Target: "Video review"},
		{Kind: flowd.ActionLink, Target: "Recording", Text: "https://flowd.example.com/v/1"},
	} {
		w.Application = app
		if err := sources[0].Writer.Write(t.Context(), w); err != nil {
			t.Errorf("%s: %v", w.Kind, err)
		}
		if w.Kind != flowd.ActionNote && w.Kind != flowd.ActionMove {
			continue
		}
		if written, err := sources[0].Writer.Written(t.Context(), w); !written || err != nil {
			t.Errorf("%s: written %t, %v", w.Kind, written, err)
		}
	}
	if n := len(ats.Writes()); n != 5 {
		t.Errorf("%d of 5 were written: %+v", n, ats.Application(id))
	}
}

// The keys of what writes stand in the document.
func TestDocs_WriteKeys(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/connectors.md")
	for _, file := range []string{"connectors/greenhouse/harvest.go", "connectors/ashby/api.go", "connectors/odoo/odoo.go", "connectors/request.go", "connectors/writing.go", "connectors/fetching.go", "connectors/auth.go", "connectors/webhook/webhook.go"} {
		for _, m := range regexp.MustCompile(`yaml:"(\w+)`).FindAllStringSubmatch(read(t, file), -1) {
			if !regexp.MustCompile("`[\\w.]*\\b" + m[1] + "\\b[^`]*`").MatchString(doc) {
				t.Errorf("the key %s of %s is not documented", m[1], file)
			}
		}
	}
	for _, path := range []string{"application.id", "application.url", "candidate.id", "job.id", "job.name", "stage", "stage_id", "from", "from_id", "target", "text", "mark", "key", "body"} {
		if !strings.Contains(doc, "`"+path+"`") {
			t.Errorf("the value %s is not documented", path)
		}
	}
}

var block = regexp.MustCompile("(?ms)^ *```(yaml|json|csv|ndjson)\n(.*?)^ *```$")

// Each configuration in the documents can be built, and what stands below it as
// a sample is understood by it.
func TestDocs_Sources(t *testing.T) {
	t.Parallel()
	built, understood := 0, 0
	for _, name := range []string{"README.md", "docs/configuration.md", "docs/connectors.md", "docs/operating.md"} {
		var c *config.Config
		var sources []connectors.Source
		var config, hook string
		for _, m := range block.FindAllStringSubmatch(read(t, name), -1) {
			kind, text := m[1], unindented(m[2])
			switch {
			case kind == "yaml" && strings.Contains(text, "hireflix:\n"):
				c, sources = build(t, text)
				config, hook = text, ""
				built++
			case name != "docs/connectors.md" || sources == nil:
			case kind == "json" && sources[0].Kind == "webhook":
				if !strings.Contains(config, "complete: true") {
					moved(t, delivered(t, sources[0], text), 1)
					understood++
				} else if hook == "" {
					hook = text // the answer follows
				} else {
					moved(t, completed(t, config, hook, text), 1)
					understood++
				}
			case kind == "csv" && sources[0].Kind == "dropfolder":
				moved(t, dropped(t, sources[0], c.Dir, "a.csv", text), 2)
				understood++
			case kind == "ndjson" && sources[0].Kind == "dropfolder":
				events := dropped(t, sources[0], c.Dir, "a.ndjson", text)
				if len(events) != 2 || events[1].Type != flowd.ApplicationWithdrawn {
					t.Fatalf("%d events", len(events))
				}
				moved(t, events[:1], 1)
				understood++
			}
		}
	}
	if built < 9 || understood != 5 {
		t.Errorf("built %d configurations and understood %d samples", built, understood)
	}
}

func unindented(text string) string {
	indent := text[:len(text)-len(strings.TrimLeft(text, " "))]
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, indent)
	}
	return strings.Join(lines, "")
}

// What a map can fill in, how a sender can sign and what a kind does not tell
// stand in the document.
func TestDocs_Names(t *testing.T) {
	t.Parallel()
	doc := read(t, "docs/connectors.md")
	section := func(name string) string {
		_, text, ok := strings.Cut(doc, "\n## "+name+"\n")
		if !ok {
			t.Fatalf("there is no section %s", name)
		}
		text, _, _ = strings.Cut(text, "\n## ")
		return text
	}
	for _, part := range connectors.PartNames() {
		if !strings.Contains(section("webhook"), "`"+part+"`") {
			t.Errorf("the part %s is not documented", part)
		}
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[sign.Scheme]()) {
		if !strings.Contains(section("webhook"), "| `"+f.Tag.Get("yaml")+"` |") {
			t.Errorf("the field %s of a scheme is not documented", f.Tag.Get("yaml"))
		}
	}
	for _, kind := range []string{"greenhouse", "ashby", "odoo"} {
		_, sources := build(t, read(t, "examples/"+kind+"/flowd.yaml"))
		_, row, _ := strings.Cut(section(kind), "| tells |")
		row, _, _ = strings.Cut(row, "\n")
		var untold []string
		for _, member := range connectors.Members(connectors.PartNames()) {
			if !slices.Contains(sources[0].Members, member) {
				untold = append(untold, member)
			}
		}
		var documented []string
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row, -1) {
			documented = append(documented, m[1])
		}
		if !slices.Equal(untold, documented) {
			t.Errorf("%s does not tell %q, documented is %q", kind, untold, documented)
		}
	}
}
