package bolt

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"flowd"
	"flowd/state"
)

// perView bounds how much one snapshot visits, so that a search that finds
// little holds no page back for long.
const perView = 1000

// Find implements state.Ledger.
func (s *Store) Find(ctx context.Context, f state.Filter, p state.Page) (found state.Found, err error) {
	if f.Subject == state.Standing {
		return s.standing(ctx, f, p)
	}
	from, below, limit, err := p.Bounds()
	if err == nil {
		err = f.Check()
	}
	if err != nil {
		return found, err
	}
	// One entry more than asked for tells whether there is a next page.
	var at []uint64
	names, brief := names{}, &event{}
	for done := false; !done && len(at) <= limit; {
		err = s.view(ctx, func(t *tx) error {
			t.names, t.brief = names, brief
			entries := t.below(f, below, perView)
			done = len(entries) < perView
			for _, e := range entries {
				below = e.number
				if below < from {
					done = true
					break
				}
				fits, old, err := t.find(&found, f, e)
				if err != nil {
					return err
				}
				if old {
					done = true
					break
				}
				if fits {
					at = append(at, e.number)
				}
				if len(at) > limit {
					break
				}
			}
			return nil
		})
		if err != nil {
			return state.Found{}, err
		}
	}
	if len(at) > limit {
		found.Next = state.After(at[limit-1])
		found.Rows = found.Rows[:min(limit, len(found.Rows))]
		found.Told = found.Told[:min(limit, len(found.Told))]
		found.People = found.People[:limit]
	}
	return found, nil
}

// numbered is an entry that is looked at, and its record where that was read on
// the way; valid inside the transaction only.
type numbered struct {
	number uint64
	record []byte
}

// below returns up to n of what a filter may look for, newest first.
func (t *tx) below(f state.Filter, below uint64, n int) []numbered {
	if f.Subject != state.Actions {
		return descend(t.bucket(events), "", below, n)
	}
	if f.Batch != "" {
		all := descend(t.bucket(batches), batchKey(f.Batch), below, n)
		for i := range all {
			all[i].record = nil // of the index
		}
		return all
	}
	states := f.States
	if len(states) == 0 && f.Word != "" {
		states = f.Word.States()
	}
	if len(states) == 0 || slices.ContainsFunc(states, unindexed) {
		return descend(t.bucket(rows), "", below, n)
	}
	var all []numbered
	for _, s := range states {
		all = append(all, descend(t.bucket(unsettled), stateKey(s), below, n)...)
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(b.number, a.number) })
	all = slices.CompactFunc(all, func(a, b numbered) bool { return a.number == b.number })
	return all[:min(n, len(all))]
}

// indexed tells whether every row of a state stands in the index of those that
// are not settled.
func indexed(s flowd.ActionState) bool {
	return (&state.Entry{Row: state.Row{State: s}}).Unsettled()
}

func unindexed(s flowd.ActionState) bool { return !indexed(s) }

// descend returns the last entries of the keys with a prefix, from one below a
// number on. Without a prefix their values are the records.
func descend(b *bbolt.Bucket, prefix string, below uint64, n int) (entries []numbered) {
	c, end := b.Cursor(), prefix+numberKey(below)
	k, v := c.Seek([]byte(end))
	if k == nil {
		k, v = c.Last()
	}
	for ; k != nil && len(entries) < n; k, v = c.Prev() {
		switch {
		case string(k) >= end:
		case len(k) != len(prefix)+8 || string(k[:len(prefix)]) != prefix:
			return entries
		case prefix != "": // an index
			entries = append(entries, numbered{number: number(k[len(prefix):])})
		default:
			entries = append(entries, numbered{number(k), v})
		}
	}
	return entries
}

// clockBack is how far a machine's clock may have been put back: what comes after
// one that is older than that is older, too.
const clockBack = 24 * time.Hour

// find adds a row or event if it is looked for. Old tells that nothing of before
// it can be: numbers are given in the order of time.
func (t *tx) find(found *state.Found, f state.Filter, at numbered) (fits, old bool, err error) {
	since := f.Since.Add(-clockBack)
	if f.Subject == state.Actions {
		if len(f.Rules) > 0 && !slices.Contains(f.Rules, t.ruleAt(at)) {
			return false, false, nil
		}
		r, err := t.rowAt(at)
		if err != nil || r == nil || !f.FitsRow(r.Row) {
			return false, r != nil && !f.Since.IsZero() && r.Created.Before(since), err
		}
		_, known, _, err := t.known(r.Action.ATS, r.Action.Application)
		if err != nil {
			return false, false, err
		}
		found.Rows = append(found.Rows, r.Row)
		found.People = append(found.People, known.Application.Candidate)
		return true, false, nil
	}
	if f.Pick != nil {
		e := t.brief
		*e = event{number: at.number, made: e.made[:0]}
		if err := e.read(&reader{b: at.record, names: t.names}, true); err != nil || !f.Since.IsZero() && e.Received.Before(since) {
			return false, err == nil, err
		}
		if bare, fits := f.Narrow(e.bare()); !fits || !f.Pick(bare) {
			return false, false, nil
		}
	}
	e, err := t.readEvent(at.number, at.record)
	if err != nil {
		return false, false, err
	}
	if !f.Since.IsZero() && e.Received.Before(since) {
		return false, true, nil
	}
	told, err := t.told(e)
	if err == nil && f.Pick != nil {
		told.Facts.Invites, err = t.invites(e.ATS, e.Application.ID)
	}
	if err != nil {
		return false, false, err
	}
	told, fits = f.Narrow(told)
	if fits && f.Subject == state.Left {
		overtaken, err := t.overtaken(e)
		if fits = !overtaken; err != nil {
			return false, false, err
		}
	}
	if fits {
		who := told.Event.Application.Candidate
		if f.Subject == state.Left { // it may be of another candidate by now
			_, known, _, err := t.known(e.ATS, e.Application.ID)
			if err != nil {
				return false, false, err
			}
			who = known.Application.Candidate
		}
		found.Told = append(found.Told, told)
		found.People = append(found.People, who)
	}
	return fits, false, nil
}

// overtaken tells whether an application stands somewhere else than where an
// event left it: in a row, or in a later move.
func (t *tx) overtaken(e *event) (bool, error) {
	own, err := t.rowsOf(e.ATS, e.Application.ID)
	if err != nil {
		return false, err
	}
	for _, n := range own {
		r, err := t.row(n)
		if err != nil || r != nil && r.State != flowd.Replaced && state.Places(r.Action) {
			return true, err
		}
	}
	told, err := t.eventsOf(e.ATS, e.Application.ID)
	if err != nil {
		return false, err
	}
	for _, later := range told {
		if later.number <= e.number {
			continue
		}
		if t, err := t.told(later); err != nil || t.Left() {
			return true, err
		}
	}
	return false, nil
}

// Counts implements state.Ledger. It reads numbers that every unit of work keeps
// up, and of the caps' day what went out in it.
func (s *Store) Counts(ctx context.Context, now time.Time) (c state.Counts, err error) {
	c = state.Counts{
		States:       map[flowd.ActionState]int{},
		Reasons:      map[flowd.ActionState]map[flowd.Reason]int{},
		Pending:      map[string]map[flowd.ActionState]int{},
		Applications: map[string]int{},
		LastEvent:    map[string]time.Time{},
		Words:        map[flowd.Word]int{},
	}
	err = s.view(ctx, func(t *tx) error {
		if err := t.tallies(&c); err != nil {
			return err
		}
		for _, in := range lanes {
			cursor := t.bucket(in).Cursor()
			for k, _ := cursor.First(); k != nil; k, _ = cursor.Seek([]byte{k[0] + 1}) { // the oldest of each priority
				if due := dueOf(k); !due.After(now) && (c.OldestDue.IsZero() || due.Before(c.OldestDue)) {
					c.OldestDue = due
				}
			}
		}
		uses := t.uses(now, func(string, time.Time) {})
		c.SentHour, c.SentDay = uses.Hour, uses.Day
		err := t.scan(sources, "", func(k, v []byte) (bool, error) {
			src, err := decodeSource(v)
			if !src.last.IsZero() {
				c.LastEvent[string(k)] = src.last
			}
			return true, err
		})
		if err != nil {
			return err
		}
		return t.scan(fields, "", func(_, v []byte) (bool, error) {
			f, err := decodeField(v)
			c.Fields = append(c.Fields, f)
			return true, err
		})
	})
	return c, err
}
