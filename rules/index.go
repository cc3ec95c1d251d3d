package rules

import (
	"slices"
)

// index finds the rows that fit an event with one look-up for each distinct set
// of columns that rows name, however many rows there are.
type index struct {
	tables []table // closest naming first
}

// table holds the rows that name the same columns. Only rows that say the same
// share a key: what else does is refused when the set is compiled.
type table struct {
	named columnSet
	rows  map[string]int
}

// add puts an entry in, or returns the row that stands there already.
func (ix *index) add(e entry, named columnSet) (earlier int, taken bool) {
	i := slices.IndexFunc(ix.tables, func(t table) bool { return t.named == named })
	if i < 0 {
		i = len(ix.tables)
		ix.tables = append(ix.tables, table{named: named, rows: map[string]int{}})
	}
	key := e.key(named)
	if earlier, taken = ix.tables[i].rows[key]; !taken {
		ix.tables[i].rows[key] = e.row
	}
	return earlier, taken
}

// sort brings the closest naming to the front.
func (ix *index) sort() {
	slices.SortFunc(ix.tables, func(a, b table) int {
		if d := b.named.rank() - a.named.rank(); d != 0 {
			return d
		}
		return int(a.named) - int(b.named)
	})
}

// find calls each with the rows that fit, closest naming first, until it
// returns false. Two alternatives of one row may make it come twice.
func (ix *index) find(v values, each func(row int, named columnSet) bool) {
	for _, t := range ix.tables {
		for _, r := range t.find(v) {
			if !each(r, t.named) {
				return
			}
		}
	}
}

// find returns the rows of the table that fit: more than one where a job or
// stage is named by its id in one row and by its name in another. Of a language
// the closest wins.
func (t table) find(v values) []int {
	if !t.named.has(colLanguage) {
		return t.look(v)
	}
	for _, tag := range v[colLanguage] {
		v[colLanguage] = []string{tag}
		if found := t.look(v); len(found) > 0 {
			return found
		}
	}
	return nil
}

// look tries each choice of one value for every column that is named, those of the
// first column first.
func (t table) look(v values) (found []int) {
	choices := 1
	for c := range columnCount {
		if t.named.has(c) {
			choices *= len(v[c])
		}
	}
	var room [128]byte
	for choice := range choices {
		key := room[:0]
		for c := range columnCount {
			if t.named.has(c) {
				key = append(append(key, v[c][choice%len(v[c])]...), 0)
				choice /= len(v[c])
			}
		}
		if r, ok := t.rows[string(key)]; ok && !slices.Contains(found, r) {
			found = append(found, r)
		}
	}
	return found
}
