package rules

import (
	"slices"
	"strings"
)

// sees are the sources whose events a rule can act on: those that its rows name,
// if all of them name one.
func (c *compiler) sees(r *Rule) []Source {
	names := map[string]bool{}
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
	for _, cond := range slices.Concat(r.ifs, r.unless) {
		members := cond.Reads().Members
		for _, f := range cond.Reads().Fields {
			c.fields[FoldName(f.Name)] = true
			if !slices.Contains(members, "field") {
				members = append(slices.Clone(members), "field")
			}
		}
		for _, m := range members {
			c.supplied(cond.place, sources, m, m)
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

func (c *compiler) supplied(at place, sources []Source, member, shown string) {
	if len(sources) == 0 || alwaysKnown[member] {
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

// lint warns of what is allowed and seldom meant.
func (c *compiler) lint(r *Rule, keys ruleKeys) {
	if r.Description == "" && keys.Node.Get("description") == nil {
		c.report.warn(r.place, "no-description", "add description: with one sentence for those who did not write it", "the rule has no description")
	}
	if len(keys.Tests) == 0 && keys.Node.Get("tests") == nil {
		c.report.warn(r.place, "no-test", "add tests: with one who is invited and one who is not", "the rule has no test")
	}
}
