package config_test

import (
	"strings"
	"testing"
	"time"

	"flowd/internal/config"
	"flowd/internal/strictyaml"
)

const digest = "7c3c1d0c8f1fd1b2f2a9c9ed2a4b5ab0f3b1e7a3a4bd6a1c24c0f0f6a7d3f3b9"

// tokens is the minimal file with tokens.
func tokens(admin string, lines ...string) string {
	return minimal + "server:\n  admin: \"" + admin + "\"\n  tokens:\n    - " + strings.Join(lines, "\n    - ") + "\n"
}

func TestTokens_Read(t *testing.T) {
	t.Parallel()
	c := config.Parse("flowd.yaml", []byte(tokens("127.0.0.1:0", "{name: ana, role: viewer, people: true, sha256: "+digest+", expires: 2199-01-31}")))
	if p := c.Problems(); len(p) > 0 {
		t.Fatal(strictyaml.Render(p))
	}
	got := c.Server.Tokens[0]
	if got.Name != "ana" || got.Role != "viewer" || !got.People || got.SHA256[0] != 0x7c || !got.Expires.Until().Equal(time.Date(2199, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("read %+v", got)
	}
	bare := config.Parse("flowd.yaml", []byte(minimal))
	if !c.Server.Same(bare.Server) {
		t.Error("tokens alone make another server section")
	}
	bare.Server.Listen = "127.0.0.1:1"
	if c.Server.Same(bare.Server) {
		t.Error("another address is the same server section")
	}
}

func TestTokens_Problems(t *testing.T) {
	t.Parallel()
	const ana = "{name: ana, role: viewer, sha256: " + digest + ", expires: 2199-01-31}"
	other := strings.Replace(digest, "7c", "7d", 1)
	for name, c := range map[string]struct {
		yaml, want string
		refused    bool
	}{
		"open to others with tokens": {tokens("0.0.0.0:9000", ana), "TLS proxy", false},
		"an unknown role":            {tokens("127.0.0.1:0", strings.Replace(ana, "viewer", "owner", 1)), "viewer", true},
		"no end":                     {tokens("127.0.0.1:0", strings.Replace(ana, ", expires: 2199-01-31", "", 1)), "expires", true},
		"an end that is no day":      {tokens("127.0.0.1:0", strings.Replace(ana, "2199-01-31", "90d", 1)), "2027-01-31", true},
		"an end that is past":        {tokens("127.0.0.1:0", strings.Replace(ana, "2199", "2020", 1)), "has expired", false},
		"the token itself":           {tokens("127.0.0.1:0", strings.Replace(ana, digest, "flowd_hf-live-5d1c", 1)), "never the token itself", true},
		"two of one name":            {tokens("127.0.0.1:0", ana, strings.Replace(ana, digest, other, 1)), "two tokens have the name", true},
		"one digest twice":           {tokens("127.0.0.1:0", ana, strings.Replace(ana, "ana", "ben", 1)), "the same sha256", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := config.Parse("flowd.yaml", []byte(c.yaml)).Problems()
			text := strictyaml.Render(problems)
			if !strings.Contains(text, c.want) || strictyaml.HasErrors(problems) != c.refused {
				t.Errorf("refused: %v, want %v; got:\n%s\nwant it to say %q", strictyaml.HasErrors(problems), c.refused, text, c.want)
			}
			if strings.Contains(text, "hf-live") {
				t.Error("a problem shows the token")
			}
		})
	}
}
