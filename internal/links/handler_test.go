package links

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"flowd/internal/fault"
)

const shared = "https://shared.hireflix.com/interview/00000000-0000-4000-8000-000000000001?lang=en"

// desk is a handler with what it is wired to.
type desk struct {
	*Handler
	t       testing.TB
	signer  *Signer
	metrics *prometheus.Registry

	mu      sync.Mutex
	log     bytes.Buffer
	target  Target
	looking error
	url     string
	minting error
	minted  []string
	looked  []Claim
	now     time.Time
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, signer: signer(t, key), metrics: prometheus.NewRegistry(), target: Alive, url: shared, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	h, err := NewHandler(Options{
		Signer: d.signer,
		Lookup: func(_ context.Context, c Claim) (Target, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.looked = append(d.looked, c)
			return d.target, d.looking
		},
		Mint: func(_ context.Context, interview string) (string, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.minted = append(d.minted, interview)
			return d.url, d.minting
		},
		Allow: Hosts(), Log: zerolog.New(zerolog.SyncWriter(&d.log)), Metrics: d.metrics,
		Now: func() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Handler = h
	return d
}

func (d *desk) ask(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, nil)
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func (d *desk) link() string { return Path + token(d.t, d.signer, claim()) }

// check holds what is true of every answer.
func (d *desk) check(w *httptest.ResponseRecorder, status int) {
	d.t.Helper()
	if w.Code != status {
		d.t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	h := w.Header()
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
		if h.Get(name) != want {
			d.t.Errorf("%s is %q", name, h.Get(name))
		}
	}
	if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(csp, "unsafe") {
		d.t.Errorf("policy %q", csp)
	}
	if (h.Get("Location") != "") != (status == http.StatusFound) {
		d.t.Errorf("status %d leads to %q", status, h.Get("Location"))
	}
	if (h.Get("Retry-After") != "") != (status == 503 || status == 429) {
		d.t.Errorf("status %d with Retry-After %q", status, h.Get("Retry-After"))
	}
	body := w.Body.String()
	if strings.Contains(body, "<script") || strings.Contains(body, "href") || strings.Contains(body, "src=") || strings.Contains(body, "64f0c0ffee") {
		d.t.Errorf("body %s", body)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, private := range []string{d.link()[len(Path):], claim().Application, "00000000-0000", "shared.hireflix.com"} {
		if strings.Contains(d.log.String(), private) {
			d.t.Errorf("%q was logged: %s", private, &d.log)
		}
	}
}

func TestHandler_LeadsOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.ask(http.MethodGet, d.link())
	d.check(w, http.StatusFound)
	if got := w.Header().Get("Location"); got != shared || w.Body.Len() != 0 {
		t.Errorf("leads to %q with body %q", got, w.Body)
	}
	if len(d.minted) != 1 || d.minted[0] != claim().Interview || len(d.looked) != 1 || d.looked[0] != claim() {
		t.Errorf("minted %v, looked %v", d.minted, d.looked)
	}
	if n := testutil.ToFloat64(d.opened.WithLabelValues("opened")); n != 1 {
		t.Errorf("counted %v", n)
	}
	if !regexp.MustCompile(`"link":"[0-9a-f]{12}","result":"opened"`).MatchString(d.log.String()) {
		t.Errorf("log %s", &d.log)
	}
}

func TestHandler_Answers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*desk)
		status int
		result string
		says   string
		minted int
	}{
		"gone":          {func(d *desk) { d.target = Gone }, 410, "gone", "not available any more", 0},
		"ended":         {func(d *desk) { d.target = Ended }, 410, "gone", "has ended", 0},
		"revoked":       {func(d *desk) { d.target = Revoked }, 410, "gone", "replaced", 0},
		"odd target":    {func(d *desk) { d.target = "" }, 503, "failed", "Try again", 0},
		"state fails":   {func(d *desk) { d.looking = errors.New("the disk is full") }, 503, "failed", "Try again", 0},
		"deleted there": {func(d *desk) { d.minting = fault.New(fault.NotFound, "share", "no interview") }, 410, "gone", "not available any more", 1},
		"unavailable":   {func(d *desk) { d.minting = fault.New(fault.Unavailable, "share", "no answer") }, 503, "unavailable", "cannot be reached", 1},
		"uncertain":     {func(d *desk) { d.minting = fault.New(fault.Uncertain, "share", "no answer") }, 503, "unavailable", "cannot be reached", 1},
		"no link":       {func(d *desk) { d.url = "" }, 503, "refused", "cannot be reached", 1},
		"elsewhere":     {func(d *desk) { d.url = "https://evil.example.com/" }, 503, "refused", "cannot be reached", 1},
		"no address":    {func(d *desk) { d.url = "https://shared.hireflix.com/\r\nSet-Cookie: a=b" }, 503, "refused", "cannot be reached", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			tc.change(d)
			w := d.ask(http.MethodGet, d.link())
			d.check(w, tc.status)
			if !strings.Contains(w.Body.String(), tc.says) || len(d.minted) != tc.minted || testutil.ToFloat64(d.opened.WithLabelValues(tc.result)) != 1 {
				t.Errorf("minted %d, says %s", len(d.minted), w.Body)
			}
		})
	}
}

func TestHandler_AlteredLinks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	good := d.link()
	paths := []string{Path, Path + "x", "/v", good + "/", good + "/x", good + "x", "/v/../v/x", Path + token(t, signer(t, otherKey), claim()), Path + strings.Repeat("x", 10_000)}
	for i := len(Path); i < len(good); i++ {
		letter := "A"
		if good[i] == 'A' {
			letter = "B"
		}
		paths = append(paths, good[:i]+letter+good[i+1:])
	}
	for _, path := range paths {
		d.check(d.ask(http.MethodGet, path), http.StatusNotFound)
	}
	if len(d.looked) > 0 || len(d.minted) > 0 {
		t.Errorf("looked %v, minted %v", d.looked, d.minted)
	}
	if lines := strings.Count(d.log.String(), "\n"); lines > 10 {
		t.Errorf("strangers cause %d lines of log", lines)
	}
	d.check(d.ask(http.MethodGet, good), http.StatusFound) // who guesses does not shut others out
}

// TestHandler_Looks mint nothing: a HEAD, and those who show what a link is.
func TestHandler_Looks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	w := d.ask(http.MethodHead, d.link())
	d.check(w, http.StatusOK)
	if w.Body.Len() > 0 {
		t.Errorf("body %s", w.Body)
	}
	for _, agent := range []string{"Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "WhatsApp/2.23", "Mozilla/5.0 SkypeUriPreview", "LinkedInBot/1.0"} {
		d.check(d.ask(http.MethodGet, d.link(), "User-Agent", agent), http.StatusOK)
	}
	if len(d.minted) > 0 {
		t.Errorf("minted %v", d.minted)
	}
	d.check(d.ask(http.MethodGet, d.link(), "User-Agent", "Mozilla/5.0 (Linux; Android 13; CUBOT P80) Chrome/120 Mobile"), http.StatusFound)
	d.target = Gone
	d.check(d.ask(http.MethodHead, d.link()), http.StatusGone)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		w := d.ask(method, d.link())
		d.check(w, http.StatusMethodNotAllowed)
		if w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("allow %q", w.Header().Get("Allow"))
		}
	}
}

func TestHandler_LimitOfALink(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range perLinkBurst {
		d.check(d.ask(http.MethodGet, d.link()), http.StatusFound)
	}
	d.check(d.ask(http.MethodGet, d.link()), http.StatusTooManyRequests)
	d.check(d.ask(http.MethodHead, d.link()), http.StatusTooManyRequests)
	other := claim()
	other.Application = "app-4712"
	d.check(d.ask(http.MethodGet, Path+token(t, d.signer, other)), http.StatusFound)
	d.now = d.now.Add(time.Minute)
	d.check(d.ask(http.MethodGet, d.link()), http.StatusFound)
}

func TestHandler_LimitOfAll(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	statuses := make(map[int]int)
	for i := range overallBurst + 5 {
		c := claim()
		c.Epoch = uint32(i)
		statuses[d.ask(http.MethodGet, Path+token(t, d.signer, c)).Code]++
	}
	if statuses[302] != overallBurst || statuses[429] != 5 || len(d.minted) != overallBurst {
		t.Errorf("statuses %v, %d minted", statuses, len(d.minted))
	}
}

// TestLimits_Bounded: whoever has many links does not fill the memory, and a
// link in use is not forgotten for them.
func TestLimits_Bounded(t *testing.T) {
	t.Parallel()
	l, now := NewLimits(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for range perLinkBurst {
		l.One("in use", now)
	}
	for i := range 3 * maxLimiters {
		l.One(string(rune(i+1)), now)
		if i%1000 == 0 && l.One("in use", now) {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if len(l.of) != maxLimiters || l.recent.Len() != maxLimiters {
		t.Errorf("%d and %d limiters", len(l.of), l.recent.Len())
	}
}

// TestHandler_OneCallForTwoClicks: a second link could end the first one.
func TestHandler_OneCallForTwoClicks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls, release := 0, make(chan struct{})
		h, err := NewHandler(Options{
			Signer: signer(t, key), Allow: Hosts(), Log: zerolog.Nop(),
			Lookup: func(context.Context, Claim) (Target, error) { return Alive, nil },
			Mint: func(ctx context.Context, _ string) (string, error) {
				calls++
				<-release
				return shared, ctx.Err() // the first one has left by now
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		path := Path + token(t, signer(t, key), claim())
		first, leave := context.WithCancel(t.Context())
		var answers []*httptest.ResponseRecorder
		for _, ctx := range []context.Context{first, t.Context(), t.Context()} {
			w := httptest.NewRecorder()
			answers = append(answers, w)
			go h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
			synctest.Wait()
		}
		leave()
		close(release)
		synctest.Wait()
		for _, w := range answers {
			if w.Code != http.StatusFound || w.Header().Get("Location") != shared {
				t.Errorf("status %d, %s", w.Code, w.Body)
			}
		}
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
	})
}

func TestHandler_Swap(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	old := d.link()
	d.Swap(signer(t, otherKey, key))
	d.check(d.ask(http.MethodGet, old), http.StatusFound)
	d.Swap(signer(t, otherKey))
	d.check(d.ask(http.MethodGet, old), http.StatusNotFound)
}

func TestNewHandler_Refuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, change := range map[string]func(*Options){
		"no signer": func(o *Options) { o.Signer = nil }, "no look-up": func(o *Options) { o.Lookup = nil },
		"no mint": func(o *Options) { o.Mint = nil }, "no hosts": func(o *Options) { o.Allow = nil },
		"its metric twice": func(o *Options) { o.Metrics = d.metrics },
	} {
		o := d.opts
		o.Metrics = nil
		change(&o)
		if _, err := NewHandler(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	allow := Hosts("http://127.0.0.1:8123/me", "https://proxy.example.com", "nonsense", "")
	for address, want := range map[string]bool{
		shared: true, "https://hireflix.com/x": true, "https://SHARED.Hireflix.com/x": true, "https://shared.hireflix.com:443/x": true,
		"http://127.0.0.1:8123/shared/x": true, "https://proxy.example.com/x": true,
		"http://shared.hireflix.com/x": false, "https://shared.hireflix.com:8443/x": false, "https://hireflix.com.evil.example.com/": false,
		"https://evilhireflix.com/": false, "https://evil.example.com/?hireflix.com": false, "https://hireflix.com@evil.example.com/": false,
		"https://me:secret@shared.hireflix.com/": false, "//shared.hireflix.com/x": false, "/x": false, "": false,
		"javascript:alert(1)": false, "https:shared.hireflix.com": false, "https://evil.example.com\\.hireflix.com/": false,
		"https://shared.hireflix.com/ x": false, "https://shared.hireflix.com/\n": false, "http://127.0.0.1:8124/": false, "https://127.0.0.1:8123/": false,
		"https:///x": false, "data:text/html,x": false,
	} {
		if got := allow(address); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
}
