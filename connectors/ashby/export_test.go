package ashby

import (
	"io"
	"time"

	"flowd"
	"flowd/connectors"
)

// ReadPage takes in a page of applications.
func ReadPage(r io.Reader) (all []flowd.Snapshot, more bool, err error) {
	var p page
	err = p.read(r, connectors.Door{})
	for _, a := range p.applications {
		if s, err := a.snapshot(connectors.Door{}, time.Now()); err == nil {
			all = append(all, s)
		}
	}
	return all, p.More, err
}
