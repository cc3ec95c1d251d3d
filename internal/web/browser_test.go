package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"flowd"
	"flowd/internal/links"
	"flowd/internal/web"
	"flowd/state"
)

// chromium is a headless browser, with what it complained of. A machine without
// one skips the test: install Debian's package chromium.
type chromium struct {
	t   *testing.T
	ctx context.Context // the browser's handle, as chromedp has it

	mu     sync.Mutex
	faults []string
}

func newChromium(t *testing.T) *chromium {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("SKIPPED: no Chromium is installed, so the pages are not seen by a browser: apt-get install chromium")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1200, 900), chromedp.WSURLReadTimeout(time.Minute))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // as root, Chromium has none
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(cancel)
	c := &chromium{t: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *log.EventEntryAdded:
			c.fault(string(ev.Entry.Source) + ": " + ev.Entry.Text)
		case *runtime.EventExceptionThrown:
			c.fault("exception: " + ev.ExceptionDetails.Text)
		case *page.EventJavascriptDialogOpening:
			c.fault("dialog: " + ev.Message)
		}
	})
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	c.emulate(emulation.SetEmulatedMediaParams{})
	return c
}

func (c *chromium) emulate(media emulation.SetEmulatedMediaParams) {
	c.t.Helper()
	if _, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia, media); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chromium) fault(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, text)
}

// complaints are what the browser said since the last time.
func (c *chromium) complaints() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := strings.Join(c.faults, "\n")
	c.faults = nil
	return out
}

func (c *chromium) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, actions...); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// value is what an expression gives on the page.
func value[T any](c *chromium, expression string) T {
	c.t.Helper()
	out, err := chromedp.Run(c.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		c.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// text is what a person reads on the page.
func (c *chromium) text() string {
	c.t.Helper()
	return value[string](c, "document.body.innerText")
}

// follow follows a link or sends a form, and waits until the next page is there.
func (c *chromium) follow(what string, action chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if _, err := chromedp.RunResponse(c.ctx, action); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// clean fails when something on the page ran or was tried to.
func (c *chromium) clean(where string) {
	c.t.Helper()
	scripts, images, ran := value[int](c, "document.scripts.length"), value[int](c, "document.images.length"), value[bool](c, "window.ran !== undefined")
	if scripts+images > 0 || ran {
		c.t.Errorf("%s: %d scripts, %d images, ran: %v", where, scripts, images, ran)
	}
	if said := c.complaints(); said != "" {
		c.t.Errorf("%s: the browser says:\n%s", where, said)
	}
}

// shoot keeps pictures of a page in light, dark and at a phone's width, where
// FLOWD_PICTURES names a folder for them.
func (c *chromium) shoot(name string) {
	c.t.Helper()
	dir := os.Getenv("FLOWD_PICTURES")
	if dir == "" {
		return
	}
	for _, look := range []struct {
		name, scheme string
		width        int64
	}{{"light", "light", 1200}, {"dark", "dark", 1200}, {"phone", "light", 390}, {"phone-dark", "dark", 390}} {
		c.emulate(emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}})
		c.run("take a width", chromedp.EmulateViewport(look.width, 800))
		png, err := chromedp.Run(c.ctx, chromedp.FullScreenshot(100))
		if err != nil {
			c.t.Fatalf("take a picture: %v", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+look.name+".png"), png, 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	c.run("look as before", chromedp.EmulateViewport(1200, 900))
}

// fits fails where a page is wider than a phone.
func (c *chromium) fits(where string) {
	c.t.Helper()
	c.run("look at it on a phone", chromedp.EmulateViewport(390, 800))
	wide := value[int](c, "document.documentElement.scrollWidth")
	c.run("look as before", chromedp.EmulateViewport(1200, 900))
	if wide > 390 {
		c.t.Errorf("%s is %d wide on a phone of 390", where, wide)
	}
}

const (
	evilName = `<script>window.ran=1</script>`
	evilLast = `"><img src=x onerror="window.ran=1">`
)

// crowd fills a desk with a month of people, one of whom has a hostile name.
func crowd(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	start := d.now
	for n := range 60 {
		d.now = start.Add(time.Duration(n*n%29) * 24 * time.Hour).Add(-28 * 24 * time.Hour)
		d.move(fmt.Sprintf("app-%02d", n), []string{"LinkedIn", "Careers page", "Referral"}[n%3])
		if n%10 != 4 {
			d.goesOut(n%3 != 1)
		}
	}
	d.now = start
	d.move("held-1", "LinkedIn", flowd.Field{Name: "Notice period", Value: "three months"})
	d.move("held-2", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	d.called("hostile", evilName, evilLast)
	if _, err := d.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeRule("video"), Pause: state.Pause{
		Reason: flowd.ReasonPaused, Detail: "the template has a wrong link", Since: d.now.Add(-time.Hour), By: "olga"}}, d.now); err != nil {
		t.Fatal(err)
	}
	return d
}

// called is a move of somebody with a name.
func (d *desk) called(app, first, last string) {
	d.t.Helper()
	d.named = [2]string{first, last}
	d.move(app, "LinkedIn")
	d.named = [2]string{}
}

// goesOut lets what is due go out; answered tells whether the candidates answer.
func (d *desk) goesOut(answered bool) {
	d.t.Helper()
	leases, err := d.store.Lease(d.t.Context(), state.LeaseRequest{Now: d.now, Max: 100, For: time.Minute})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, l := range leases {
		in := flowd.Interview{ID: "int-" + l.Action.Application, Position: l.Action.Position, CreatedAt: d.now, Status: flowd.InterviewPending}
		if answered {
			in.Answered, in.CompletedAt, in.Status, in.Score, in.Duration = true, d.now.Add(30*time.Hour), flowd.InterviewToEvaluate, 4, 12*time.Minute
		}
		if err := d.store.Settle(d.t.Context(), l, flowd.Outcome{State: flowd.Done, Interview: in, RequestID: "req-" + l.Action.Key.Short()}, d.now.Add(time.Second)); err != nil {
			d.t.Fatal(err)
		}
	}
}

// A person at a real browser: logs in, looks at Today, filters, reads a story
// and logs out; and whatever a candidate typed stays text.
func TestBrowser_APersonAtThePages(t *testing.T) {
	t.Parallel()
	d := crowd(t)
	k := team(d.now.Add(24 * time.Hour))
	o := d.with(k)
	o.Info = func() web.Info {
		return web.Info{
			Running: true, Version: "test", Since: d.now.Add(-9 * 24 * time.Hour), Backup: d.now.Add(-6 * time.Hour),
			Positions: []flowd.Position{{ID: "pos-ae", Name: "AE screening"}}, PositionsAt: d.now.Add(-8 * time.Minute),
			Sources: []web.SourceInfo{{Name: "greenhouse", Kind: "greenhouse"}, {Name: "ats", Kind: "webhook"}},
			Rules:   web.RulesInfo{Count: 1, Rows: 1, Since: d.now.Add(-26 * time.Hour)},
		}
	}
	srv := httptest.NewServer(web.Admin(o))
	t.Cleanup(srv.Close)
	c := newChromium(t)

	c.run("open the pages", chromedp.Navigate(srv.URL+"/people?state=held"), chromedp.WaitVisible(chromedp.CSS("#token")))
	c.shoot("login")
	c.fits("the log-in")
	c.run("type a wrong token", chromedp.SendKeys(chromedp.CSS("#token"), "flowd_guess"))
	c.follow("log in with it", chromedp.Submit(chromedp.CSS("#token")))
	mustHold(t, "the refusal", c.text(), "This token is wrong")
	_ = c.complaints() // a 401 is one
	c.run("type the token", chromedp.SendKeys(chromedp.CSS("#token"), k.tokens["paul"]))
	c.follow("log in", chromedp.Submit(chromedp.CSS("#token")))
	if address := value[string](c, "location.href"); !strings.HasSuffix(address, "/people?state=held") {
		t.Errorf("the log-in led to %s", address)
	}
	c.clean("People who are held")

	c.follow("go to Today", chromedp.Click(chromedp.CSS(`nav a[href="/"]`)))
	mustHold(t, "Today", c.text(), "Today", "What needs a person", "Paused: rule video", "flowd resume video", "held: a condition could not be evaluated", "The last 30 days", "flowd status")
	c.clean("Today")
	c.fits("Today")
	c.shoot("today")

	c.follow("follow what is held", chromedp.Click(chromedp.CSS(`a[href="/people?reason=error&state=held"]`)))
	mustHold(t, "People who are held", c.text(), "flowd list --state held --reason error")
	c.follow("go to People", chromedp.Click(chromedp.CSS(`nav a[href="/people"]`)))
	c.clean("People")
	c.fits("People")
	c.shoot("people")
	c.run("ask for names and the hostile one", chromedp.Click(chromedp.CSS("#show")), chromedp.SendKeys(chromedp.CSS("#text"), evilName))
	c.follow("filter", chromedp.Submit(chromedp.CSS("#text")))
	people := c.text()
	mustHold(t, "People", people, evilName+" "+evilLast, "hostile@example.com")
	mustNotHold(t, "People", people, "app-01@example.com")
	c.clean("People with a hostile name")
	c.shoot("people-found")

	c.follow("open the story", chromedp.Click(chromedp.CSS(`table a[href^="/people/hostile"]`)))
	mustHold(t, "the story", c.text(), evilName+" "+evilLast, "flowd explain hostile --show", "How it came to that")
	c.clean("the story of a hostile name")
	c.fits("a story")
	c.run("open another story", chromedp.Navigate(srv.URL+"/people/app-00?show=1"))
	c.clean("a story")
	c.shoot("story")
	c.run("and one that is held", chromedp.Navigate(srv.URL+"/people/held-1"))
	c.shoot("story-held")

	// The page's own policy stops what would get through all the same: this is
	// how a script that stood in it would fare.
	value[bool](c, `new Promise(done => {
		const s = document.createElement("script"); s.textContent = "window.ran=1"; document.body.append(s);
		const d = document.createElement("div"); d.innerHTML = '<img src=x onerror="window.ran=1">';
		d.firstChild.addEventListener("error", () => done(true)); document.body.append(d);
	})`)
	ran := value[bool](c, "window.ran !== undefined")
	if said := c.complaints(); ran || !strings.Contains(said, "Content Security Policy") {
		t.Errorf("the policy let a planted script run (%v), or the browser says nothing of it: %q", ran, said)
	}

	c.run("back to People", chromedp.Navigate(srv.URL+"/people"))
	_ = c.complaints()
	c.follow("log out", chromedp.Click(chromedp.CSS("form.who button")))
	mustHold(t, "after the log-out", c.text(), "Your personal token")
	c.run("look back", chromedp.Navigate(srv.URL+"/people"))
	mustHold(t, "the page before the log-out", c.text(), "Your personal token")
	c.clean("after the log-out")
}

// An approver at a real browser: looks at a batch, in which they moved some
// themselves, gives a reason and says yes; the link works once.
func TestBrowser_AnApproval(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	first, last := strings.Fields("Ada Ben Cleo Dana Emre Finn Gita Hugo Ines Jon Kaya Luca"), strings.Fields("Lindqvist Okafor Moreau Tanaka")
	for n := range 36 {
		by := []string{"sam.rivers@example.com", "", "noor.haddad@example.com"}[n%3]
		if n%11 == 3 {
			by = "kim@example.com"
		}
		p.moved(fmt.Sprintf("p-%02d", n), by, func(ev *flowd.Event) {
			c := &ev.Application.Candidate
			if c.FirstName, c.LastName = first[n%len(first)], last[n%len(last)]; n == 35 {
				c.FirstName, c.LastName = evilName, evilLast
			}
		})
	}
	mux := http.NewServeMux()
	mux.Handle(links.ApprovalPath, p.pages)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	c := newChromium(t)

	link := srv.URL + p.link("p-00", "lead")
	c.run("open the link", chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("#why")))
	mustHold(t, "the page", c.text(), "36 people wait to be invited", "Ada Lindqvist", evilName+" "+evilLast, "You moved 3 of them yourself", "Invite the other 33", "Invite none of them", "sam.rivers@example.com")
	c.clean("an approval")
	c.fits("an approval")
	c.shoot("approve")
	if seen := value[bool](c, `(() => { const b = document.querySelector("button[value=yes]").getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight })()`); !seen {
		t.Error("the button is out of sight in a long list")
	}
	// A line that is ended with Enter, out of habit, is no answer.
	c.run("give a reason", chromedp.SendKeys(chromedp.CSS("#why"), "the spring fair\r"))
	p.stands(flowd.Held, "p-00")
	mustHold(t, "the page after Enter", c.text(), "36 people wait to be invited")
	c.follow("say yes", chromedp.Click(chromedp.CSS(`button[value="yes"]`)))
	mustHold(t, "the thanks", c.text(), "33 people will be invited", "It is recorded as an order of lead: the spring fair.", "3 people stay held whom you moved yourself")
	c.clean("the thanks")
	c.fits("the thanks")
	c.shoot("approve-done")
	c.run("open it again", chromedp.Navigate(link))
	mustHold(t, "the link afterwards", c.text(), "This link was used", "lead said yes about 33 people")
	_ = c.complaints() // a 410 is one
	c.fits("a used link")
	c.shoot("approve-used")
	p.stands(flowd.Waiting, "p-00")
	p.stands(flowd.Held, "p-03")
}
