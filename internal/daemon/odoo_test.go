package daemon_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

const odooRules = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited.
    stage: "Video interview"
    pairs:
      - {job: "JOB", position: "AE screening"}
  - id: told
    description: The applicant's form shows the link.
    trigger: {event: interview.invited, of: [video]}
    actions:
      - ats.field: {name: "Interview link", value: "${candidate_link}"}
  - id: back
    description: A finished interview is noted, tagged, linked and moved to review.
    trigger: {event: interview.finished, of: [video]}
    once: interview
    actions:
      - ats.note: {text: "Video interview finished: ${recording_link}"}
      - ats.tag: {add: "video done"}
      - ats.link: {label: "Recording", url: "${recording_link}"}
      - ats.move: {to: "Video review", if: application.stage == "Video interview"}
`

// odooWorld is a world whose ATS is a real Odoo, reached through a proxy that
// loses calls and answers.
type odooWorld struct {
	*world
	*odooDesk
	line              string // its address
	arrived, troubled atomic.Int64
}

func newOdooWorld(t *testing.T, at string) *odooWorld {
	desk := newOdooDesk(t, at)
	const engine = "  concurrency: 8\n  rate: 0\n  timeout: 400ms\n  settle: 700ms\n  quota_probe: 300ms\n"
	w := &odooWorld{odooDesk: desk, world: newWorld(t, settings{listen: freePort(t), engine: engine, rules: strings.Replace(odooRules, "JOB", desk.jobName, 1)})}
	far, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	line := httputil.NewSingleHostReverseProxy(far)
	line.ErrorLog = log.New(io.Discard, "", 0) // of calls whose daemon was killed
	proxy := httptest.NewServer(w.unreliable(line))
	t.Cleanup(proxy.Close)
	w.line = proxy.URL
	w.write("odoo-key", desk.key)
	w.write("hireflix-hook", w.hireflix.Secret())
	w.write("links-key", strings.Repeat("0123456789abcdef", 3))
	w.write("flowd.yaml", fmt.Sprintf(`rules: rules/
hireflix:
  url: %s/me
  api_key: {file: key}
  webhook_secret: {file: hireflix-hook}
%ssources:
  - name: odoo
    kind: odoo
    url: %s
    database: %s
    login: %s
    key: {file: odoo-key}
    poll: {every: 5s}
    stage_kinds: {"Video review": active}
server: {listen: "%s", admin: "127.0.0.1:0", public_url: "http://%s"}
links: {key: {file: links-key}}
`, w.url, engine, proxy.URL, desk.database, desk.login, w.listen, w.listen))
	return w
}

// unreliable loses some calls before they arrive and some answers behind their
// effect, refuses some, and has some wait.
func (w *odooWorld) unreliable(odoo http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		n := w.arrived.Add(1)
		trouble := n > 20 // the first poll comes through
		defer func() {
			if trouble {
				w.troubled.Add(1)
			}
		}()
		switch {
		case trouble && n%37 == 0:
			odoo.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case trouble && n%41 == 0:
			panic(http.ErrAbortHandler)
		case trouble && n%23 == 0:
			rw.WriteHeader(http.StatusBadGateway)
		case trouble && n%29 == 0:
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(http.StatusTooManyRequests)
		default:
			trouble = false
			odoo.ServeHTTP(rw, r)
		}
	})
}

// TestOdoo_AgreeOnEverybody runs flowd between a real Odoo 14 Recruitment and the
// simulated Hireflix: applicants are moved singly, in bulk and while the daemon
// is down, interviews finish, the line to Odoo loses calls and answers, and the
// daemon is killed; at the end all three agree on everybody.
//
// scripts/odoo makes the Odoo and the variables that the test reads.
func TestOdoo_AgreeOnEverybody(t *testing.T) {
	at := os.Getenv("FLOWD_ODOO")
	if at == "" {
		t.Skip("SKIPPED: there is no Odoo: scripts/odoo up DIR, then . DIR/env")
	}
	t.Parallel()
	w := newOdooWorld(t, at)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.hireflix.SetFault(sim.Random(5,
		sim.Odds{Effect: sim.TimeoutAfter(), Share: 0.03},
		sim.Odds{Effect: sim.Refuse(), Share: 0.03},
		sim.Odds{Effect: sim.Slow(20 * time.Millisecond), Share: 0.3},
	))
	w.hireflix.Deliver(sim.Policy{Seed: 9, Lose: 0.2, Double: 0.2, Late: 0.1, Delay: 300 * time.Millisecond, Reorder: 0.3, Hold: 100 * time.Millisecond})
	if _, err := w.hireflix.Subscribe("http://"+w.listen+"/hooks/hireflix",
		"interview.create", "interview.finish", "interview.status-change", "interview.delete", "interview.score-updated"); err != nil {
		t.Fatal(err)
	}
	// Who stood there before flowd first looked is listed, and not invited.
	stood := w.applicants("Video interview", 3)
	var last web.Status
	var failed web.List
	c := w.spawn()
	t.Cleanup(func() {
		if said := c.log.String(); t.Failed() {
			t.Logf("status %+v\nfailed %+v\nthe daemon says:\n%s", last, failed.Entries, said[max(0, len(said)-8000):])
		}
	})
	var list web.List
	eventually(t, "the first poll is listed", func() bool {
		api, err := daemon.DialFile(w.config)
		return err == nil && api.Get(ctx, "/api/v1/list", url.Values{"state": {"skipped"}, "reason": {string(flowd.ReasonBaseline)}}, &list) == nil && len(list.Entries) == len(stood)
	})

	// Odoo tells when an application was made to the second: those that follow are
	// made in a later one than the first poll.
	polled := time.Now()
	eventually(t, "the next second", func() bool { return time.Since(polled) > time.Second })

	// Moved one by one, many at once, and by a form that they are made in.
	singly, bulk, made := w.applicants("New", 10), w.applicants("New", 20), w.applicants("Video interview", 5)
	for _, id := range singly {
		w.move("Video interview", id)
	}
	w.move("Video interview", bulk...)
	position := w.positions["AE screening"]
	invited := func() []sim.Interview { return w.hireflix.Interviews(position) }
	within(t, 5*time.Minute, "half of them are invited", func() bool { return len(invited()) > 15 })
	c.kill()

	// While nobody looks: moved, moved and refused, moved on and back.
	down, refused, back := w.applicants("New", 8), w.applicants("New", 2), w.applicants("New", 2)
	c = w.spawn()
	everyone := slices.Concat(singly, bulk, made)
	within(t, 5*time.Minute, "all of them are invited", func() bool { return len(invited()) == len(everyone) })
	eventually(t, "the newest are known", func() bool {
		api, err := daemon.DialFile(w.config)
		var told any
		return err == nil && api.Get(ctx, "/api/v1/explain", url.Values{"x": {fmt.Sprint(back[1])}}, &told) == nil
	})
	c.kill()
	w.move("Video interview", slices.Concat(down, refused, back)...)
	w.refuse(refused...)
	w.move("New", back...)
	c = w.spawn()
	everyone = append(everyone, down...)
	within(t, 5*time.Minute, "those are invited who moved meanwhile", func() bool { return len(invited()) == len(everyone) })

	all := invited()
	rand.New(rand.NewPCG(2, 6)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	answered := all[:len(all)-8] // some never answer
	for i, iv := range answered {
		if err := w.hireflix.Answer(iv.ID); err != nil {
			t.Fatal(err)
		}
		if i == len(answered)/2 {
			c.kill()
			c = w.spawn()
		}
	}
	if err := w.hireflix.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	within(t, 5*time.Minute, "some are moved on", func() bool { return len(w.standing("Video review")) > 5 })
	c.kill() // in the midst of writing; and what the webhooks did not tell, the look at the start does
	c = w.spawn()
	settled := func() bool {
		api, err := daemon.DialFile(w.config)
		if err != nil || api.Get(ctx, "/api/v1/list", url.Values{"state": {"failed"}}, &failed) != nil {
			return false
		}
		return api.Get(ctx, "/api/v1/status", nil, &last) == nil && last.Undecided == 0 &&
			last.People[flowd.WordFinished] == len(answered) && last.People[flowd.WordInvited] == len(everyone)-len(answered)
	}
	within(t, 8*time.Minute, "Odoo knows of everybody", func() bool { return settled() && len(w.standing("Video review")) == len(answered) })
	eventually(t, "the links stand in Odoo", func() bool { return w.linked() == len(everyone) })

	byEmail := map[string]sim.Interview{}
	for _, iv := range invited() {
		byEmail[iv.Email] = iv
	}
	for _, id := range slices.Concat(everyone, stood, refused, back) {
		w.agrees(id, byEmail[w.email(id)])
	}
	if len(byEmail) != len(everyone) || len(invited()) != len(everyone) {
		t.Errorf("%d interviews of %d people, want %d", len(invited()), len(byEmail), len(everyone))
	}
	if twice := w.hireflix.Journal().Repeats(); len(twice) > 0 {
		t.Errorf("done twice at Hireflix: %v", twice)
	}
	c.terminate()
	for _, fault := range daemon.Check(ctx, w.options(), daemon.CheckOptions{State: true}).State {
		t.Errorf("the state: %s", fault)
	}
	mustNotHold(t, "the log", c.log.String(), w.key, "@example.com", "Traceback")
	t.Logf("%d applicants, %d invited, %d finished, 4 kills; %d calls to Odoo, %d of them went wrong",
		len(everyone)+len(stood)+len(refused)+len(back), len(invited()), len(answered), w.arrived.Load(), w.troubled.Load())
}

// A doctor sees at a real Odoo what there is, what the next poll would bring, and
// that flowd's user may do what is needed and no more; an administrator may more.
func TestOdoo_Doctor(t *testing.T) {
	at := os.Getenv("FLOWD_ODOO")
	if at == "" {
		t.Skip("SKIPPED: there is no Odoo: scripts/odoo up DIR, then . DIR/env")
	}
	t.Parallel()
	w := newOdooWorld(t, at)
	w.replace("flowd.yaml", w.line, at)
	w.applicants("New", 1)
	has := func(health daemon.Health, texts ...string) {
		t.Helper()
		found := daemon.Doctor(t.Context(), w.options(), false, func(string) {})
		for _, text := range texts {
			if !slices.ContainsFunc(found, func(f daemon.Finding) bool { return f.Health == health && strings.Contains(f.What, text) }) {
				t.Errorf("nothing %s says %q: %+v", health, text, found)
			}
		}
	}
	has(daemon.Well, "odoo takes the key of odoo and has", "odoo can be polled by odoo: its first page shows", "the ATS has every job and stage that the rules name",
		"the key of odoo may do what flowd needs, and nothing that flowd never does", "every system can be written to as the rules ask")
	w.replace("flowd.yaml", "login: "+w.login, "login: "+w.admin)
	w.write("odoo-key", w.password)
	has(daemon.Weak, "the key of odoo may do what flowd never does: administer users")
	w.write("odoo-key", "another key")
	has(daemon.Wrong, "odoo cannot be asked what it has", "odoo cannot be polled")
}

// agrees holds that Odoo shows of an applicant what Hireflix knows.
func (w *odooWorld) agrees(id int, iv sim.Interview) {
	w.t.Helper()
	got := w.shown(id)
	want := odooApplicant{stage: got.stage, link: iv.URL}
	switch {
	case iv.Answered:
		want = odooApplicant{stage: "Video review", link: iv.URL, tags: []string{"video done"}, notes: 1, links: 1}
	case iv.ID != "":
		want.stage = "Video interview"
	}
	if got.stage != want.stage || got.link != want.link || !slices.Equal(got.tags, want.tags) || got.notes != want.notes || got.links != want.links {
		w.t.Errorf("applicant %d is %+v in Odoo; interview %q, answered %v: want %+v", id, got, iv.ID, iv.Answered, want)
	}
}
