package daemon

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/web"
	"flowd/state"
)

// decide decides what waits, as the engine would.
func (w *three) decide() {
	w.t.Helper()
	pending, err := w.store.Undecided(w.t.Context(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range pending {
		c := state.Commitment{Event: p.Event.Key, Decisions: engine.Decide(threeRules(w.t), p.Event, p.Facts, w.now)}
		if _, err := w.store.Commit(w.t.Context(), c, w.now); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *three) app(p, stage string) flowd.Snapshot {
	return flowd.Snapshot{Application: flowd.Application{ID: p, Status: flowd.StatusActive, Job: flowd.Job{ID: "j", Name: "Baker"}, Stage: flowd.Stage{Name: stage},
		Candidate: flowd.Candidate{ID: "c-" + p, Email: p + "@example.com", FirstName: strings.ToUpper(p)}}}
}

// shows makes what the ATS shows known, as its first poll would.
func (w *three) shows(all ...flowd.Snapshot) {
	w.far.shows = all
	w.admit(flowd.Batch{Source: "ats", ATS: "ats", Seen: slices.Clone(all), Polled: flowd.Polled{Complete: true}})
	w.decide()
}

func notInvited(r web.Reconciliation) (lines []string) {
	for _, p := range r.NotInvited {
		lines = append(lines, fmt.Sprintf("%s (%s, %s) %s: %s [%s] %s", p.Application, p.Name, p.Stage, p.Word, p.Why, p.Position, p.Do))
	}
	return lines
}

// Who stands in a mapped stage without an invite is told with the reason and the
// command; everybody who stands there is counted once.
func TestReconcile_NeverInvited(t *testing.T) {
	t.Parallel()
	w := newThree(t, "rosa")
	w.decide()
	referred, silent := w.app("ref", "Video"), w.app("mute", "Video")
	referred.Source, silent.Candidate.Email = "referral", ""
	w.shows(w.app("base", "Video"), w.app("elsewhere", "Applied"), referred, silent, flowd.Snapshot{Application: w.far.apps["rosa"]})
	w.admit(flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{{Key: "evt-left", Type: flowd.StageEntered, At: w.now, Stage: flowd.Stage{Name: "Video"},
		Application: flowd.Application{ID: "left", Source: "referral", Job: flowd.Job{ID: "j"}, Candidate: flowd.Candidate{ID: "c-left", Email: "left@example.com"}}}}})
	w.decide()
	found := w.compare(false)
	want := []string{
		"base (B…, Video) not invited: stood there when flowd looked for the first time, or anew [65afda7ad66b25c281f30a01] flowd invite --candidate base",
		"left (, Video) not invited: the rule leaves such people out: referrals are called by phone [] flowd invite --candidate left",
		"mute (M…, Video) not invited: stood there when flowd looked for the first time, or anew; and now: no address to write to [] ",
		"ref (R…, Video) not invited: the rule leaves such people out: referrals are called by phone [] flowd invite --candidate ref",
	}
	if diff := cmp.Diff(want, notInvited(found)); diff != "" {
		t.Error(diff)
	}
	if len(found.Present) != 1 {
		t.Fatalf("counted %+v", found.Present)
	}
	of := found.Present[0]
	if of.ATS != "ats" || of.People != 5 || of.Shown != nil || !maps.Equal(of.Words, map[flowd.Word]int{flowd.WordInvited: 1, flowd.WordNotInvited: 4}) || len(of.NotInvited) != 2 {
		t.Errorf("counted %+v", of)
	}
}

// shower makes the world's ATS one that shows all its open applications.
func (w *three) shower(fetches bool) {
	w.sources = []connectors.Source{{Name: "ats", ATS: "ats", Poller: w.far}}
	if fetches {
		w.sources[0].Fetcher = w.far
	}
}

func TestReconcile_Census(t *testing.T) {
	t.Parallel()
	w := newThree(t, "rosa", "noa")
	w.decide()
	gone := w.app("gone", "Video")
	w.shows(w.app("base", "Video"), w.app("moved", "Applied"), gone, w.app("merged", "Applied"), w.app("address", "Video"),
		flowd.Snapshot{Application: w.far.apps["rosa"]}, flowd.Snapshot{Application: w.far.apps["noa"]})
	all := w.far.shows
	all[1].Stage = flowd.Stage{Name: "Video"}
	all[3].Candidate.ID = "c-other"
	all[4].Candidate.Email = "new@example.com"
	over := gone.Application
	over.Status = flowd.StatusWithdrawn
	w.far.apps["gone"] = over
	w.far.shows = append(slices.Delete(slices.Clone(all), 2, 3), w.app("new", "Video"), w.app("unmapped", "Applied"))
	for _, s := range w.far.shows {
		w.far.apps[s.ID] = s.Application
	}
	w.shower(true)
	want := []string{
		"address the person has another address",
		"gone is withdrawn, and flowd knew it as active",
		"merged is another candidate's now",
		`moved stands in "Video", and flowd knew of "Applied"`,
		`new stands in "Video", and flowd never heard of it`,
	}
	found := w.compare(false)
	if diff := cmp.Diff(want, strings.Split(toldOf(found), "\n")); diff != "" {
		t.Error(diff)
	}
	if of := found.Present[0]; found.Shown != 8 || of.People != 5 || of.Shown == nil || *of.Shown != 6 {
		t.Errorf("shown %d, counted %+v (%v)", found.Shown, of, of.Shown)
	}
	if w.undecided() != "" {
		t.Errorf("taken in without --fix: %s", w.undecided())
	}
	w.compare(true)
	if got := w.undecided(); got != "application.withdrawn gone, stage.entered moved, stage.entered new" {
		t.Errorf("the rules see %s", got)
	}
	w.decide()
	found = w.compare(true)
	if toldOf(found) != "" {
		t.Errorf("told again: %s", toldOf(found))
	}
	if of := found.Present[0]; of.People != *of.Shown {
		t.Errorf("flowd counts %d and the ATS shows %d", of.People, *of.Shown)
	}
}

// Where the ATS can show everybody and not be asked about one, that is told.
func TestReconcile_NotShown(t *testing.T) {
	t.Parallel()
	w := newThree(t)
	w.shows(w.app("base", "Video"), w.app("gone", "Video"))
	w.far.shows = w.far.shows[:1]
	w.shower(false)
	found := w.compare(true)
	if got := toldOf(found); got != "gone flowd knows it as open, and the ATS does not show it among its open applications" || found.Differences[0].Fixed {
		t.Errorf("told %+v", found.Differences)
	}
}

// A census that breaks off says nothing of those whom it did not come to.
func TestReconcile_CensusBreaksOff(t *testing.T) {
	t.Parallel()
	w := newThree(t)
	w.shows(w.app("base", "Video"), w.app("gone", "Video"))
	w.far.shows, w.far.breaks = w.far.shows[:1], errors.New("a login page")
	w.shower(true)
	found := w.compare(true)
	if notes := strings.Join(found.Notes, " "); len(found.Differences) != 0 || found.Present[0].Shown != nil || !strings.Contains(notes, "ats did not show all its applications (1 were compared): a login page") {
		t.Errorf("told %+v, notes %s", found, notes)
	}
}

// What is known since the page was asked for is newer than the page; and nobody
// who was erased is looked at.
func TestReconcile_CensusIsOvertaken(t *testing.T) {
	t.Parallel()
	w := newThree(t)
	w.shows(w.app("late", "Applied"), w.app("erased", "Applied"))
	w.now = time.Now().Add(time.Hour)
	w.admit(flowd.Batch{Source: "ats", ATS: "ats", Events: []flowd.Event{{Key: "evt-late", Type: flowd.StageEntered, Stage: flowd.Stage{Name: "Video"}, Application: flowd.Application{ID: "late"}},
		{Key: "evt-erased", Type: flowd.ApplicationAnonymized, Application: flowd.Application{ID: "erased"}}}})
	pending, err := w.store.Undecided(t.Context(), 10)
	if err != nil || len(pending) != 2 {
		t.Fatalf("%d wait (%v)", len(pending), err)
	}
	for _, p := range pending {
		c := state.Commitment{Event: p.Event.Key, Forget: p.Event.Type.Erases()}
		if _, err := w.store.Commit(t.Context(), c, w.now); err != nil {
			t.Fatal(err)
		}
	}
	w.far.shows[1].Stage = flowd.Stage{Name: "Video"}
	w.shower(false)
	if found := w.compare(true); slices.ContainsFunc(found.Differences, func(d web.Difference) bool { return d.Fixed }) {
		t.Errorf("told %+v", found.Differences)
	}
}
