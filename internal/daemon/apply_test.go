package daemon_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// onApply is a world whose rules wait for `flowd apply`.
func onApply(t *testing.T) *world {
	w := newWorld(t, settings{})
	w.replace("flowd.yaml", "rules: rules/", "rules: {path: rules/, activate: on_apply}")
	return w
}

func (w *world) apply(o web.ApplyOrder) (web.Applied, error) {
	w.t.Helper()
	o.By = "tester"
	var done web.Applied
	err := w.api().Post(w.t.Context(), "/api/v1/apply", o, &done)
	return done, err
}

func refusedWith(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("it says %v, want %q", err, want)
	}
}

// With on_apply nothing but an apply makes rules serve: no SIGHUP, no restart.
func TestApply_IsTheOnlyWay(t *testing.T) {
	t.Parallel()
	w := onApply(t)
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	w.replace("rules/video.yaml", "id: video", "id: video-two")
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Fatal(err)
	}
	if s := w.status(); serves(d) != "video" || !strings.Contains(s.Rules.Stale, "flowd apply") {
		t.Errorf("after SIGHUP %s serves, and the status says %q", serves(d), s.Rules.Stale)
	}
	if notices, err := d.Causes(t.Context(), time.Now()); err != nil || len(notices) > 0 {
		t.Errorf("people are told of what waits for them: %v (%v)", notices, err)
	}
	if text := metricsOf(t, d); !strings.Contains(text, "flowd_config_last_reload_successful 1") || strings.Contains(text, "stale_seconds{file=\"video.yaml\"} 0\n") {
		t.Error("what waits for an apply counts as a fault, or as served")
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	d = w.start(w.options())
	if serves(d) != "video" {
		t.Errorf("after a restart %s serves", serves(d))
	}
	shown, err := w.apply(web.ApplyOrder{Preview: true})
	if err != nil || serves(d) != "video" {
		t.Fatalf("a preview: %v, serving %s", err, serves(d))
	}
	if len(shown.Rules) != 2 || shown.Rules[0] != (web.RuleChange{ID: "video-two", Change: web.RuleAdded}) ||
		shown.Rules[1] != (web.RuleChange{ID: "video", Change: web.RuleRemoved}) {
		t.Errorf("shown are %+v", shown.Rules)
	}
	w.replace("rules/video.yaml", "id: video-two", "id: video-three")
	_, err = w.apply(web.ApplyOrder{Digest: shown.Digest})
	refusedWith(t, err, "changed since")
	if _, err := w.apply(web.ApplyOrder{}); err != nil || serves(d) != "video-three" {
		t.Errorf("applied: %v, serving %s", err, serves(d))
	}
	if s := w.status(); s.Rules.Stale != "" {
		t.Errorf("applied, and still stale: %s", s.Rules.Stale)
	}
}

// An apply takes all files or none, and fewer than half of the rules only when
// that is confirmed.
func TestApply_AllOrNone(t *testing.T) {
	t.Parallel()
	w := onApply(t)
	one := testRules[strings.Index(testRules, "  - id: video"):]
	w.write("rules/more.yaml", "version: 1\nowner: ops\nrules:\n"+strings.Replace(one, "id: video", "id: two", 1)+strings.Replace(one, "id: video", "id: three", 1))
	d := w.start(w.options())
	w.write("rules/video.yaml", strings.Replace(testRules, "stage:", "stagee:", 1))
	w.replace("rules/more.yaml", "id: two", "id: four")
	_, err := w.apply(web.ApplyOrder{})
	refusedWith(t, err, "stagee")
	if serves(d) != "two three video" {
		t.Errorf("serving %s, want what served", serves(d))
	}
	w.write("rules/video.yaml", testRules)
	if err := os.Remove(filepath.Join(w.dir, "rules", "more.yaml")); err != nil {
		t.Fatal(err)
	}
	shown, err := w.apply(web.ApplyOrder{Preview: true})
	if err != nil || !strings.Contains(shown.Confirm, "--confirm") {
		t.Errorf("shown is %+v (%v), want that it is to be confirmed", shown, err)
	}
	_, err = w.apply(web.ApplyOrder{})
	refusedWith(t, err, "flowd apply --confirm")
	if _, err := w.apply(web.ApplyOrder{Confirm: true}); err != nil || serves(d) != "video" {
		t.Errorf("confirmed: %v, serving %s", err, serves(d))
	}
}

// A name means what it meant when it was applied, on every machine that has the
// names.lock: a rename keeps it, a second position of the name is not meant.
func TestApply_PinsNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	done, err := w.apply(web.ApplyOrder{})
	lock := filepath.Join(w.dir, ".flowd", "names.lock")
	if err != nil || done.Lock != lock {
		t.Fatalf("the names are in %q (%v), want %s", done.Lock, err, lock)
	}
	text, err := os.ReadFile(lock)
	if err != nil || !strings.Contains(string(text), w.positions["AE screening"]) {
		t.Fatalf("the lock is %s (%v)", text, err)
	}
	second, err := w.hireflix.AddPosition(sim.Position{Name: "AE screening"})
	if err != nil {
		t.Fatal(err)
	}
	d.RefreshPositions(t.Context())
	if s := w.status(); len(s.Problems) != 1 || !strings.Contains(s.Problems[0], second+" is named") {
		t.Errorf("a second one of the name: %q, want it reported", s.Problems)
	}
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "invited to the one that was meant", func() bool { return len(w.hireflix.Interviews(w.positions["AE screening"])) == 1 })

	// The lock wins over the state, and one that cannot be read refuses.
	w.write(".flowd/names.lock", strings.Replace(string(text), w.positions["AE screening"], second, 1))
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
		t.Fatal(err)
	}
	w.deliver(d, "evt-2", person{n: 2})
	eventually(t, "invited to what the lock says", func() bool { return len(w.hireflix.Interviews(second)) == 1 })
	w.write(".flowd/names.lock", "{")
	refusedWith(t, d.Reload(t.Context(), daemon.OnlyRules), "names.lock")
	w.write(".flowd/names.lock", strings.Replace(string(text), w.positions["AE screening"], "65afda7ad66b25c281f30aff", 1))
	_, err = w.apply(web.ApplyOrder{})
	refusedWith(t, err, "no longer has the position")
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
}

// A folder that may not be written serves all the same; its names are in the
// state alone.
func TestApply_ReadOnlyFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.write(".flowd", "a file where the folder would be, which stops root as well")
	d := w.start(w.options())
	done, err := w.apply(web.ApplyOrder{})
	if err != nil || done.Lock != "" {
		t.Errorf("applied with the lock %q: %v", done.Lock, err)
	}
	w.deliver(d, "evt-1", person{n: 1})
	eventually(t, "invited", func() bool { return w.interviews() == 1 })
}

// What served is kept as long as decisions are, and then dropped, but never what
// serves.
func TestReload_OldSetsGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	d := w.start(w.options())
	w.replace("rules/video.yaml", "id: video", "id: video-two")
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
		t.Fatal(err)
	}
	if sets, err := d.Sets(t.Context(), time.Now().AddDate(0, 0, 399)); err != nil || len(sets) != 2 {
		t.Errorf("after 399 days %d sets are kept (%v), want both", len(sets), err)
	}
	sets, err := d.Sets(t.Context(), time.Now().AddDate(0, 0, 401))
	if err != nil || len(sets) != 1 || sets[0].ID != d.Rules().Digest() {
		t.Errorf("after 401 days %d sets are kept (%v), want the one that serves", len(sets), err)
	}
}

// Who waits for a rule that ends is told of while there is a choice.
func TestApply_SaysWhatEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{rules: slowly("5h")})
	w.replace("flowd.yaml", "rules: rules/", "rules: {path: rules/, activate: on_apply}")
	d := w.start(w.options())
	w.deliver(d, "evt-1", person{n: 1, stage: "Slow"})
	eventually(t, "somebody waits", func() bool { s := w.status(); return s.Undecided == 0 && s.People[flowd.WordWaiting] == 1 })
	inMode := func(mode string) string { return "id: slow\n    mode: " + mode + "\n    reason: over" }
	for name, tc := range map[string]struct{ from, to, want string }{
		"gone":         {"id: slow", "id: other", "keep the rule with mode: closing; to send it at once, `flowd release --rule slow`"},
		"switched off": {"id: slow", inMode("disabled"), "mode: closing"},
		"closing":      {"id: slow", inMode("closing"), "slow is closing: it takes nobody new, and what waits or is held for it goes on"},
		"changed":      {"    wait: 5h", "    wait: 3h", ""},
	} {
		w.write("rules/video.yaml", strings.Replace(slowly("5h"), tc.from, tc.to, 1))
		shown, err := w.apply(web.ApplyOrder{Preview: true})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := w.api().Plan(t.Context(), web.PlanOrder{}, func(string, int, int) {})
		if err != nil {
			t.Fatal(err)
		}
		for _, notes := range [][]string{shown.Notes, plan.Notes} {
			if len(notes) > 1 || (len(notes) == 1) != (tc.want != "") || !strings.Contains(strings.Join(notes, ""), tc.want) {
				t.Errorf("%s: notes %q, want %q", name, notes, tc.want)
			}
		}
	}
}

// Who waits for a rule that was closed while flowd was down goes out still; who comes
// to it does not, and is told why.
func TestStart_ClosedRule(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{rules: slowly("5h")})
	d, err := daemon.New(t.Context(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	w.deliver(d, "evt-1", person{n: 1, stage: "Slow"})
	eventually(t, "somebody waits", func() bool { s := w.status(); return s.Undecided == 0 && s.People[flowd.WordWaiting] == 1 })
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	w.replace("rules/video.yaml", "id: slow", "id: slow\n    mode: closing\n    reason: the role is filled")
	d = w.start(w.options())
	w.deliver(d, "evt-2", person{n: 2, stage: "Slow"})
	eventually(t, "the newcomer is decided", func() bool { return w.status().Undecided == 0 })
	if n := w.status().People[flowd.WordWaiting]; n != 1 {
		t.Fatalf("%d wait", n)
	}
	w.replace("rules/video.yaml", "wait: 5h", "wait: 1s") // past its time by an edit, to see it go out
	if err := d.Reload(t.Context(), daemon.OnlyRules); err != nil {
		t.Fatal(err)
	}
	eventually(t, "who waited is invited", func() bool { return w.settled() && w.interviews() == 1 })
	for x, want := range map[string]string{"slow": "closing: the role is filled", "1002": "takes nobody new: the role is filled", "1001": "invited, matched"} {
		var told web.Explanation
		if err := w.api().Get(t.Context(), "/api/v1/explain", url.Values{"x": {x}}, &told); err != nil {
			t.Fatal(err)
		}
		text := told.Rule
		for _, s := range told.Stories {
			text += s.Now
			if tree := s.Events[0].Answers[0].Tree; tree != nil { // how it came to what was decided
				text += ", " + string(tree.Verdict)
			}
		}
		if !strings.Contains(text, want) {
			t.Errorf("%s is explained as %q", x, text)
		}
	}
}

// What was changed while flowd was down is a change like any other: what waits is
// planned anew, and what waits for a rule that is gone is cancelled.
func TestStart_RePlansWhatWaits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		from, to string
		later    time.Duration
		gone     bool
	}{
		"a note":       {"id: video", "x-note: new\n    id: video", 0, false},
		"a wait":       {"wait: 1h", "wait: 3h", 2 * time.Hour, false},
		"another rule": {"id: video", "id: video-two", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{rules: strings.Replace(testRules, "    stage:", "    wait: 1h\n    stage:", 1)})
			d, err := daemon.New(t.Context(), w.options())
			if err != nil {
				t.Fatal(err)
			}
			d.Start()
			w.deliver(d, "evt-1", person{n: 1})
			waiting := func() (due []time.Time) {
				var list web.List
				if err := w.api().Get(t.Context(), "/api/v1/list", url.Values{"state": {"waiting"}}, &list); err != nil {
					t.Fatal(err)
				}
				for _, e := range list.Entries {
					due = append(due, e.Due)
				}
				return due
			}
			eventually(t, "somebody waits", func() bool { due := waiting(); return len(due) == 1 && !due[0].IsZero() })
			before := waiting()[0]
			if err := d.Stop(); err != nil {
				t.Fatal(err)
			}
			w.replace("rules/video.yaml", tc.from, tc.to)
			for range 2 { // the second start finds nothing new
				d, err := daemon.New(t.Context(), w.options())
				if err != nil {
					t.Fatal(err)
				}
				d.Start()
				eventually(t, "what waits is planned", func() bool {
					now := waiting()
					return tc.gone && len(now) == 0 || !tc.gone && len(now) == 1 && now[0].Equal(before.Add(tc.later))
				})
				if err := d.Stop(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
