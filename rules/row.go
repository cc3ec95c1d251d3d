package rules

import (
	"fmt"
	"strings"
)

// row is one line of the map: whom it fits, and the position they are invited
// to.
type row struct {
	place place
	// names is where the position is named.
	names place
	named columnSet
	// cells are the alternatives of each named column, as written but for
	// languages and countries, which are in their normal form.
	cells    [columnCount][]string
	folded   [columnCount][]string // the cells as they are compared
	position int                   // index into the set's positions
}

// fits is whom the row is for, in words: department "Sales", language "de".
func (r row) fits() string {
	var parts []string
	for c := range columnCount {
		if r.named.has(c) {
			parts = append(parts, c.String()+" "+alternatives(r.cells[c]))
		}
	}
	if len(parts) == 0 {
		return "everyone"
	}
	return strings.Join(parts, ", ")
}

func alternatives[T ~string](texts []T) string {
	const shown = 5
	var quoted []string
	for i, t := range texts {
		if i == shown {
			quoted = append(quoted, fmt.Sprintf("%d more", len(texts)-shown))
			break
		}
		quoted = append(quoted, fmt.Sprintf("%q", t))
	}
	return strings.Join(quoted, " or ")
}

// entry is a row with one alternative chosen in each column: what the index
// holds.
type entry struct {
	row int
	at  [columnCount]string // folded; "" where the row does not name the column
}

// maxEntries bounds what one rule's lists may multiply to.
const maxEntries = 200_000

// entries writes a row's lists out. ok is false where there are more than room.
func (r row) entries(number, room int) (out []entry, ok bool) {
	out = []entry{{row: number}}
	for c := range columnCount {
		if !r.named.has(c) {
			continue
		}
		if len(out)*len(r.cells[c]) > room {
			return nil, false
		}
		more := make([]entry, 0, len(out)*len(r.cells[c]))
		seen := map[string]bool{}
		for _, f := range r.folded[c] {
			if seen[f] {
				continue
			}
			seen[f] = true
			for _, e := range out {
				e.at[c] = f
				more = append(more, e)
			}
		}
		out = more
	}
	return out, len(out) <= room
}

// key is the entry's look-up key among the rows that name the same columns.
func (e entry) key(named columnSet) string {
	var b strings.Builder
	for c := range columnCount {
		if named.has(c) {
			b.WriteString(e.at[c])
			b.WriteByte(0)
		}
	}
	return b.String()
}
