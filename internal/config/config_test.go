package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flowd/internal/config"
	"flowd/internal/strictyaml"
)

const minimal = `
rules: rules/
hireflix:
  api_key: {env: HIREFLIX_API_KEY}
sources:
  - name: greenhouse
    kind: greenhouse
`

func TestParse_DefaultsAndPaths(t *testing.T) {
	t.Parallel()
	c := config.Parse("/etc/flowd/flowd.yaml", []byte(minimal))
	if p := c.Problems(); len(p) > 0 {
		t.Fatalf("a minimal file has problems:\n%s", strictyaml.Render(p))
	}
	if c.Rules.Path != "/etc/flowd/rules" || c.State.Path != "/etc/flowd/flowd.db" {
		t.Errorf("paths are not relative to the file's folder: %q, %q", c.Rules.Path, c.State.Path)
	}
	if c.Hireflix.URL != "https://api.hireflix.com/me" || c.Hireflix.Concurrency != 2 || c.Hireflix.Rate != 5 {
		t.Errorf("defaults of hireflix are %+v", c.Hireflix)
	}
	if c.Retention.Raw != 72*time.Hour || c.Server.MaxBody != 1<<20 {
		t.Errorf("defaults are %+v, %+v", c.Retention, c.Server)
	}
	if c.Safety != nil {
		t.Error("an absent safety section limits")
	}
}

func TestParse_Problems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ yaml, want string }{
		"a literal key":           {strings.Replace(minimal, "{env: HIREFLIX_API_KEY}", "hf_live_5d1c", 1), "api_key"},
		"an unknown key":          {minimal + "serverr: {}\n", "did you mean server?"},
		"an empty value":          {strings.Replace(minimal, "rules: rules/", "rules:", 1), "rules"},
		"a pace without unit":     {with("rate: 5"), "write 5/s"},
		"a key in the clear":      {with("url: http://api.hireflix.example/me"), "unencrypted"},
		"no concurrency":          {with("concurrency: 0"), "between 1 and 64"},
		"a span without unit":     {with("settle: 30"), "30"},
		"admin open to others":    {minimal + "server: {admin: \"0.0.0.0:9000\"}\n", "other machines"},
		"a state of another kind": {minimal + "state: redis:flowd\n", "bolt:flowd.db"},
		"a cap below zero":        {minimal + "safety: {max_invites: {per_hour: -1}}\n", "below zero"},
		"a pilot of nobody":       {minimal + "safety: {only_to: []}\n", "lets nobody through"},
		"a pilot of anything":     {minimal + "safety: {only_to: [\"acme\"]}\n", "*@acme.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := config.Parse("flowd.yaml", []byte(c.yaml)).Problems()
			text := strictyaml.Render(problems)
			if !strings.Contains(text, c.want) {
				t.Errorf("got:\n%s\nwant it to say %q", text, c.want)
			}
			if strings.Contains(text, "hf_live_5d1c") {
				t.Error("a problem shows the key")
			}
			for _, p := range problems {
				if p.Line == 0 {
					t.Errorf("no place for: %s", p.Message)
				}
			}
		})
	}
}

// with puts a line into the hireflix section.
func with(line string) string {
	return strings.Replace(minimal, "hireflix:\n", "hireflix:\n  "+line+"\n", 1)
}

func TestReadSuppressed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "suppress.csv")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("\uFEFFaddress,reason,until\nrosa.field@example.com,asked,2027-03-31\n*@rival.example,competitor,\n")
	list, err := config.ReadSuppressed(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[1].Address != "*@rival.example" || !list[1].Until.IsZero() {
		t.Fatalf("read %+v", list)
	}
	if want := time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC); !list[0].Until.Equal(want) {
		t.Errorf("until the end of 2027-03-31 is %v, want %v", list[0].Until, want)
	}
	for _, bad := range []string{"rosa\n", "rosa@example.com,x,31.03.2027\n", "*@\n"} {
		write(bad)
		if _, err := config.ReadSuppressed(path); err == nil {
			t.Errorf("%q was read: somebody would be written to who must not", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("rules: {path: a, activate: on_apply}\nhireflix: {api_key: {file: k}}\nsafety: {per_person: {invites: 1, per: 24h}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := config.Parse("flowd.yaml", data)
		for _, p := range c.Problems() {
			_ = p.Text()
		}
	})
}
