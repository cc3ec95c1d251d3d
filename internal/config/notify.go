package config

import (
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strings"
	"time"

	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Channels are the ways to reach one owner. Of Slack, Teams and webhooks there
// may be several.
type Channels struct {
	Email   *Recipients  `yaml:"email"`
	Slack   []Hook       `yaml:"slack"`
	Teams   []Hook       `yaml:"teams"`
	Webhook []SignedHook `yaml:"webhook"`
}

// Secrets are what has to be read to reach the owner.
func (c Channels) Secrets() []secret.Source {
	var out []secret.Source
	for _, h := range slices.Concat(c.Slack, c.Teams) {
		out = append(out, h.URL)
	}
	for _, h := range c.Webhook {
		out = append(out, h.URL, h.Secret)
	}
	return out
}

// Recipients are e-mail addresses.
type Recipients struct {
	To []string `yaml:"to,required"`
}

// Hook is an address to post to. Whoever knows it can post there, so it is kept
// like a key.
type Hook struct {
	URL secret.Source `yaml:"url,required"`
}

// SignedHook is a Hook whose messages are signed by Standard Webhooks.
type SignedHook struct {
	URL    secret.Source `yaml:"url,required"`
	Secret secret.Source `yaml:"secret,required"`
}

// SMTP is the mail server that takes flowd's messages over.
type SMTP struct {
	Host     string         `yaml:"host,required"`
	Port     int            `yaml:"port"` // 0 in the file: by TLS
	From     string         `yaml:"from,required"`
	TLS      string         `yaml:"tls" oneof:"starttls tls none"`
	Username string         `yaml:"username"`
	Password *secret.Source `yaml:"password"`
}

// Heartbeat is an outside monitor that is called while all is well.
type Heartbeat struct {
	URL   secret.Source `yaml:"url,required"`
	Every time.Duration `yaml:"every"`
}

// DailyDigest is when the daily message goes out: at a time of day, on some days.
// Without notify none does.
type DailyDigest struct {
	At   Clock  `yaml:"at"`
	Days Days   `yaml:"days"`
	Zone string `yaml:"tz"`
}

// Clock is a time of day, written 08:00.
type Clock struct{ Hour, Minute int }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Clock) UnmarshalText(text []byte) error {
	at, err := time.Parse("15:04", string(text))
	if err != nil || len(text) != len("15:04") {
		return fmt.Errorf(`a time of day is written "08:00", not %q`, text)
	}
	c.Hour, c.Minute = at.Hour(), at.Minute()
	return nil
}

// Days are days of the week, written mon-fri, "mon,wed,fri" or none.
type Days []time.Weekday

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Days) UnmarshalText(text []byte) error {
	*d = Days{}
	if string(text) == "none" {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		if from < 0 || to < 0 {
			return fmt.Errorf("days are written mon-fri, mon,wed,fri or none, not %q", text)
		}
		for day := from; ; day = (day + 1) % 7 {
			if !slices.Contains(*d, time.Weekday(day)) {
				*d = append(*d, time.Weekday(day))
			}
			if day == to {
				break
			}
		}
	}
	return nil
}

// placeNotify resolves the places of secrets against the file's folder.
func (c *Config) placeNotify() {
	for owner, channels := range c.Notify {
		for _, hooks := range [][]Hook{channels.Slack, channels.Teams} {
			for i := range hooks {
				hooks[i].URL = hooks[i].URL.In(c.Dir)
			}
		}
		for i, hook := range channels.Webhook {
			channels.Webhook[i] = SignedHook{hook.URL.In(c.Dir), hook.Secret.In(c.Dir)}
		}
		c.Notify[owner] = channels
	}
	if c.SMTP != nil && c.SMTP.Password != nil {
		*c.SMTP.Password = c.SMTP.Password.In(c.Dir)
	}
	if c.Heartbeat != nil {
		c.Heartbeat.URL = c.Heartbeat.URL.In(c.Dir)
	}
	if s := c.SMTP; s != nil && s.Port == 0 {
		s.Port = map[string]int{"tls": 465, "none": 25}[s.TLS]
		if s.Port == 0 {
			s.Port = 587
		}
	}
	if c.SMTP != nil && c.SMTP.TLS == "" {
		c.SMTP.TLS = "starttls"
	}
	if c.Heartbeat != nil && c.Heartbeat.Every == 0 {
		c.Heartbeat.Every = 5 * time.Minute
	}
}

// checkNotify reports what is wrong with who is told, and how.
func (c *Config) checkNotify(at func(string) *strictyaml.Node) {
	for _, pair := range at("notify").Pairs() {
		if _, ok := c.Notify[pair.Key.Text()]; ok {
			c.checkOwner(pair)
		}
	}
	if c.SMTP != nil {
		c.SMTP.check(at)
	}
	if h := c.Heartbeat; h != nil {
		checkSecret(at("heartbeat.url"), "heartbeat.url", h.URL)
		if h.Every != 0 && (h.Every < 10*time.Second || h.Every > 24*time.Hour) {
			at("heartbeat.every").Error("notify", "heartbeat.every is between 10s and 24h", "5m suits most monitors")
		}
	}
	if _, err := time.LoadLocation(c.Digest.Zone); err != nil || c.Digest.Zone == "" || c.Digest.Zone == "Local" {
		at("digest.tz").Error("notify", "digest.tz is not a time zone", "write one such as Europe/Berlin or UTC")
	}
}

func (c *Config) checkOwner(pair strictyaml.Pair) {
	name, node, channels := pair.Key.Text(), pair.Value, c.Notify[pair.Key.Text()]
	path := "notify." + name
	if strings.TrimSpace(name) != name || name == "" {
		pair.Key.Error("notify", "an owner has a name, without blanks around it", "write it as the rule files' owner")
	}
	if channels.Email == nil && len(channels.Slack)+len(channels.Teams)+len(channels.Webhook) == 0 {
		pair.Key.Error("notify", path+" has no channel", "add email, slack, teams or webhook")
	}
	if e := channels.Email; e != nil {
		if c.SMTP == nil {
			node.Place("email").Error("notify", path+".email needs a mail server", "add smtp: {host: …, from: …}")
		}
		if len(e.To) == 0 || len(e.To) > 50 {
			node.Place("email").Error("notify", path+".email.to has 1 to 50 addresses", "")
		}
		for _, to := range e.To {
			if _, err := mail.ParseAddress(to); err != nil {
				node.Place("email").Place("to").Error("notify", fmt.Sprintf("%q is not an e-mail address", to), "")
			}
		}
	}
	for key, hooks := range map[string][]Hook{"slack": channels.Slack, "teams": channels.Teams} {
		for i, item := range node.Get(key).Items() {
			checkSecret(item.Place("url"), path+"."+key+".url", hooks[i].URL)
		}
	}
	for i, item := range node.Get("webhook").Items() {
		checkSecret(item.Place("url"), path+".webhook.url", channels.Webhook[i].URL)
		checkSecret(item.Place("secret"), path+".webhook.secret", channels.Webhook[i].Secret)
	}
}

func (s *SMTP) check(at func(string) *strictyaml.Node) {
	refuse := func(key, message, hint string) { at("smtp."+key).Error("notify", "smtp."+key+" "+message, hint) }
	if _, err := mail.ParseAddress(s.From); err != nil {
		refuse("from", "is not an e-mail address", `write "flowd <flowd@acme.example>"`)
	}
	if s.Host == "" || strings.ContainsAny(s.Host, ":/ ") && net.ParseIP(s.Host) == nil {
		refuse("host", "is a name or an address, without a port", "the port has a key of its own")
	}
	if s.Port < 0 || s.Port > 65535 {
		refuse("port", "is between 1 and 65535", "")
	}
	if s.TLS == "none" && !IsLoopback(s.Host) {
		refuse("tls", "none is for a mail server on this machine alone", "write starttls or tls")
	}
	switch {
	case (s.Username == "") != (s.Password == nil):
		refuse("username", "and smtp.password belong together", "add the other, or delete the line")
	case s.Password != nil:
		checkSecret(at("smtp.password"), "smtp.password", *s.Password)
	}
}

func checkSecret(n *strictyaml.Node, what string, s secret.Source) {
	if err := s.Validate(); err != nil && !n.Broken() {
		n.Error("notify", what+" "+err.Error(), "")
	}
}
