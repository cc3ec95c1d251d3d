package rules

// maxOverlaps bounds the pairs of rows compared, which rows that name nothing in
// common multiply to.
const maxOverlaps = 2_000_000

// maxTies is how many contradictions of one rule are reported.
const maxTies = 20

// ties reports the rows that name different columns equally closely, fit one
// person and name different positions, unless another row settles it. Rows that
// name the same columns met in the index already.
func (c *compiler) ties(r *Rule, entries []entry) {
	t := tying{compiler: c, rule: r, reported: map[[2]int]bool{}}
	by := make([][]entry, len(r.index.tables))
	at := map[columnSet]int{}
	for i, table := range r.index.tables {
		at[table.named] = i
	}
	for _, e := range entries {
		i := at[r.rows[e.row].named]
		by[i] = append(by[i], e)
	}
	for i, a := range r.index.tables {
		for j := i + 1; j < len(r.index.tables) && r.index.tables[j].named.rank() == a.named.rank(); j++ {
			if !t.between(by[i], by[j], a.named, r.index.tables[j].named) {
				return
			}
		}
	}
}

type tying struct {
	*compiler
	rule     *Rule
	overlaps int
	reported map[[2]int]bool
}

// between compares the entries of two tables; false stops the search.
func (t *tying) between(as, bs []entry, a, b columnSet) bool {
	common := a & b
	groups := map[string][]entry{}
	for _, e := range as {
		for _, key := range overlapping(e, common) {
			groups[key] = append(groups[key], e)
		}
	}
	for _, e := range bs {
		// Of two languages one may contain the other; either side may be the wider.
		own := e.key(common)
		for _, other := range groups[own] {
			if !t.meet(other, e, a|b) {
				return false
			}
		}
		for _, key := range overlapping(e, common)[1:] {
			for _, other := range groups[key] {
				if other.key(common) == key && !t.meet(other, e, a|b) {
					return false
				}
			}
		}
	}
	return true
}

// overlapping are the entry's key and those of the wider languages.
func overlapping(e entry, common columnSet) []string {
	keys := []string{e.key(common)}
	if common.has(colLanguage) {
		for _, tag := range widening(e.at[colLanguage])[1:] {
			e.at[colLanguage] = tag
			keys = append(keys, e.key(common))
		}
	}
	return keys
}

// meet looks at two entries that one person can fit.
func (t *tying) meet(a, b entry, named columnSet) bool {
	if t.overlaps++; t.overlaps > maxOverlaps {
		t.report.error(t.rule.place, "too-large", "name more columns in the rows, or split the rule",
			"the rows overlap in more than %d ways", maxOverlaps)
		return false
	}
	rows := t.rule.rows
	pair := [2]int{min(a.row, b.row), max(a.row, b.row)}
	if rows[a.row].position == rows[b.row].position || t.reported[pair] {
		return true
	}
	both := a.at
	for col := range columnCount {
		if len(b.at[col]) > len(both[col]) { // of two languages the narrower
			both[col] = b.at[col]
		}
	}
	if t.settled(both, named, rows[a.row].named.rank()) {
		return true
	}
	t.reported[pair] = true
	t.contradiction(t.rule, pair[0], pair[1], settling(both, rows[pair[0]], rows[pair[1]]))
	return len(t.reported) < maxTies
}

// settled tells whether a row that names more closely fits everyone whom both
// fit.
func (t *tying) settled(both [columnCount]string, named columnSet, rank int) bool {
	var v values
	for col := range columnCount {
		if named.has(col) {
			v[col] = []string{both[col]}
		}
	}
	if named.has(colLanguage) {
		v[colLanguage] = widening(both[colLanguage])
	}
	for _, table := range t.rule.index.tables {
		if table.named.rank() <= rank {
			return false
		}
		if len(table.find(v)) > 0 {
			return true
		}
	}
	return false
}
