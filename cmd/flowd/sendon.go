package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"flowd"
	"flowd/internal/web"
)

// sendOn orders that people who stand in a stage are decided, and says what came
// of it.
func (a *app) sendOn(ctx context.Context, c *web.Client, o web.SendOnOrder, stand []web.Planned) error {
	if len(stand) == 0 {
		return nil
	}
	o.Batch = web.NewBatch(time.Now().Format("20060102"))
	var orders []string
	notes := map[string]int{}
	for part := range slices.Chunk(stand, web.MaxRows) {
		o.People = nil
		for _, p := range part {
			o.People = append(o.People, web.SentOn{ATS: p.ATS, Application: p.Application, Stage: p.Stage, StageID: p.StageID})
		}
		var answer []web.SentOn
		if err := c.Post(ctx, "/api/v1/send-on", o, &answer); err != nil {
			if len(orders) > 0 {
				fmt.Fprintf(a.Err, "%s sent on before this went wrong; running the command again goes on from there\n", plural(len(orders), "person was", "people were"))
			}
			return err
		}
		for _, p := range answer {
			if p.Order != "" {
				orders = append(orders, p.Order)
			} else if p.Note != "" {
				notes[p.Note]++
			}
		}
	}
	came, err := a.decided(ctx, c, orders)
	if err != nil {
		return err
	}
	for _, word := range flowd.Words() {
		for _, why := range sortedKeys(came[word]) {
			line := a.paint(colourOf(word), plural(came[word][why], "person", "people")) + " " + string(word)
			if why != "" {
				line += ": " + why
			}
			fmt.Fprintln(a.Out, line)
		}
	}
	for _, note := range sortedKeys(notes) {
		fmt.Fprintf(a.Out, "%s not sent on: %s\n", plural(notes[note], "person", "people"), note)
	}
	if len(orders) > 0 {
		fmt.Fprintf(a.Err, "`flowd list --batch %s` shows them, `flowd cancel --batch %s` ends what has not gone out\n", o.Batch, o.Batch)
	}
	return nil
}

// decided waits until orders were decided, and counts where each stands and why:
// what waits for its time is not waited for.
func (a *app) decided(ctx context.Context, c *web.Client, orders []string) (came map[flowd.Word]map[string]int, err error) {
	ctx, cancel := context.WithTimeout(ctx, maxServing)
	defer cancel()
	for pace := followPace; ; pace = min(2*pace, 2*time.Second) {
		open, now := 0, map[flowd.Word]map[string]int{}
		for part := range slices.Chunk(orders, web.MaxRows) {
			var standings []web.Standing
			err := c.Post(ctx, "/api/v1/orders", web.OrdersQuestion{Keys: part}, &standings)
			switch {
			case err != nil && ctx.Err() == nil:
				return nil, err
			case err != nil:
				return came, nil // they go on by themselves
			}
			for _, s := range standings {
				if now[s.Word] == nil {
					now[s.Word] = map[string]int{}
				}
				now[s.Word][s.Reason.InWords()]++
				if s.State == "" && !s.Settled {
					open++
				}
			}
		}
		if came = now; open == 0 {
			return came, nil
		}
		select {
		case <-ctx.Done():
			return came, nil
		case <-time.After(pace):
		}
	}
}
