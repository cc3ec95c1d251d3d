package daemon_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// slowProbe is an engine that would not try again within a test by itself.
const slowProbe = "  concurrency: 4\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 1h\n"

// A new key lets the invites go on at once: nobody has to wait for the next
// probe, whether flowd runs or is started again with it.
func TestDaemon_ANewKeyGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	for name, renew := range map[string]func(w *world, d *daemon.Daemon){
		"by the file": func(w *world, _ *daemon.Daemon) { w.write("key", sim.DefaultKey) },
		"by SIGHUP": func(w *world, d *daemon.Daemon) {
			w.write("key", sim.DefaultKey)
			if err := d.Reload(w.t.Context(), daemon.Everything); err != nil {
				w.t.Error(err)
			}
		},
		"by a restart": func(w *world, d *daemon.Daemon) {
			if err := d.Stop(); err != nil {
				w.t.Error(err)
			}
			w.write("key", sim.DefaultKey)
			w.start(w.options())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{engine: slowProbe})
			d, err := daemon.New(t.Context(), w.options())
			if err != nil {
				t.Fatal(err)
			}
			d.Start()
			t.Cleanup(func() { _ = d.Stop() })
			w.write("key", "a-key-that-is-refused")
			if err := d.Reload(t.Context(), daemon.Everything); err != nil {
				t.Fatal(err)
			}
			w.deliver(d, "evt-1", person{n: 1})
			eventually(t, "the key is refused", func() bool { return len(w.status().Pauses) == 1 })
			renew(w, d)
			eventually(t, "the invite goes out", func() bool { return w.interviews() == 1 && len(w.status().Pauses) == 0 })
			mustNotHold(t, "the log", w.log.String(), "a-key-that-is-refused", sim.DefaultKey)
		})
	}
}

// A position that was made after flowd last asked is found by the reload whose
// rules name it.
func TestDaemon_ReloadFindsANewPosition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	id, err := w.hireflix.AddPosition(sim.Position{Name: "Brand new"})
	if err != nil {
		t.Fatal(err)
	}
	w.positions["Brand new"] = id
	w.write("rules/video.yaml", strings.ReplaceAll(testRules, "AE screening", "Brand new"))
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Fatalf("a position that Hireflix has: %v", err)
	}
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "invited to it", func() bool { return len(w.hireflix.Interviews(id)) == 1 })
}

// Without Hireflix nobody can tell a new position from a slip: flowd starts, and
// what needs the name waits for it.
func TestDaemon_StartsOnAnOldCatalogue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	w.write("rules/video.yaml", strings.ReplaceAll(testRules, "AE screening", "Brand new"))
	w.replace("flowd.yaml", w.url, "http://"+freePort(t))
	d = w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1})
	if s := w.status(); s.Undecided != 1 {
		t.Errorf("%d events wait for the name, want 1", s.Undecided)
	}
}

// A file that changes while flowd is starting is noticed like any other.
func TestDaemon_NoticesChangesDuringTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	w.write("rules/video.yaml", strings.Replace(testRules, "id: video", "id: video-two", 1))
	d.Start()
	t.Cleanup(func() { _ = d.Stop() })
	eventually(t, "the new rule is served", func() bool {
		var e web.Explanation
		return w.api().Get(t.Context(), "/api/v1/explain", map[string][]string{"x": {"video-two"}}, &e) == nil
	})
}

// What a running flowd cannot change is refused by name: nobody believes that it
// took effect.
func TestDaemon_ReloadNamesWhatNeedsARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{listen: "127.0.0.1:0", extra: "links: {key: {file: links}, after_end: 30d}\nheartbeat: {url: {file: beat}, every: 60s}\n"})
	w.replace("flowd.yaml", "server: {", "server: {public_url: \"https://flowd.example.com\", ")
	w.write("links", strings.Repeat("0123456789abcdef", 3))
	w.write("beat", w.url)
	d := w.start(w.options())
	for change, want := range map[[2]string]string{
		{"quota_probe: 300ms", "quota_probe: 400ms"}:                  "quota_probe",
		{"api_key: {file: key}", "api_key: {file: hook}"}:             "api_key",
		{"name: greenhouse", "name: greenhouse-eu"}:                   "sources",
		{"admin: \"127.0.0.1:0\"", "admin: \"localhost:0\""}:          "server",
		{"rules: rules/", "rules: {path: rules, activate: on_apply}"}: "rules.path",
		{"{file: links}", "[]"}:                                       "links",
		{"after_end: 30d", "after_end: 1d"}:                           "links",
		{"every: 60s", "every: 90s"}:                                  "heartbeat",
	} {
		w.replace("flowd.yaml", change[0], change[1])
		if err := d.Reload(t.Context(), daemon.Everything); err == nil || !strings.Contains(err.Error(), "restart") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want it named", change[1], err)
		}
		w.replace("flowd.yaml", change[1], change[0])
	}
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Errorf("as it was: %v", err)
	}
}

// Files that change all the time beside the rules, such as a log, do not keep a
// changed rule from being noticed; nor does a folder that is put in another's
// place.
func TestDaemon_NoticesChangesInABusyFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.start(w.options())
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	defer busy.Wait()
	defer stop()
	busy.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			<-tick.C
			_ = os.WriteFile(filepath.Join(w.dir, "noise.log"), []byte(time.Now().String()), 0o600)
		}
	})
	served := func(id string) {
		t.Helper()
		eventually(t, id+" is served", func() bool {
			var e web.Explanation
			return w.api().Get(t.Context(), "/api/v1/explain", map[string][]string{"x": {id}}, &e) == nil && e.Rule != ""
		})
	}
	w.write("rules/video.yaml", strings.Replace(testRules, "id: video", "id: video-two", 1))
	served("video-two")
	w.write("next/video.yaml", strings.Replace(testRules, "id: video", "id: video-three", 1))
	for _, r := range [][2]string{{"rules", "old"}, {"next", "rules"}} {
		if err := os.Rename(filepath.Join(w.dir, r[0]), filepath.Join(w.dir, r[1])); err != nil {
			t.Fatal(err)
		}
	}
	served("video-three")
	w.write("rules/video.yaml", strings.Replace(testRules, "id: video", "id: video-four", 1))
	served("video-four")
}

// A dry run stands beside the flowd that serves: it has an address of its own,
// and takes nothing that only one of the two can have.
func TestDaemon_DryRunBesideTheLiveOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{listen: freePort(t)})
	w.replace("flowd.yaml", "server:", "  - {name: export, kind: dropfolder, dir: drop, every: 1s}\nserver:")
	if err := os.Mkdir(filepath.Join(w.dir, "drop"), 0o700); err != nil {
		t.Fatal(err)
	}
	live := w.start(w.options())
	o := w.options()
	o.DryRun = true
	dry := w.start(o)
	if dry.HookURL() == live.HookURL() {
		t.Fatal("both are at one address")
	}
	w.deliver(dry, "evt-1", person{n: 1})
	w.write("drop/moves.csv", "application,stage,job.name,candidate.id,candidate.email,candidate.first_name\n"+
		"a-7,Video interview,Account Executive,c-7,ida.pine@example.com,Ida\n")
	eventually(t, "the live one takes the file", func() bool { return w.interviews() == 1 })
	api, err := daemon.DialDryRunFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	var s web.Status
	if err := api.Get(t.Context(), "/api/v1/status", nil, &s); err != nil || s.People[flowd.WordWould] != 1 {
		t.Errorf("the dry run stands at %+v (%v)", s.People, err)
	}
}

// Every path that is named is checked against Hireflix, not the last one alone.
func TestCheck_EveryPathOnline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	bad := w.write("more/bad.yaml", strings.ReplaceAll(testRules, "AE screening", "Nowhere"))
	good := filepath.Join(w.dir, "rules", "video.yaml")
	r := daemon.Check(t.Context(), w.options(), daemon.CheckOptions{Paths: []string{bad, good}, Online: true})
	if !r.Failed(false) || len(r.Problems) != 1 || r.Problems[0].File != bad || !strings.Contains(r.Problems[0].Message, "Nowhere") {
		t.Errorf("found %+v", r.Problems)
	}
}

// The file PAUSED is told of by a flowd that is down, too.
func TestReach_PausedByFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	w.write("PAUSED", "")
	client, running, closing, err := daemon.Reach(t.Context(), w.options(), daemon.Reading)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = closing() }()
	var s web.Status
	if err := client.Get(t.Context(), "/api/v1/status", nil, &s); err != nil || running || len(s.Pauses) != 1 {
		t.Errorf("running %v, pauses %+v (%v)", running, s.Pauses, err)
	}
}
