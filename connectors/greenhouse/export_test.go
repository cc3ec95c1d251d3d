package greenhouse

import "io"

// ReadPage takes in a page of applications and counts those that stand somewhere.
func ReadPage(r io.Reader) (int, error) {
	var p page
	err := p.read(r)
	return len(p.applications), err
}
