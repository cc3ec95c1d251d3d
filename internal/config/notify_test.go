package config_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"flowd/internal/config"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

const told = minimal + `
notify:
  sales-ops:
    email: {to: [ops@example.com]}
    slack: {url: {file: slack.url}}
    teams: [{url: {env: TEAMS_URL}}, {url: {file: /run/teams.url}}]
  default:
    webhook: {url: {env: HOOK_URL}, secret: {file: hook.key}}
smtp: {host: smtp.acme.example, from: "flowd <flowd@acme.example>", username: flowd, password: {file: smtp.key}}
heartbeat: {url: {file: beat.url}}
`

func TestParse_Notify(t *testing.T) {
	t.Parallel()
	c := config.Parse("/etc/flowd/flowd.yaml", []byte(told))
	if p := c.Problems(); len(p) > 0 {
		t.Fatalf("a good file has problems:\n%s", strictyaml.Render(p))
	}
	sales, fallback := c.Notify["sales-ops"], c.Notify["default"]
	if sales.Email.To[0] != "ops@example.com" || sales.Slack[0].URL.File != "/etc/flowd/slack.url" || len(sales.Teams) != 2 || sales.Teams[1].URL.File != "/run/teams.url" {
		t.Errorf("sales-ops are %+v", sales)
	}
	if want := (config.SignedHook{URL: secret.Source{Env: "HOOK_URL"}, Secret: secret.Source{File: "/etc/flowd/hook.key"}}); fallback.Webhook[0] != want {
		t.Errorf("default is %+v", fallback)
	}
	if s := c.SMTP; s.Port != 587 || s.TLS != "starttls" || s.Password.File != "/etc/flowd/smtp.key" {
		t.Errorf("smtp is %+v", s)
	}
	if c.Heartbeat.Every != 5*time.Minute || c.Heartbeat.URL.File != "/etc/flowd/beat.url" {
		t.Errorf("heartbeat is %+v", c.Heartbeat)
	}
	week := config.Days{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	if d := c.Digest; d.At != (config.Clock{Hour: 8}) || !slices.Equal(d.Days, week) || d.Zone != "UTC" {
		t.Errorf("digest is %+v", d)
	}
	for text, port := range map[string]int{"tls: tls, host: mail.example.com": 465, "tls: none, host: 127.0.0.1": 25, "tls: none, host: localhost, port: 2525": 2525} {
		c := config.Parse("flowd.yaml", []byte(minimal+"smtp: {from: flowd@example.com, "+text+"}\n"))
		if p := c.Problems(); len(p) > 0 || c.SMTP.Port != port {
			t.Errorf("%s: port %d\n%s", text, c.SMTP.Port, strictyaml.Render(p))
		}
	}
}

func TestDigest_Text(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Days{
		"mon-fri": {1, 2, 3, 4, 5}, "none": {}, "sat-mon": {6, 0, 1}, "mon, wed,fri": {1, 3, 5}, "mon-wed,tue": {1, 2, 3},
	} {
		var got config.Days
		if err := got.UnmarshalText([]byte(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "daily", "Mon", "mon-", "mon--fri", "mon;tue"} {
		if err := new(config.Days).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q are days", bad)
		}
	}
	for _, bad := range []string{"", "8", "8:00", "24:00", "08:60", "08:00:00"} {
		if err := new(config.Clock).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is a time of day", bad)
		}
	}
}

func TestParse_NotifyProblems(t *testing.T) {
	t.Parallel()
	const url = "https://hooks.slack.example/services/T0123/B0123/5ecr3tPath"
	swap := func(old, with string) string {
		if !strings.Contains(told, old) {
			t.Fatalf("no %q in the file", old)
		}
		return strings.Replace(told, old, with, 1)
	}
	for name, c := range map[string]struct{ yaml, want string }{
		"a URL in the file":      {swap("{file: slack.url}", url), "its keys: env, file"},
		"the URL as a variable":  {swap("{file: slack.url}", `{env: "`+url+`"}`), "not the name of an environment variable"},
		"an owner without any":   {minimal + "notify: {ops: {}}\n", "ops has no channel"},
		"an unknown channel":     {swap("slack:", "slak:"), "did you mean slack?"},
		"mail without a server":  {minimal + "notify: {ops: {email: {to: [ops@example.com]}}}\n", "needs a mail server"},
		"mail to nobody":         {swap("[ops@example.com]", "[]"), "1 to 50 addresses"},
		"mail to no address":     {swap("[ops@example.com]", "[ops]"), "not an e-mail address"},
		"a hook without secret":  {swap(", secret: {file: hook.key}", ""), "secret is missing"},
		"two places of a URL":    {swap("{env: TEAMS_URL}", "{env: TEAMS_URL, file: x}"), "keep one"},
		"a password in the file": {swap("{file: smtp.key}", "5ecr3tPath"), "password"},
		"no password":            {swap(", password: {file: smtp.key}", ""), "belong together"},
		"no sender":              {swap(`"flowd <flowd@acme.example>"`, "flowd"), "not an e-mail address"},
		"mail in the clear":      {swap("smtp: {", "smtp: {tls: none, "), "on this machine alone"},
		"an unknown encryption":  {swap("smtp: {", "smtp: {tls: ssl, "), "starttls, tls, none"},
		"a port in the host":     {swap("smtp.acme.example,", "\"smtp.acme.example:25\","), "without a port"},
		"a port beyond":          {swap("smtp: {", "smtp: {port: 70000, "), "between 1 and 65535"},
		"a heart that races":     {swap("{file: beat.url}", "{file: beat.url}, every: 1s"), "between 10s and 24h"},
		"a monitor's URL":        {swap("{file: beat.url}", url), "its keys: env, file"},
		"a time without minutes": {told + "digest: {at: 8}\n", `"08:00"`},
		"days in words":          {told + "digest: {days: daily}\n", "mon-fri"},
		"a zone that is none":    {told + "digest: {tz: CEST+1}\n", "Europe/Berlin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := config.Parse("flowd.yaml", []byte(c.yaml)).Problems()
			text := strictyaml.Render(problems)
			if !strings.Contains(text, c.want) || !strictyaml.HasErrors(problems) {
				t.Errorf("got:\n%s\nwant it to say %q", text, c.want)
			}
			if strings.Contains(text, "5ecr3tPath") {
				t.Errorf("a problem shows the secret:\n%s", text)
			}
			for _, p := range problems {
				if p.Line == 0 {
					t.Errorf("no place for: %s", p.Message)
				}
			}
		})
	}
}
