package web

import (
	"cmp"
	"net/http"
	"slices"

	"flowd"
	"flowd/state"
)

// Unmapped is a job at whose mapped stage people stand whom no row of the map
// covers.
type Unmapped struct {
	ATS    string   `json:"ats"`
	Job    string   `json:"job"`
	ID     string   `json:"id,omitempty"` // the job's
	Stage  string   `json:"stage"`
	People int      `json:"people"`
	Held   int      `json:"held,omitempty"` // how many of them are held for a person
	Rules  []string `json:"rules"`          // those that look at the stage
}

// UnmappedJobs is the answer to what no row covers, most people first. Partial
// tells that there are more applications than were looked at.
type UnmappedJobs struct {
	Jobs    []Unmapped `json:"jobs"`
	Partial bool       `json:"partial,omitempty"`
}

// mostUnmapped bounds the applications that one answer looks at.
const mostUnmapped = 200_000

// unmapped lists the jobs with people at a mapped stage that no row of the
// serving rules covers.
func (a api) unmapped(r *http.Request) (any, error) {
	set := a.Rules()
	if set == nil {
		return nil, &Problem{Status: http.StatusConflict, Text: "there are no sound rules: run `flowd check`"}
	}
	found := holes{}
	seen, err := a.every(r, state.Filter{Subject: state.Left}, func(f state.Found) {
		for _, t := range f.Told {
			app := t.Facts.Application
			if t.Event.Type != flowd.StageEntered || app.Status != "" && app.Status != flowd.StatusActive {
				continue
			}
			// As if they came now: the rules may be others than those of the day.
			t.Facts.Novelty = flowd.Fresh
			if rules := uncovered(a.Decide(set, t.Event, t.Facts, a.Now())); rules != nil {
				found.add(t.Event.ATS, app.Job, t.Event.Stage, rules, 0)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	held := state.Filter{Subject: state.Actions, States: []flowd.ActionState{flowd.Held}, Reasons: []flowd.Reason{flowd.ReasonUnmapped}}
	waiting, err := a.every(r, held, func(f state.Found) {
		for _, row := range f.Rows {
			found.add(row.Action.ATS, row.Action.Job, row.Action.Stage, []string{row.Action.Rule}, 1)
		}
	})
	return UnmappedJobs{Jobs: found.sorted(), Partial: max(seen, waiting) >= mostUnmapped}, err
}

// every goes through the pages of a search.
func (a api) every(r *http.Request, f state.Filter, each func(state.Found)) (seen int, err error) {
	for page := (state.Page{Limit: 1000}); ; {
		found, err := a.Store.Find(r.Context(), f, page)
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

func (h holes) add(ats string, job flowd.Job, stage flowd.Stage, rules []string, held int) {
	at := hole{ats, cmp.Or(job.ID, job.Name), stage.Key()}
	if h[at] == nil {
		h[at] = &Unmapped{ATS: ats, Job: nameOf(job.Name, job.ID), ID: job.ID, Stage: nameOf(stage.Name, stage.ID), Rules: []string{}}
	}
	u := h[at]
	u.People++
	u.Held += held
	for _, id := range rules {
		if !slices.Contains(u.Rules, id) {
			u.Rules = append(u.Rules, id)
		}
	}
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
