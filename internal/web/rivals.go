package web

import (
	"context"
	"net/http"
	"slices"

	"flowd"
	"flowd/state"
)

// conflicts tells whether a row is held because another rule names a different
// position for the same move.
func conflicts(row state.Row) bool {
	return row.State == flowd.Held && row.Reason == flowd.ReasonConflict && row.Action.Kind == flowd.ActionDecide
}

// rivals of a row are those that are held beside it for the same move.
func rivals(s state.Story, of state.Row) (rows []state.Row) {
	for _, row := range s.Rows {
		if conflicts(row) && row.Action.Event == of.Action.Event && row.Action.Key != of.Action.Key {
			rows = append(rows, row)
		}
	}
	return rows
}

// leaveRivals takes out of a release the rows between which it does not choose:
// chance would, and one position would be as good as the other. Where the rules
// were mended since, they choose.
func (a api) leaveRivals(ctx context.Context, rows []state.Row) (left []state.Row, note string, err error) {
	within := map[flowd.IdempotencyKey]bool{}
	for _, row := range rows {
		within[row.Action.Key] = true
	}
	torn, people := map[flowd.IdempotencyKey]bool{}, map[string]bool{}
	for _, row := range rows {
		if !conflicts(row) {
			continue
		}
		stories, err := a.Store.Story(ctx, state.Ref{Action: row.Action.Key})
		if err != nil {
			return nil, "", err
		}
		for _, s := range stories {
			both := slices.ContainsFunc(rivals(s, row), func(r state.Row) bool { return within[r.Action.Key] })
			if both && a.stillConflicts(s, row) {
				torn[row.Action.Key], people[row.Action.Event] = true, true
			}
		}
	}
	if len(torn) == 0 {
		return rows, "", nil
	}
	left = slices.DeleteFunc(rows, func(r state.Row) bool { return torn[r.Action.Key] })
	if len(left) == 0 {
		return nil, "", &Problem{Status: http.StatusConflict,
			Text: "two rules name different positions: release the line that is meant, by its KEY in `flowd list --state held --reason conflict`, or mend the rules"}
	}
	return left, plural(len(people), "person stays held, for whom", "people stay held, for whom") +
		" two rules name different positions: release the line that is meant, by its key, or mend the rules", nil
}

// stillConflicts tells whether the rules as they serve now have a row's conflict,
// too. Without them nobody can tell that it is over.
func (a api) stillConflicts(s state.Story, row state.Row) bool {
	set := a.Rules()
	if set == nil || a.Decide == nil {
		return true
	}
	for _, t := range s.Events {
		if t.Event.Key != row.Action.Event {
			continue
		}
		facts := t.Facts
		facts.Application = s.Application
		for _, d := range a.Decide(set, t.Event, facts, a.Now()) {
			if d.Rule == row.Action.Rule {
				return slices.ContainsFunc(d.Actions, func(act flowd.Action) bool { return act.Reason == flowd.ReasonConflict })
			}
		}
		return false
	}
	return true
}
