package all_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"flowd"
	"flowd/connectors/all"
	"flowd/examples"
)

// polled asks the source of a configuration whose ATS gives one answer.
func polled(t *testing.T, text, host, answer string) []flowd.Event {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
	t.Cleanup(server.Close)
	if !strings.Contains(text, host) {
		t.Fatalf("nothing is asked at %s", host)
	}
	_, sources := build(t, strings.ReplaceAll(text, host, server.URL))
	b, more, err := sources[0].Poller.Poll(t.Context(), nil)
	if err != nil || more {
		t.Fatal(more, err)
	}
	var events []flowd.Event
	for _, seen := range b.Seen {
		events = append(events, flowd.Event{Type: flowd.StageEntered, At: seen.Entered, Stage: seen.Stage, Application: seen.Application})
	}
	return events
}

// The samples of the generic kinds are understood: those beside the examples, and
// those in the document.
func TestSamples_Generic(t *testing.T) {
	t.Parallel()
	moved(t, polled(t, read(t, "examples/poll/flowd.yaml"), "https://ats.example.com", read(t, "examples/poll/page.json")), 1)
	_, hooks := build(t, read(t, "examples/standard-webhooks/flowd.yaml"))
	moved(t, delivered(t, hooks[0], read(t, "examples/standard-webhooks/delivery.json")), 1)
	understood := 0
	var config string
	for _, m := range block.FindAllStringSubmatch(read(t, "docs/connectors.md"), -1) {
		text := unindented(m[2])
		switch m[1] {
		case "yaml":
			config = ""
			if strings.Contains(text, "kind: poll\n") || strings.Contains(text, "kind: standard-webhooks\n") {
				config = text
			}
		case "json":
			if strings.Contains(config, "kind: standard-webhooks\n") {
				_, sources := build(t, config)
				moved(t, delivered(t, sources[0], text), 1)
				understood++
			} else if config != "" {
				moved(t, polled(t, config, "https://api.ats.example.com", text), 1)
				understood++
			}
		}
	}
	if understood != 2 {
		t.Errorf("%d samples of the document are understood", understood)
	}
}

// Each key of the polled kind stands in its section.
func TestDocs_PollKeys(t *testing.T) {
	t.Parallel()
	_, section, ok := strings.Cut(read(t, "docs/connectors.md"), "\n## poll\n")
	if !ok {
		t.Fatal("there is no section poll")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, file := range []string{"poll.go", "since.go", "paging.go", "catalog.go"} {
		for _, m := range regexp.MustCompile("yaml:\"(\\w+)").FindAllStringSubmatch(read(t, "connectors/poll/"+file), -1) {
			if !regexp.MustCompile("`[\\w.]*\\b" + m[1] + "\\b[^`]*`").MatchString(section) {
				t.Errorf("the key %s of %s is not documented", m[1], file)
			}
		}
	}
}

// Each kind says what to begin with, in an installation and on the screen.
func TestStart(t *testing.T) {
	t.Parallel()
	for _, kind := range all.Kinds() {
		text, ok := examples.Start(kind.Name)
		if !ok {
			t.Errorf("there is nothing to begin %s with", kind.Name)
			continue
		}
		_, sources := build(t, "rules: rules/\nhireflix: {api_key: {env: KEY}}\n"+strings.ReplaceAll(text, "${name}", "begun"))
		if sources[0].Kind != kind.Name {
			t.Errorf("%s begins with %s", kind.Name, sources[0].Kind)
		}
	}
}

// A preset is understood as it is printed, once what it needs stands in it.
func TestPresets_Printed(t *testing.T) {
	t.Parallel()
	n := 0
	for _, kind := range all.Kinds() {
		if kind.Text == "" {
			continue
		}
		n++
		text := strings.NewReplacer("{account}", "acme", "{statuses}", "12", "  webhook:\n", "  webhook:\n    setup: true\n", "webhook: {", "webhook: {setup: true, ", "basic: {", "basic: {user: key, ").Replace(kind.Text)
		_, sources := build(t, "rules: rules/\nhireflix: {api_key: {env: KEY}}\nsources:\n"+text)
		if sources[0].Name != kind.Name || sources[0].Kind == kind.Name {
			t.Errorf("%s is printed as %s of kind %s", kind.Name, sources[0].Name, sources[0].Kind)
		}
		for _, role := range []bool{sources[0].Receiver != nil || sources[0].Poller != nil, len(sources[0].Members) > 5} {
			if !role {
				t.Errorf("%s tells nothing", kind.Name)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d presets", n)
	}
}
