package expression

import "strings"

// nearest is the known path that the written one most likely means, or "". The last part of the path counts alone too:
// people write source for candidate.source.
func nearest(path string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		d := distanceOf(path, k)
		if last := k[strings.LastIndexByte(k, '.')+1:]; !strings.Contains(path, ".") {
			d = min(d, distanceOf(path, last))
		}
		if d < distance && d*2 <= len(path) {
			best, distance = k, d
		}
	}
	return best
}

// distanceOf counts the changes between two short words, without regard to case; far apart, it answers a large number.
func distanceOf(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return len(a) + len(b)
	}
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		diagonal := last[0]
		last[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = min(diagonal, last[j], last[j+1]) + 1
			}
			diagonal, last[j+1] = last[j+1], cost
		}
	}
	return last[len(b)]
}
