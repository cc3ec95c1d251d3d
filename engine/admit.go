package engine

import (
	"context"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Admit takes a batch in, durably, and wakes the decider. What nothing asks for
// is dropped before it is stored: of a custom field that neither a rule nor
// keep_fields names only name, type and day are kept.
func (e *Engine) Admit(ctx context.Context, b flowd.Batch, now time.Time) (state.Admitted, error) {
	kept := e.keeper()
	seen := fieldsSeen{day: now.UTC().Format(time.DateOnly), ats: b.ATS, at: map[string]int{}}
	for i := range b.Events {
		ev := &b.Events[i]
		ev.Source, ev.ATS, ev.Received = b.Source, b.ATS, now
		ev.MergedInto, _ = flowd.SafeID(ev.MergedInto)
		trim(&ev.Application, kept, &seen)
	}
	for i := range b.Seen {
		trim(&b.Seen[i].Application, kept, &seen)
	}
	b.Fields = seen.list
	done, err := e.opts.Store.Admit(ctx, b, now)
	if err != nil {
		e.metrics.events.WithLabelValues(b.Source, "refused").Inc()
		return done, err
	}
	e.metrics.events.WithLabelValues(b.Source, "admitted").Add(float64(len(done.New)))
	e.metrics.events.WithLabelValues(b.Source, "duplicate").Add(float64(done.Duplicate))
	if len(done.New) > 0 {
		wake(e.decide)
	}
	return done, nil
}

// keeper tells which custom fields to keep, by folded name or key.
func (e *Engine) keeper() func(flowd.Field) bool {
	set, extra := e.set.Load(), e.tuning.Load().keep
	return func(f flowd.Field) bool {
		return set.NamesField(f.Name) || set.NamesField(f.Key) ||
			extra[rules.FoldName(f.Name)] || extra[rules.FoldName(f.Key)]
	}
}

// trim drops the fields that nothing asks for and makes the ids safe to store.
func trim(app *flowd.Application, keep func(flowd.Field) bool, seen *fieldsSeen) {
	if id, replaced := flowd.SafeID(app.ID); replaced {
		app.ID, app.OriginalID = id, app.ID
	}
	if id, replaced := flowd.SafeID(app.Candidate.ID); replaced {
		app.Candidate.ID, app.Candidate.OriginalID = id, app.Candidate.ID
	}
	kept := app.Fields[:0:0]
	for _, f := range app.Fields {
		seen.add(f)
		if keep(f) {
			kept = append(kept, f)
		}
	}
	app.Fields = kept
}

// fieldsSeen collects the custom fields of a batch, each once.
type fieldsSeen struct {
	ats, day string
	at       map[string]int
	list     []flowd.FieldSeen
}

func (s *fieldsSeen) add(f flowd.Field) {
	name := f.Name
	if name == "" {
		name = f.Key
	}
	if _, ok := s.at[name]; ok || len(s.list) >= maxFieldsSeen {
		return
	}
	s.at[name] = len(s.list)
	s.list = append(s.list, flowd.FieldSeen{ATS: s.ats, Name: name, Type: f.Type, Day: s.day})
}

// maxFieldsSeen bounds what one batch can add to the list of known fields.
const maxFieldsSeen = 500
