package web

import (
	"flowd"
	"flowd/state"
)

// rowWord is a row as people read it. An invite reads as what became of its
// interview; what follows one is done, or not.
func rowWord(row state.Row) flowd.Word {
	if row.Action.Kind == flowd.ActionInvite {
		return flowd.WordOf(row.State, row.Interview)
	}
	return stepWord(row.Action.Kind, row.State, row.Reason)
}

// stepWord is a state of an action of that kind, entered for a reason, as people
// read it.
func stepWord(k flowd.ActionKind, s flowd.ActionState, why flowd.Reason) flowd.Word {
	if k == flowd.ActionInvite || k == flowd.ActionDecide {
		return s.Word()
	}
	switch s {
	case flowd.Done, flowd.Shared:
		if why == flowd.ReasonCondition { // its own condition: what follows it went on
			return WordNotDone
		}
		return WordDone
	case flowd.Would:
		return WordWouldDo
	case flowd.Cancelled, flowd.Replaced:
		return WordNotDone
	}
	return s.Word()
}

// What follows an invite is no person to be counted under flowd.Words: it is
// done, not done, or would be.
const (
	WordDone    flowd.Word = "done"
	WordNotDone flowd.Word = "not done"
	WordWouldDo flowd.Word = "would be done"
)
