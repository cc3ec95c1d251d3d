package web_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// What waits says until when and why; what is due and does not go out says what
// stops it.
func TestAPI_ExplainUntil(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.swap(strings.Replace(deskRules, "    stage: Video\n", "    stage: Video\n    wait: 15m\n", 1))
	d.move("rosa", "LinkedIn")
	s := d.explain("rosa")
	if due := d.now.Add(15 * time.Minute); !s.Until.Equal(due) || s.Now != "waiting (the rule waits first: waits 15m)" || !s.Actions[0].Due.Equal(due) {
		t.Errorf("now: %s, until %s", s.Now, s.Until)
	}
	office := "calendars: {office: {days: mon-fri, hours: \"03:00-03:05\", tz: UTC}}\nrules:\n"
	d.swap(strings.NewReplacer("rules:\n", office, "    stage: Video\n", "    stage: Video\n    window: office\n").Replace(deskRules))
	d.move("vera", "LinkedIn")
	if s = d.explain("vera"); s.Now != "waiting (its window is closed: until the window office (mon-fri 03:00-03:05 UTC) opens)" {
		t.Errorf("what waits for its window: %s", s.Now)
	}
	d.swap(deskRules)
	d.move("sam", "LinkedIn")
	if s = d.explain("sam"); s.Now != "waiting" || !s.Until.IsZero() {
		t.Errorf("what is due: %s, until %s", s.Now, s.Until)
	}
	if _, err := d.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeAccount, Pause: state.Pause{Reason: flowd.ReasonQuota, Since: d.now}}, d.now); err != nil {
		t.Fatal(err)
	}
	d.move("tess", "LinkedIn")
	if s = d.explain("tess"); !strings.Contains(s.Now, flowd.ReasonQuota.InWords()) {
		t.Errorf("what the quota stops: %s", s.Now)
	}
}

// An old decision says what became of its rule since.
func TestAPI_ExplainSince(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "referral")
	for rulesNow, want := range map[string]string{
		deskRules: "",
		strings.Replace(deskRules, "called by phone", "not called", 1): "",
		strings.Replace(deskRules, `"referral"`, `"agency"`, 1):        "the rule has changed since",
		strings.Replace(deskRules, "id: video", "id: film", 1):         "the rule is gone since",
	} {
		d.swap(rulesNow)
		a := d.explain("rosa").Events[0].Answers[0]
		if a.Since != want {
			t.Errorf("since: %q, want %q", a.Since, want)
		}
		if a.Tree == nil || !strings.Contains(strings.Join(a.Tree.Lines(), "\n"), `one change would make it fit: not (candidate.source == "referral")`) {
			t.Errorf("it is not explained by the rules of its day: %+v", a.Tree)
		}
	}
}

// A rule in words says what it still owes, and what stops it.
func TestAPI_ExplainRule(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	said := func() string {
		var e web.Explanation
		if err := d.client.Get(t.Context(), "/api/v1/explain", url.Values{"x": {"video"}}, &e); err != nil {
			t.Fatal(err)
		}
		return e.Rule
	}
	if words := said(); strings.Contains(words, "Now:") {
		t.Errorf("of a rule that owes nothing: %s", words)
	}
	d.move("rosa", "LinkedIn")
	d.move("sam", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	if words := said(); !strings.HasSuffix(words, "Now: 1 waiting, 1 held.\n") {
		t.Errorf("of one that waits and one that is held: %s", words)
	}
	if _, err := d.store.Pause(t.Context(), state.PauseChange{Scope: state.ScopeRule("video"), Pause: state.Pause{Reason: flowd.ReasonPaused, Detail: "wrong text", Since: d.now}}, d.now); err != nil {
		t.Fatal(err)
	}
	if words := said(); !strings.HasSuffix(words, "Now: paused (paused by a person: wrong text), 2 held.\n") {
		t.Errorf("of one that is paused: %s", words)
	}
}

// swap makes other rules serve; those before are kept, as a daemon does.
func (d *desk) swap(text string) {
	d.t.Helper()
	d.kept = append(d.kept, d.set)
	d.serve(text)
	o := d.options()
	o.RulesOf = func(digest string) *rules.Set {
		for _, old := range d.kept {
			if old.Digest() == digest {
				return old
			}
		}
		return nil
	}
	d.client = web.NewLocal(web.Admin(o))
}
