package bolt

import (
	"errors"
	"time"

	"flowd"
)

// stepBefore returns where the action stands that another one comes after, and
// notes that it is followed. Empty: there is none.
func (t *tx) stepBefore(own *row, a flowd.Action) (flowd.ActionState, error) {
	if a.After == "" {
		return "", nil
	}
	before, err := t.rowOf(keys, string(a.After))
	if err != nil || before == nil || before.number == own.number ||
		before.Action.ATS != a.ATS || before.Action.Application != a.Application {
		return "", err
	}
	if !before.Followed {
		before.Followed = true
		err = t.saveRow(before)
	}
	return before.State, err
}

// turned saves a row that has changed its state, and brings the rows that wait
// for it in line.
func (t *tx) turned(e *row, now time.Time) error {
	if err := t.saveRow(e); err != nil {
		return err
	}
	stops, err := t.inForce()
	if err != nil {
		return err
	}
	return t.followers(e, func(r *row) error {
		if !r.Follow(e.State, stops, now) {
			return nil
		}
		if r.State == flowd.Replaced && r.event != e.event {
			if err := t.wantAgain(r); err != nil {
				return err
			}
		}
		return t.turned(r, now)
	})
}

// resume blocks the rows again that had ended with one that was released.
func (t *tx) resume(e *row, now time.Time) error {
	return t.followers(e, func(r *row) error {
		if !r.Resume(now) {
			return nil
		}
		return errors.Join(t.saveRow(r), t.resume(r, now))
	})
}

// followers visits the rows that wait, or waited, for one, oldest first.
func (t *tx) followers(e *row, visit func(*row) error) error {
	if !e.Followed {
		return nil
	}
	own, err := t.rowsOf(e.Action.ATS, e.Action.Application)
	for i := len(own) - 1; i >= 0 && err == nil; i-- {
		var r *row
		if r, err = t.row(own[i]); err == nil && r != nil && r.After(&e.Entry) {
			err = visit(r)
		}
	}
	return err
}

// invites returns what was promised to an application, oldest first.
func (t *tx) invites(ats, application string) (all []flowd.Invite, err error) {
	own, err := t.rowsOf(ats, application)
	for i := len(own) - 1; i >= 0 && err == nil; i-- {
		var r *row
		if r, err = t.row(own[i]); err != nil || r == nil {
			continue
		}
		if invite, is := r.Invite(); is {
			all = append(all, invite)
		}
	}
	return all, err
}

// text returns what Fill stored for a row; nil when nothing.
func (t *tx) text(number uint64) (*flowd.Rendered, error) {
	b := t.get(texts, numberKey(number))
	if b == nil {
		return nil, nil
	}
	r := &reader{b: b}
	text := &flowd.Rendered{Target: r.string(), Text: r.string()}
	return text, r.end("text")
}

// moved tells whether flowd moved an application to the stage that it entered.
func (t *tx) moved(ev flowd.Event, since time.Time) (bool, error) {
	own, err := t.rowsOf(ev.ATS, ev.Application.ID)
	if err != nil {
		return false, err
	}
	for _, n := range own {
		r, err := t.row(n)
		if err != nil || r == nil || r.Action.Kind != flowd.ActionMove {
			continue
		}
		text, err := t.text(n)
		if err != nil {
			return false, err
		}
		target := r.Action.Target
		if text != nil {
			target = text.Target
		}
		if r.Moved(ev.Stage, target, since) {
			return true, nil
		}
	}
	return false, nil
}
