package web_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
)

// browser is somebody at the pages.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

// open serves the pages of a desk.
func (d *desk) open(k *keys) *browser {
	d.t.Helper()
	srv := httptest.NewServer(web.Admin(d.with(k)))
	d.t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &browser{d.t, srv.URL, &http.Client{Jar: jar}}
}

// do sends a request as a browser would from the page's own address, and reads
// the answer.
func (b *browser) do(method, path string, form url.Values, headers ...string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", b.url)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp, string(body)
}

func (b *browser) login(token string) (*http.Response, string) {
	b.t.Helper()
	return b.do("POST", "/login", url.Values{"token": {token}})
}

// page is a page that must be there.
func (b *browser) page(path string) string {
	b.t.Helper()
	resp, body := b.do("GET", path, nil)
	if resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s answered %d: %s", path, resp.StatusCode, body)
	}
	return body
}

func mustHold(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not hold %q:\n%s", what, w, text)
		}
	}
}

func mustNotHold(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(text, w) {
			t.Errorf("%s holds %q:\n%s", what, w, text)
		}
	}
}

// Whoever is not logged in sees the log-in and nothing else.
func TestPages_NothingWithoutALogin(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	for _, path := range []string{"/", "/people", "/people?text=rosa", "/people/rosa", "/people.csv"} {
		resp, body := b.do("GET", path, nil, "Authorization", "Bearer "+k.tokens["adam"])
		if resp.Request.URL.Path != "/login" || !strings.Contains(body, "Your personal token") {
			t.Errorf("%s led to %s", path, resp.Request.URL)
		}
		mustNotHold(t, path, body, "R… F…", "AE screening")
	}
	for name, token := range map[string]string{"a wrong one": "flowd_wrong", "none": "", "an ended one": k.tokens["lapsed"], "this machine's own": "the-token-of-this-machine"} {
		if resp, _ := b.login(token); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s logged in: %d", name, resp.StatusCode)
		}
	}
}

func TestPages_TodayPeopleAndStory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	d.move("dan", "Referral")
	d.move("finn", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	if _, body := b.login(k.tokens["vera"]); !strings.Contains(body, "Today") {
		t.Fatalf("the log-in led to %s", body)
	}
	today := b.page("/")
	mustHold(t, "Today", today, "vera", "viewer", "held: a condition could not be evaluated", "flowd list --state held --reason error",
		`href="/people?reason=error&amp;state=held"`, "The last 30 days", "<svg", "flowd status", "Log out")

	people := b.page("/people")
	mustHold(t, "People", people, "R… F…", "referrals are called by phone", "not invited", "waiting", "held", `href="/people/finn"`, "flowd list")
	mustNotHold(t, "People", people, "Rosa", "@example.com", "Names and addresses")
	held := b.page("/people?state=held&reason=error")
	mustHold(t, "People who are held", held, `href="/people/finn"`, "flowd list --state held --reason error")
	mustNotHold(t, "People who are held", held, `href="/people/rosa"`, `href="/people/dan"`)
	mustHold(t, "People of whom none fits", b.page("/people?text=nobody-of-this-name"), "Nobody fits this")

	story := b.page("/people/finn")
	mustHold(t, "a story", story, "held (a condition could not be evaluated", "Rule <strong>video</strong>", "Notice period", "flowd explain finn", "error:")
	mustNotHold(t, "a story", story, "Rosa", "finn@example.com")
	for path, want := range map[string]int{"/people/nobody": 404, "/people?show=1": 403, "/people/finn?show=1": 403, "/people.csv?show=1": 403, "/people?state=nowhere": 400, "/people?after=x": 200} {
		if resp, body := b.do("GET", path, nil); resp.StatusCode != want {
			t.Errorf("%s answered %d, want %d: %s", path, resp.StatusCode, want, body)
		}
	}
	// Words of the inside stay inside.
	for _, page := range []string{today, people, story} {
		for _, word := range []string{"lease", "settle", "admit", "ledger", "verdict", "dead letter"} {
			if regexp.MustCompile(`(?i)\b` + word).MatchString(page) {
				t.Errorf("a page says %q", word)
			}
		}
	}
}

// Names are shown to those who may see people, when they ask.
func TestPages_Names(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	b.login(k.tokens["paul"])
	mustNotHold(t, "People, unasked", b.page("/people"), "Rosa Field", "rosa@example.com")
	mustHold(t, "People", b.page("/people?show=1"), "Rosa Field", "rosa@example.com", `href="/people/rosa?show=1"`, "flowd list --show")
	mustHold(t, "a story", b.page("/people/rosa?show=1"), "Rosa Field", "rosa@example.com", "flowd explain rosa --show", "Hide names")
	mustHold(t, "a sheet", b.page("/people.csv?show=1"), "Rosa Field", "rosa@example.com")
}

// Each page tells the browser to run nothing, load nothing and keep nothing.
func TestPages_Headers(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	check := func(path string) string {
		resp, body := b.do("GET", path, nil)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":  "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if regexp.MustCompile(`(?i)<script|<style|\sstyle=|\son\w+=|javascript:`).MatchString(body) {
			t.Errorf("%s has a script, a style or a handler of its own:\n%s", path, body)
		}
		return body
	}
	login := check("/login")
	b.login(k.tokens["olga"])
	for _, path := range []string{"/", "/people", "/people/rosa", "/people/nobody", "/people.csv"} {
		check(path)
	}
	sheet := regexp.MustCompile(`href="(/assets/[0-9a-f]+\.css)"`).FindStringSubmatch(login)
	if sheet == nil {
		t.Fatal("no stylesheet")
	}
	resp, body := b.do("GET", sheet[1], nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") || !strings.Contains(body, "prefers-color-scheme") {
		t.Errorf("the stylesheet: %d %v", resp.StatusCode, resp.Header)
	}
}

// What a candidate, a recruiter or a rule wrote is text and never markup.
func TestPages_EscapeEverything(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
	_, err := d.store.Admit(t.Context(), flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{{
		Key: "evt" + evil, Source: "ats", ATS: "ats", Type: flowd.StageEntered, At: d.now, Stage: flowd.Stage{ID: "s", Name: "Video" + evil},
		Application: flowd.Application{
			ID: "app/../" + evil, Status: flowd.StatusActive, Source: evil, Job: flowd.Job{ID: "j", Name: evil}, URL: "javascript:alert(3)",
			Candidate: flowd.Candidate{ID: "c", Email: "e@example.com", FirstName: evil, LastName: "{{.}} ${x}"},
		},
	}}}, d.now)
	if err != nil {
		t.Fatal(err)
	}
	d.move("rosa", evil, flowd.Field{Name: "Notice period", Value: evil})
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	b.login(k.tokens["olga"])
	for _, path := range []string{
		"/people?show=1", "/people?show=1&text=" + url.QueryEscape("{{.}}"), "/people/rosa?show=1",
		"/people/" + url.PathEscape("app/../"+evil) + "?show=1",
		"/people?rule=" + url.QueryEscape(evil) + "&job=" + url.QueryEscape(evil) + "&text=" + url.QueryEscape(evil),
		"/login?next=" + url.QueryEscape(evil),
	} {
		body := b.page(path)
		mustNotHold(t, path, body, "<script", "<img", `href="javascript:`, "onerror=alert(2)>")
	}
	mustHold(t, "the story of a hostile name", b.page("/people/"+url.PathEscape("app/../"+evil)+"?show=1"), "&lt;script&gt;alert(1)", "{{.}} ${x}")
}

// A form that another site sends is not this browser's wish.
func TestPages_FormsOfOtherSites(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	b.login(k.tokens["vera"])
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, {"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		for _, path := range []string{"/logout", "/login"} {
			if resp, _ := b.do("POST", path, url.Values{"token": {k.tokens["adam"]}}, headers...); resp.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v answered %d", path, headers, resp.StatusCode)
			}
		}
	}
	mustHold(t, "Today after that", b.page("/"), "vera")
	// What only reads takes no orders, whatever the session may do elsewhere.
	for _, path := range []string{"/", "/people", "/api/v1/pause", "/api/v1/list"} {
		method := "POST"
		if path == "/api/v1/list" {
			method = "GET"
		}
		if resp, _ := b.do(method, path, nil); resp.StatusCode != http.StatusMethodNotAllowed && resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s %s by a session answered %d", method, path, resp.StatusCode)
		}
	}
}

func (b *browser) cookie() *http.Cookie {
	u, _ := url.Parse(b.url)
	for _, c := range b.client.Jar.Cookies(u) {
		return c
	}
	return nil
}

// A session ends with the log-out, after twelve hours, with its token's end, and
// with the token; and nobody else can make one.
func TestPages_SessionsEnd(t *testing.T) {
	t.Parallel()
	in := func(b *browser) bool {
		resp, _ := b.do("GET", "/people", nil)
		return resp.Request.URL.Path == "/people"
	}
	begin := func(t *testing.T, life time.Duration) (*desk, *keys, *browser) {
		d := newDesk(t)
		k := team(d.now.Add(life))
		b := d.open(k)
		if b.login(k.tokens["vera"]); !in(b) {
			t.Fatal("the log-in failed")
		}
		return d, k, b
	}
	t.Run("by the log-out, for a copy of the cookie too", func(t *testing.T) {
		t.Parallel()
		_, _, b := begin(t, 24*time.Hour)
		kept := b.cookie()
		if b.do("POST", "/logout", nil); in(b) || b.cookie() != nil {
			t.Error("still in")
		}
		u, _ := url.Parse(b.url)
		b.client.Jar.SetCookies(u, []*http.Cookie{kept})
		if in(b) {
			t.Error("a kept cookie still opens the pages")
		}
	})
	t.Run("after twelve hours", func(t *testing.T) {
		t.Parallel()
		d, _, b := begin(t, 24*time.Hour)
		if d.now = d.now.Add(12*time.Hour - time.Second); !in(b) {
			t.Error("ended early")
		}
		if d.now = d.now.Add(time.Second); in(b) {
			t.Error("still in")
		}
	})
	t.Run("with the token's end", func(t *testing.T) {
		t.Parallel()
		d, _, b := begin(t, time.Hour)
		if d.now = d.now.Add(time.Hour); in(b) {
			t.Error("still in")
		}
	})
	t.Run("with the token", func(t *testing.T) {
		t.Parallel()
		_, k, b := begin(t, 24*time.Hour)
		if k.grants = k.grants[1:]; in(b) {
			t.Error("still in")
		}
	})
	t.Run("with a restart", func(t *testing.T) {
		t.Parallel()
		d, k, b := begin(t, 24*time.Hour)
		again := d.open(k)
		u, _ := url.Parse(again.url)
		again.client.Jar.SetCookies(u, []*http.Cookie{b.cookie()})
		if in(again) {
			t.Error("still in")
		}
	})
	t.Run("with one changed character", func(t *testing.T) {
		t.Parallel()
		_, _, b := begin(t, 24*time.Hour)
		good, u := b.cookie(), must(url.Parse(b.url))
		for i := range good.Value {
			c := *good
			other := byte('A')
			if c.Value[i] == 'A' {
				other = 'B'
			}
			c.Value = c.Value[:i] + string(other) + c.Value[i+1:]
			b.client.Jar.SetCookies(u, []*http.Cookie{&c})
			if in(b) {
				t.Fatalf("a session with another character at %d is taken", i)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The cookie is out of reach for scripts and other sites, and for the plain net
// where the browser came by TLS.
func TestPages_Cookie(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := team(d.now.Add(time.Hour))
	b := d.open(k)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for origin, secure := range map[string]bool{b.url: false, "https://" + strings.TrimPrefix(b.url, "http://"): true} {
		resp, _ := b.do("POST", "/login", url.Values{"token": {k.tokens["vera"]}}, "Origin", origin)
		if len(resp.Cookies()) != 1 {
			t.Fatalf("answered %d with %d cookies", resp.StatusCode, len(resp.Cookies()))
		}
		c := resp.Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.MaxAge != 3600 || c.Path != "/" || c.Domain != "" {
			t.Errorf("from %s: %s", origin, c)
		}
	}
}

// After the log-in one is where one wanted to be, if that is one of these pages.
func TestPages_GoesOnToItsOwnPagesOnly(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	k := team(d.now.Add(time.Hour))
	for next, want := range map[string]string{
		"/people?state=held": "/people?state=held", "/people/rosa": "/people/rosa", "": "/", "/login": "/", "/logout": "/",
		"https://evil.example/": "/", "//evil.example/people": "/", "/\\evil.example": "/", "/people\\@evil.example": "/",
		"/people.evil.example": "/", "/people/x\r\nSet-Cookie: a=b": "/", "javascript:alert(1)": "/",
	} {
		b := d.open(k)
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		resp, _ := b.do("POST", "/login", url.Values{"token": {k.tokens["vera"]}, "next": {next}})
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("%q led to %q, want %q", next, got, want)
		}
	}
}

// Wrong tokens are refused for a while, and a while later are not.
func TestPages_LimitsWrongTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	for n := range 10 {
		if resp, _ := b.login("flowd_guess"); resp.StatusCode != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", n, resp.StatusCode)
		}
	}
	resp, body := b.login(k.tokens["vera"])
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "Too many") {
		t.Errorf("after ten guesses: %d", resp.StatusCode)
	}
	d.now = d.now.Add(10 * time.Second)
	if resp, _ := b.login(k.tokens["vera"]); resp.StatusCode != http.StatusOK {
		t.Errorf("ten seconds later: %d", resp.StatusCode)
	}
	if resp, _ := b.do("POST", "/login", url.Values{"token": {strings.Repeat("x", 1<<20)}}); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a form of a megabyte: %d", resp.StatusCode)
	}
}

// Everybody is on one page, and the sheet holds them all.
func TestPages_PeopleInPagesAndAsASheet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 130 {
		d.move("app-"+string(rune('a'+n%26))+strings.Repeat("x", n/26), []string{"LinkedIn", "Referral"}[n%2])
	}
	k := team(d.now.Add(24 * time.Hour))
	b := d.open(k)
	b.login(k.tokens["olga"])
	seen, next := map[string]int{}, regexp.MustCompile(`href="([^"]+)" rel="next"`)
	pages := 0
	for path := "/people"; path != ""; pages++ {
		body := b.page(path)
		for _, m := range regexp.MustCompile(`href="/people/(app-[a-zx]+)"`).FindAllStringSubmatch(body, -1) {
			seen[m[1]]++
		}
		path = ""
		if m := next.FindStringSubmatch(body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 130 || pages < 3 {
		t.Errorf("%d people on %d pages, want 130 on three or more", len(seen), pages)
	}
	for app, n := range seen {
		if n != 1 {
			t.Errorf("%s is shown %d times", app, n)
		}
	}
	resp, body := b.do("GET", "/people.csv?state=skipped", nil)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 66 || rows[1][0] != "not invited" || !strings.Contains(resp.Header.Get("Content-Disposition"), `filename="people-2026-03-02.csv"`) {
		t.Errorf("the sheet has %d lines (%v), %v", len(rows), err, resp.Header)
	}
}

// Without a token nobody can log in, and the page says what is missing.
func TestPages_ClosedWithoutTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	mustHold(t, "the log-in", d.open(&keys{}).page("/login"), "No personal tokens are configured", "flowd check --new-token")
	// A command's own process has no pages at all.
	var out bytes.Buffer
	if _, err := d.client.Download(t.Context(), "/login", &out); err == nil {
		t.Errorf("a command's own handler has pages: %s", out.String())
	}
}

// The last thirty days are drawn, once a minute however many look.
func TestPages_Chart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k := team(d.now.Add(90 * 24 * time.Hour))
	b := d.open(k)
	draws := func(when, want string) {
		t.Helper()
		b.login(k.tokens["vera"]) // sessions end before the month does
		mustHold(t, "Today "+when, b.page("/"), want)
	}
	draws("before anybody came", "0 invited and 0 finished")
	d.move("rosa", "LinkedIn")
	d.goesOut(true) // and finishes thirty hours later
	d.move("dan", "Referral")
	draws("within the minute", "0 invited and 0 finished")
	d.now = d.now.Add(time.Minute)
	draws("a minute later", "1 invited and 0 finished")
	mustHold(t, "the day's line", b.page("/"), `<th scope="row">Mon 2 Mar</th><td class="num">1</td><td class="num">0</td>`, "<title>2 Mar: 1 invited, 0 finished</title>")
	d.move("finn", "LinkedIn")
	d.goesOut(false)
	d.now = d.now.Add(31 * time.Hour)
	draws("the day after", "2 invited and 1 finished")
	mustHold(t, "the next day's line", b.page("/"), `<th scope="row">Tue 3 Mar</th><td class="num">0</td><td class="num">1</td>`)
	d.now = d.now.Add(30 * 24 * time.Hour)
	draws("a month later", "0 invited and 0 finished")
	d.now = d.now.Add(-24 * time.Hour)
	draws("a day before that", "0 invited and 1 finished")
}
