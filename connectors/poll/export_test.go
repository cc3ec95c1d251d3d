package poll

import (
	"bytes"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
)

// Decode takes the items of one answer, as a poll does when it comes.
func Decode(p connectors.Poller, answer []byte) (flowd.Batch, error) {
	of := p.(*poller)
	t := take{taking: &of.takes, ats: of.ats, log: of.log, now: time.Now()}
	in := &expression.Input{}
	s := sheet{path: of.list, each: func(_ int, item any) error {
		in.Item = item
		return t.item(in, t.add)
	}}
	err := s.read(bytes.NewReader(answer))
	return flowd.Batch{Seen: t.seen, Events: t.events}, err
}

// SinceValue is a time as a request sends it.
func SinceValue(format string, overlap time.Duration, at time.Time) any {
	return (&since{format, overlap}).value(at)
}
