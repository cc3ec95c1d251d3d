package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// Names is what can be written in a rule.
type Names struct {
	Positions []NamedPosition   `json:"positions"`
	ReadAt    time.Time         `json:"positions_read,omitzero"`
	Fields    []flowd.FieldSeen `json:"fields"`
	Sources   []SourceInfo      `json:"sources"`
	// Jobs and Stages are the names that events told, where seen=1 asks for them.
	Jobs   []string `json:"jobs,omitempty"`
	Stages []string `json:"stages,omitempty"`
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
	n := Names{Positions: []NamedPosition{}, ReadAt: info.PositionsAt, Fields: counts.Fields, Sources: info.Sources}
	for _, p := range info.Positions {
		n.Positions = append(n.Positions, NamedPosition{ID: p.ID, Name: p.Name, Archived: p.Archived})
	}
	slices.SortFunc(n.Positions, func(x, y NamedPosition) int { return strings.Compare(x.Name, y.Name) })
	if n.Fields == nil {
		n.Fields = []flowd.FieldSeen{}
	}
	if r.FormValue("seen") != "" {
		n.Jobs, n.Stages, err = a.seen(r.Context())
	}
	return n, err
}

// maxSeen is how many pages of events are looked at for names, of 1,000 each.
const maxSeen = 20

// seen are the names of jobs and stages in the events that were taken in.
func (a api) seen(ctx context.Context) (jobs, stages []string, err error) {
	jobNames, stageNames := map[string]bool{}, map[string]bool{}
	page := state.Page{Limit: 1000}
	for range maxSeen {
		found, err := a.Store.Find(ctx, state.Filter{Subject: state.Events}, page)
		if err != nil {
			return nil, nil, err
		}
		for _, told := range found.Told {
			jobNames[told.Event.Application.Job.Name], jobNames[told.Facts.Application.Job.Name] = true, true
			for _, stage := range []flowd.Stage{told.Event.Stage, told.Event.From, told.Facts.Application.Stage} {
				stageNames[stage.Name] = true
			}
		}
		if page.After = found.Next; page.After == "" {
			break
		}
	}
	delete(jobNames, "")
	delete(stageNames, "")
	return slices.Sorted(maps.Keys(jobNames)), slices.Sorted(maps.Keys(stageNames)), nil
}
