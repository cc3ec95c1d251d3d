package hireflix

import (
	"context"

	"flowd"
	"flowd/internal/fault"
)

var opPositions = operation{name: "FlowdPositions", doing: "list positions"}

type positionsQuery struct {
	Positions []struct {
		ID       word
		Name     word
		Archived instant
	}
}

// Positions lists the account's positions, archived ones included. It is a query
// and repeats itself a few times.
//
// Only `archived` tells whether a position is open: `active` can stay true after
// archiving (the vendor's documentation on positions).
func (c *Client) Positions(ctx context.Context) ([]flowd.Position, error) {
	answer, err := query[positionsQuery](ctx, c, opPositions, nil)
	if err != nil {
		return nil, err
	}
	if answer.Positions == nil {
		// Not "no positions": a catalogue emptied by mistake unmaps every rule.
		return nil, fault.New(fault.Unknown, opPositions.doing, "the answer holds no list of positions")
	}
	list := make([]flowd.Position, 0, len(answer.Positions))
	for _, p := range answer.Positions {
		if p.ID != "" {
			list = append(list, flowd.Position{ID: string(p.ID), Name: string(p.Name), Archived: p.Archived.happened})
		}
	}
	return list, nil
}
