package connectors

import (
	"cmp"

	"flowd"
	"flowd/internal/fault"
)

// Leaving is the stage that a move expects to leave: the one that it names, else
// the last one known.
func Leaving(op string, w flowd.WriteBack) (flowd.Stage, error) {
	switch {
	case !w.From.IsZero():
		return w.From, nil
	case !w.Application.Stage.IsZero():
		return w.Application.Stage, nil
	}
	return flowd.Stage{}, fault.New(fault.Invalid, op, "it is not known which stage the application is to leave")
}

// StandsElsewhere is the fault of a move whose application somebody else moved
// before.
func StandsElsewhere(op string, leaving flowd.Stage) error {
	return fault.New(fault.Conflict, op, "the application stands in another stage than %q", cmp.Or(leaving.Name, leaving.ID))
}
