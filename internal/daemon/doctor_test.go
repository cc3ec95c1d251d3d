package daemon_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/fault"
	"flowd/internal/web"
)

// A source is tried read-only: what it has, what its next poll would bring, and
// what the rules name that it does not have.
func TestDoctor_Sources(t *testing.T) {
	t.Parallel()
	far := bakery()
	for _, id := range []string{"a-1", "a-2", "a-3"} {
		far.apps = append(far.apps, flowd.Snapshot{Application: flowd.Application{ID: id, Status: flowd.StatusActive, Job: far.jobs[0], Stage: far.stages[""][0],
			Candidate: flowd.Candidate{ID: "c-" + id, Email: id + "@example.com"}}, Entered: time.Now()})
	}
	listen := freePort(t)
	w := farWorld(t, settings{listen: listen, rules: strings.Replace(testRules, `"AE screening"`, `"AE screening"
      - {job: "Milller", source: far-source, position: "AE screening"}`, 1)})
	w.replace("flowd.yaml", "sources:\n", "sources:\n  - {name: greenhouse, kind: greenhouse, webhook: {secret: {file: hook}}}\n")
	w.replace("flowd.yaml", "server: {", `server: {public_url: "http://`+listen+`", `)
	look := func() (found []daemon.Finding) {
		return daemon.Doctor(t.Context(), w.farOptions(far), false, func(string) {})
	}
	has := func(all []daemon.Finding, health daemon.Health, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if !slices.ContainsFunc(all, func(f daemon.Finding) bool { return f.Health == health && strings.Contains(f.What+" | "+f.Do, text) }) {
				t.Errorf("nothing %s says %q: %+v", health, text, all)
			}
		}
	}
	found := look()
	has(found, daemon.Well, "far takes the key of far-source and has 2 jobs, 2 stages and 2 fields",
		"far can be polled by far-source: its first page shows 2 applications, and more behind them", "every answer that Hireflix gives to an invite is known")
	has(found, daemon.Wrong, `rules/video.yaml:10: job "Milller": far has no such job`)
	has(found, daemon.Unknown, "cannot be tried while flowd is down", `the Messages box is filled cannot be seen from here: "AE screening", "Sales screening"`)

	d := w.start(w.farOptions(far))
	eventually(t, "the ATS is read, and polled to its end", func() bool {
		var list web.List
		if err := w.api().Get(t.Context(), "/api/v1/list", nil, &list); err != nil {
			t.Fatal(err)
		}
		return len(w.names().Systems[0].Jobs) == 2 && len(list.Entries) == 3 && w.status().Undecided == 0
	})
	has(look(), daemon.Well, "calls to http://"+listen+"/hooks/greenhouse arrive", "far can be polled by far-source: the next poll would bring 0 applications")
	if at := w.status().Backup; !at.IsZero() {
		t.Errorf("a look counts as the backup of %s", at)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	far.set(func() { far.apps = append(far.apps, far.apps[0], far.apps[1]); far.apps[4].Stage = far.stages["j1"][0] })
	has(look(), daemon.Well, "the next poll would bring 2 applications; 1 of them not as flowd knows them")
	if far.times("stages of j1") != 0 {
		t.Error("more is asked for than is told")
	}

	has(look(), daemon.Well, "the key of far-source may do what flowd needs, and nothing")
	far.set(func() { far.lacks, far.vain = []string{"notes:write"}, []string{"offers:read"} })
	has(look(), daemon.Wrong, "the key of far-source lacks what flowd needs: notes:write")
	has(look(), daemon.Weak, "the key of far-source may do what flowd never does: offers:read | take these rights from it")

	far.set(func() { far.refuses = fault.New(fault.Unauthorized, "list", "the key may not list this") })
	has(look(), daemon.Wrong, "far cannot be asked what it has: the jobs cannot be listed", "give the key of the source far-source this right")
	has(look(), daemon.Unknown, "what the key of far-source may do cannot be asked with it")
}

// Hireflix signs with one secret, and flowd must have that one.
func TestDoctor_Secret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{engine: "  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n  webhook_secret: {file: theirs}\n"})
	secret := w.hireflix.Secret()
	for text, want := range map[string]daemon.Health{secret: daemon.Well, "another-secret-of-the-tests": daemon.Wrong} {
		w.write("theirs", text)
		found := daemon.Doctor(t.Context(), w.options(), false, func(string) {})
		i := slices.IndexFunc(found, func(f daemon.Finding) bool { return strings.HasPrefix(f.What, "Hireflix signs with") })
		if i < 0 || found[i].Health != want || strings.Contains(found[i].What+found[i].Do, text) {
			t.Errorf("%v", found)
		}
	}
}
