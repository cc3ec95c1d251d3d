package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/engine"
	"flowd/internal/links"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
	"flowd/state/mem"
)

const approveRules = `version: 1
owner: ops
rules:
  - id: video
    description: After the fair many are moved at once.
    stage: Video
    wait: 1h
    limit: {per_hour: 40}
    approve: {above: 1, within: 10m, by: [lead, deputy]}
    pairs: [{job: AE, position: pos-ae}]
  - id: low-scores
    description: Who scores low is discarded.
    trigger: {event: stage.entered, stage: Scored, via: [move, api]}
    approve: {above: 0, within: 10m}
    actions: [hireflix.discard, ats.tag: discarded]
`

// post is where links to approvals arrive.
type post struct {
	*desk
	signer  *links.Approvals
	pages   *web.Approvals
	log     bytes.Buffer
	people  map[string][]string // addresses, by approver
	failing bool
	between func() // what happens while an answer is on its way into the state
	woken   atomic.Int32
}

// failing is a store that cannot be read at times.
type failing struct {
	*mem.Store
	post *post
}

func (f failing) Find(ctx context.Context, of state.Filter, p state.Page) (state.Found, error) {
	if f.post.failing {
		return state.Found{}, errors.New("the disk is gone")
	}
	return f.Store.Find(ctx, of, p)
}

func (f failing) Amend(ctx context.Context, a state.Amendment, now time.Time) ([]state.Row, error) {
	if f.post.between != nil {
		f.post.between()
	}
	return f.Store.Amend(ctx, a, now)
}

func (p *post) serve(text string) {
	p.t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(text)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		p.t.Fatal(strictyaml.Render(problems))
	}
	p.set, _, _ = set.Bind([]flowd.Position{{ID: "pos-ae", Name: "AE screening"}}, nil)
}

func newPost(t *testing.T, text string) *post {
	t.Helper()
	p := &post{desk: newDesk(t), people: map[string][]string{"lead": {"kim@example.com"}, "deputy": {"lee@example.com"}}}
	p.serve(text)
	var err error
	if p.signer, err = links.NewApprovals([]secret.Value{secret.New(strings.Repeat("k", 32))}); err != nil {
		t.Fatal(err)
	}
	o := p.options()
	o.Store, o.Log = failing{p.store, p}, zerolog.New(zerolog.SyncWriter(&p.log))
	o.Wake = func() { p.woken.Add(1) }
	o.Addresses = func(name string) []string { return p.people[name] }
	if p.pages, err = web.NewApprovals(o, p.signer, prometheus.NewRegistry()); err != nil {
		t.Fatal(err)
	}
	p.over(func(o *web.Options) { o.Addresses = func(name string) []string { return p.people[name] } })
	return p
}

// moved is a move by somebody, decided under the rules' guards.
func (p *post) moved(app, by string, change ...func(*flowd.Event)) {
	p.t.Helper()
	ctx := p.t.Context()
	p.now = p.now.Add(time.Second)
	ev := flowd.Event{
		Key: "evt-" + app + "-" + p.now.Format("150405"), Source: "ats", ATS: "ats", Type: flowd.StageEntered, Via: flowd.ViaAPI, At: p.now, Stage: flowd.Stage{ID: "s", Name: "Video"},
		Application: flowd.Application{ID: app, Status: flowd.StatusActive, Job: flowd.Job{ID: "j", Name: "AE"}, MovedBy: by,
			Candidate: flowd.Candidate{ID: "c-" + app, Email: app + "@example.com", FirstName: "Rosa", LastName: "Field-" + app}},
	}
	for _, c := range change {
		c(&ev)
	}
	if _, err := p.store.Admit(ctx, flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{ev}}, p.now); err != nil {
		p.t.Fatal(err)
	}
	pending, err := p.store.Undecided(ctx, 100)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, w := range pending {
		c := state.Commitment{Event: w.Event.Key, Decisions: engine.Decide(p.set, w.Event, w.Facts, p.now), Guards: map[string]state.Guard{}}
		for _, r := range p.set.Rules() {
			c.Guards[r.ID] = state.Guard{PerHour: r.Flood, Above: r.Above, Within: r.Span}
		}
		if w.Event.Type == flowd.StageEntered {
			c.Cancel = &state.Cancellation{Except: w.Event.Stage, Reason: flowd.ReasonLeftStage}
		}
		if _, err := p.store.Commit(ctx, c, p.now); err != nil {
			p.t.Fatal(err)
		}
	}
}

// row is the newest of an application.
func (p *post) row(app string) state.Row {
	p.t.Helper()
	stories, err := p.store.Story(p.t.Context(), state.Ref{Application: app})
	if err != nil || len(stories) != 1 || len(stories[0].Rows) == 0 {
		p.t.Fatalf("%s: %+v, %v", app, stories, err)
	}
	return stories[0].Rows[len(stories[0].Rows)-1]
}

func (p *post) stands(want flowd.ActionState, apps ...string) {
	p.t.Helper()
	for _, app := range apps {
		if r := p.row(app); r.State != want {
			p.t.Errorf("%s is %s (%s), want %s", app, r.State, r.Reason, want)
		}
	}
}

// link is the path of a link about an application's batch.
func (p *post) link(app, approver string, change ...func(*links.Approval)) string {
	p.t.Helper()
	a := links.Approval{Batch: p.row(app).Action.Batch, Approver: approver, Until: p.now.Add(72 * time.Hour).Truncate(time.Second)}
	for _, c := range change {
		c(&a)
	}
	token, err := p.signer.Token(a)
	if err != nil {
		p.t.Fatal(err)
	}
	return links.ApprovalPath + token
}

func (p *post) do(method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(p.t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.pages.ServeHTTP(w, r)
	return w
}

// opens is a page that must be answered so, as a person reads it.
func (p *post) opens(path string, status int) string {
	p.t.Helper()
	w := p.do(http.MethodGet, path, nil)
	p.check(w, status)
	return read(w)
}

var styled = regexp.MustCompile(`(?s)<style>.*</style>`)

// read is a page as a person reads it, more or less.
func read(w *httptest.ResponseRecorder) string {
	return html.UnescapeString(styled.ReplaceAllString(w.Body.String(), ""))
}

// check holds what is true of every answer.
func (p *post) check(w *httptest.ResponseRecorder, status int) {
	p.t.Helper()
	if w.Code != status {
		p.t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex, nofollow"} {
		if w.Header().Get(name) != want {
			p.t.Errorf("%s is %q", name, w.Header().Get(name))
		}
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'sha256-") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
		p.t.Errorf("policy %q", csp)
	}
	if strings.Contains(w.Body.String(), "<script") || w.Header().Get("Set-Cookie") != "" {
		p.t.Errorf("body %s", w.Body)
	}
	mustNotHold(p.t, "the log", p.log.String(), "Rosa", "@example.com", "/a/")
}

var hidden = regexp.MustCompile(`name="(shown|form)" value="([^"]*)"`)

// form is what the page's form sends.
func form(page, answer, why string) url.Values {
	v := url.Values{"answer": {answer}, "why": {why}}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		v.Set(m[1], m[2])
	}
	return v
}

// answers sends the page's form and returns what comes, as a person reads it.
func (p *post) answers(path, page, answer, why string, status int) string {
	p.t.Helper()
	w := p.do(http.MethodPost, path, form(page, answer, why))
	p.check(w, status)
	return read(w)
}

func three(p *post) {
	p.moved("ada", "sam@example.com")
	p.moved("ben", "")
	p.moved("cam", "sam@example.com")
}

// The page shows who, what, why, who moved them and when they go out; to look at
// it, in whatever way, changes nothing.
func TestApprovals_ToLookChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	mustHold(t, "the page", page, "3 people wait to be invited", "Rosa Field-ada", "AE screening", "because its rule asked for more than 1 at once", "sam@example.com", "not known",
		"After the fair many are moved at once.", "At most 40 an hour go out", "Invite these 3", "Invite none of them", "on 2 Mar 2026", "Of some the ATS does not say who moved them.",
		"flowd release --batch "+p.row("ada").Action.Batch, "lead: your answer is recorded", `method="post" action="`+path+`"`)
	mustNotHold(t, "the page", page, "ada@example.com", "yourself")
	if strings.Index(page, "Field-ada") > strings.Index(page, "Field-ben") {
		t.Error("they do not stand by name")
	}
	for _, w := range []*httptest.ResponseRecorder{
		p.do(http.MethodHead, path, nil), p.do(http.MethodGet, path, nil, "User-Agent", "Slackbot-LinkExpanding 1.0"), p.do(http.MethodGet, path+"?answer=yes", nil),
	} {
		p.check(w, http.StatusOK)
	}
	preview := p.do(http.MethodGet, path, nil, "User-Agent", "facebookexternalhit/1.1").Body.String()
	mustHold(t, "a preview", preview, "People wait for a yes")
	mustNotHold(t, "a preview", preview, "Field", "sam@", "video", "<form")
	if body := p.do(http.MethodHead, path, nil).Body.Len(); body > 0 {
		t.Errorf("a HEAD has a body of %d bytes", body)
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodOptions} {
		p.check(p.do(method, path, nil), http.StatusMethodNotAllowed)
	}
	p.stands(flowd.Held, "ada", "ben", "cam")
}

// A yes lets them go, once, as what it says and by whom.
func TestApprovals_Yes(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	p.moved("alone-before", "", func(ev *flowd.Event) { ev.Stage = flowd.Stage{Name: "Other"} }) // of no rule
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	thanks := p.answers(path, page, "yes", " the\tspring \x1b[31mfair\u202e ", http.StatusOK)
	mustHold(t, "the thanks", thanks, "3 people will be invited", "They wait as their rule says; the first goes out on 2 Mar 2026", "It is recorded as an order of lead: the spring [31mfair.")
	mustNotHold(t, "the thanks", thanks, "Look at them")
	p.stands(flowd.Waiting, "ada", "ben", "cam")
	steps := p.row("ben").Steps
	if last := steps[len(steps)-1]; last.By != "lead" || last.Detail != "waits 1h; the spring [31mfair" {
		t.Errorf("%+v", last)
	}
	if n := p.woken.Load(); n != 1 {
		t.Errorf("woken %d times", n)
	}
	for range 2 {
		again := p.answers(path, page, "no", "", http.StatusGone)
		mustHold(t, "the second answer", again, "This link was used", "lead said yes about 3 people on 2 Mar 2026 09:00: the spring [31mfair.")
	}
	mustHold(t, "the link afterwards", p.opens(path, http.StatusGone), "This link was used")
	deputy := p.opens(p.link("ada", "deputy"), http.StatusGone)
	mustHold(t, "the other's link", deputy, "Nobody of them waits any more", "lead said yes about 3 people")
	p.stands(flowd.Waiting, "ada", "ben", "cam")
	mustHold(t, "the log", p.log.String(), `"by":"lead"`, `"rows":3`)
}

func TestApprovals_No(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "deputy")
	thanks := p.answers(path, p.opens(path, http.StatusOK), "no", "the wrong stage", http.StatusOK)
	mustHold(t, "the thanks", thanks, "None of them is invited", "It is recorded as an order of deputy: the wrong stage.")
	p.stands(flowd.Cancelled, "ada", "ben", "cam")
	if r := p.row("cam"); r.Reason != flowd.ReasonByHand || r.Detail != "the wrong stage" {
		t.Errorf("%+v", r)
	}
}

// A form that the page did not make does nothing.
func TestApprovals_OnlyThePagesForm(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	first := p.link("ada", "lead")
	page := p.opens(first, http.StatusOK)
	p.moved("dan", "")
	key := p.row("dan").Action.Key.Short()
	for name, change := range map[string]func(url.Values){
		"nothing":          func(v url.Values) { clear(v) },
		"no signature":     func(v url.Values) { v.Del("form") },
		"another":          func(v url.Values) { v.Set("form", strings.Repeat("A", 22)) },
		"somebody more":    func(v url.Values) { v.Set("shown", v.Get("shown")+"."+key) },
		"nobody":           func(v url.Values) { v.Set("shown", "") },
		"no answer":        func(v url.Values) { v.Del("answer") },
		"an odd answer":    func(v url.Values) { v.Set("answer", "maybe") },
		"far too much":     func(v url.Values) { v.Set("why", strings.Repeat("x", 70_000)) },
		"another's answer": func(v url.Values) { v.Set("form", p.signer.Form("token", v.Get("shown"))) },
	} {
		v := form(page, "yes", "")
		change(v)
		w := p.do(http.MethodPost, first, v)
		p.now = p.now.Add(10 * time.Second) // below the limit
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "Nothing was done") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	other := p.link("ada", "deputy")
	p.check(p.do(http.MethodPost, other, form(page, "yes", "")), http.StatusForbidden) // of the first link's page
	p.stands(flowd.Held, "ada", "ben", "cam", "dan")
}

// An answer is about those who were shown: who joined meanwhile waits on, behind a
// link of their own; who left is not brought back.
func TestApprovals_ChangedMeanwhile(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	p.moved("ada", "", func(ev *flowd.Event) { ev.Stage = flowd.Stage{ID: "o", Name: "Offer"} })
	p.moved("dan", "sam@example.com")
	thanks := p.answers(path, page, "yes", "", http.StatusOK)
	mustHold(t, "the thanks", thanks, "2 people will be invited", "1 more person waits for a yes, whom the page did not show")
	p.stands(flowd.Cancelled, "ada")
	p.stands(flowd.Waiting, "ben", "cam")
	p.stands(flowd.Held, "dan")
	next := regexp.MustCompile(`href="(/a/[^"]+)"`).FindStringSubmatch(thanks)
	if len(next) != 2 || next[1] == path {
		t.Fatalf("no link of its own: %s", thanks)
	}
	mustHold(t, "the first link", p.opens(path, http.StatusGone), "This link was used")
	more := p.opens(next[1], http.StatusOK)
	mustHold(t, "the next page", more, "1 person waits to be invited", "Invite this person", "Field-dan")
	p.answers(next[1], more, "yes", "", http.StatusOK)
	p.stands(flowd.Waiting, "dan")
}

// Whom somebody else decided about, and who all have moved on, are asked about no
// more: nothing is changed, and the page says how it came.
func TestApprovals_DecidedElsewhere(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	var list web.List
	if err := p.client.Post(t.Context(), "/api/v1/amend", web.Order{Verb: state.Cancel, Batch: p.row("ada").Action.Batch, By: "olga", Why: "too early"}, &list); err != nil || len(list.Entries) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	said := p.answers(path, page, "yes", "", http.StatusGone)
	mustHold(t, "the answer", said, "Nobody of them waits any more", "olga said no about 3 people", "too early")
	p.stands(flowd.Cancelled, "ada", "ben", "cam")

	p.now = p.now.Add(time.Hour)
	for _, app := range []string{"eli", "fay"} {
		p.moved(app, "")
	}
	path = p.link("eli", "lead")
	for _, app := range []string{"eli", "fay"} {
		p.moved(app, "", func(ev *flowd.Event) { ev.Stage = flowd.Stage{ID: "o", Name: "Offer"} })
	}
	mustHold(t, "the page", p.opens(path, http.StatusGone), "All of them have moved on")
}

// Whoever decides in the same moment decides: the answer that comes second changes
// nothing, and does not use the link up.
func TestApprovals_DecidedInTheSameMoment(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	p.between = func() {
		if _, err := p.store.Amend(t.Context(), state.Amendment{Verb: state.Cancel, By: "olga", Select: state.Selection{Rule: "video"}}, p.now); err != nil {
			t.Error(err)
		}
	}
	mustHold(t, "the answer", p.answers(path, page, "yes", "", http.StatusConflict), "Nothing was done")
	p.stands(flowd.Cancelled, "ada", "ben", "cam")
	mustHold(t, "the link afterwards", p.opens(path, http.StatusGone), "Nobody of them waits any more", "olga said no")
}

func TestApprovals_LinksThatOpenNothing(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	good := p.link("ada", "lead")
	page := p.opens(good, http.StatusOK)
	for _, path := range []string{"/a/", "/a/x", good + "x", good[:len(good)-1], good + "/", p.link("ada", "lead") + "?", "/a/" + strings.Repeat("A", 5000)} {
		if strings.HasSuffix(path, "?") {
			continue // a query is no part of it
		}
		mustHold(t, path, p.opens(path, http.StatusNotFound), "This link is not complete")
	}
	ended := p.link("ada", "lead", func(a *links.Approval) { a.Until = p.now.Truncate(time.Second) })
	mustHold(t, "an ended link", p.opens(ended, http.StatusGone), "This link has ended", "flowd list --batch")
	p.check(p.do(http.MethodPost, ended, form(page, "yes", "")), http.StatusGone)
	mustHold(t, "one who is not asked", p.opens(p.link("ada", "stranger"), http.StatusGone), "You are not asked any more")
	mustHold(t, "the rule's owner", p.opens(p.link("ada", "ops"), http.StatusOK), "Invite these 3")
	mustHold(t, "an unknown batch", p.opens(p.link("ada", "lead", func(a *links.Approval) { a.Batch = "video-0101-aaaa" }), http.StatusGone), "Nobody of them waits any more")

	p.failing = true
	mustHold(t, "a state that fails", p.opens(good, http.StatusServiceUnavailable), "Nothing was changed")
	p.check(p.do(http.MethodPost, good, form(page, "yes", "")), http.StatusServiceUnavailable)
	p.failing = false

	p.serve(strings.Replace(approveRules, "by: [lead, deputy]", "by: [deputy]", 1))
	mustHold(t, "a rule that asks others", p.opens(good, http.StatusGone), "You are not asked any more")
	p.serve(approveRules)
	other, err := links.NewApprovals([]secret.Value{secret.New(strings.Repeat("o", 32))})
	if err != nil {
		t.Fatal(err)
	}
	p.pages.Swap(other)
	p.opens(good, http.StatusNotFound) // the key was exchanged
	p.pages.Swap(p.signer)
	p.stands(flowd.Held, "ada", "ben", "cam")

	for range 12 { // and one that is opened too often
		p.do(http.MethodGet, good, nil)
	}
	w := p.do(http.MethodPost, good, form(page, "yes", ""))
	p.check(w, http.StatusTooManyRequests)
	if w.Header().Get("Retry-After") == "" {
		t.Error("it does not say when to come again")
	}
	p.stands(flowd.Held, "ada", "ben", "cam")
}

// Nobody says yes to what they moved themselves: not by the page, not by the API.
func TestApprovals_NotOnesOwn(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	p.moved("ada", "Kim@Example.com ")
	p.moved("ben", "sam@example.com")
	p.moved("cam", "kim@example.com")
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	mustHold(t, "the page", page, "3 people wait", "You moved 2 of them yourself", "Invite the other one", "Invite none of them", "not by your yes")
	thanks := p.answers(path, page, "yes", "", http.StatusOK)
	mustHold(t, "the thanks", thanks, "1 person will be invited", "2 people stay held whom you moved yourself: somebody else has to say yes to that.")
	p.stands(flowd.Held, "ada", "cam")
	p.stands(flowd.Waiting, "ben")

	again := func(a *links.Approval) { a.Round = 1 }
	path = p.link("ada", "lead", again)
	page = p.opens(path, http.StatusOK)
	mustNotHold(t, "the page of nobody else's", page, `value="yes"`)
	mustHold(t, "the page of nobody else's", page, "Invite none of them", `value="no"`)
	w := p.do(http.MethodPost, path, form(page, "yes", ""))
	p.check(w, http.StatusConflict)
	p.stands(flowd.Held, "ada", "cam")

	order := web.Order{Verb: state.Release, Batch: p.row("ada").Action.Batch, By: "lead"}
	var list web.List
	err := p.client.Post(t.Context(), "/api/v1/amend", order, &list)
	if err == nil || !strings.Contains(err.Error(), "lead moved them: somebody else has to say yes") {
		t.Errorf("by the API: %+v, %v", list, err)
	}
	p.moved("dan", "sam@example.com")
	if err := p.client.Post(t.Context(), "/api/v1/amend", order, &list); err != nil || len(list.Entries) != 1 || !strings.Contains(list.Note, "2 people stay held, whom lead moved") {
		t.Errorf("beside others: %+v, %v", list, err)
	}
	order.By = "kim@example.com" // a token that has the address as its name
	if err := p.client.Post(t.Context(), "/api/v1/amend", order, &list); err == nil {
		t.Errorf("by a token's name: %+v", list)
	}

	deputy := p.link("ada", "deputy", again)
	p.answers(deputy, p.opens(deputy, http.StatusOK), "yes", "", http.StatusOK)
	p.stands(flowd.Waiting, "ada", "cam")
}

func TestApprovals_OnesOwnWhereAllowed(t *testing.T) {
	t.Parallel()
	p := newPost(t, strings.Replace(approveRules, "by: [lead, deputy]", "by: [lead, deputy], self: true", 1))
	p.moved("ada", "kim@example.com")
	p.moved("ben", "kim@example.com")
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	mustHold(t, "the page", page, "Invite these 2", "kim@example.com")
	mustNotHold(t, "the page", page, "yourself", "not known")
	p.answers(path, page, "yes", "", http.StatusOK)
	p.stands(flowd.Waiting, "ada", "ben")
}

// What is not known of who moved them is said, and hinders nobody.
func TestApprovals_UnknownMovers(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	p.moved("ada", "")
	p.moved("ben", "")
	page := p.opens(p.link("ada", "lead"), http.StatusOK)
	mustHold(t, "the page", page, "Who moved them is not known", "Invite these 2")
	mustNotHold(t, "the page", page, `scope="col">Moved by`)
	p.moved("cam", "noor@example.com")
	p.people["deputy"] = nil // a room, say
	mustHold(t, "the page of one without an address", p.opens(p.link("ada", "deputy"), http.StatusOK), "flowd knows no address of deputy", "Invite these 3")
}

// What is typed by others stays text.
func TestApprovals_HostileNames(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	hostile := func(ev *flowd.Event) {
		ev.Application.Candidate.FirstName, ev.Application.Candidate.LastName = evilName, evilLast
	}
	p.moved("ada", evilName, hostile)
	p.moved("ben", evilLast, hostile)
	w := p.do(http.MethodGet, p.link("ada", "lead"), nil)
	p.check(w, http.StatusOK)
	mustNotHold(t, "the page", w.Body.String(), "<script>window", "<img")
	mustHold(t, "the page", html.UnescapeString(w.Body.String()), evilName)
}

// What waits behind the yes is told: here for another reason.
func TestApprovals_HeldForAnotherReason(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	if _, err := p.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeRule("video"), Pause: state.Pause{By: "olga"}}, p.now); err != nil {
		t.Fatal(err)
	}
	mustHold(t, "the thanks", p.answers(path, page, "yes", "", http.StatusOK), "3 stay held for another reason: paused by a person.")
}

// A rule that ends applications asks in its own words, and for all of its steps.
func TestApprovals_OfAReaction(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	p.moved("ada", "sam@example.com", func(ev *flowd.Event) { ev.Stage = flowd.Stage{ID: "q", Name: "Scored"} })
	stories, err := p.store.Story(t.Context(), state.Ref{Application: "ada"})
	if err != nil || len(stories[0].Rows) != 2 || stories[0].Rows[0].State != flowd.Held || stories[0].Rows[1].State != flowd.Blocked {
		t.Fatalf("%+v, %v", stories, err)
	}
	batch := func(a *links.Approval) { a.Batch = stories[0].Rows[0].Action.Batch }
	path := p.link("ada", "ops", batch)
	page := p.opens(path, http.StatusOK)
	mustHold(t, "the page", page, "Something waits to be done for 1 person", "Discard in Hireflix, then: A tag in the ATS: discarded", "because its rule asks each time", "Do it for this person", "Do not do it", "right after a yes")
	mustHold(t, "the thanks", p.answers(path, page, "yes", "", http.StatusOK), "It will be done for 1 person")
	stories, _ = p.store.Story(t.Context(), state.Ref{Application: "ada"})
	if s := stories[0].Rows; s[0].State != flowd.Due || s[1].State != flowd.Blocked {
		t.Errorf("%+v", s)
	}
}

// Of many who answer at once, one does.
func TestApprovals_OneAnswer(t *testing.T) {
	t.Parallel()
	p := newPost(t, approveRules)
	three(p)
	path := p.link("ada", "lead")
	page := p.opens(path, http.StatusOK)
	var all sync.WaitGroup
	statuses := make([]int, 6)
	for i := range statuses {
		all.Go(func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form(page, []string{"yes", "no"}[i%2], fmt.Sprint(i)).Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			p.pages.ServeHTTP(w, r)
			statuses[i] = w.Code
		})
	}
	all.Wait()
	done := 0
	for _, s := range statuses {
		if s == http.StatusOK {
			done++
		}
	}
	if done != 1 {
		t.Errorf("%d answers were taken: %v", done, statuses)
	}
	first := p.row("ada").State
	p.stands(first, "ben", "cam")
}
