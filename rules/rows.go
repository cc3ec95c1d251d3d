package rules

import (
	"fmt"
	"slices"
	"strings"

	"flowd/internal/strictyaml"
)

// rows are the rows of a rule's map, wherever they stand.
func (c *compiler) rows(keys *pairKeys) []row {
	if keys.File != "" {
		return c.fileRows(keys)
	}
	if keys.Node.Kind() == strictyaml.List && len(keys.Node.Items()) == 0 {
		c.report.error(c.at(keys.Node), "no-rows", "write a row for each position", "pairs has no rows: the rule invites nobody")
	}
	var out []row
	for _, k := range keys.Rows {
		if k.Node == nil || k.Enabled != nil && !*k.Enabled {
			continue
		}
		fault := func(col column, cell int, hint, format string, args ...any) {
			node := k.Node.Place(col.String())
			if items := node.Items(); cell < len(items) {
				node = items[cell]
			}
			c.report.error(c.at(node), "value", hint, format, args...)
		}
		if r, ok := c.row(c.at(k.Node), c.at(k.Node.Place("position")), k.cells(), k.Position, fault); ok {
			out = append(out, r)
		}
	}
	return out
}

// row makes a row of its cells, however they were written. fault reports what is
// wrong with a cell.
func (c *compiler) row(at, names place, cells [columnCount][]string, position string, fault faultFunc) (row, bool) {
	r := row{place: at, names: names}
	var ok bool
	r.cells, r.named, ok = c.cells(cells, fault)
	if !ok || position == "" {
		return r, false
	}
	for col, texts := range r.cells {
		for _, text := range texts {
			r.folded[col] = append(r.folded[col], FoldName(text))
		}
	}
	r.position = c.position(position, names)
	return r, true
}

// faultFunc reports what is wrong with one of the values of a column.
type faultFunc func(col column, cell int, hint, format string, args ...any)

// cells brings the values of columns into the form in which events carry them;
// ok is false where one of them is wrong.
func (c *compiler) cells(written [columnCount][]string, fault faultFunc) (cells [columnCount][]string, named columnSet, ok bool) {
	ok = true
	for col := range columnCount {
		for i, text := range written[col] {
			if text == "" {
				ok = false // reported on decoding
				continue
			}
			normal, known := col.normal(text)
			switch {
			case !known && col == colLanguage:
				fault(col, i, "write a code such as de or en-GB", "%q is not a language", text)
			case !known:
				fault(col, i, "write a code of two letters such as DE", "%q is not a country", text)
			case col == colSource && !c.hasSource(text):
				fault(col, i, didYouMean(text, c.sourceNames(), "its sources: "+strings.Join(c.sourceNames(), ", ")+`; where an application came from is candidate.source, in a condition`),
					"no source is named %q", text)
				known = false
			}
			ok = ok && known
			cells[col] = append(cells[col], normal)
			named = named.with(col)
		}
	}
	return cells, named, ok
}

func (c *compiler) hasSource(name string) bool {
	return len(c.sources) == 0 || slices.ContainsFunc(c.sources, func(s Source) bool { return FoldName(s.Name) == FoldName(name) })
}

func (c *compiler) sourceNames() []string {
	var names []string
	for _, s := range c.sources {
		names = append(names, s.Name)
	}
	return names
}

// position is the number of a position as rows name it.
func (c *compiler) position(text string, at place) int {
	folded := FoldName(text)
	if i, ok := c.numbers[folded]; ok {
		return i
	}
	i := len(c.positions)
	c.numbers[folded] = i
	c.positions = append(c.positions, written{text: strings.TrimSpace(text), place: at})
	return i
}

// use marks the positions of a rule that can invite: those of the others need
// not exist yet.
func (c *compiler) use(r *Rule) {
	for _, row := range r.rows {
		if p := &c.positions[row.position]; r.Mode != Disabled && !p.used {
			p.used, p.place = true, row.names
		}
	}
}

// build makes the index of a rule's rows and reports the rows that contradict
// each other or can never win.
func (c *compiler) build(r *Rule) {
	var entries []entry
	for i, row := range r.rows {
		more, ok := row.entries(i, maxEntries-len(entries))
		if !ok {
			c.report.error(row.place, "too-large", "split the rule", "the lists of the rule's rows stand for more than %d pairs", maxEntries)
			return
		}
		entries = append(entries, more...)
	}
	reached := make([]bool, len(r.rows))
	instead := make([]int, len(r.rows))
	for _, e := range entries {
		earlier, taken := r.index.add(e, r.rows[e.row].named)
		switch {
		case !taken:
			reached[e.row] = true
		case r.rows[earlier].position != r.rows[e.row].position:
			reached[e.row] = true // reported as a contradiction instead
			c.contradiction(r, earlier, e.row, "")
		default:
			instead[e.row] = earlier
		}
	}
	for i, ok := range reached {
		if !ok {
			c.report.error(r.rows[i].place, "unreachable-row", "delete it", "this row can never win: the one at %s says the same", r.rows[instead[i]].place)
		}
	}
	r.index.sort()
	c.ties(r, entries)
}

func (c *compiler) contradiction(r *Rule, a, b int, settle string) {
	hint := "delete one, or name one more column in it"
	if settle != "" {
		hint = settle
	}
	first, second := r.rows[a], r.rows[b]
	c.report.error(second.place, "tie", hint, "this row and the one at %s fit the same person and name different positions: %s → %q, and %s → %q",
		first.place, first.fits(), c.positions[first.position].text, second.fits(), c.positions[second.position].text)
}

// settling is the row that would decide between two others, as it is written.
func settling(at [columnCount]string, a, b row) string {
	var parts []string
	for col := range columnCount {
		for _, text := range slices.Concat(a.cells[col], b.cells[col]) {
			if FoldName(text) == at[col] {
				parts = append(parts, fmt.Sprintf("%s: %q", col, text))
				break
			}
		}
	}
	return "add the row that settles it: {" + strings.Join(parts, ", ") + ", position: …}"
}
