package hireflix

import (
	"context"
	"errors"
	"strconv"
	"time"

	"flowd/internal/fault"
)

var (
	opUsage       = operation{name: "FlowdUsage", doing: "read how many invites are used"}
	opUsagePeriod = operation{name: "FlowdUsagePeriod", doing: "read how many invites are used"}
)

// Usage is what the account has used of its plan.
type Usage struct {
	Invites int // in the period
	// From and To bound the period; both are zero where Hireflix does not say.
	From, To time.Time
}

type usagePeriodQuery struct {
	Usage *struct {
		Interviews word
		Period     []instant
	}
}

type usageQuery struct {
	Usage *struct{ Interviews word }
}

// Usage reads how many invites of the period are used. The query is known from a
// connector's list of operations alone, so that every failure is to be expected:
// it tells the caller that nothing is known, and nothing else.
func (c *Client) Usage(ctx context.Context) (Usage, error) {
	answer, err := query[usagePeriodQuery](ctx, c, opUsagePeriod, nil)
	if err == nil && answer.Usage != nil {
		u, err := used(answer.Usage.Interviews)
		if p := answer.Usage.Period; err == nil && len(p) == 2 && p[0].at.Before(p[1].at) {
			u.From, u.To = p[0].at, p[1].at
		}
		return u, err
	}
	if err != nil && !errors.Is(err, errRefusedBySchema) && !fault.Is(err, fault.Unknown) {
		return Usage{}, err
	}
	smaller, err := query[usageQuery](ctx, c, opUsage, nil)
	if err != nil {
		return Usage{}, told(opUsage, err)
	}
	if smaller.Usage == nil {
		return Usage{}, fault.New(fault.Unknown, opUsage.doing, "the answer holds no usage")
	}
	return used(smaller.Usage.Interviews)
}

func used(w word) (Usage, error) {
	n, err := strconv.Atoi(string(w))
	if err != nil || n < 0 {
		return Usage{}, fault.New(fault.Unknown, opUsage.doing, "the answer holds no number of invites")
	}
	return Usage{Invites: n}, nil
}
