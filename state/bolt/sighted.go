package bolt

import (
	"bytes"

	"flowd/state"
)

// sighted reads what is remembered of an interview; the zero value when it was
// never heard of.
func (t *tx) sighted(id string) (*state.Sighted, error) {
	b := t.get(sighted, idKey("", id))
	if b == nil {
		return &state.Sighted{}, nil
	}
	return decodeSighted(b)
}

// saveSighted writes it, if it has changed.
func (t *tx) saveSighted(s *state.Sighted) error {
	k, is := idKey("", s.Interview.ID), encodeSighted(s)
	if bytes.Equal(t.get(sighted, k), is) {
		return nil
	}
	return t.put(sighted, k, is)
}

func encodeSighted(s *state.Sighted) []byte {
	w := &writer{b: make([]byte, 0, 256)}
	writeSeen(w, s.Interview)
	w.time(s.At)
	w.time(s.StatusAt)
	w.time(s.AnsweredAt)
	w.time(s.ScoreAt)
	w.bool(s.Finished)
	w.bool(s.Forgotten)
	w.string(s.Owner.ATS)
	w.string(s.Owner.Application)
	w.uint(uint64(len(s.Ties)))
	for _, t := range s.Ties {
		w.string(t.ATS)
		w.string(t.Application)
		w.string(t.By)
		w.string(t.Why)
	}
	return w.b
}

func decodeSighted(b []byte) (*state.Sighted, error) {
	r := &reader{b: b}
	s := &state.Sighted{}
	s.Interview = readSeen(r)
	s.At, s.StatusAt, s.AnsweredAt, s.ScoreAt = r.time(), r.time(), r.time(), r.time()
	s.Finished, s.Forgotten = r.bool(), r.bool()
	s.Owner = state.Owner{ATS: r.string(), Application: r.string()}
	for n := r.uint(); n > 0 && !r.bad && len(r.b) > 0; n-- {
		s.Ties = append(s.Ties, state.Tie{Interview: s.Interview.ID, ATS: r.string(), Application: r.string(), By: r.string(), Why: r.string()})
	}
	return s, r.end("interview")
}
