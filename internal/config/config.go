// Package config reads flowd.yaml: as strictly as rules, with every problem at
// once and at its place. It opens nothing but the files the configuration
// names, and holds no secret: it says where each is kept.
package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Config is a whole flowd.yaml with its defaults filled in. Paths are absolute
// or relative to the working directory: those in the file are relative to the
// file's own folder.
type Config struct {
	File     string   `yaml:"-"`
	Dir      string   `yaml:"-"`
	Rules    Rules    `yaml:"rules,required"`
	State    State    `yaml:"state"`
	Hireflix Hireflix `yaml:"hireflix,required"`
	// Sources is the list as it stands: each entry is read by its kind.
	Sources   *strictyaml.Node `yaml:"sources"`
	Server    Server           `yaml:"server"`
	Safety    *Safety          `yaml:"safety"`
	Retention Retention        `yaml:"retention"`
	TLS       TLS              `yaml:"tls"`
	Log       Log              `yaml:"log"`
	// Notify says who is told, by the owners' names in the rule files.
	Notify    map[string]Channels `yaml:"notify"`
	SMTP      *SMTP               `yaml:"smtp"`
	Heartbeat *Heartbeat          `yaml:"heartbeat"`
	Digest    DailyDigest         `yaml:"digest"`

	Links       Links       `yaml:"links"`
	Ending      Ending      `yaml:"when_application_ends"`
	Alternative Alternative `yaml:"alternative"`

	doc    *strictyaml.Document
	unread []strictyaml.Problem
}

// Problems is what is wrong with the file so far: reading the sources adds to
// it. The configuration is usable only when none of them is an error.
func (c *Config) Problems() []strictyaml.Problem {
	if c.doc == nil {
		return c.unread
	}
	return c.doc.Problems()
}

// Rules says where the rule files are and when a changed one is served.
type Rules struct {
	Path string `yaml:"path,required"`
	// Activate is on_change, or on_apply: then a changed file waits for a
	// person's order (SIGHUP or a restart).
	Activate string `yaml:"activate" oneof:"on_change on_apply"`
}

// UnmarshalNode reads a path alone or the keys.
func (r *Rules) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		n.Decode(&r.Path)
		return
	}
	type keys Rules
	n.Decode((*keys)(r))
}

// State names a back end and where it keeps its data, as "bolt:flowd.db".
type State struct{ Kind, Path string }

// UnmarshalNode reads KIND:PATH.
func (s *State) UnmarshalNode(n *strictyaml.Node) {
	var text string
	n.Decode(&text)
	kind, path, ok := strings.Cut(text, ":")
	if !ok || kind != "bolt" || path == "" {
		n.Error("state", fmt.Sprintf("state is a kind and a path, not %q", text), "write bolt:flowd.db")
		return
	}
	s.Kind, s.Path = kind, path
}

// Hireflix says how to reach the account and how hard to use it.
type Hireflix struct {
	URL         string        `yaml:"url"`
	APIKey      secret.Source `yaml:"api_key,required"`
	Concurrency int           `yaml:"concurrency"`
	Rate        PerSecond     `yaml:"rate"`
	Timeout     time.Duration `yaml:"timeout"`
	Settle      time.Duration `yaml:"settle"`
	QuotaProbe  time.Duration `yaml:"quota_probe"`
	// WebhookSecret are the account's secrets that may sign what Hireflix calls;
	// without one its endpoint is not served.
	WebhookSecret []secret.Source `yaml:"webhook_secret"`
	// Sweep is how often flowd looks itself at the interviews of each position.
	Sweep time.Duration `yaml:"sweep"`
}

// Server says where flowd listens.
type Server struct {
	Listen    string `yaml:"listen"`
	Admin     string `yaml:"admin"`
	PublicURL string `yaml:"public_url"`
	MaxBody   Size   `yaml:"max_body"`
	// Tokens let people in from other machines. A reload exchanges them.
	Tokens []Token `yaml:"tokens"`
}

// Retention says how long things are kept.
type Retention struct {
	Raw         time.Duration `yaml:"raw"`
	Undecodable time.Duration `yaml:"undecodable"`
	Decisions   time.Duration `yaml:"decisions"`
}

// TLS adds trusted authorities for outgoing calls.
type TLS struct {
	CAFile string `yaml:"ca_file"`
}

// Log says how much is logged.
type Log struct {
	Level string `yaml:"level" oneof:"debug info warn error"`
}

// Default returns the values of what a file leaves out.
func Default() Config {
	return Config{
		State: State{Kind: "bolt", Path: "flowd.db"},
		Rules: Rules{Activate: "on_change"},
		Hireflix: Hireflix{
			URL: "https://api.hireflix.com/me", Concurrency: 2, Rate: 5,
			Timeout: 20 * time.Second, Settle: 30 * time.Second, QuotaProbe: 15 * time.Minute,
			Sweep: 10 * time.Minute,
		},
		Server:    Server{Listen: "127.0.0.1:8080", Admin: "127.0.0.1:0", MaxBody: 1 << 20},
		Retention: Retention{Raw: 72 * time.Hour, Undecodable: 30 * 24 * time.Hour, Decisions: 400 * 24 * time.Hour},
		Log:       Log{Level: "info"},
		Links:     Links{AfterEnd: 30 * 24 * time.Hour, Days: leastDays},
		Ending:    Ending{Do: "list", After: time.Hour},
		Digest:    DailyDigest{At: Clock{Hour: 8}, Days: Days{1, 2, 3, 4, 5}, Zone: "UTC"},
	}
}

// Load reads a file. A file that cannot be read is one problem.
func Load(path string) *Config {
	data, err := os.ReadFile(path)
	if err != nil {
		c := Default()
		c.File = path
		c.unread = []strictyaml.Problem{{File: path, Severity: strictyaml.Error, Code: "config",
			Message: "the configuration cannot be read: " + reason(err), Hint: "name another file with --config"}}
		return &c
	}
	return Parse(path, data)
}

// Parse is Load for bytes that were read already.
func Parse(path string, data []byte) *Config {
	c := Default()
	c.File, c.Dir = path, filepath.Dir(path)
	c.doc = strictyaml.Parse(path, data, strictyaml.Options{Secrets: true, Extensions: true})
	c.doc.Decode(&c)
	if !strictyaml.HasErrors(c.doc.Problems()) {
		c.check(c.doc.Root())
	}
	c.place()
	return &c
}

// place resolves paths against the file's folder.
func (c *Config) place() {
	for _, p := range []*string{&c.Rules.Path, &c.State.Path, &c.TLS.CAFile} {
		*p = c.path(*p)
	}
	if c.Safety != nil {
		c.Safety.Suppress = c.path(c.Safety.Suppress)
	}
	c.Hireflix.APIKey = c.Hireflix.APIKey.In(c.Dir)
	c.placeNotify()
	c.placeWayBack()
}

func (c *Config) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}

// check reports what each value alone cannot show.
func (c *Config) check(root *strictyaml.Node) {
	at := func(path string) *strictyaml.Node {
		n := root
		for _, key := range strings.Split(path, ".") {
			n = n.Place(key)
		}
		return n
	}
	refuse := func(path, message, hint string) { at(path).Error("config", message, hint) }
	if u, err := url.Parse(c.Hireflix.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		refuse("hireflix.url", "hireflix.url is not an address", "leave it out for https://api.hireflix.com/me")
	} else if u.Scheme == "http" && !isLoopback(u.Host) {
		refuse("hireflix.url", "hireflix.url would send the key unencrypted", "write https://")
	}
	if err := c.Hireflix.APIKey.Validate(); err != nil {
		refuse("hireflix.api_key", "hireflix.api_key "+err.Error(), "")
	}
	if c.Hireflix.Concurrency < 1 || c.Hireflix.Concurrency > 64 {
		refuse("hireflix.concurrency", "hireflix.concurrency is between 1 and 64", "2 is plenty: Hireflix publishes no limit")
	}
	for key, d := range map[string]time.Duration{
		"hireflix.timeout": c.Hireflix.Timeout, "hireflix.settle": c.Hireflix.Settle, "hireflix.quota_probe": c.Hireflix.QuotaProbe,
		"retention.raw": c.Retention.Raw, "retention.undecodable": c.Retention.Undecodable, "retention.decisions": c.Retention.Decisions,
	} {
		if d <= 0 {
			refuse(key, key+" must be above zero", "")
		}
	}
	for key, addr := range map[string]string{"server.listen": c.Server.Listen, "server.admin": c.Server.Admin} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			refuse(key, fmt.Sprintf("%s is a host and a port, not %q", key, addr), "write 127.0.0.1:8080")
		}
	}
	if host, _, err := net.SplitHostPort(c.Server.Admin); err == nil && !isLoopback(host) {
		if len(c.Server.Tokens) == 0 {
			refuse("server.admin", "server.admin would open the commands to other machines, and no tokens are configured", "keep it on 127.0.0.1, or add server.tokens")
		} else {
			at("server.admin").Warn("server", "server.admin can be reached from other machines, and flowd speaks plain HTTP", "let only a TLS proxy reach this address: tokens and names pass through it")
		}
	}
	c.Server.checkTokens(at("server.tokens"), time.Now())
	if c.Server.MaxBody < 1<<10 || c.Server.MaxBody > 64<<20 {
		refuse("server.max_body", "server.max_body is between 1KiB and 64MiB", "")
	}
	if len(c.Sources.Items()) == 0 {
		at("sources").Warn("sources", "no source is configured: nobody can be invited", "add one under sources:")
	}
	c.Safety.check(at)
	c.checkNotify(at)
	c.checkWayBack(at)
}

func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func reason(err error) string {
	if os.IsNotExist(err) {
		return "there is no such file"
	}
	return err.Error()
}
