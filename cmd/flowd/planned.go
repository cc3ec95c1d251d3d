package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd/internal/web"
)

// planView is how a plan is shown.
type planView struct {
	quota int  // invites of a period; 0 where nobody said
	show  bool // addresses are there to be seen
	all   bool // who stands there, to the last
}

// mostNamed is how many people a terminal shows for one cause.
const mostNamed = 20

// showPlan shows the counts first, then who, under what makes it so.
func (a *app) showPlan(p web.Plan, v planView) error {
	line := func(title, format string, args ...any) {
		fmt.Fprintf(a.Out, "%-11s%s\n", title, a.paragraph(11, plainText, fmt.Sprintf(format, args...)))
	}
	fmt.Fprintln(a.Out, a.paint(bold, plural(p.Events, "recorded event", "recorded events")+" since "+when(p.Since)))
	line("people", "%s", tally(p.Changes))
	line("reactions", "%s", tally(p.Reactions))
	line("owed", "%s", tally(p.Waiting))
	standing := plural(p.Standing, "person stands", "people stand") + " in a mapped stage, never invited for it"
	if p.Standing > 0 && !v.all {
		standing += ": `flowd apply --include-waiting` sends them on"
	}
	if p.Unclear > 0 {
		standing += fmt.Sprintf("; of %d more nobody can tell", p.Unclear)
	}
	line("standing", "%s", standing)
	days := time.Since(p.Since).Hours() / 24
	line("invites", "%d before, %d after (%.1f a day, then %.1f); %d waiting or held, then %d", p.Before, p.After,
		float64(p.Before)/days, float64(p.After)/days, p.Owing, p.OwingAfter())
	if text := quotaInWords(p, v.quota, time.Now()); text != "" {
		line("quota", "%s", text)
	}
	for _, kept := range p.Fields {
		since := "is not kept yet: it is from when the rules serve"
		if !kept.Since.IsZero() {
			since = "is kept since " + when(kept.Since)
		}
		line("field", "%s %s", kept.Name, since)
	}
	for _, part := range []plannedPart{
		{"People", p.People, count(p.Changes), p.Causes}, {"What follows", p.Reacted, count(p.Reactions), p.Causes},
		{"Work that is owed", p.Owed, count(p.Waiting), nil}, {"Who stands there already", p.Stand, p.Standing + p.Unclear, nil},
	} {
		if err := a.plannedPart(part, v); err != nil {
			return err
		}
	}
	for _, note := range p.Notes {
		fmt.Fprintln(a.Err, note)
	}
	return nil
}

func count(of map[web.Change]int) (n int) {
	for _, some := range of {
		n += some
	}
	return n
}

// plannedPart is one list of a plan: who is named, of how many, and how many there
// are of each cause where that is counted.
type plannedPart struct {
	title  string
	who    []web.Planned
	of     int
	causes []web.Cause
}

// plannedPart shows people by what makes things otherwise for them.
func (a *app) plannedPart(part plannedPart, v planView) error {
	if len(part.who) == 0 {
		return nil
	}
	fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, part.title))
	groups := map[web.Cause][]web.Planned{}
	for _, p := range part.who {
		c := web.Cause{Change: p.Change, Rule: p.Rule, Does: p.Does, Adverse: p.Adverse, Why: p.Why}
		if p.Change == "" { // who stands there: each was left out for a reason of their own
			c.Why, c.Does = "", p.Position
		}
		groups[c] = append(groups[c], p)
	}
	order := map[web.Change]int{}
	for i, c := range web.ChangeList() {
		order[c] = i
	}
	causes := slices.SortedFunc(maps.Keys(groups), func(x, y web.Cause) int {
		return cmp.Or(order[x.Change]-order[y.Change], len(groups[y])-len(groups[x]), strings.Compare(x.Rule, y.Rule), strings.Compare(x.Does, y.Does), strings.Compare(x.Why, y.Why))
	})
	for _, c := range causes {
		people := len(groups[c])
		for _, counted := range part.causes {
			if n := counted.People; n > people {
				if counted.People = 0; counted == c {
					people = n
				}
			}
		}
		a.causeLine(c, people)
		shown := groups[c]
		if a.screen() > 0 && !v.all {
			shown = shown[:min(len(shown), mostNamed)]
		}
		if err := a.plannedTable(shown, v); err != nil {
			return err
		}
		if more := people - len(shown); more > 0 {
			fmt.Fprintln(a.Out, a.paint(dim, fmt.Sprintf("    and %d more", more)))
		}
	}
	if len(part.who) < part.of {
		fmt.Fprintf(a.Err, "only the first %d of %d are named\n", len(part.who), part.of)
	}
	return nil
}

// causeLine says what is otherwise, by which rule, for how many, and why.
func (a *app) causeLine(c web.Cause, people int) {
	head := string(c.Change) + " by " + c.Rule
	switch {
	case c.Change == "":
		head = "would be invited by " + c.Rule + " to " + strconv.Quote(c.Does)
	case c.Change == web.CannotTell:
		head = "cannot tell, for the rule " + c.Rule
	case c.Does != "":
		head = c.Does + " " + head
	}
	if c.Rule == "" {
		head = strings.TrimSuffix(head, " by ")
	}
	if c.Adverse {
		head += ", after a person's yes: it ends somebody's application"
	}
	fmt.Fprintf(a.Out, "%s\n", a.paint(colourOfChange(c.Change), fmt.Sprintf("%3d %s", people, head)))
	if c.Why != "" {
		fmt.Fprintf(a.Out, "    %s\n", a.paragraph(4, dim, c.Why))
	}
}

func (a *app) plannedTable(who []web.Planned, v planView) error {
	rows := make([][]cell, len(who))
	for i, p := range who {
		position, at, left := p.Position, when(p.At), ""
		switch {
		case p.Change == "":
			position, left = "", p.Why
		case p.Change == web.WouldBeLater || p.Change == web.WouldBeEarlier:
			position, at = "", was(p.Was)+" → "+cmp.Or(at, "at once")
		case position == "":
			position = p.Was
		case p.Was != "":
			position = p.Was + " → " + position
		}
		if !v.show {
			p.Email = ""
		}
		rows[i] = plainCells("   ", p.Name, p.Email, p.Job, p.Stage, position, at, p.Application, p.Key, left)
	}
	return a.table([]string{" ", "NAME", "ADDRESS", "JOB", "STAGE", "POSITION", "AT", "APPLICATION", "KEY", prose}, rows)
}

// was is a time before, which is told as text.
func was(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return when(at)
	}
	return text
}

func colourOfChange(c web.Change) colour {
	switch c {
	case web.WouldInvite, web.WouldNotHold, web.WouldDo, "":
		return green
	case web.WouldNotInvite, web.WouldNotDo:
		return red
	case web.CannotTell:
		return dim
	}
	return yellow
}

// tally is the counts in words: +14 would be invited, −3 no longer invited, 2 later.
func tally(counts map[web.Change]int) string {
	var parts []string
	for _, c := range web.ChangeList() {
		n := counts[c]
		if n == 0 {
			continue
		}
		sign := map[web.Change]string{web.WouldInvite: "+", web.WouldDo: "+", web.WouldNotInvite: "−", web.WouldNotDo: "−"}[c]
		parts = append(parts, fmt.Sprintf("%s%d %s", sign, n, c))
	}
	if len(parts) == 0 {
		return "nothing changes"
	}
	return strings.Join(parts, ", ")
}

// quotaInWords is what is used of a period's invites, and when they are used up.
func quotaInWords(p web.Plan, of int, now time.Time) string {
	if p.Quota == nil {
		if of == 0 {
			return ""
		}
		return "Hireflix has not told how many are used"
	}
	out := fmt.Sprintf("%d used", p.Quota.Used)
	if of > 0 {
		out = fmt.Sprintf("%d of %d used", p.Quota.Used, of)
	}
	if !p.Quota.To.IsZero() {
		out += " of the period until " + p.Quota.To.Local().Format("2 Jan 2006")
	}
	if of == 0 {
		return out + "; --quota N tells when the N of your plan are used up"
	}
	before, after := p.RunsOut(of, now)
	return out + "; they last until " + lasts(before) + " before, " + lasts(after) + " after"
}

func lasts(until time.Time) string {
	if until.IsZero() {
		return "the period ends"
	}
	return until.Local().Format("2 Jan 2006")
}
