package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

const wayBackRules = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited.
    stage: "Video interview"
    pairs:
      - {job: "Account Executive", position: "AE screening"}
  - id: told
    description: The profile says that somebody is invited.
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
  - id: judged
    description: What the team thinks of it is a tag.
    trigger: {event: interview.status_changed, of: [video], status: [shortlisted, discarded]}
    actions:
      - ats.tag: {add: "video ${interview.status}"}
`

// backWorld is a world with an ATS that can be written to.
type backWorld struct {
	*world
	ats    *atssim.ATS
	hooks  *http.Client
	source string
}

func newBackWorld(t *testing.T, rules, engine string) *backWorld {
	t.Helper()
	w := newWorld(t, settings{listen: freePort(t), rules: rules, engine: engine})
	b := &backWorld{world: w, ats: atssim.New(atssim.Options{Token: "ats-token-of-the-tests", Secret: hookSecret}), hooks: &http.Client{Timeout: 5 * time.Second}}
	srv := httptest.NewServer(b.ats)
	t.Cleanup(srv.Close)
	b.ats.AddJob("j1", "Account Executive", "Applied", "Video interview", "Video review", "Offer")
	w.write("ats-token", "ats-token-of-the-tests")
	w.write("hireflix-hook", w.hireflix.Secret())
	w.write("links-key", strings.Repeat("0123456789abcdef", 3))
	b.source = atssim.Source("ats", srv.URL, "hook", "ats-token") + "    stage_kinds: {\"Video review\": active}\n"
	w.write("flowd.yaml", fmt.Sprintf(`rules: rules/
hireflix:
  url: %s/me
  api_key: {file: key}
  webhook_secret: {file: hireflix-hook}
%ssources:
%sserver: {listen: "%s", admin: "127.0.0.1:0", public_url: "http://%s"}
links: {key: {file: links-key}}
`, w.url, engine, b.source, w.listen, w.listen))
	return b
}

// connect lets the two far sides call flowd.
func (b *backWorld) connect(ctx context.Context, p sim.Policy) {
	b.t.Helper()
	b.hireflix.Deliver(p)
	if _, err := b.hireflix.Subscribe("http://"+b.listen+"/hooks/hireflix",
		"interview.create", "interview.finish", "interview.status-change", "interview.delete", "interview.score-updated"); err != nil {
		b.t.Fatal(err)
	}
	go b.ats.Run(ctx, b.hooks, func() string { return "http://" + b.listen + "/hooks/ats" })
}

// TestWayBack_AgreeOnEverybody invites 200 people, lets them answer in random
// order while webhooks are lost, doubled, late and out of order, the ATS fails,
// loses answers and is slow, and the daemon is killed; at the end the ATS, flowd
// and Hireflix agree on everybody, and nothing was written twice.
func TestWayBack_AgreeOnEverybody(t *testing.T) {
	t.Parallel()
	const people = 200
	b := newBackWorld(t, wayBackRules, "  concurrency: 16\n  rate: 0\n  timeout: 400ms\n  settle: 700ms\n  quota_probe: 300ms\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.hireflix.SetFault(sim.Random(5,
		sim.Odds{Effect: sim.TimeoutAfter(), Share: 0.02},
		sim.Odds{Effect: sim.Refuse(), Share: 0.02},
		sim.Odds{Effect: sim.Slow(20 * time.Millisecond), Share: 0.3},
	))
	b.ats.SetFault(func(n int, _ *http.Request) atssim.Fault {
		switch {
		case n%37 == 0:
			return atssim.Fault{Lose: true}
		case n%41 == 0:
			return atssim.Fault{Drop: true}
		case n%23 == 0:
			return atssim.Fault{Status: http.StatusInternalServerError}
		case n%290 == 0: // a wish holds for every call, so a few of them are enough
			return atssim.Fault{Status: http.StatusTooManyRequests, RetryAfter: 1}
		case n%29 == 0:
			return atssim.Fault{Status: http.StatusTooManyRequests}
		}
		return atssim.Fault{}
	})
	b.connect(ctx, sim.Policy{Seed: 9, Lose: 0.2, Double: 0.2, Late: 0.1, Delay: 300 * time.Millisecond, Reorder: 0.3, Hold: 100 * time.Millisecond})

	c := b.spawn()
	ids := make([]string, people)
	for n := range ids {
		id, err := b.ats.AddApplication("j1", atssim.Person{Email: person{n: n}.email(), FirstName: "Person", LastName: fmt.Sprintf("Number %d", n)})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.ats.Move(id, "Video interview"); err != nil {
			t.Fatal(err)
		}
		ids[n] = id
	}
	position := b.positions["AE screening"]
	invited := func() []sim.Interview { return b.hireflix.Interviews(position) }
	within(t, 2*time.Minute, "half of them are invited", func() bool { return len(invited()) > people/2 })
	c.kill()
	c = b.spawn()
	within(t, 3*time.Minute, "all of them are invited", func() bool { return len(invited()) == people })

	seed := rand.New(rand.NewPCG(2, 6))
	all := invited()
	seed.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	status := map[string]string{} // by address: what the team decided
	answered := all[:people-20]   // some never answer
	for i, iv := range answered {
		if err := b.hireflix.Answer(iv.ID); err != nil {
			t.Fatal(err)
		}
		switch i % 5 {
		case 0:
			status[iv.Email] = "shortlisted"
			if err := b.hireflix.Shortlist(iv.ID, true); err != nil {
				t.Fatal(err)
			}
		case 1:
			status[iv.Email] = "discarded"
			if err := b.hireflix.Discard(iv.ID, true); err != nil {
				t.Fatal(err)
			}
		}
		if i == len(answered)/2 {
			c.kill()
			c = b.spawn()
		}
	}
	if err := b.hireflix.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	c.kill() // and what the webhooks did not tell, the look at the start does
	c = b.spawn()

	var last web.Status
	t.Cleanup(func() {
		if t.Failed() {
			b.dump(ids, last)
			log := c.log.String()
			t.Logf("the daemon says:\n%s", log[max(0, len(log)-8000):])
		}
	})
	settled := func() bool {
		api, err := daemon.DialFile(b.config)
		return err == nil && api.Get(ctx, "/api/v1/status", nil, &last) == nil && last.Undecided == 0 && b.ats.Undelivered() == 0
	}
	within(t, 3*time.Minute, "the ATS knows of everybody", func() bool {
		n := 0
		for _, id := range ids {
			s := b.ats.Application(id)
			if s.Fields["Interview link"] == "" {
				return false
			}
			if slices.Contains(s.Tags, "video done") && s.Stage.Name == "Video review" {
				n++
			}
		}
		return n == len(answered) && settled()
	})
	within(t, 4*time.Minute, "what the team decided is in the ATS", func() bool {
		n := 0
		for _, id := range ids {
			for _, tag := range b.ats.Application(id).Tags {
				if tag == "video shortlisted" || tag == "video discarded" {
					n++
				}
			}
		}
		return n == len(status)
	})

	byEmail := map[string]sim.Interview{}
	for _, iv := range invited() {
		byEmail[iv.Email] = iv
	}
	for n, id := range ids {
		iv, s := byEmail[person{n: n}.email()], b.ats.Application(id)
		want := []string{}
		if iv.Answered {
			want = append(want, "video done")
		}
		if word := status[iv.Email]; word != "" {
			want = append(want, "video "+word)
		}
		slices.Sort(want)
		slices.Sort(s.Tags)
		if !slices.Equal(s.Tags, want) {
			t.Errorf("application %s has the tags %v, Hireflix says %v", id, s.Tags, want)
		}
		if iv.Answered != (len(s.Notes) == 1) || iv.Answered != (s.Links["Recording"] != "") || iv.Answered != (s.Stage.Name == "Video review") {
			t.Errorf("application %s: answered %v, notes %q, links %v, stage %s", id, iv.Answered, s.Notes, s.Links, s.Stage.Name)
		}
		if s.Fields["Interview link"] != iv.URL {
			t.Errorf("application %s has the link %q, Hireflix %q", id, s.Fields["Interview link"], iv.URL)
		}
	}
	seen := map[atssim.Write]int{}
	for _, w := range b.ats.Writes() {
		if seen[w]++; seen[w] > 1 {
			t.Errorf("written twice: %+v", w)
		}
	}
	if last.People[flowd.WordFinished] != len(answered) || last.People[flowd.WordInvited] != people-len(answered) {
		t.Errorf("flowd counts %v", last.People)
	}
	if twice := b.hireflix.Journal().Repeats(); len(twice) > 0 {
		t.Errorf("done twice at Hireflix: %v", twice)
	}
	c.terminate()
	for _, fault := range daemon.Check(ctx, b.options(), daemon.CheckOptions{State: true}).State {
		t.Errorf("the state: %s", fault)
	}
	t.Logf("%d writes took effect, of %d that arrived", len(b.ats.Writes()), b.ats.Arrivals())
}

// dump shows whom something is missing for.
func (b *backWorld) dump(ids []string, last web.Status) {
	b.t.Logf("status %+v", last)
	api, err := daemon.DialFile(b.config)
	shown := 0
	for _, id := range ids {
		s := b.ats.Application(id)
		if slices.Contains(s.Tags, "video done") && s.Stage.Name == "Video review" {
			continue
		}
		if shown++; shown > 3 || err != nil {
			break
		}
		var told any
		_ = api.Get(context.Background(), "/api/v1/explain", map[string][]string{"x": {id}}, &told)
		text, _ := json.MarshalIndent(told, "", " ")
		b.t.Logf("%+v\n%s", s, text[:min(len(text), 20000)])
	}
}

// append adds keys to flowd.yaml.
func (b *backWorld) append(text string) {
	b.t.Helper()
	old, err := os.ReadFile(b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("flowd.yaml", string(old)+text)
}
