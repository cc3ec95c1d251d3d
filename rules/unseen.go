package rules

import (
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// Seen is what events have told so far: for the question whether a rule speaks of
// something that is there. An empty list is not asked.
type Seen struct {
	Jobs, Stages []string
	Fields       []flowd.FieldSeen
	Values       []ValuesSeen
	ValuesSince  time.Time // what Values are of; at most UnseenAfter ago
	// Systems are what the ATSs themselves list: what one lists is there though no
	// event has told of it, and what none of those that a rule is about lists is not.
	Systems []System
}

// UnseenAfter is how long a custom field, or a value, may be away before a rule
// that reads it is doubtful.
const UnseenAfter = 30 * 24 * time.Hour

// Unseen warns of stages and jobs that no event has told of, and of custom fields
// and values that none has had for 30 days: most often they are misspelt, or
// renamed in the ATS. Ids and what disabled rules name are passed over. What the
// systems list decides, where they do: a stage or job that there never was is an
// error.
func (s *Set) Unseen(seen Seen, now time.Time) []strictyaml.Problem {
	u := unseen{report: newReport(s.files), stages: foldedNames(seen.Stages), jobs: foldedNames(seen.Jobs), seen: seen,
		fields: map[string]bool{}, instead: map[wanted]string{}, systems: s.against(seen.Systems), since: now.UTC().Add(-UnseenAfter).Format(time.DateOnly)}
	for _, f := range seen.Fields {
		if f.Day >= u.since {
			u.fields[FoldName(f.Name)] = true
		}
	}
	for _, r := range s.rules {
		if r.Mode != Disabled {
			u.of = u.systems.asked(s.sourcesOf(r))
			u.rule(r, s.templates)
		}
	}
	return u.report.sorted()
}

type unseen struct {
	report       *report
	stages, jobs map[string]bool
	fields       map[string]bool // within the 30 days
	seen         Seen
	since        string
	instead      map[wanted]string // what ValuesSeen.instead said
	systems      *systemsKnown
	of           []string // the systems that the place at hand is about
}

func foldedNames(names []string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[FoldName(n)] = true
	}
	return out
}

func (u unseen) rule(r *Rule, templates map[string]*expression.Template) {
	for _, stage := range r.stages {
		u.stage(r.named, stage)
	}
	for _, row := range r.rows {
		u := u
		u.of = u.systems.asked(row.cells[colSource])
		for _, stage := range row.cells[colStage] {
			u.stage(row.place, stage)
		}
		for _, job := range row.cells[colJob] {
			u.job(row.place, job)
		}
		u.cells(row.place, row.cells)
	}
	if r.trigger != nil {
		for _, stage := range slices.Concat(r.trigger.cells[colStage], r.trigger.from) {
			u.stage(r.trigger.place, stage)
		}
		for _, job := range r.trigger.cells[colJob] {
			u.job(r.trigger.place, job)
		}
		u.cells(r.trigger.place, r.trigger.cells)
	}
	for _, cond := range r.everyCondition() {
		u.read(cond.place, cond.Reads())
		u.literals(cond.place, cond.Reads())
	}
	for _, st := range r.steps {
		u.step(st, templates)
		for _, text := range []string{st.Target, st.Text} {
			if t, ok := templates[text]; ok {
				u.read(st.place, t.Reads())
			}
		}
	}
}

func (u unseen) stage(at place, name string) {
	if u.listed(at, "stage", name, u.systems.stages(u.of)) {
		return
	}
	if len(u.stages) > 0 && !u.stages[FoldName(name)] && !isID(name) {
		u.report.warn(at, "unseen-stage", didYouMean(name, u.seen.Stages, "seen: "+some(u.seen.Stages)), "no event has told of a stage %q", name)
	}
}

func (u unseen) job(at place, name string) {
	if u.listed(at, "job", name, u.systems.jobs(u.of)) {
		return
	}
	if len(u.jobs) > 0 && !u.jobs[FoldName(name)] && !isID(name) {
		u.report.warn(at, "unseen-job", didYouMean(name, u.seen.Jobs, "it may be new, or named otherwise in the ATS"), "no event has told of a job %q", name)
	}
}

func (u unseen) read(at place, reads expression.Reads) {
	for _, f := range reads.Fields {
		if u.fields[FoldName(f.Name)] || u.listed(at, "field", f.Name, u.systems.fields(u.of)) || len(u.seen.Fields) == 0 {
			continue
		}
		var names []string
		last := ""
		for _, known := range u.seen.Fields {
			names = append(names, known.Name)
			if FoldName(known.Name) == FoldName(f.Name) {
				last = max(last, known.Day)
			}
		}
		if last != "" {
			u.report.warn(at, "unseen-field", "look whether it is named otherwise in the ATS now", "the custom field %q was last seen on %s", f.Name, last)
		} else {
			u.report.warn(at, "unseen-field", didYouMean(f.Name, names, "flowd names fields lists those that were seen"), "no event has had a custom field %q", f.Name)
		}
	}
}

// isID tells what is more likely an id than a name: events know jobs and stages
// by both, and only names are kept in lists.
func isID(name string) bool {
	return strings.ContainsAny(name, "0123456789") && !strings.Contains(name, " ")
}

// some are the first few of the names.
func some(names []string) string {
	const shown = 8
	if len(names) > shown {
		names = append(slices.Clone(names[:shown]), "…")
	}
	return strings.Join(names, ", ")
}
