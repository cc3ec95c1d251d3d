package engine

import (
	"flowd"
	"flowd/rules"
	"flowd/state"
)

// guards are the bounds of the rules that asked for something on what they may
// ask for.
func guards(set *rules.Set, decisions []flowd.Decision) map[string]state.Guard {
	var out map[string]state.Guard
	for _, d := range decisions {
		r, ok := set.Rule(d.Rule)
		if !ok || r.Flood == 0 && r.Span == 0 || len(d.Actions) == 0 {
			continue
		}
		if out == nil {
			out = map[string]state.Guard{}
		}
		out[r.ID] = state.Guard{PerHour: r.Flood, Above: r.Above, Within: r.Span}
	}
	return out
}

// limits are the rules' own limits on how many of their invites go out.
func limits(set *rules.Set) map[string]state.Rate {
	var out map[string]state.Rate
	for _, r := range set.Rules() {
		if r.PerHour == 0 && r.PerDay == 0 {
			continue
		}
		if out == nil {
			out = map[string]state.Rate{}
		}
		out[r.ID] = state.Rate{PerHour: r.PerHour, PerDay: r.PerDay}
	}
	return out
}
