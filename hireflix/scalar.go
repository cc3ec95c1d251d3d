package hireflix

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// The scalars of answers are read leniently. One whose type changes must not
// make a whole look-up unreadable: while looking fails, nobody is invited.

// word is a string of an answer. A number is taken as its digits, anything else
// as nothing.
type word string

// UnmarshalJSON implements json.Unmarshaler; shurcooL/graphql takes a type that
// has it for a scalar.
func (w *word) UnmarshalJSON(raw []byte) error {
	*w = word(text(raw))
	return nil
}

// instant is a time of an answer: epoch milliseconds as a JSON number (the
// vendor's guide, Q6), null for "has not happened". A connector's catalogue
// shows a boolean in one place, which says only whether it happened.
type instant struct {
	happened bool
	at       time.Time // zero when not said
}

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(raw []byte) error {
	*i = instant{}
	var yes bool
	if json.Unmarshal(raw, &yes) == nil {
		i.happened = yes
		return nil
	}
	said := text(raw)
	if said == "" || said == "0" {
		return nil
	}
	i.happened = true
	if ms, err := strconv.ParseFloat(said, 64); err == nil {
		if math.Abs(ms) < 1e15 { // beyond the year 33000 it is no time
			i.at = time.UnixMilli(int64(ms)).UTC()
		}
	} else if at, err := time.Parse(time.RFC3339, said); err == nil {
		i.at = at.UTC()
	}
	return nil
}
