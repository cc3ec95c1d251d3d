package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
)

// acted is one row that a test's event came to.
type acted struct {
	done
	action flowd.Action
	isHeld bool
}

// outcome is all that a test's event came to.
type outcome struct {
	acts []acted
	held []string // why a decision waits
	why  []string // why something is not done
	// named tells that one of the reasons is the one that the test names.
	named bool
	ended time.Time // the last time at which something was decided
}

// rehearsed stands in for what only Hireflix could give.
func rehearsed() Links {
	value := func(text string) func() (string, error) { return func() (string, error) { return text, nil } }
	return Links{Recording: value("<recording_link>"), Admin: value("<admin_link>"), Candidate: value("<candidate_link>"), Transcript: value("<transcript>")}
}

// play decides the test's event and what follows it, and what waits for a time
// again at that time.
func (t test) play(set *Set, decide Decide, ev flowd.Event, facts flowd.Facts) outcome {
	o := outcome{ended: t.at}
	timers := o.take(t, set, decide(set, ev, facts, t.at), ev, facts)
	for _, l := range t.then {
		next, then := l.happen(t, ev, facts)
		timers = o.ring(t, set, decide, timers, ev, facts, next.At)
		o.cancel(t, next)
		timers = slices.DeleteFunc(timers, func(a flowd.Action) bool { return o.drops(t, overtakes(a, next)) })
		o.ended, facts = next.At, then
		timers = append(timers, o.take(t, set, decide(set, next, facts, next.At), next, facts)...)
	}
	o.ring(t, set, decide, timers, ev, facts, time.Time{})
	o.recheck(t, set, decide, ev, facts)
	return o
}

// ring decides again what waited for its time, as far as that comes before until;
// zero is for ever. It returns what waits still.
func (o *outcome) ring(t test, set *Set, decide Decide, timers []flowd.Action, ev flowd.Event, facts flowd.Facts, until time.Time) (left []flowd.Action) {
	for _, timer := range timers {
		if !until.IsZero() && timer.NotBefore.After(until) {
			left = append(left, timer)
			continue
		}
		o.ended = timer.NotBefore
		var own []flowd.Decision
		for _, d := range decide(set, ev, facts, timer.NotBefore) {
			if d.Rule == timer.Rule {
				own = append(own, d)
			}
		}
		if again := o.take(t, set, own, ev, facts); len(again) > 0 {
			o.why = append(o.why, "the rule waits for ever")
		}
	}
	return left
}

// take adds what the decisions came to, and returns the rows that wait for their
// time.
func (o *outcome) take(t test, set *Set, decisions []flowd.Decision, ev flowd.Event, facts flowd.Facts) (timers []flowd.Action) {
	for _, d := range decisions {
		waits := false
		for _, a := range d.Actions {
			switch a.Kind {
			case flowd.ActionTimer:
				timers = append(timers, a)
			case flowd.ActionDecide:
				waits = true
				o.held = append(o.held, reasonOf(a.Reason, a.Detail))
			default:
				o.act(t, set, a, ev, facts)
			}
		}
		if d.Verdict != flowd.Matched || waits {
			o.why = append(o.why, reasonOf(d.Reason, d.Because))
			o.named = o.named || t.isWhy(d)
		}
	}
	return timers
}

// act adds one row, with its texts filled in.
func (o *outcome) act(t test, set *Set, a flowd.Action, ev flowd.Event, facts flowd.Facts) {
	out := acted{done: done{kind: a.Kind, target: a.Position.Name, at: o.ended}, action: a, isHeld: a.HeldFirst}
	if a.NotBefore.After(o.ended) {
		out.at = a.NotBefore
	}
	if a.Kind != flowd.ActionInvite {
		fits, because, err := set.StepFits(a, ev, facts, o.ended)
		if err == nil && !fits {
			o.why = append(o.why, because)
			o.named = o.named || FoldName(t.because) == FoldName(because)
			return
		}
		for _, text := range []struct {
			template string
			into     *string
		}{{a.Target, &out.target}, {a.Text, &out.text}} {
			if err == nil {
				*text.into, err = set.Render(text.template, ev, facts, rehearsed(), o.ended)
			}
		}
		if err != nil {
			o.held = append(o.held, fmt.Sprintf("%s: %s", a.Kind, err))
			o.why = append(o.why, err.Error())
			o.named = o.named || FoldName(t.because) == FoldName(err.Error())
			return
		}
	}
	o.acts = append(o.acts, out)
}

// words are the outcome in words; the time is told where the test asks for one.
func (o outcome) words(times bool) string {
	var parts []string
	for _, a := range o.acts {
		if !times {
			a.at = time.Time{}
		}
		words := a.done.String()
		if a.isHeld {
			words += " (held)"
		}
		parts = append(parts, words)
	}
	for range o.held {
		parts = append(parts, "held")
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
