package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Unmapped is a job with a mapped stage that no row of the map covers, and how many
// stand there.
type Unmapped struct {
	ATS    string   `json:"ats"`
	Job    string   `json:"job"`
	ID     string   `json:"id,omitempty"` // the job's
	Stage  string   `json:"stage"`
	People int      `json:"people"`
	Held   int      `json:"held,omitempty"` // how many of them are held for a person
	Rules  []string `json:"rules"`          // those that look at the stage
}

// UnmappedJobs is what the map forgot, and what of it leads to nothing.
type UnmappedJobs struct {
	// Jobs are those that no row covers, most people first. One where nobody stands
	// is known where its ATS lists its jobs.
	Jobs []Unmapped `json:"jobs"`
	// Rows are those whose job, stage or position is not there, or not any more.
	Rows []rules.Dangling `json:"rows"`
	// Partial tells that there are more applications than were looked at.
	Partial bool `json:"partial,omitempty"`
}

// mostUnmapped bounds the applications that one answer looks at.
const mostUnmapped = 200_000

// unmapped lists what the map of the serving rules forgot.
func (a api) unmapped(r *http.Request) (any, error) {
	set := a.Rules()
	if set == nil {
		return nil, &Problem{Status: http.StatusConflict, Text: "there are no sound rules: run `flowd check`"}
	}
	return Presence{Store: a.Store, Rules: set, Decide: a.Decide, Now: a.Now()}.Unmapped(r.Context(), a.Info())
}

// Unmapped finds the jobs with people in a mapped stage, or with such a stage at
// least, that no row covers, and the rows that lead to nothing.
func (q Presence) Unmapped(ctx context.Context, info Info) (UnmappedJobs, error) {
	found := holes{}
	seen, err := q.every(ctx, state.Filter{Subject: state.Standing, Pick: q.mapped}, func(f state.Found) {
		for _, t := range f.Told {
			if of := uncovered(q.asked(t).Decisions); of != nil {
				found.add(t.Event.ATS, t.Facts.Application.Job, t.Facts.Application.Stage, of).People++
			}
		}
	})
	if err != nil {
		return UnmappedJobs{}, err
	}
	held := state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Held}, Reasons: []flowd.Reason{flowd.ReasonUnmapped}}
	waiting, err := q.every(ctx, held, func(f state.Found) {
		for _, row := range f.Rows {
			u := found.add(row.Action.ATS, row.Action.Job, row.Action.Stage, []string{row.Action.Rule})
			u.People++
			u.Held++
		}
	})
	if err != nil {
		return UnmappedJobs{}, err
	}
	closed, err := q.closed(ctx, info)
	if err != nil {
		return UnmappedJobs{}, err
	}
	for _, s := range info.Systems {
		q.open(s, found)
		closed = append(closed, s.Rules())
	}
	var positions []flowd.Position
	if !info.PositionsAt.IsZero() {
		positions = append([]flowd.Position{}, info.Positions...)
	}
	out := UnmappedJobs{Jobs: found.sorted(), Rows: q.Rules.Dangling(closed, positions), Partial: max(seen, waiting) >= mostUnmapped}
	if out.Rows == nil {
		out.Rows = []rules.Dangling{}
	}
	return out, nil
}

// every goes through the pages of a search.
func (q Presence) every(ctx context.Context, f state.Filter, each func(state.Found)) (seen int, err error) {
	for page := (state.Page{Limit: 1000}); ; {
		found, err := q.Store.Find(ctx, f, page)
		if err != nil {
			return seen, err
		}
		each(found)
		seen += len(found.Told) + len(found.Rows)
		if found.Next == "" || seen >= mostUnmapped {
			return seen, nil
		}
		page.After = found.Next
	}
}

// open adds the jobs that an ATS lists, where no row covers them, nobody stands
// there and people can come to a mapped stage.
func (q Presence) open(s System, found holes) {
	stages := map[string]flowd.Stage{}
	for _, stage := range s.Stages {
		stages[stage.Key()] = stage
	}
	for _, job := range s.Jobs {
		if found.has(s.ATS, job) || q.Rules.Covers(s.ATS, job) {
			continue
		}
		for _, key := range s.Pipelines[job.ID] {
			if of := q.Rules.Mapped(s.ATS, stages[key]); !stages[key].IsZero() && len(of) > 0 {
				found.add(s.ATS, job, stages[key], of)
				break
			}
		}
	}
}

// closed are the jobs of which events told that they were closed, by ATS, where it
// lists none itself. Somebody who came to one later opened it again.
func (q Presence) closed(ctx context.Context, info Info) ([]rules.System, error) {
	listed := func(ats string) bool {
		return slices.ContainsFunc(info.Systems, func(s System) bool { return s.ATS == ats && s.Jobs != nil })
	}
	if !slices.ContainsFunc(info.Sources, func(s SourceInfo) bool { return s.ATS != "" && !listed(s.ATS) }) {
		return nil, nil
	}
	type of struct{ ats, job string }
	later, seen := map[of]bool{}, map[string]int{}
	var out []rules.System
	pick := func(t state.Told) bool { // newest first
		job, ats := t.Event.Application.Job, t.Event.ATS
		at := of{ats, cmp.Or(job.ID, job.Name)}
		switch {
		case listed(ats) || later[at] || at.job == "":
		case t.Event.Type == flowd.JobClosed:
			later[at] = true
			i, ok := seen[ats]
			if !ok {
				i, out = len(out), append(out, rules.System{ATS: ats})
				seen[ats] = i
			}
			out[i].ClosedJobs = append(out[i].ClosedJobs, job)
		case t.Event.Type == flowd.ApplicationCreated, t.Event.Type == flowd.StageEntered && t.Facts.Novelty == flowd.Fresh:
			later[at] = true
		}
		return false
	}
	_, err := q.Store.Find(ctx, state.Filter{Subject: state.Events, Pick: pick}, state.Page{Limit: 1})
	return out, err
}

// uncovered are the rules that look at a stage where no row of any fits; nil
// where one does, or none looks.
func uncovered(decisions []flowd.Decision) (rules []string) {
	for _, d := range decisions {
		switch {
		case d.Reason == flowd.ReasonUnmapped:
			rules = append(rules, d.Rule)
		case d.Verdict == flowd.Matched, d.Verdict == flowd.Skipped, d.Verdict == flowd.Failed:
			return nil
		}
	}
	return rules
}

type hole struct{ ats, job, stage string }

type holes map[hole]*Unmapped

func (h holes) add(ats string, job flowd.Job, stage flowd.Stage, rules []string) *Unmapped {
	at := hole{ats, cmp.Or(job.ID, job.Name), stage.Key()}
	if h[at] == nil {
		h[at] = &Unmapped{ATS: ats, Job: nameOf(job.Name, job.ID), ID: job.ID, Stage: nameOf(stage.Name, stage.ID), Rules: []string{}}
	}
	for _, id := range rules {
		if !slices.Contains(h[at].Rules, id) {
			h[at].Rules = append(h[at].Rules, id)
		}
	}
	return h[at]
}

func (h holes) has(ats string, job flowd.Job) bool {
	for at := range h {
		if at.ats == ats && at.job == cmp.Or(job.ID, job.Name) {
			return true
		}
	}
	return false
}

func (h holes) sorted() []Unmapped {
	out := make([]Unmapped, 0, len(h))
	for _, u := range h {
		slices.Sort(u.Rules)
		out = append(out, *u)
	}
	slices.SortFunc(out, func(x, y Unmapped) int {
		return cmp.Or(cmp.Compare(y.People, x.People), cmp.Compare(x.ATS, y.ATS), cmp.Compare(x.Job, y.Job), cmp.Compare(x.Stage, y.Stage))
	})
	return out
}
