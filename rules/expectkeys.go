package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// expectKeys are what a test expects: none, held, or what is done.
type expectKeys struct {
	held    bool
	actions []expected
}

// expected is one thing that is to be done. What is nil or zero is not compared.
type expected struct {
	done
	days     int
	personal bool
	held     *bool
}

// done is what an event came to: an invite with its position for target, or a
// step with its texts filled in.
type done struct {
	kind         flowd.ActionKind
	target, text string
	at           time.Time
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (e *expectKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		if n.Text() != "none" && n.Text() != "held" {
			n.Error("value", fmt.Sprintf("expect is none, held or a list of what is done, not %q", n.Shown()),
				`write none, [{hireflix.invite: {position: "…"}}] or [{ats.note: {text: "…"}}]`)
		}
		e.held = n.Text() == "held"
		return
	}
	for _, item := range n.Items() {
		if x, ok := expectation(item); ok {
			e.actions = append(e.actions, x)
		}
	}
}

type inviteKeys struct {
	Position string `yaml:"position,text,required"`
}

// expectation reads an action with what a test may say beside it.
func expectation(n *strictyaml.Node) (expected, bool) {
	var x expected
	var action *strictyaml.Pair
	for _, p := range n.Pairs() {
		switch p.Key.Text() {
		case "at":
			var at string
			p.Value.DecodeText(&at)
			var err error
			if x.at, err = time.Parse(time.RFC3339, at); err != nil && at != "" {
				p.Value.Error("date", fmt.Sprintf("%q is not a time", at), `write it as "2026-03-06T18:20:00+01:00"`)
			}
		case "held":
			p.Value.Decode(&x.held)
		default:
			if action != nil {
				p.Key.Error("shape", "each item is one action", "write an item of its own for "+p.Key.Shown())
				return x, false
			}
			action = &p
		}
	}
	var a actionKeys
	switch {
	case action != nil && action.Key.Text() == "hireflix.invite":
		var keys inviteKeys
		action.Value.Decode(&keys)
		x.kind, x.target = flowd.ActionInvite, keys.Position
		return x, true
	case action != nil:
		a.read(action.Key, action.Key.Text(), n, action.Value)
	case n.Kind() == strictyaml.Scalar:
		a.UnmarshalNode(n)
	case !n.Broken():
		n.Error("shape", "the item names no action", `write [{ats.note: {text: "…"}}]`)
	}
	x.kind, x.target, x.text, x.personal = a.Kind, a.Target, a.Text, a.Personal
	if a.DaysNode != nil {
		x.days = a.Days
	}
	if len(a.If) > 0 {
		a.If[0].Node.Error("test", "a test says what is done, and not when", "delete the if")
	}
	return x, a.Kind != ""
}

// String is the expectation in words.
func (e expectKeys) String() string {
	if e.held {
		return "held"
	}
	if len(e.actions) == 0 {
		return "none"
	}
	var out []string
	for _, x := range e.actions {
		words := x.done.String()
		if x.held != nil && *x.held {
			words += " (held)"
		}
		out = append(out, words)
	}
	return strings.Join(out, ", ")
}

// String is what is done in words.
func (d done) String() string {
	words := said(d.kind, d.target, d.text)
	if d.kind == flowd.ActionInvite {
		words = fmt.Sprintf("invite to %q", d.target)
	}
	if !d.at.IsZero() {
		words += " at " + d.at.UTC().Format(time.RFC3339)
	}
	return words
}

// met is exact: nothing may be missing, and nothing may be there beside it.
func (e expectKeys) met(o outcome) bool {
	if e.held {
		return len(o.held) > 0 && len(o.acts) == 0
	}
	if len(o.held) > 0 || len(o.acts) != len(e.actions) {
		return false
	}
	left := slices.Clone(o.acts)
	for _, x := range e.actions {
		i := slices.IndexFunc(left, x.fits)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

func (x expected) fits(a acted) bool {
	return x.kind == a.kind && FoldName(x.target) == FoldName(a.target) && x.text == a.text &&
		(x.at.IsZero() || x.at.Equal(a.at)) && (x.held == nil || *x.held == a.isHeld) &&
		(x.days == 0 || x.days == a.action.Days) && (!x.personal || a.action.Personal)
}
