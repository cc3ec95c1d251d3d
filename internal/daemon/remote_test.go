package daemon_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

// A personal token opens what flowd.yaml says at the last reload: taking it away
// does not even wait for a broken rule to be mended.
func TestTokens_FollowTheFile(t *testing.T) {
	t.Parallel()
	token, digest := web.NewToken()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	file := w.write("ana.token", token+"\n")
	status := func() int {
		client, err := daemon.Remote{Server: d.AdminURL(), TokenFile: file}.Client()
		if err != nil {
			t.Fatal(err)
		}
		var s web.Status
		if err := client.Get(t.Context(), "/api/v1/status", nil, &s); err != nil {
			if p, ok := errors.AsType[*web.Problem](err); ok {
				return p.Status
			}
			t.Fatal(err)
		}
		return http.StatusOK
	}
	if got := status(); got != http.StatusUnauthorized {
		t.Fatalf("a token that nobody let in: %d", got)
	}
	const admin = `admin: "127.0.0.1:0"`
	line := fmt.Sprintf(admin+", tokens: [{name: ana, role: viewer, sha256: %s, expires: 2199-01-31}]", hex.EncodeToString(digest[:]))
	w.replace("flowd.yaml", admin, line)
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("a changed rule file let a token in: %d", got)
	}
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Fatal(err)
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("after the line was added: %d", got)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.AdminURL()+"/login", form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Jar: jar}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if today, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(today), "The last 30 days") {
		t.Errorf("logging in to the pages led to %s: %v %s", resp.Request.URL, err, today)
	}
	w.replace("flowd.yaml", line, admin)
	w.write("rules/video.yaml", "broken: [")
	if err := d.Reload(t.Context(), daemon.Everything); err == nil {
		t.Fatal("a broken rule file was served")
	}
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("after the line was deleted: %d", got)
	}
	mustNotHold(t, "the log", w.log.String(), token)
}

func TestRemote_RefusesWhatWouldShowTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	good := w.write("token", "flowd_of_a_test")
	for server, want := range map[string]string{
		"http://flowd.acme.example":          "unencrypted",
		"http://127.0.0.1.acme.example":      "unencrypted",
		"flowd.acme.example":                 "https://",
		"https://":                           "https://",
		"ftp://flowd.acme.example":           "https://",
		"https://user:pw@flowd.acme.example": "address alone",
		"https://flowd.acme.example?token=x": "address alone",
		"https://flowd.acme.example/admin/":  "",
		"https://flowd.acme.example:8443":    "",
		"http://127.0.0.1:9090":              "",
		"http://[::1]:9090":                  "",
		"http://localhost:9090":              "",
	} {
		_, err := daemon.Remote{Server: server, TokenFile: good}.Client()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", server, err, want)
		}
	}
	if _, err := (daemon.Remote{Server: "https://flowd.acme.example"}).Client(); err == nil || !strings.Contains(err.Error(), "--token-file") {
		t.Errorf("without a token: %v", err)
	}
}
