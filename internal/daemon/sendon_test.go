package daemon_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// TestSendOn_KilledInTheMiddle sends on those who stand in a stage, kills the
// daemon between two parts, and sends all on again: everybody is invited, and
// nobody twice.
func TestSendOn_KilledInTheMiddle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{listen: freePort(t), rules: strings.Replace(testRules, `"Video interview"`, `"Nowhere"`, 1)})
	hooks := "http://" + w.listen + "/hooks/"
	c := w.spawn()
	const people = 6
	for n := range people {
		eventually(t, "the hook answers", func() bool { return deliver(t.Context(), hooks, fmt.Sprintf("evt-%d", n), person{n: n}.body()) == 200 })
	}
	status := func() (s web.Status) {
		if api, err := daemon.DialFile(w.config); err == nil {
			_ = api.Get(t.Context(), "/api/v1/status", nil, &s) // asked again until it answers
		}
		return s
	}
	eventually(t, "all are decided", func() bool { s := status(); return s.Rules.Digest != "" && s.Undecided == 0 })
	before := status().Rules.Digest
	w.write("rules/video.yaml", testRules)
	eventually(t, "the edited rules serve", func() bool { s := status(); return s.Rules.Digest != before && s.Rules.Digest != "" })

	stand := func() []web.SentOn {
		api, err := daemon.DialFile(w.config)
		if err != nil {
			t.Fatal(err)
		}
		made, err := api.Plan(t.Context(), web.PlanOrder{Since: time.Now().Add(-time.Hour), Everybody: true}, func(string, int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		out := []web.SentOn{}
		for _, p := range made.Stand {
			out = append(out, web.SentOn{ATS: p.ATS, Application: p.Application, Stage: p.Stage, StageID: p.StageID})
		}
		return out
	}
	send := func(people []web.SentOn) (answer []web.SentOn) {
		api, err := daemon.DialFile(w.config)
		if err != nil {
			t.Fatal(err)
		}
		o := web.SendOnOrder{Rules: status().Rules.Digest, People: people, By: "tester", Why: "a new map"}
		if err := api.Post(t.Context(), "/api/v1/send-on", o, &answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	all := stand()
	if len(all) != people {
		t.Fatalf("%d stand there, want %d: %+v", len(all), people, all)
	}
	send(all[:people/2])
	c.kill()
	c = w.spawn()
	eventually(t, "it runs again", func() bool { return status().Running })
	send(all)
	within(t, 30*time.Second, "everybody is invited", func() bool { return status().People[flowd.WordInvited] == people })
	if left := stand(); len(left) > 0 {
		t.Errorf("%+v stand there still", left)
	}
	for _, p := range send(all) {
		if p.Order != "" || !strings.Contains(p.Note, "invited") {
			t.Errorf("sent on once more: %+v", p)
		}
	}
	c.terminate()
	if n := len(w.hireflix.Interviews(w.positions["AE screening"])); n != people {
		t.Errorf("%d interviews, want %d", n, people)
	}
	if twice := w.hireflix.Journal().Repeats(); len(twice) > 0 {
		t.Errorf("invited twice: %v", twice)
	}
}

// Who gave the order and why stands in the story, and rules that others changed
// meanwhile are not those that were shown.
func TestSendOn_IsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{rules: strings.Replace(testRules, `"Video interview"`, `"Nowhere"`, 1)})
	d := w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "decided", func() bool { s := w.status(); return s.Undecided == 0 && len(s.Problems) == 0 })
	w.write("rules/video.yaml", testRules)
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
		t.Fatal(err)
	}
	one := web.SentOn{ATS: "greenhouse", Application: "1001", Stage: "Video interview"}
	o := web.SendOnOrder{Rules: "another", People: []web.SentOn{one}, By: "tester", Why: "a new map"}
	refusedWith(t, w.api().Post(t.Context(), "/api/v1/send-on", o, nil), "other rules serve")
	o.Rules = w.status().Rules.Digest
	elsewhere := one
	elsewhere.Stage = "Offer"
	o.People = []web.SentOn{one, elsewhere, one}
	var answer []web.SentOn
	if err := w.api().Post(t.Context(), "/api/v1/send-on", o, &answer); err != nil {
		t.Fatal(err)
	}
	if answer[0].Order == "" || answer[1].Order != "" || !strings.Contains(answer[1].Note, "left the stage") {
		t.Errorf("answered %+v", answer)
	}
	eventually(t, "invited", func() bool { return len(w.hireflix.Interviews(w.positions["AE screening"])) == 1 })
	var told any
	if err := w.api().Get(t.Context(), "/api/v1/explain", map[string][]string{"x": {"1001"}}, &told); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v", told)
	for _, want := range []string{"tester", "a new map", "as if they came now"} {
		if !strings.Contains(text, want) {
			t.Errorf("the story does not say %q: %s", want, text)
		}
	}
}

// What nobody kept of those who stand there the delivery tells while it is kept, in
// the plan as in the decision.
func TestSendOn_TakesFieldsFromTheDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{rules: strings.Replace(testRules, `"Video interview"`, `"Nowhere"`, 1)})
	d := w.start(w.options())
	for n, level := range []string{"senior", "junior"} {
		body := bytes.Replace(person{n: n + 1}.body(), []byte(`"custom_fields":{}`), fmt.Appendf(nil, `"custom_fields":{"level":{"name":"Level","type":"short_text","value":%q}}`, level), 1)
		if got := deliver(t.Context(), d.HookURL(), fmt.Sprint("evt-", n), body); got != http.StatusOK {
			t.Fatalf("the hook answered %d", got)
		}
	}
	eventually(t, "decided", func() bool { return w.status().Undecided == 0 })
	w.write("rules/video.yaml", strings.Replace(testRules[:strings.Index(testRules, "    tests:")], "    unless:", "    if: 'field(\"Level\") == \"junior\"'\n    unless:", 1))
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
		t.Fatal(err)
	}
	made, err := w.api().Plan(t.Context(), web.PlanOrder{Since: time.Now().Add(-time.Hour), Everybody: true}, func(string, int, int) {})
	if err != nil || len(made.Stand) != 1 || made.Stand[0].Application != "1002" {
		t.Fatalf("there stand %+v: %v", made.Stand, err)
	}
	o := web.SendOnOrder{Rules: made.Edited, People: []web.SentOn{{ATS: "greenhouse", Application: "1002", Stage: "Video interview"}}, By: "tester"}
	var answer []web.SentOn
	if err := w.api().Post(t.Context(), "/api/v1/send-on", o, &answer); err != nil {
		t.Fatal(err)
	}
	eventually(t, "invited", func() bool { return w.status().People[flowd.WordInvited] == 1 })
}
