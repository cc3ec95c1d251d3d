package daemon_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/links"
	"flowd/internal/notify"
	"flowd/internal/secret"
	"flowd/internal/web"
	"flowd/state"
)

// Who may say yes is asked, once for all; where none of them has a channel, the
// rule's owner is.
func TestApproval_IsAsked(t *testing.T) {
	t.Parallel()
	for by, owner := range map[string]string{"[lead]": "lead", "[nobody]": "ops"} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{extra: "notify: {ops: {slack: {url: {file: room}}}, lead: {slack: {url: {file: room}}}}\n",
				rules: strings.Replace(testRules, "    unless:\n", "    wait: 1h\n    approve: {above: 2, within: 10m, by: "+by+"}\n    unless:\n", 1)})
			newRoom(t, w, "room")
			d := w.start(w.options())
			for n := range 4 {
				deliver(t.Context(), d.HookURL(), (person{n: n}).email(), person{n: n}.body())
			}
			var all []notify.Notice
			eventually(t, "one question for all", func() bool {
				var err error
				all, err = d.Causes(context.Background(), time.Now())
				return err == nil && len(all) == 1 && all[0].Count == 4
			})
			if n := all[0]; n.Kind != notify.KindApproval || n.Owner != owner || !strings.HasPrefix(n.Subject, "video-") || n.Name != "video" ||
				n.Command != "flowd release --batch "+n.Subject || n.Link != "" {
				t.Errorf("%+v", n)
			}
			mustNotHold(t, "the question", all[0].Text, "candidate-000", "Person")
		})
	}
}

const askedRules = `version: 1
owner: ops
rules:
  - id: video
    description: After the fair many are moved at once.
    stage: "Video interview"
    wait: 10m
    approve: {above: 20, within: 10m, by: [lead, deputy]}
    pairs: [{job: "Account Executive", position: "AE screening"}]
`

// newAskedWorld is one whose rules ask lead and deputy, and which has pages.
func newAskedWorld(t *testing.T) *backWorld {
	t.Helper()
	b := newBackWorld(t, askedRules, "  concurrency: 16\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n")
	b.append(`smtp: {host: 127.0.0.1, port: 9, from: flowd@example.com, tls: none}
notify:
  lead: {email: {to: ["Kim Lee <kim@example.com>"]}}
  deputy: {email: {to: [recruiter@example.com]}}
`)
	return b
}

// moveAll moves so many people at once and waits until all are held; it returns
// their batch.
func (b *backWorld) moveAll(ctx context.Context, people int) (batch string) {
	b.t.Helper()
	for n := range people {
		id, err := b.ats.AddApplication("j1", atssim.Person{Email: person{n: n}.email(), FirstName: "Person", LastName: fmt.Sprintf("Number %d", n)})
		if err == nil {
			err = b.ats.Move(id, "Video interview")
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	eventually(b.t, "all of them are held", func() bool {
		var list web.List
		api, err := daemon.DialFile(b.config)
		if err != nil || api.Get(ctx, "/api/v1/list", url.Values{"state": {"held"}, "reason": {"approval"}}, &list) != nil || len(list.Entries) != people {
			return false
		}
		batch = list.Entries[0].Batch
		return true
	})
	return batch
}

var hiddenField = regexp.MustCompile(`name="(shown|form)" value="([^"]*)"`)

// page opens a link, or sends the form of a page that it showed.
func (b *backWorld) page(ctx context.Context, link, page, answer string) (status int, text string) {
	b.t.Helper()
	method, body := http.MethodGet, url.Values{}
	if answer != "" {
		method = http.MethodPost
		body.Set("answer", answer)
		body.Set("why", "the spring campaign")
		for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
			body.Set(m[1], m[2])
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, link, strings.NewReader(body.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.hooks.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(got))
}

// Eighty moves at once, of which a rule lets twenty through unasked: none is
// invited before the yes on the page, and all are invited once after it.
func TestApproval_EightyByThePage(t *testing.T) {
	t.Parallel()
	b := newAskedWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	d := b.start(b.options())
	b.connect(ctx, sim.Policy{})
	batch := b.moveAll(ctx, 80)

	all, err := d.Causes(ctx, time.Now())
	sent := map[string]string{}
	for _, n := range all {
		if n.Kind == notify.KindApproval && n.Count == 80 && n.Subject == batch {
			sent[n.Owner] = n.Link
		}
		mustNotHold(t, "the question", n.Text, "candidate-000", "Person")
	}
	if err != nil || len(sent) != 2 || !strings.HasPrefix(sent["lead"], "http://"+b.listen+"/a/") || sent["lead"] == sent["deputy"] {
		t.Fatalf("links %v of %+v, %v", sent, all, err)
	}
	_, theirs := b.page(ctx, sent["deputy"], "", "")
	if !strings.Contains(theirs, "You moved 80 of them yourself") || strings.Contains(theirs, `value="yes"`) {
		t.Errorf("who moved them is asked all the same: %.2000s", theirs[strings.Index(theirs, "<main"):])
	}
	status, page := b.page(ctx, sent["lead"], "", "")
	if status != http.StatusOK || !strings.Contains(page, "80 people wait to be invited") || strings.Count(page, "Person Number") != 80 {
		t.Fatalf("%d: %.2000s", status, page)
	}
	if n := len(b.hireflix.Interviews(b.positions["AE screening"])); n > 0 {
		t.Fatalf("%d are invited before the yes", n)
	}
	if status, said := b.page(ctx, sent["lead"], page, "yes"); status != http.StatusOK || !strings.Contains(said, "80 people will be invited") {
		t.Fatalf("%d: %s", status, said)
	}
	if status, said := b.page(ctx, sent["lead"], page, "no"); status != http.StatusGone || !strings.Contains(said, "This link was used") {
		t.Errorf("the second answer: %d: %s", status, said)
	}
	// The yes is to the rule's wait as well; a second order, about the same, cuts
	// that short.
	if n := len(b.hireflix.Interviews(b.positions["AE screening"])); n > 0 {
		t.Fatalf("%d are invited before the rule's wait is over", n)
	}
	var list web.List
	if err := b.api().Post(ctx, "/api/v1/amend", web.Order{Verb: state.Release, Batch: batch, By: "olga"}, &list); err != nil || len(list.Entries) != 80 {
		t.Fatalf("%d released, %v", len(list.Entries), err)
	}
	eventually(t, "all of them are invited", func() bool { return len(b.hireflix.Interviews(b.positions["AE screening"])) == 80 })
	if twice := b.hireflix.Journal().Repeats(); len(twice) > 0 {
		t.Errorf("invited twice: %v", twice)
	}
	var told web.Explanation
	if err := b.api().Get(ctx, "/api/v1/explain", url.Values{"x": {person{n: 7}.email()}, "show": {"1"}}, &told); err != nil || len(told.Stories) != 1 {
		t.Fatalf("%+v, %v", told, err)
	}
	by := ""
	for _, st := range told.Stories[0].Actions[0].Steps {
		by += st.By + " "
	}
	if !strings.Contains(by, "lead") || told.Stories[0].Actions[0].Batch != batch || told.Stories[0].Events[len(told.Stories[0].Events)-2].MovedBy != "recruiter@example.com" {
		t.Errorf("the story: by %q, %+v", by, told.Stories[0])
	}
	mustNotHold(t, "the log", b.log.String(), "candidate-000", "Person Number", "recruiter@", strings.TrimPrefix(sent["lead"], "http://"+b.listen+"/a/"))
}

// What was answered stays answered when the power fails right after it.
func TestApproval_SurvivesAKill(t *testing.T) {
	t.Parallel()
	b := newAskedWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := b.spawn()
	eventually(t, "flowd runs", func() bool { _, err := daemon.DialFile(b.config); return err == nil })
	b.connect(ctx, sim.Policy{})
	batch := b.moveAll(ctx, 22)
	signer, err := links.NewApprovals([]secret.Value{secret.New(strings.Repeat("0123456789abcdef", 3))})
	if err != nil {
		t.Fatal(err)
	}
	link, err := signer.URL("http://"+b.listen, links.Approval{Batch: batch, Approver: "lead", Until: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	_, page := b.page(ctx, link, "", "")
	if status, said := b.page(ctx, link, page, "no"); status != http.StatusOK || !strings.Contains(said, "None of them is invited") {
		t.Fatalf("%d: %s", status, said)
	}
	c.kill()
	c = b.spawn()
	eventually(t, "flowd runs again", func() bool { _, err := daemon.DialFile(b.config); return err == nil })
	if status, said := b.page(ctx, link, page, "yes"); status != http.StatusGone || !strings.Contains(said, "lead said no about 22 people") {
		t.Errorf("the link afterwards: %d: %s", status, said)
	}
	c.terminate()
	if n := len(b.hireflix.Interviews(b.positions["AE screening"])); n > 0 {
		t.Errorf("%d are invited", n)
	}
	for _, fault := range daemon.Check(ctx, b.options(), daemon.CheckOptions{State: true}).State {
		t.Errorf("the state: %s", fault)
	}
}

// The day to look at a rule again is told to its owner.
func TestReview_IsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{extra: "notify: {ops: {slack: {url: {file: room}}}}\n",
		rules: strings.Replace(testRules, "    unless:\n", "    review_on: 2031-05-04\n    unless:\n", 1)})
	newRoom(t, w, "room")
	d := w.start(w.options())
	for at, want := range map[time.Time]int{time.Date(2031, 5, 3, 23, 59, 0, 0, time.UTC): 0, time.Date(2031, 5, 4, 0, 0, 0, 0, time.UTC): 1} {
		all, err := d.Causes(t.Context(), at)
		n := 0
		for _, notice := range all {
			if notice.Kind == notify.KindReview && notice.Owner == "ops" && notice.Subject == "video" && notice.Once {
				n++
			}
		}
		if err != nil || n != want {
			t.Errorf("at %v: %+v, %v", at, all, err)
		}
	}
}
