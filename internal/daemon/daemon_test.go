package daemon_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// interviews counts what the account holds.
func (w *world) interviews() int {
	n := 0
	for _, id := range w.positions {
		n += len(w.hireflix.Interviews(id))
	}
	return n
}

func (w *world) status() web.Status {
	w.t.Helper()
	var s web.Status
	if err := w.api().Get(w.t.Context(), "/api/v1/status", nil, &s); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// settled: everything is decided and nothing is on its way.
func (w *world) settled() bool {
	s := w.status()
	return s.Undecided == 0 && s.People[flowd.WordWaiting] == 0 && s.People[flowd.WordChecking] == 0
}

func (w *world) deliver(d *daemon.Daemon, event string, p person) {
	w.t.Helper()
	if got := deliver(w.t.Context(), d.HookURL(), event, p.body()); got != http.StatusOK {
		w.t.Fatalf("the hook answered %d", got)
	}
}

func TestDaemon_OneMoveOneInvite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1})
	w.deliver(d, "evt-1", person{n: 1}) // delivered again
	w.deliver(d, "evt-2", person{n: 1}) // reported twice
	w.deliver(d, "evt-3", person{n: 2, source: "Referral"})
	w.deliver(d, "evt-4", person{n: 3, stage: "Phone screen"})
	forged := deliver(t.Context(), d.HookURL(), "evt-5", append(person{n: 4}.body(), ' '))
	if forged != http.StatusOK { // the helper signs what it sends
		t.Fatalf("a signed body with a trailing space answered %d", forged)
	}
	eventually(t, "everything is settled", func() bool { return w.settled() && w.interviews() == 2 })

	found := w.hireflix.Interviews(w.positions["AE screening"])
	for _, i := range found {
		if i.ExternalID == "" || i.Email != (person{n: 1}).email() && i.Email != (person{n: 4}).email() {
			t.Errorf("the account holds %+v", i)
		}
	}
	var list web.List
	if err := w.api().Get(t.Context(), "/api/v1/list", nil, &list); err != nil {
		t.Fatal(err)
	}
	why := map[string]string{}
	for _, e := range list.Entries {
		if e.Word != flowd.WordInvited {
			why[e.Application] = e.Why
		}
	}
	for application, want := range map[string]string{"1002": "referrals are called by phone", "1003": "no rule names this stage"} {
		if !strings.Contains(why[application], want) {
			t.Errorf("application %s: %q, want it to say %q", application, why[application], want)
		}
	}
	mustNotHold(t, "the log", w.log.String(), "@example.com", "Number 1", "Person", "30 901820", hookSecret, sim.DefaultKey)
	body, err := io.ReadAll(get(t, d.AdminURL()+"/metrics").Body)
	if err != nil {
		t.Fatal(err)
	}
	mustNotHold(t, "the metrics", string(body), "@example.com", "Person", hookSecret, sim.DefaultKey)
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestDaemon_PauseSurvivesRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	var stops []web.Stop
	if err := w.api().Post(t.Context(), "/api/v1/pause", web.PauseOrder{By: "tester", Why: "wrong template"}, &stops); err != nil {
		t.Fatal(err)
	}
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "the event is decided", func() bool { return w.status().Undecided == 0 })
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	d = w.start(w.options())
	w.deliver(d, "evt-2", person{n: 2})
	eventually(t, "both wait", func() bool { return w.status().People[flowd.WordWaiting] == 2 })
	if n := w.hireflix.Journal().Count(sim.Invite); n != 0 {
		t.Fatalf("%d invites went out under a pause", n)
	}
	if s := w.status(); len(s.Pauses) != 1 || !strings.Contains(s.Pauses[0].Detail, "wrong template") || s.Pauses[0].By != "tester" {
		t.Errorf("the pause reads %+v", s.Pauses)
	}
	if err := w.api().Post(t.Context(), "/api/v1/pause", web.PauseOrder{By: "tester", Resume: true}, &stops); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are invited", func() bool { return w.interviews() == 2 })
}

func TestDaemon_PausedByFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	flag := w.write("PAUSED", "")
	d := w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "it waits", func() bool { return w.status().People[flowd.WordWaiting] == 1 })
	if len(w.status().Pauses) != 1 {
		t.Error("the status does not name the file")
	}
	if err := os.Remove(flag); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes out when the file is gone", func() bool { return w.interviews() == 1 })
}

func TestDaemon_QuotaStopsEverybodyAndRecovers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.hireflix.SetQuota(2)
	d := w.start(w.options())
	for n := range 6 {
		w.deliver(d, fmt.Sprintf("evt-%d", n), person{n: n})
	}
	eventually(t, "the quota stops the account", func() bool {
		s := w.status()
		return len(s.Pauses) == 1 && s.People[flowd.WordInvited] == 2 && s.People[flowd.WordWaiting] == 4
	})
	w.hireflix.SetQuota(-1)
	eventually(t, "everybody is invited", func() bool { return w.interviews() == 6 && w.settled() })
	if s := w.status(); len(s.Pauses) != 0 {
		t.Errorf("still paused: %+v", s.Pauses)
	}
}

func TestDaemon_ArchivedPositionHoldsItsQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	if err := w.hireflix.ArchivePosition(w.positions["AE screening"]); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		w.deliver(d, fmt.Sprintf("evt-%d", n), person{n: n})
	}
	eventually(t, "all are held", func() bool { return w.status().People[flowd.WordHeld] == 5 })
	if n := w.hireflix.Journal().Count(sim.Invite); n > 4 {
		t.Errorf("%d calls for a position that accepts none; at most those already under way may go out", n)
	}
	if err := w.hireflix.UnarchivePosition(w.positions["AE screening"]); err != nil {
		t.Fatal(err)
	}
	d.RefreshPositions(t.Context())
	eventually(t, "all are invited", func() bool { return w.interviews() == 5 && w.settled() })
}

func TestDaemon_ReloadKeepsTheServingSetOnAnyProblem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	before := w.status().Rules.Digest
	for name, text := range map[string]string{
		"a broken file":       strings.Replace(testRules, "stage:", "stagee:", 1),
		"an unknown position": strings.Replace(testRules, "position: \"Sales screening\"", "position: \"Sales screning\"", 1),
		"a failing test":      strings.Replace(testRules, "expect: [{hireflix.invite: {position: \"AE screening\"}}]", "expect: none", 1),
		"no rules":            "version: 1\nowner: ops\nrules:\n",
	} {
		w.write("rules/video.yaml", text)
		if err := d.Reload(t.Context(), daemon.Everything); err == nil {
			t.Errorf("%s was taken", name)
		}
		if s := w.status(); s.Rules.Digest != before || s.Rules.Stale == "" {
			t.Errorf("%s: serving %s, stale %q; want %s and a reason", name, s.Rules.Digest, s.Rules.Stale, before)
		}
	}
	w.write("rules/video.yaml", strings.Replace(testRules, "id: video", "id: video-two", 1))
	eventually(t, "the mended file is served by itself", func() bool {
		s := w.status()
		return s.Rules.Digest != before && s.Rules.Stale == ""
	})
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "invited", func() bool { return w.interviews() == 1 })
}

func TestDaemon_RefusesToStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world)
		want   string
	}{
		"broken rules": {func(w *world) { w.write("rules/video.yaml", "version: 1\nowner: ops\nrules: []\n") }, "rules"},
		"an unknown position": {func(w *world) {
			w.write("rules/video.yaml", strings.ReplaceAll(testRules, "AE screening", "AE screning"))
		}, "AE screening"},
		"an empty secret":  {func(w *world) { w.write("hook", "\n") }, "empty"},
		"an open key file": {func(w *world) { w.chmod("key", 0o644) }, "chmod 600"},
		"an unknown kind":  {func(w *world) { w.replace("flowd.yaml", "kind: greenhouse", "kind: greenhose") }, "did you mean greenhouse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			c.change(w)
			d, err := daemon.New(t.Context(), w.options())
			if err == nil {
				_ = d.Stop()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says:\n%v\nwant %q in it", err, c.want)
			}
			mustNotHold(t, "the error", err.Error(), hookSecret, sim.DefaultKey)
		})
	}
}

// A source that is renamed without its ats would be a new system in which
// everybody could be invited again.
func TestDaemon_RefusesALostSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	w.deliver(d, "evt-1", person{n: 1})
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	w.replace("flowd.yaml", "name: greenhouse", "name: greenhouse-eu")
	if _, err := daemon.New(t.Context(), w.options()); err == nil || !strings.Contains(err.Error(), "ats: greenhouse") {
		t.Fatalf("a renamed source: %v; want the line to add", err)
	}
	w.replace("flowd.yaml", "name: greenhouse-eu", "name: greenhouse-eu\n    ats: greenhouse")
	w.start(w.options())
}

func (w *world) chmod(name string, mode os.FileMode) {
	w.t.Helper()
	if err := os.Chmod(filepath.Join(w.dir, name), mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) replace(name, from, to string) {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.t.Fatal(err)
	}
	if !strings.Contains(string(data), from) {
		w.t.Fatalf("%s does not hold %q", name, from)
	}
	w.write(name, strings.ReplaceAll(string(data), from, to))
}

func TestDaemon_TwoInOneProcess(t *testing.T) {
	t.Parallel()
	one, two := newWorld(t, settings{}), newWorld(t, settings{})
	d1, d2 := one.start(one.options()), two.start(two.options())
	one.deliver(d1, "evt-1", person{n: 1})
	two.deliver(d2, "evt-1", person{n: 2})
	eventually(t, "each has its own", func() bool { return one.interviews() == 1 && two.interviews() == 1 })
}

func TestDaemon_DryRunSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	o := w.options()
	o.DryRun = true
	d := w.start(o)
	w.deliver(d, "evt-1", person{n: 1})
	api, err := daemon.DialDryRunFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it would be invited", func() bool {
		var s web.Status
		return api.Get(t.Context(), "/api/v1/status", nil, &s) == nil && s.People[flowd.WordWould] == 1
	})
	if n := w.hireflix.Journal().Count(sim.Invite); n != 0 {
		t.Errorf("a dry run sent %d invites", n)
	}
	if err := api.Post(t.Context(), "/api/v1/apply", web.ApplyOrder{By: "tester"}, &web.Applied{}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"flowd.db", ".flowd"} {
		if _, err := os.Stat(filepath.Join(w.dir, name)); err == nil {
			t.Errorf("a dry run made the live %s", name)
		}
	}
}

func TestDaemon_Health(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	hooks := strings.TrimSuffix(d.HookURL(), "/hooks/")
	for _, url := range []string{hooks + "/healthz", hooks + "/readyz", d.AdminURL() + "/healthz", d.AdminURL() + "/readyz"} {
		if got := get(t, url).StatusCode; got != http.StatusOK {
			t.Errorf("%s answered %d", url, got)
		}
	}
	for _, url := range []string{hooks + "/metrics", hooks + "/api/v1/status"} {
		if got := get(t, url).StatusCode; got != http.StatusNotFound {
			t.Errorf("%s answered %d on the listener that the internet reaches", url, got)
		}
	}
	if got := get(t, d.AdminURL()+"/api/v1/status").StatusCode; got != http.StatusUnauthorized {
		t.Errorf("the API answered %d without the token", got)
	}
}

// Every metric has an input that makes it move.
func TestDaemon_MetricsMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.hireflix.SetQuota(1)
	d := w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1})
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "one is invited", func() bool { return w.interviews() == 1 && w.settled() })
	w.deliver(d, "evt-2", person{n: 2})
	eventually(t, "the quota stops", func() bool { return len(w.status().Pauses) == 1 })
	w.write("rules/video.yaml", "broken")
	_ = d.Reload(t.Context(), daemon.Everything)
	var text string
	eventually(t, "a due action ages", func() bool {
		body, err := io.ReadAll(get(t, d.AdminURL()+"/metrics").Body)
		text = string(body)
		return err == nil && strings.Contains(text, `flowd_pending{rule="video",state="due"} 1`)
	})
	for _, want := range []string{
		`flowd_events_total{outcome="admitted",source="greenhouse"} 2`,
		`flowd_events_total{outcome="duplicate",source="greenhouse"} 1`,
		`flowd_rule_decisions_total{outcome="matched",rule="video"} 2`,
		`flowd_actions_total{driver="invite",reason="",result="done"} 1`,
		`flowd_faults_total{kind="quota"}`,
		`flowd_quota_paused{account="default"} 1`,
		`flowd_paused{reason="quota",scope="account:default"} 1`,
		`flowd_config_last_reload_successful 0`,
		`flowd_config_hash_info{digest="`,
		`flowd_undecided 0`,
		`flowd_action_duration_seconds_count{driver="invite"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, moving := range []string{"flowd_oldest_pending_seconds", "flowd_source_last_event_timestamp_seconds{source=\"greenhouse\"}", "flowd_config_last_reload_success_timestamp_seconds"} {
		if !strings.Contains(text, moving+" ") || strings.Contains(text, moving+" 0\n") {
			t.Errorf("%s does not move", moving)
		}
	}
}
