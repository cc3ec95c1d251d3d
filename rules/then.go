package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// thenKeys are what happens later in a test.
type thenKeys struct {
	After time.Duration    `yaml:"after,required"`
	Event string           `yaml:"event,text,required"`
	Stage string           `yaml:"stage,text"`
	Node  *strictyaml.Node `yaml:",node"`
	Rest  *strictyaml.Node `yaml:",rest"`
}

// later is an event that follows the test's own.
type later struct {
	after time.Duration
	event flowd.EventType
	stage flowd.Stage
}

// thenWords are the events that can follow in a test: what an application goes
// through.
func thenWords() []string {
	return slices.DeleteFunc(eventWords(), func(word string) bool {
		e := flowd.EventType(word)
		return e.OfInterview() || e == stageLeft || e == flowd.ApplicationCreated
	})
}

// thenOf compiles what happens later in a test, in its order of time.
func (c *compiler) thenOf(list []thenKeys) []later {
	var out []later
	for _, k := range list {
		if k.Node == nil {
			continue
		}
		refuseKeys(k.Rest)
		l := later{after: k.After, event: flowd.EventType(k.Event), stage: stageNamed(k.Stage)}
		switch words := thenWords(); {
		case k.Event == "": // reported on decoding
		case !slices.Contains(words, k.Event):
			c.report.error(c.at(k.Node.Place("event")), "value", didYouMean(k.Event, words, "the events: "+strings.Join(words, ", ")), "%q is not an event that can follow", k.Event)
		case l.event == flowd.StageEntered && k.Stage == "":
			c.report.error(c.at(k.Node), "test", `add stage: "…"`, "the stage that is entered is missing")
		case l.event != flowd.StageEntered && k.Stage != "":
			c.report.error(c.at(k.Node.Place("stage")), "test", "delete it", "stage belongs to stage.entered")
		case k.After <= 0 && k.Node.Get("after") != nil:
			c.report.error(c.at(k.Node.Place("after")), "test", "write a span such as 10m", "what follows comes after the test's event")
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(a, b later) int { return cmp.Compare(a.after, b.after) })
	return out
}

// happen is what happens then to the application that the facts are of.
func (l later) happen(t test, before flowd.Event, facts flowd.Facts) (flowd.Event, flowd.Facts) {
	app := facts.Application
	at := t.at.Add(l.after)
	ev := flowd.Event{Key: before.Key + "/" + l.after.String(), Source: before.Source, ATS: before.ATS, Type: l.event, Via: flowd.ViaMove,
		At: at, Received: at, From: app.Stage, Stage: app.Stage}
	if l.event == flowd.StageEntered {
		ev.Stage = l.stage
	}
	app.Stage = ev.Stage
	if status, ends := l.event.Status(); ends {
		app.Status = status
	}
	ev.Application = app
	facts.Application, facts.Previous = app, ev.From
	return ev, facts
}

// overtakes is why an event cancels what waits, as the daemon does: leaving the
// stage, or the application's end; "" where it does not.
func overtakes(a flowd.Action, ev flowd.Event) flowd.Reason {
	switch {
	case a.Kind != flowd.ActionInvite && a.Kind != flowd.ActionTimer && a.Kind != flowd.ActionDecide:
		return ""
	case ev.Type.Ends():
		return flowd.ReasonEnded
	case ev.Type == flowd.StageEntered && !a.Stage.Same(ev.Stage):
		return flowd.ReasonLeftStage
	}
	return ""
}

// cancel drops what has not been done by an event that overtakes it.
func (o *outcome) cancel(t test, ev flowd.Event) {
	o.acts = slices.DeleteFunc(o.acts, func(a acted) bool {
		return a.at.After(ev.At) && o.drops(t, overtakes(a.action, ev))
	})
}

// drops notes why something is not done, and tells whether there is a reason.
func (o *outcome) drops(t test, why flowd.Reason) bool {
	if why == "" {
		return false
	}
	o.why = append(o.why, why.InWords())
	o.named = o.named || t.isWhy(flowd.Decision{Reason: why}) || why == flowd.ReasonLeftStage && FoldName(t.because) == leftTheStage
	return true
}

// leftTheStage is how people say flowd.ReasonLeftStage.
const leftTheStage = "left the stage"

// recheck asks again, right before what waits is done, as the daemon does.
func (o *outcome) recheck(t test, set *Set, decide Decide, ev flowd.Event, facts flowd.Facts) {
	o.acts = slices.DeleteFunc(o.acts, func(a acted) bool {
		if a.action.Kind != flowd.ActionInvite || !a.at.After(t.at) || a.action.Event != ev.Key {
			return false
		}
		for _, d := range decide(set, ev, facts, a.at) {
			if d.Rule != a.action.Rule {
				continue
			}
			if slices.ContainsFunc(d.Actions, func(b flowd.Action) bool { return b.Key == a.action.Key }) {
				return false
			}
			o.why = append(o.why, fmt.Sprintf("no longer: %s", reasonOf(d.Reason, d.Because)))
			o.named = o.named || t.isWhy(d)
		}
		return true
	})
}
