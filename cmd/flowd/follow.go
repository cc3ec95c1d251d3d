package main

import (
	"context"
	"fmt"
	"time"

	"flowd/internal/web"
)

// How long a command watches what became of its orders: for ever is a person's
// decision, whom `flowd list` serves better.
const (
	followFor  = 10 * time.Minute
	followCalm = 20 * time.Second // without any news
	followPace = 250 * time.Millisecond
)

// follow calls settled for each order that has come to its end, until all have
// or nothing moves any more, and returns those that have not.
func (a *app) follow(ctx context.Context, c *web.Client, orders []string, show bool, settled func(web.Standing)) (left map[string]web.Standing, err error) {
	left = map[string]web.Standing{}
	open := orders
	end, calm := time.Now().Add(followFor), time.Now().Add(followCalm)
	for pace := followPace; ; pace = min(2*pace, 2*time.Second) {
		var still []string
		for begin := 0; begin < len(open); begin += web.MaxRows {
			part := open[begin:min(begin+web.MaxRows, len(open))]
			var standings []web.Standing
			if err := c.Post(ctx, "/api/v1/orders", web.OrdersQuestion{Keys: part, Show: show}, &standings); err != nil {
				return left, err
			}
			for _, s := range standings {
				if !s.Settled {
					still, left[s.Order] = append(still, s.Order), s
					continue
				}
				delete(left, s.Order)
				settled(s)
			}
		}
		now := time.Now()
		if len(still) < len(open) {
			calm, pace = now.Add(followCalm), followPace
		}
		if open = still; len(open) == 0 || now.After(end) || now.After(calm) {
			return left, nil
		}
		select {
		case <-ctx.Done():
			return left, nil
		case <-time.After(pace):
		}
	}
}

// standingLine is where one order stands.
func (a *app) standingLine(s web.Standing) string {
	whom := s.Name
	if s.Email != "" {
		whom += " " + s.Email
	}
	line := fmt.Sprintf("%s  %s, application %s", a.paint(colourOf(s.Word), string(s.Word)), whom, s.Application)
	if s.Position != "" {
		line += " → " + s.Position
	}
	if s.Why != "" {
		line += ": " + s.Why
	}
	return line
}
