package connectors_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

type config struct {
	Webhook connectors.Hook `yaml:"webhook,required"`
	Colour  string          `yaml:"colour" oneof:"red blue"`
}

var kinds = connectors.Kinds{
	connectors.NewKind("signed", "of a test", func(cfg config, c connectors.Common) (connectors.Source, error) {
		s := connectors.Source{Members: []string{c.ATS, cfg.Colour}}
		if err := cfg.Webhook.Apply(&s, c); err != nil {
			return s, err
		}
		signed, err := cfg.Webhook.Signed(sign.Scheme{Signature: "header:Sig"}, c)
		s.Receiver = verifier{signed}
		return s, err
	}),
	connectors.NewKind("plain", "of a test", func(struct{}, connectors.Common) (connectors.Source, error) {
		return connectors.Source{Poller: &poller{}}, nil
	}),
	connectors.NewKind("silent", "of a test", func(struct{}, connectors.Common) (connectors.Source, error) {
		return connectors.Source{}, nil
	}),
}

type verifier struct{ *connectors.Signed }

func (verifier) Decode(flowd.Delivery) (flowd.Batch, *flowd.Reply, error) { panic("unused") }

func build(t *testing.T, text string, o connectors.Options) ([]connectors.Source, []strictyaml.Problem) {
	t.Helper()
	doc := strictyaml.Parse("flowd.yaml", []byte(text), strictyaml.Options{Secrets: true})
	var top struct {
		Sources *strictyaml.Node `yaml:"sources"`
	}
	doc.Decode(&top)
	sources := kinds.Build(top.Sources, o)
	return sources, doc.Problems()
}

func secretFile(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKinds_Build(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secretFile(t, dir, "old", "old-secret")
	secretFile(t, dir, "new", "new-secret")
	secretFile(t, dir, "path", "0123456789abcdef")
	sources, problems := build(t, `
sources:
  - name: ats-eu
    kind: signed
    colour: red
    keep_fields: [Salary]
    allow_work_email: true
    webhook: {secrets: [{file: old}, {file: new}], status: 202, path_secret: {file: path}}
  - {name: second, kind: signed, ats: ats-eu, webhook: {setup: true}}
  - {name: third, kind: plain}
`, connectors.Options{Dir: dir})
	if len(problems) > 0 || len(sources) != 3 {
		t.Fatalf("%d sources, %s", len(sources), strictyaml.Render(problems))
	}
	s := sources[0]
	if s.Name != "ats-eu" || s.ATS != "ats-eu" || s.Kind != "signed" || s.OK != 202 || s.Setup || len(s.PathSecrets) != 1 ||
		!cmp.Equal(s.Members, []string{"ats-eu", "red"}) || !cmp.Equal(s.KeepFields, []string{"Salary"}) {
		t.Errorf("%+v", s)
	}
	if sources[1].ATS != "ats-eu" || !sources[1].Setup {
		t.Errorf("%+v", sources[1])
	}
	for key, ok := range map[string]bool{"old-secret": true, "new-secret": true, "": false, "other": false} {
		d := flowd.Delivery{Header: map[string][]string{}, Body: []byte("{}")}
		v, err := sign.New(sign.Scheme{Signature: "header:Sig"})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = v.Sign(time.Now(), d.Header, nil, d.Body, []byte(key)) // the empty key cannot sign
		if err := s.Receiver.Verify(time.Now(), d); (err == nil) != ok {
			t.Errorf("signed with %q: %v", key, err)
		}
		if err := sources[1].Receiver.Verify(time.Now(), d); err == nil {
			t.Error("a source in setup verified a delivery")
		}
	}
}

func TestKinds_Problems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secretFile(t, dir, "good", "good-secret-of-enough")
	secretFile(t, dir, "empty", "")
	secretFile(t, dir, "short", "short")
	secretFile(t, dir, "odd", "odd/secret/of/enough")
	for name, c := range map[string]struct{ section, place, says, hint string }{
		"no name":            {"kind: plain", "3:5", "name is missing", ""},
		"no kind":            {"name: x", "3:5", "kind is missing", ""},
		"odd name":           {"name: Ats_EU\n    kind: plain", "3:11", `name "Ats_EU" is not a name`, "lower-case"},
		"odd ats":            {"name: x\n    kind: plain\n    ats: a b", "5:10", `ats "a b" is not a name`, ""},
		"unknown kind":       {"name: x\n    kind: plan", "4:11", "there is no kind plan", "did you mean plain?"},
		"quite unknown kind": {"name: x\n    kind: zzzzzz", "4:11", "there is no kind zzzzzz", "signed, plain"},
		"nothing to hear":    {"name: x\n    kind: silent", "3:5", "neither called nor polled", "add webhook: or poll:"},
		"unknown key":        {"name: x\n    kind: plain\n    colour: red", "5:5", "unknown key colour", ""},
		"near key":           {"name: x\n    kind: plain\n    keep_field: red", "5:5", "unknown key keep_field", "keep_fields"},
		"value":              {"name: x\n    kind: signed\n    colour: green\n    webhook: {setup: true}", "5:13", "colour is one of red, blue", ""},
		"no webhook":         {"name: x\n    kind: signed", "3:5", "webhook is missing", ""},
		"webhook of text":    {"name: x\n    kind: signed\n    webhook: yes", "5:14", "webhook wants a set of keys", ""},
		"no secret":          {"name: x\n    kind: signed\n    webhook: {status: 200}", "5:14", "the hook has no secret", "setup: true"},
		"literal secret":     {"name: x\n    kind: signed\n    webhook: {secret: literal}", "5:23", "secret wants a set of keys", ""},
		"empty secret":       {"name: x\n    kind: signed\n    webhook: {secret: {file: empty}}", "5:23", "is empty", ""},
		"second empty":       {"name: x\n    kind: signed\n    webhook:\n      secrets:\n        - {file: good}\n        - {file: empty}", "8:11", "is empty", ""},
		"absent secret":      {"name: x\n    kind: signed\n    webhook: {secret: {file: absent}}", "5:23", "no such file", ""},
		"setup and secret":   {"name: x\n    kind: signed\n    webhook: {setup: true, secret: {file: good}}", "5:22", "stands in place of a secret", "delete setup"},
		"status":             {"name: x\n    kind: signed\n    webhook: {setup: true, status: 500}", "5:36", "status 500", "200 to 299"},
		"short path":         {"name: x\n    kind: signed\n    webhook: {setup: true, path_secret: {file: short}}", "5:41", "fewer than 16", "openssl"},
		"odd path":           {"name: x\n    kind: signed\n    webhook: {setup: true, path_secret: {file: odd}}", "5:41", "does not carry unchanged", ""},
		"Hireflix's name":    {"name: hireflix\n    ats: mine\n    kind: plain", "3:11", "stands for Hireflix itself", "after the ATS"},
		"Hireflix's system":  {"name: x\n    ats: hireflix\n    kind: plain", "4:10", "stands for Hireflix itself", "after the ATS"},
		"duplicate":          {"name: x\n    kind: plain\n  - name: x\n    kind: plain", "5:11", "two sources are named x", "ats:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := build(t, "sources:\n  # of a test\n  - "+c.section+"\n", connectors.Options{Dir: dir})
			got := strictyaml.Render(problems)
			if len(problems) != 1 || !strings.Contains(got, "flowd.yaml:"+c.place+": ") || !strings.Contains(got, c.says) || !strings.Contains(got, c.hint) {
				t.Errorf("want %s %q %q alone, got\n%s", c.place, c.says, c.hint, got)
			}
			if strings.Contains(got, "odd/secret") || strings.Contains(got, "literal}") {
				t.Errorf("a secret is shown:\n%s", got)
			}
		})
	}
}

// Commands that only look at a configuration need no secrets.
func TestKinds_SkipSecrets(t *testing.T) {
	t.Parallel()
	sources, problems := build(t, "sources: [{name: x, kind: signed, webhook: {secret: {file: absent}}}]", connectors.Options{SkipSecrets: true})
	if len(problems) > 0 || len(sources) != 1 {
		t.Fatal(strictyaml.Render(problems))
	}
	if err := sources[0].Receiver.Verify(time.Now(), flowd.Delivery{Header: map[string][]string{"Sig": {strings.Repeat("0", 64)}}}); err == nil {
		t.Error("a source without its secret verified a delivery")
	}
}
