package strictyaml

import "strings"

// Nearest is the one of the known words that the written one most likely means, or "" where none is close.
// Case, and the choice between - and _, do not count.
func Nearest(word string, known []string) string {
	best, distance := "", 0
	word = foldKey(word)
	limit := 1 + min(len(word), 12)/4
	for _, k := range known {
		d := editDistance(word, foldKey(k), limit)
		if d <= limit && (best == "" || d < distance) {
			best, distance = k, d
		}
	}
	return best
}

func foldKey(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// editDistance counts insertions, deletions, replacements and swaps of neighbours. Beyond limit it may answer any
// number larger than limit: a key of a megabyte must not cost a megabyte squared.
func editDistance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
