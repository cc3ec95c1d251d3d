package daemon_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/daemon"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
)

// bakery has two open jobs; no row covers the miller's, where people can come to
// the video stage.
func bakery() *farATS {
	video := flowd.Stage{ID: "s2", Name: "Video interview"}
	return &farATS{
		jobs:   []flowd.Job{{ID: "j1", Name: "Account Executive", Department: "Front", Location: "Bern"}, {ID: "j2", Name: "Miller"}},
		stages: map[string][]flowd.Stage{"": {{ID: "s1", Name: "Applied"}, video}, "j1": {video}, "j2": {video}},
		fields: []connectors.CatalogField{{Member: "candidate.source", Values: []string{"Fair", "LinkedIn", "referral"}}, {Field: flowd.Field{Key: "f1", Name: "Shift", Type: "list"}, Values: []string{"day"}}},
	}
}

func (w *world) names() (n web.Names) {
	w.t.Helper()
	if err := w.api().Get(w.t.Context(), "/api/v1/names", nil, &n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// What an ATS has is read at the start, told, held against rules and kept for a
// flowd that is down.
func TestSystems(t *testing.T) {
	t.Parallel()
	far := bakery()
	w := farWorld(t, settings{rules: strings.ReplaceAll(testRules, `"Sales"`, `"Front"`)})
	d := w.start(w.farOptions(far))
	eventually(t, "the ATS is read", func() bool { return len(w.status().Systems) == 1 && !w.status().Systems[0].ReadAt.IsZero() })
	if s := w.status().Systems[0]; s.ATS != "far" || s.Jobs != 2 || s.Stages != 2 || s.Fields != 2 || s.Problem != "" {
		t.Errorf("status %+v", s)
	}
	if far.times("stages of j2") != 1 || far.times("stages of j1") != 0 {
		t.Errorf("the stages of a job are asked for where no row covers it: %+v", far.asked)
	}
	s := w.names().Systems[0]
	if len(s.Jobs) != 2 || s.Jobs[1].Name != "Miller" || len(s.Fields) != 2 || len(s.Pipelines["j2"]) != 1 {
		t.Errorf("names %+v", s)
	}

	slip := w.write("more/slip.yaml", strings.NewReplacer("Video interview", "Vidoe interview", `"Account Executive"`, "Milller").Replace(testRules))
	finds := func(o daemon.CheckOptions, wants ...string) {
		t.Helper()
		o.Paths = []string{slip}
		all := strictyaml.Render(daemon.Check(t.Context(), w.farOptions(far), o).Problems)
		for _, want := range wants {
			if !strings.Contains(all, want) {
				t.Errorf("%+v does not say %q:\n%s", o, want, all)
			}
		}
	}
	known := []string{`stage "Vidoe interview": far has no such stage`, `did you mean "Video interview"?`, `job "Milller": far has no such job`, `did you mean "Miller"?`}
	finds(daemon.CheckOptions{State: true}, known...)
	far.set(func() { far.jobs = far.jobs[:1] })
	finds(daemon.CheckOptions{State: true}, known...) // as it is kept
	finds(daemon.CheckOptions{Online: true}, known[:3]...)
	far.set(func() { far.refuses = fault.New(fault.Unauthorized, "list", "the key may not list") })
	finds(daemon.CheckOptions{Online: true}, append(known, "the source far-source cannot be asked what its ATS has: the jobs cannot be listed")...)

	daemon.Check(t.Context(), w.farOptions(far), daemon.CheckOptions{Fix: true})
	schema, err := os.ReadFile(filepath.Join(w.dir, ".flowd", "schema.json"))
	for _, name := range []string{"Miller", "Applied", "Shift", "Front", "Bern"} {
		if err != nil || !strings.Contains(string(schema), `"`+name+`"`) {
			t.Errorf("the schema does not offer %s (%v)", name, err)
		}
	}
	day, err := d.Day(t.Context(), "ops", time.Now(), time.Now())
	if err != nil || len(day.Unmapped) != 0 || day.MoreUnmapped != 1 || len(day.Dangling) != 0 {
		t.Errorf("the day is %+v (%v)", day, err)
	}
	if other, err := d.Day(t.Context(), "others", time.Now(), time.Now()); err != nil || other.MoreUnmapped != 0 {
		t.Errorf("the day of others is %+v (%v)", other, err)
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	finds(daemon.CheckOptions{State: true}, known...)
}

// An ATS that cannot be asked stops nothing, and is loud; what it had is known on.
func TestSystems_CannotBeAsked(t *testing.T) {
	t.Parallel()
	far := bakery()
	w := farWorld(t, settings{rules: testRules})
	d := w.start(w.farOptions(far))
	eventually(t, "the ATS is read", func() bool { return len(w.names().Systems[0].Jobs) == 2 })
	far.set(func() { far.refuses = errors.New("the door is shut") })
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the status says so", func() bool { return len(w.status().Problems) > 0 })
	if p := w.status().Problems[0]; !strings.Contains(p, "far cannot be asked what it has (the jobs cannot be listed: the door is shut; the stages") || !strings.Contains(p, "going on with what it had on 20") {
		t.Errorf("problem %q", p)
	}
	if s := w.names().Systems[0]; len(s.Jobs) != 2 || s.ReadAt.IsZero() {
		t.Errorf("known %+v", s)
	}
	far.set(func() { far.refuses, far.jobs = nil, []flowd.Job{{ID: "j2", Name: "Miller, Basel"}} })
	if err := d.Reload(t.Context(), daemon.Everything); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is read again", func() bool { return len(w.names().Systems[0].Jobs) == 1 })
	s := w.names().Systems[0]
	if day, err := d.Day(t.Context(), "ops", time.Now(), time.Now()); err != nil || len(day.Dangling) != 1 || !strings.Contains(day.Dangling[0], `video.yaml:8 names the job "Account Executive": far no longer has this job`) {
		t.Errorf("the day is %+v (%v)", day, err)
	}
	if len(w.status().Problems) != 0 || len(s.FormerJobs) != 2 || s.FormerJobs[0].ID != "j1" || s.FormerJobs[1].Name != "Miller" {
		t.Errorf("after it answered again: %v, %+v", w.status().Problems, s)
	}
}
