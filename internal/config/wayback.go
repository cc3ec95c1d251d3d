package config

import (
	"fmt"
	"net/url"
	"regexp"
	"time"

	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Links says how the links that flowd writes are made.
type Links struct {
	// Key signs flowd's own links to recordings. Keys that stand behind the first
	// are accepted still; the first one signs.
	Key []secret.Source `yaml:"key"`
	// AfterEnd is how long such a link works after the application has ended.
	AfterEnd time.Duration `yaml:"after_end"`
	// Days is how long a link that Hireflix shares works.
	Days int `yaml:"days"`
	// Candidate are the parameters that a candidate's link carries, such as
	// primaryColor (the vendor's guide, Q9 to Q11).
	Candidate map[string]string `yaml:"candidate"`
}

// Ending says what becomes of an unanswered interview when the application ends.
type Ending struct {
	Do    string        `yaml:"do" oneof:"list withdraw"`
	After time.Duration `yaml:"after"`
}

// Alternative says how the ATS marks those who are interviewed in another way.
type Alternative struct {
	Tag   string `yaml:"tag,text"`
	Field string `yaml:"field,text"`
}

// parameter is the name of one in a link.
var parameter = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,39}$`)

// leastDays is the shortest share that Hireflix takes (the vendor's guide, Q4).
const leastDays = 75

func (c *Config) checkWayBack(at func(path string) *strictyaml.Node) {
	refuse := func(path, message, hint string) { at(path).Error("config", message, hint) }
	for _, s := range c.Hireflix.WebhookSecret {
		if err := s.Validate(); err != nil {
			refuse("hireflix.webhook_secret", "hireflix.webhook_secret "+err.Error(), "")
		}
	}
	if c.Hireflix.Sweep < time.Minute {
		refuse("hireflix.sweep", "hireflix.sweep is at least 1m", "10m is often enough: a lost webhook is repaired by the next look")
	}
	for _, s := range c.Links.Key {
		if err := s.Validate(); err != nil {
			refuse("links.key", "links.key "+err.Error(), "")
		}
	}
	if len(c.Links.Key) > 0 && c.Server.PublicURL == "" {
		refuse("links.key", "links.key has no use without server.public_url: nobody could open the links", "add server.public_url")
	}
	if u, err := url.Parse(c.Server.PublicURL); c.Server.PublicURL != "" && (err != nil || u.Host == "" || u.User != nil || u.RawQuery != "") {
		refuse("server.public_url", "server.public_url is not an address", "write https://flowd.example.com")
	}
	if c.Links.AfterEnd < 0 {
		refuse("links.after_end", "links.after_end is negative", "")
	}
	if c.Links.Days < leastDays || c.Links.Days > 3650 {
		refuse("links.days", fmt.Sprintf("links.days is between %d and 3650", leastDays), "a single rule may ask for less with force: true")
	}
	for name := range c.Links.Candidate {
		if !parameter.MatchString(name) {
			refuse("links.candidate", fmt.Sprintf("%q is no parameter of a link", name), "such as primaryColor, buttonRadius, backgroundColor or simple")
		}
	}
	if c.Ending.After < 0 {
		refuse("when_application_ends.after", "when_application_ends.after is negative", "")
	}
}

func (c *Config) placeWayBack() {
	for i, s := range c.Hireflix.WebhookSecret {
		c.Hireflix.WebhookSecret[i] = s.In(c.Dir)
	}
	for i, s := range c.Links.Key {
		c.Links.Key[i] = s.In(c.Dir)
	}
}
