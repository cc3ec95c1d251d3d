package rules

import (
	"slices"
	"time"
)

// diff shows a failure: what was wanted and what came; where that is several
// things, each for itself, so that the one that differs need not be searched.
func (t test) diff(o outcome, want, got string) []string {
	if len(t.want.actions) < 2 && len(o.acts) < 2 {
		return []string{"- want: " + want, "+ got:  " + got}
	}
	var out []string
	left := slices.Clone(o.acts)
	for _, x := range t.want.actions {
		mark := "- want: "
		if i := slices.IndexFunc(left, x.fits); i >= 0 {
			left = slices.Delete(left, i, i+1)
			mark = "  both: "
		}
		out = append(out, mark+x.String())
	}
	if len(t.want.actions) == 0 {
		out = append(out, "- want: "+want)
	}
	timed := slices.ContainsFunc(t.want.actions, func(x expected) bool { return !x.at.IsZero() })
	for _, a := range left {
		if !timed {
			a.at = time.Time{}
		}
		out = append(out, "+ got:  "+a.String())
	}
	for _, why := range o.held {
		out = append(out, "+ got:  held ("+why+")")
	}
	if len(o.acts) == 0 && len(o.held) == 0 {
		out = append(out, "+ got:  "+got)
	}
	return out
}

// String is what is expected in words.
func (x expected) String() string { return inState(x.done, x.held != nil && *x.held) }

// String is what came in words.
func (a acted) String() string { return inState(a.done, a.isHeld) }

func inState(d done, held bool) string {
	if held {
		return d.String() + " (held)"
	}
	return d.String()
}
