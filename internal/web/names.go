package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Names is what can be written in a rule.
type Names struct {
	Positions []NamedPosition   `json:"positions"`
	ReadAt    time.Time         `json:"positions_read,omitzero"`
	Fields    []flowd.FieldSeen `json:"fields"`
	Sources   []SourceInfo      `json:"sources"`
	// Kept are the custom fields whose values are kept, folded: null before there are
	// any events.
	Kept []string `json:"kept"`
	// Systems are what the ATSs list that can be asked.
	Systems []System `json:"systems"`
	// Jobs and Stages are the names that events told, and Values what members and
	// custom fields of few possibilities had since then, where seen=1 asks.
	Jobs        []string           `json:"jobs,omitempty"`
	Stages      []string           `json:"stages,omitempty"`
	Values      []rules.ValuesSeen `json:"values,omitempty"`
	ValuesSince time.Time          `json:"values_since,omitzero"`
}

// NamedPosition is a Hireflix position and whether a rule names it.
type NamedPosition struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Archived bool   `json:"archived,omitempty"`
}

func (a api) names(r *http.Request) (any, error) {
	counts, err := a.Store.Counts(r.Context(), a.Now())
	if err != nil {
		return nil, err
	}
	info := a.Info()
	n := Names{Positions: []NamedPosition{}, ReadAt: info.PositionsAt, Fields: counts.Fields, Sources: info.Sources, Systems: info.Systems}
	for _, p := range info.Positions {
		n.Positions = append(n.Positions, NamedPosition{ID: p.ID, Name: p.Name, Archived: p.Archived})
	}
	slices.SortFunc(n.Positions, func(x, y NamedPosition) int { return strings.Compare(x.Name, y.Name) })
	if n.Fields == nil {
		n.Fields = []flowd.FieldSeen{}
	}
	if n.Systems == nil {
		n.Systems = []System{}
	}
	if a.Kept != nil {
		if n.Kept, err = a.Kept(r.Context()); err != nil {
			return nil, err
		}
	}
	if r.FormValue("seen") != "" {
		err = a.seen(r.Context(), &n)
	}
	return n, err
}

// Bounds of the look at events, of 1,000 on each page: for names, and for values,
// which are those of a while. It takes no longer than an answer may.
const (
	pagesOfNames  = 20
	pagesOfValues = 300
	lookAtMost    = 15 * time.Second
)

// seen adds the names of jobs and stages in the events that were taken in, and
// the values of the last while.
func (a api) seen(ctx context.Context, n *Names) error {
	jobs, stages := map[string]bool{}, map[string]bool{}
	var values rules.Values
	begun, since := time.Now(), a.Now().Add(-rules.UnseenAfter)
	page := state.Page{Limit: 1000}
	for i := range pagesOfValues {
		found, err := a.Store.Find(ctx, state.Filter{Subject: state.Events}, page)
		if err != nil {
			return err
		}
		late := 0
		for _, told := range found.Told {
			if !told.Event.Received.Before(since) {
				values.Add(told.Event, told.Facts)
				n.ValuesSince = told.Event.Received
				late++
			}
			if i >= pagesOfNames {
				continue
			}
			jobs[told.Event.Application.Job.Name], jobs[told.Facts.Application.Job.Name] = true, true
			for _, stage := range []flowd.Stage{told.Event.Stage, told.Event.From, told.Facts.Application.Stage} {
				stages[stage.Name] = true
			}
		}
		page.After = found.Next
		if page.After == "" || late < len(found.Told) {
			n.ValuesSince = since // all of the while was looked at
		}
		if page.After == "" || i >= pagesOfNames && late == 0 || time.Since(begun) > lookAtMost {
			break
		}
	}
	delete(jobs, "")
	delete(stages, "")
	n.Jobs, n.Stages, n.Values = slices.Sorted(maps.Keys(jobs)), slices.Sorted(maps.Keys(stages)), values.Seen()
	return nil
}
