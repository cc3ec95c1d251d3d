package web_test

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
	"flowd/state"
)

// keys are personal tokens of one flowd, by name.
type keys struct {
	grants []web.Grant
	tokens map[string]string
}

func (k *keys) add(g web.Grant) {
	token, digest := web.NewToken()
	if k.tokens == nil {
		k.tokens = map[string]string{}
	}
	g.Digest = digest
	k.grants, k.tokens[g.Name] = append(k.grants, g), token
}

// team has one token of each kind.
func team(until time.Time) *keys {
	k := &keys{}
	for _, g := range []web.Grant{
		{Name: "vera", Role: web.RoleViewer}, {Name: "paul", Role: web.RoleViewer, People: true},
		{Name: "olga", Role: web.RoleOperator}, {Name: "adam", Role: web.RoleAdmin}, {Name: "nobody", Role: "owner"},
	} {
		g.Until = until
		k.add(g)
	}
	k.add(web.Grant{Name: "lapsed", Role: web.RoleAdmin, Until: until.Add(-48 * time.Hour)})
	return k
}

func (d *desk) with(k *keys) web.Options {
	o := d.options()
	o.Token, o.Tokens = "the-token-of-this-machine", func() []web.Grant { return k.grants }
	return o
}

func ask(t *testing.T, h http.Handler, method, target, token, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestToken_HoldsAtLeast256Bits(t *testing.T) {
	t.Parallel()
	token, digest := web.NewToken()
	other, _ := web.NewToken()
	body := strings.TrimPrefix(token, "flowd_")
	if token == other || len(body) < 52 || strings.Trim(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || digest != sha256.Sum256([]byte(token)) {
		t.Errorf("made a token of %d characters", len(body))
	}
}

// Each role opens what it says and nothing above it.
func TestToken_Roles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	k := team(d.now.Add(24 * time.Hour))
	const read, order, copied = http.StatusOK, http.StatusOK, http.StatusNotImplemented // this state has no copies
	for _, c := range []struct {
		method, target, body string
		want                 map[string]int
	}{
		{"GET", "/api/v1/status", "", map[string]int{"vera": read, "paul": read, "olga": read, "adam": read, "nobody": 403, "lapsed": 401, "": 401}},
		{"GET", "/api/v1/list", "", map[string]int{"vera": read, "nobody": 403, "lapsed": 401}},
		{"GET", "/api/v1/list?show=1", "", map[string]int{"vera": 403, "paul": read, "olga": read, "adam": read}},
		{"GET", "/api/v1/explain?x=rosa&show=1", "", map[string]int{"vera": 403, "paul": read, "olga": read}},
		{"POST", "/api/v1/explain", `{"event":{"stage":"Video"}}`, map[string]int{"vera": read, "nobody": 403}},
		{"POST", "/api/v1/pause", `{"by":"x"}`, map[string]int{"vera": 403, "paul": 403, "olga": order, "adam": order}},
		{"POST", "/api/v1/apply", `{"by":"x","preview":true}`, map[string]int{"vera": 403, "paul": 403, "olga": 409}}, // nothing runs here
		{"POST", "/api/v1/amend", `{"verb":"cancel","who":"rosa","by":"x","preview":true}`, map[string]int{"vera": 403, "olga": order}},
		{"POST", "/api/v1/invite", `{}`, map[string]int{"vera": 403, "paul": 403, "olga": 400, "": 401}},
		{"POST", "/api/v1/send-on", `{}`, map[string]int{"vera": 403, "paul": 403, "olga": 409, "": 401}},
		{"POST", "/api/v1/plan", `{}`, map[string]int{"vera": 409, "nobody": 403, "": 401}}, // nothing plans here
		{"POST", "/api/v1/plan", `{"show":true}`, map[string]int{"vera": 403, "paul": 409}},
		{"POST", "/api/v1/plan", `{"files":[{"Name":"a.yaml"}]}`, map[string]int{"vera": 403, "paul": 403, "olga": 409}},
		{"POST", "/api/v1/withdraw", `{}`, map[string]int{"vera": 403, "olga": 400}},
		{"POST", "/api/v1/tie", `{}`, map[string]int{"vera": 403, "olga": 400}},
		{"POST", "/api/v1/reconcile", `{}`, map[string]int{"vera": 403, "": 401}},
		{"GET", "/api/v1/privacy?x=rosa", "", map[string]int{"vera": 403, "olga": 403}},
		{"POST", "/api/v1/privacy", `{}`, map[string]int{"vera": 403, "olga": 403, "adam": 400}},
		{"GET", "/api/v1/backup", "", map[string]int{"vera": 403, "olga": 403, "adam": copied, "": 401}},
		{"GET", "/metrics", "", map[string]int{"vera": read, "": 401}},
	} {
		o := d.with(k)
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
		h := web.Admin(o)
		for name, want := range c.want {
			if w := ask(t, h, c.method, c.target, k.tokens[name], c.body); w.Code != want {
				t.Errorf("%s %s by %q: %d %s, want %d", c.method, c.target, name, w.Code, w.Body, want)
			}
		}
	}
}

// A token that is taken away, or ends, opens nothing from that moment on.
func TestToken_TakenAwayAndEnded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := team(d.now.Add(24 * time.Hour))
	h := web.Admin(d.with(k))
	if w := ask(t, h, "GET", "/api/v1/status", k.tokens["vera"], ""); w.Code != http.StatusOK {
		t.Fatalf("a good token: %d", w.Code)
	}
	d.now = d.now.Add(24 * time.Hour)
	if w := ask(t, h, "GET", "/api/v1/status", k.tokens["vera"], ""); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "ended with 2026-03-03") {
		t.Errorf("after its end: %d %s", w.Code, w.Body)
	}
	d.now = d.now.Add(-time.Hour)
	k.grants = k.grants[1:]
	if w := ask(t, h, "GET", "/api/v1/status", k.tokens["vera"], ""); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "taken away") {
		t.Errorf("after it was deleted: %d %s", w.Code, w.Body)
	}
	if w := ask(t, h, "GET", "/api/v1/status", k.tokens["paul"], ""); w.Code != http.StatusOK {
		t.Errorf("another token: %d", w.Code)
	}
}

// Who gave an order is whose token it came with; on this machine it is who the
// command says.
func TestToken_SignsOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	d.move("finn", "LinkedIn")
	k := team(d.now.Add(24 * time.Hour))
	h := web.Admin(d.with(k))
	for _, c := range []struct{ token, rule, want string }{
		{k.tokens["olga"], "", "olga"}, {"the-token-of-this-machine", "video", "the boss"},
	} {
		w := ask(t, h, "POST", "/api/v1/pause", c.token, `{"by":"the boss","rule":"`+c.rule+`"}`)
		var stops []web.Stop
		if err := json.Unmarshal(w.Body.Bytes(), &stops); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
		if !strings.Contains(w.Body.String(), `"by":"`+c.want+`"`) {
			t.Errorf("paused %s, want it to be by %s", w.Body, c.want)
		}
	}
	if w := ask(t, h, "POST", "/api/v1/amend", k.tokens["adam"], `{"verb":"cancel","who":"rosa","by":"the boss"}`); w.Code != http.StatusOK {
		t.Fatalf("cancel: %s", w.Body)
	}
	stories, err := d.store.Story(t.Context(), state.Ref{Application: "rosa"})
	if err != nil || len(stories) != 1 {
		t.Fatal(err)
	}
	steps := stories[0].Rows[0].Steps
	if last := steps[len(steps)-1]; last.By != "adam" || last.State != flowd.Cancelled {
		t.Errorf("the order stands as %+v", last)
	}
}

// No answer shows a token, and none of it is quoted back.
func TestToken_IsNeverShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := team(d.now.Add(24 * time.Hour))
	h := web.Admin(d.with(k))
	for _, token := range append([]string{"flowd_guess", strings.Repeat("x", 5000)}, k.tokens["vera"], k.tokens["lapsed"]) {
		for _, path := range []string{"/api/v1/backup", "/api/v1/list?show=1", "/api/v1/explain?x=" + url.QueryEscape("nobody")} {
			if w := ask(t, h, "GET", path, token, ""); strings.Contains(w.Body.String(), token) {
				t.Errorf("%s shows the token: %s", path, w.Body)
			}
		}
	}
}

// A token does not follow a redirect to another place.
func TestClient_StaysWhereItIs(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed to another host with %d bytes of authorization", len(r.Header.Get("Authorization")))
	}))
	t.Cleanup(elsewhere.Close)
	srv := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(srv.Close)
	var s web.Status
	err := web.NewClient(srv.URL, "flowd_token", http.DefaultTransport).Get(t.Context(), "/api/v1/status", nil, &s)
	if err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("a redirect became %v", err)
	}
}
