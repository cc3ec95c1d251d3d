package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"flowd"
)

// Names is what can be written in a rule.
type Names struct {
	Positions []NamedPosition   `json:"positions"`
	ReadAt    time.Time         `json:"positions_read,omitzero"`
	Fields    []flowd.FieldSeen `json:"fields"`
	Sources   []SourceInfo      `json:"sources"`
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
	return n, nil
}
