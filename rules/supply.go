package rules

import (
	"slices"
	"strings"

	"flowd"
	"flowd/internal/expression"
)

// learn keeps what the configuration says of the sources.
func (b *book) learn(sources []Source) {
	b.supplied, b.told = map[string]map[string]bool{}, map[string]map[string]bool{}
	b.systems, b.kinds = map[string]string{}, map[string]map[string]string{}
	for _, s := range sources {
		b.supplied[s.Name] = map[string]bool{}
		if b.told[s.ATS] == nil {
			b.told[s.ATS], b.kinds[s.ATS] = map[string]bool{}, map[string]string{}
		}
		for _, m := range s.Members {
			b.supplied[s.Name][m], b.told[s.ATS][m] = true, true
		}
		b.systems[FoldName(s.Name)] = s.ATS
		for name, kind := range s.StageKinds {
			known := b.kinds[s.ATS]
			if name = FoldName(name); known[name] == "" || endingOf(known[name]) == goesOn { // the more careful of two wins
				known[name] = kind
			}
		}
	}
}

// supplies tells what an event's source lets conditions see; of an interview's
// event, the sources of its application. Of a source that the configuration does
// not name, all but what is a guess where it is absent.
func (b *book) supplies(ev flowd.Event) func(member string) bool {
	known, ok := b.supplied[ev.Source]
	if !ok && ev.Type.OfInterview() {
		known, ok = b.told[ev.ATS]
		ok = ok || ev.ATS == flowd.Untied && len(b.supplied) > 0 // no source tells of its application
	}
	return func(member string) bool {
		if !ok {
			return member != "candidate.can_email" && member != "candidate.is_internal"
		}
		return known[member] || !fromSource(member)
	}
}

// sees are the sources whose events a rule can act on: those that its rows name,
// if all of them name one.
func (c *compiler) sees(r *Rule) []Source {
	names := map[string]bool{}
	if r.Reaction {
		if len(r.trigger.cells[colSource]) == 0 {
			return c.sources
		}
		for _, s := range r.trigger.cells[colSource] {
			names[FoldName(s)] = true
		}
	}
	for _, row := range r.rows {
		if !row.named.has(colSource) {
			return c.sources
		}
		for _, s := range row.cells[colSource] {
			names[FoldName(s)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(c.sources), func(s Source) bool { return !names[FoldName(s.Name)] })
}

// checkSupply refuses a condition or column that no source can fill: it could
// never be answered.
func (c *compiler) checkSupply(r *Rule) {
	sources := c.sees(r)
	check := func(at place, reads expression.Reads) {
		c.checkReads(at, sources, reads)
		if r.Reaction {
			c.checkEarly(r.trigger, at, reads.Members)
		}
	}
	for _, cond := range slices.Concat(r.ifs, r.unless) {
		check(cond.place, cond.Reads())
	}
	for _, st := range r.steps {
		for _, cond := range st.ifs {
			check(cond.place, cond.Reads())
		}
		for _, text := range []string{st.Target, st.Text} {
			if t, ok := c.templates[text]; ok {
				check(st.place, t.Reads())
			}
		}
	}
	if r.Reaction {
		for col, cells := range r.trigger.cells {
			if len(cells) > 0 && columnMembers[col] != "" {
				c.supplied(r.trigger.place, sources, columnMembers[col], column(col).String())
			}
		}
	}
	var checked columnSet // each column once: a table has it in every row
	for _, row := range r.rows {
		for col := range columnCount {
			if row.named.has(col) && columnMembers[col] != "" && !checked.has(col) {
				checked = checked.with(col)
				c.supplied(row.place, sources, columnMembers[col], "the column "+col.String())
			}
		}
	}
}

func (c *compiler) checkReads(at place, sources []Source, reads expression.Reads) {
	members := reads.Members
	for _, f := range reads.Fields {
		c.fields[FoldName(f.Name)] = true
		if !slices.Contains(members, "field") {
			members = append(slices.Clone(members), "field")
		}
	}
	for _, m := range members {
		c.supplied(at, sources, m, m)
	}
}

// checkEarly warns of what nobody can know yet when the event happens.
func (c *compiler) checkEarly(t *trigger, at place, members []string) {
	if t.timer.waits() || len(t.events) != 1 {
		return
	}
	unknown := map[flowd.EventType][]string{
		flowd.InterviewInvited:  {"interview.score", "interview.duration", "interview.finished_at", "recording_link", "transcript"},
		flowd.InterviewFinished: {"interview.score"},
	}[t.events[0]]
	for _, m := range members {
		if slices.Contains(unknown, m) {
			c.report.warn(at, "too-early", "let the rule follow a later event, such as interview.scored", "%s is not known yet when %s", m, happening(t.events[0]))
		}
	}
}

func (c *compiler) supplied(at place, sources []Source, member, shown string) {
	if len(sources) == 0 || !fromSource(member) {
		return
	}
	var names []string
	for _, s := range sources {
		if slices.Contains(s.Members, member) {
			return
		}
		names = append(names, s.Name)
	}
	if member == "field" {
		shown = "custom fields"
	}
	hint := "its sources: " + strings.Join(names, ", ")
	if told := tellable(sources, member); told != "" {
		hint = "told are: " + told
	}
	c.report.error(at, "not-supplied", hint, "no source tells %s", shown)
}

// tellable are the members of the same group that the sources supply.
func tellable(sources []Source, member string) string {
	group, _, _ := strings.Cut(member, ".")
	var out []string
	for _, s := range sources {
		for _, m := range s.Members {
			if strings.HasPrefix(m, group+".") && !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
