package web

import (
	"context"
	"sync"
	"time"

	"flowd"
	"flowd/state"
)

const (
	chartDays = 30
	// An interview can be finished long after its invite went out: older invites
	// are looked at, too.
	chartReach = 3 * chartDays * 24 * time.Hour
	maxCharted = 20_000
	chartFresh = time.Minute
)

// chart is the last days as bars: how many were invited, and how many finished.
type chart struct {
	Days              []chartDay
	Invited, Finished int
	Top               int  // the scale's upper end
	Partly            bool // more invites than are looked at
}

// chartDay is one day, with its bars in the units of the drawing.
type chartDay struct {
	Date              time.Time
	Invited, Finished int
	Left              bar
	Right             bar
	Label             string // under the axis; not every day has one
}

type bar struct{ X, Y, Width, Height float64 }

// The drawing's own units; the page scales it.
const (
	chartWidth  = 720.0
	chartHeight = 160.0
	barGap      = 2.0
)

// chartCache keeps the chart for a minute: it looks at many rows.
type chartCache struct {
	mu   sync.Mutex
	at   time.Time
	last chart
}

func (c *chartCache) of(ctx context.Context, store state.Ledger, now time.Time) (chart, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.at.IsZero() && now.Sub(c.at).Abs() < chartFresh {
		return c.last, nil
	}
	rows, partly, err := invitedSince(ctx, store, now.Add(-chartReach))
	if err != nil {
		return chart{}, err
	}
	c.at, c.last = now, draw(rows, now)
	c.last.Partly = partly
	return c.last, nil
}

// invitedSince are the newest invites that went out.
func invitedSince(ctx context.Context, store state.Ledger, since time.Time) (rows []state.Row, partly bool, err error) {
	f := state.Filter{Subject: state.Actions, Kind: flowd.ActionInvite, States: flowd.WordInvited.States(), Since: since}
	for page := (state.Page{Limit: 1000}); ; {
		found, err := store.Find(ctx, f, page)
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, found.Rows...)
		if found.Next == "" || len(rows) >= maxCharted {
			return rows, found.Next != "", nil
		}
		page.After = found.Next
	}
}

// draw counts by day, in the zone of now.
func draw(rows []state.Row, now time.Time) chart {
	var c chart
	index := map[string]int{}
	for i := range chartDays {
		day := now.AddDate(0, 0, i+1-chartDays)
		index[day.Format(time.DateOnly)] = i
		c.Days = append(c.Days, chartDay{Date: day})
	}
	on := func(t time.Time) *chartDay {
		if i, ok := index[t.In(now.Location()).Format(time.DateOnly)]; ok && !t.IsZero() {
			return &c.Days[i]
		}
		return nil
	}
	for _, row := range rows {
		if row.Action.Kind != flowd.ActionInvite {
			continue
		}
		if d := on(invitedAt(row)); d != nil {
			d.Invited++
			c.Invited++
		}
		if d := on(finishedAt(row)); d != nil {
			d.Finished++
			c.Finished++
		}
	}
	c.place()
	return c
}

// invitedAt is when the invite went out.
func invitedAt(row state.Row) time.Time {
	for _, s := range row.Steps {
		if s.State.Word() == flowd.WordInvited {
			return s.At
		}
	}
	return row.Updated
}

// finishedAt is when the candidate finished, or zero.
func finishedAt(row state.Row) time.Time {
	switch {
	case !row.Interview.Answered:
		return time.Time{}
	case row.Interview.CompletedAt.IsZero():
		return row.Updated
	}
	return row.Interview.CompletedAt
}

// place turns counts into bars.
func (c *chart) place() {
	c.Top = 4
	for _, d := range c.Days {
		c.Top = max(c.Top, d.Invited, d.Finished)
	}
	c.Top += c.Top % 2 // the middle line is a whole number
	slot := chartWidth / chartDays
	width := (slot - 3*barGap) / 2
	for i := range c.Days {
		d := &c.Days[i]
		rise := func(n int) float64 { return chartHeight * float64(n) / float64(c.Top) }
		x := float64(i)*slot + barGap
		d.Left = bar{x, chartHeight - rise(d.Invited), width, rise(d.Invited)}
		d.Right = bar{x + width + barGap, chartHeight - rise(d.Finished), width, rise(d.Finished)}
		if (chartDays-1-i)%7 == 0 {
			d.Label = d.Date.Format("2 Jan")
		}
	}
}

// Middle is the value of the line half-way up.
func (c chart) Middle() int { return c.Top / 2 }
