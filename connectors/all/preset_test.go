package all_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"flowd/connectors"
	"flowd/connectors/all"
	"flowd/connectors/connectortest"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

func kind(t testing.TB, name string) connectors.Kind {
	t.Helper()
	for _, k := range all.Kinds() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("there is no kind %s", name)
	return connectors.Kind{}
}

func recruitee(t testing.TB) connectortest.Receiver {
	return connectortest.Receiver{
		Kind: kind(t, "recruitee"), Fixtures: "testdata/recruitee",
		Scheme:   sign.Scheme{Signature: "header:X-Recruitee-Signature"},
		Personal: []string{"Orla", "Bramblewick", "bramblewick@", "+45 20 55 01 88"},
	}
}

func standardWebhooks(t testing.TB) connectortest.Receiver {
	return connectortest.Receiver{
		Kind: kind(t, "standard-webhooks"), Fixtures: "testdata/standard-webhooks", Scheme: sign.StandardWebhooks(),
		Personal: []string{"Orla", "Bramblewick", "bramblewick@"},
	}
}

func TestPresets_Receive(t *testing.T) {
	t.Parallel()
	t.Run("recruitee", recruitee(t).Run)
	t.Run("standard-webhooks", standardWebhooks(t).Run)
}

func FuzzRecruitee(f *testing.F)        { recruitee(f).Fuzz(f) }
func FuzzStandardWebhooks(f *testing.F) { standardWebhooks(f).Fuzz(f) }

// at is a preset whose ATS is at an address.
func at(t testing.TB, name, host, url string) connectors.Kind {
	t.Helper()
	k := kind(t, name)
	if !strings.Contains(k.Text, "https://"+host) {
		t.Fatalf("%s calls nobody at %s", name, host)
	}
	presets, err := all.Kinds().Presets(fstest.MapFS{name + ".yaml": {Data: []byte(strings.ReplaceAll(k.Text, "https://"+host, url))}})
	if err != nil {
		t.Fatal(err)
	}
	return presets[0]
}

// What a preset wants and does not get is said where the source stands, and what
// goes over it where that stands.
func TestPresets_Problems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ section, place, says string }{
		"no account":    {"kind: bamboohr\nstatuses: [12]\nauth: {basic: {user: key}}", "1:1", "bamboohr needs account: the first part of its address"},
		"no auth":       {"kind: bamboohr\nstatuses: [12]\naccount: acme", "1:1", "bamboohr needs auth: an API key"},
		"odd account":   {"kind: bamboohr\nstatuses: [12]\naccount: acme.example/\nauth: {basic: {user: key}}", "4:10", "stands in an address, and this cannot"},
		"no user":       {"kind: bamboohr\nstatuses: [12]\naccount: acme\nauth: {basic: {}}", "5:15", "user is missing"},
		"unknown key":   {"kind: bamboohr\nstatuses: [12]\naccount: acme\nauth: {basic: {user: key}}\nstati: 3", "6:1", "unknown key stati"},
		"no secret":     {"kind: recruitee\nwebhook: {status: 200}", "3:10", "the hook has no secret"},
		"no hook":       {"kind: recruitee", "1:1", "the hook has no secret"},
		"with auth":     {"kind: recruitee\nwebhook: {setup: true}\nauth: {basic: {user: key}}", "1:1", "recruitee needs account"},
		"broken map":    {"kind: recruitee\nwebhook: {setup: true}\nmap: {candidate: {name: bodi.x}}", "4:25", "there is no bodi"},
		"goes not with": {"kind: bamboohr\nstatuses: [12]\naccount: acme\nauth: {basic: {user: key}}\npaging: {offset: 0}", "6:9", "in one way"},
		"against it":    {"kind: bamboohr\nstatuses: [12]\naccount: acme\nauth: {basic: {user: key}}\nsince: {format: ms}", "6:8", "does not send it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := strictyaml.Parse("s.yaml", []byte("name: x\n"+c.section), strictyaml.Options{})
			all.Kinds().Build(doc.Root(), connectors.Options{Dir: t.TempDir(), SkipSecrets: true})
			got := strictyaml.Render(doc.Problems())
			if !strings.Contains(got, "s.yaml:"+c.place+": ") || !strings.Contains(got, c.says) {
				t.Errorf("want %s %q, got\n%s", c.place, c.says, got)
			}
		})
	}
}
