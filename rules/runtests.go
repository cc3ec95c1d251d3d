package rules

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"flowd"
)

// Decide answers an event as the daemon does. It is handed in, so that tests run
// what runs live.
type Decide func(set *Set, ev flowd.Event, facts flowd.Facts, now time.Time) []flowd.Decision

// TestResult is how one test of a rule file went.
type TestResult struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Rule string `json:"rule,omitempty"` // empty for a test of the whole set
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Want string `json:"want"`
	Got  string `json:"got"`
	// Diff shows a failure: what was wanted, what came, and how it came to it.
	Diff []string `json:"diff,omitempty"`
}

// TestOptions choose tests.
type TestOptions struct {
	// Match is what a test's "rule/name" has to match; nil matches all.
	Match *regexp.Regexp
	// Progress, when set, is told how many have run.
	Progress Progress
}

// RunTests runs the tests that stand in the set's files and were chosen. A rule's test runs that rule alone,
// as if it were live where it is disabled or closing; a file's tests run the whole set. It
// needs no catalogue: positions are what the rows call them.
func RunTests(set *Set, decide Decide, o TestOptions) []TestResult {
	return runTests(set, o, func(*Rule) Decide { return decide })
}

// runTests asks who decides for each test, by its rule, which is nil for a test
// of the whole set.
func runTests(set *Set, o TestOptions, decides func(*Rule) Decide) []TestResult {
	tests := slices.Clone(set.tests)
	for _, r := range set.rules {
		tests = append(tests, r.tests...)
	}
	slices.SortStableFunc(tests, func(a, b test) int {
		return cmp.Or(cmp.Compare(a.place.file, b.place.file), cmp.Compare(a.place.line, b.place.line))
	})
	on := map[*Rule]*Set{} // arranging a large table takes longer than asking it
	out := []TestResult{}
	for i, t := range tests {
		o.Progress.Tell("running the tests", i, len(tests))
		id := ""
		if t.rule != nil {
			id = t.rule.ID
		}
		if o.Match == nil || o.Match.MatchString(id+"/"+t.name) {
			if on[t.rule] == nil {
				on[t.rule] = set.rehearsal(t.rule)
			}
			out = append(out, t.run(on[t.rule], decides(t.rule)))
		}
	}
	return out
}

// rehearsal is a copy of the set, of one rule where one is given, whose
// positions have what the rows call them for ids.
func (s *Set) rehearsal(only *Rule) *Set {
	b := *s.book
	if only != nil {
		r := *only
		if !r.TakesNew() {
			r.Mode = flowd.Live
		}
		b.rules = []*Rule{&r}
	}
	b.arrange()
	out := &Set{book: &b, bound: true, positions: make([]flowd.Position, len(s.positions))}
	for i, w := range b.positions {
		out.positions[i] = flowd.Position{ID: FoldName(w.text), Name: w.text}
	}
	return out
}

func (t test) run(set *Set, decide Decide) TestResult {
	ev, facts := t.event(set)
	res := TestResult{File: t.place.file, Line: t.place.line, Name: t.name, Want: t.want.String()}
	if t.rule != nil {
		res.Rule = t.rule.ID
	}
	o := t.play(set, decide, ev, facts)
	times := slices.ContainsFunc(t.want.actions, func(x expected) bool { return !x.at.IsZero() })
	res.Got = o.words(times)
	if len(o.acts) == 0 && len(o.why) > 0 {
		res.Got += " (" + strings.Join(slices.Compact(o.why), "; ") + ")"
	}
	if t.because != "" {
		res.Want += " (" + t.because + ")"
	}
	res.OK = t.want.met(o) && (t.because == "" || o.named)
	if !res.OK {
		res.Diff = append(t.diff(o, res.Want, res.Got), explained(set, ev, facts, t, o.ended)...)
	}
	return res
}

// isWhy tells whether the decision's reason is the one that the test names: in
// the author's words, in flowd's, or by its name.
func (t test) isWhy(d flowd.Decision) bool {
	because := FoldName(t.because)
	reason := d.Reason
	if len(d.Actions) > 0 && reason == "" {
		reason = d.Actions[0].Reason
	}
	return because == FoldName(d.Because) || because == FoldName(string(reason)) || because == FoldName(reason.InWords())
}

func explained(set *Set, ev flowd.Event, facts flowd.Facts, t test, at time.Time) []string {
	var out []string
	for _, r := range set.rules {
		if e, ok := set.Explain(r.ID, ev, facts, at); ok && (t.rule != nil || e.Reason != flowd.ReasonNoRule) {
			for _, line := range e.Lines() {
				out = append(out, "  "+line)
			}
		}
	}
	return out
}

func reasonOf(reason flowd.Reason, because string) string {
	if because != "" {
		return because
	}
	return reason.InWords()
}
