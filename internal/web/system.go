package web

import (
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/rules"
)

// System is what an ATS has, as its source last listed it. ReadAt is zero while
// nothing was ever read.
type System struct {
	ATS    string    `json:"ats"`
	ReadAt time.Time `json:"read,omitzero"`
	// Problem is why it, or a part of it, could not be read when that was last
	// tried; empty where all is well.
	Problem string `json:"problem,omitempty"`
	connectors.Inventory
	// FormerJobs and FormerStages were listed before, and are not any more, or under
	// another name; newest first.
	FormerJobs   []flowd.Job   `json:",omitempty"`
	FormerStages []flowd.Stage `json:",omitempty"`
	// Pipelines are the keys of the stages of jobs that no row covers, by the job's
	// id.
	Pipelines map[string][]string `json:",omitempty"`
}

// Rules is the system as rules are held against it.
func (s System) Rules() rules.System {
	out := rules.System{ATS: s.ATS, Jobs: s.Jobs, Stages: s.Stages, Partial: s.Partial, FormerJobs: s.FormerJobs, FormerStages: s.FormerStages}
	if s.Fields != nil {
		out.Fields = make([]rules.SystemField, len(s.Fields))
	}
	for i, f := range s.Fields {
		out.Fields[i] = rules.SystemField{Member: f.Member, Field: f.Field, Values: f.Values}
	}
	return out
}

// SystemStatus is how much an ATS lists, and how fresh that is.
type SystemStatus struct {
	ATS     string    `json:"ats"`
	Jobs    int       `json:"jobs"`
	Stages  int       `json:"stages"`
	Fields  int       `json:"fields"`
	ReadAt  time.Time `json:"read,omitzero"`
	Problem string    `json:"problem,omitempty"`
}

func statusOf(systems []System) []SystemStatus {
	out := make([]SystemStatus, len(systems))
	for i, s := range systems {
		out[i] = SystemStatus{ATS: s.ATS, Jobs: len(s.Jobs), Stages: len(s.Stages), Fields: len(s.Fields), ReadAt: s.ReadAt, Problem: s.Problem}
	}
	return out
}
