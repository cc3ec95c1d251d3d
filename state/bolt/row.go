package bolt

import (
	"flowd"
	"flowd/state"
)

// row is an action's entry with where it stands in the chains and indexes.
type row struct {
	state.Entry
	number uint64 // its key
	event  uint64
	before uint64 // the application's row before it
	was    places // as stored
}

// What most keys and claims are derived from stands in the row anyway: the
// derivation is stored instead of its result.
const (
	keyInFull = iota
	keyOfInvite
	keyOfDecide
)

func (e *row) encode() []byte {
	w := &writer{b: make([]byte, 0, 384)}
	a := e.Action
	w.string(string(a.Kind))
	w.bool(a.Mode == flowd.Shadow)
	w.string(a.Rule)
	w.string(a.Event)
	w.string(a.ATS)
	w.string(a.Source)
	w.string(a.Application)
	w.string(a.Candidate)
	writeJob(w, a.Job)
	writeStage(w, a.Stage)
	w.string(a.Position.ID)
	w.string(a.Position.Name)
	w.int(a.Generation)
	switch a.Key {
	case flowd.InviteKey(a.ATS, a.Application, a.Position.ID, a.Generation):
		w.uint(keyOfInvite)
	case flowd.DecideKey(a.Event, a.Rule):
		w.uint(keyOfDecide)
	default:
		w.uint(keyInFull)
		w.string(string(a.Key))
	}
	usual := flowd.StageClaim(a.ATS, a.Application, a.Stage.Key())
	w.uint(uint64(len(a.Claims)))
	for _, c := range a.Claims {
		w.bool(c == usual)
		if c != usual {
			w.string(string(c))
		}
	}
	w.time(a.NotBefore)
	w.string(string(a.Reason))
	w.string(a.Detail)

	one(w, states, e.State)
	w.string(string(e.Reason))
	w.string(e.Detail)
	w.time(e.Due)
	w.time(e.Created)
	w.time(e.Updated)
	w.int(e.Attempts)
	writeInterview(w, e.Interview, a.Key)
	w.string(e.RequestID)
	w.string(string(e.SharedWith))
	w.uint(uint64(len(e.Steps)))
	for _, s := range e.Steps {
		w.time(s.At)
		one(w, states, s.State)
		w.string(string(s.Reason))
		w.string(s.Detail)
		w.string(s.By)
		w.string(s.RequestID)
	}
	w.time(e.Promised)
	w.int(e.Leases)
	w.uint(e.Fence)
	w.time(e.Until)
	w.time(e.Sent)
	w.uint(e.event)
	w.uint(e.before)
	e.encodeMore(w)
	return w.b
}

func decodeRow(number uint64, b []byte) (*row, error) {
	r := &reader{b: b}
	e := &row{number: number}
	a := &e.Action
	a.Kind, a.Mode = flowd.ActionKind(r.string()), flowd.Live
	if r.bool() {
		a.Mode = flowd.Shadow
	}
	a.Rule, a.Event, a.ATS, a.Source = r.string(), r.string(), r.string(), r.string()
	a.Application, a.Candidate = r.string(), r.string()
	a.Job, a.Stage = readJob(r), readStage(r)
	a.Position.ID, a.Position.Name = r.string(), r.string()
	a.Generation = r.int()
	switch r.uint() {
	case keyOfInvite:
		a.Key = flowd.InviteKey(a.ATS, a.Application, a.Position.ID, a.Generation)
	case keyOfDecide:
		a.Key = flowd.DecideKey(a.Event, a.Rule)
	default:
		a.Key = flowd.IdempotencyKey(r.string())
	}
	for n := r.uint(); n > 0 && !r.bad && len(r.b) > 0; n-- {
		if r.bool() {
			a.Claims = append(a.Claims, flowd.StageClaim(a.ATS, a.Application, a.Stage.Key()))
		} else {
			a.Claims = append(a.Claims, flowd.Claim(r.string()))
		}
	}
	a.NotBefore, a.Reason, a.Detail = r.time(), flowd.Reason(r.string()), r.string()

	e.State = pickOne(r, states)
	e.Reason, e.Detail = flowd.Reason(r.string()), r.string()
	e.Due, e.Created, e.Updated = r.time(), r.time(), r.time()
	e.Attempts = r.int()
	e.Interview = readInterview(r, a.Key)
	e.RequestID, e.SharedWith = r.string(), flowd.IdempotencyKey(r.string())
	for n := r.uint(); n > 0 && !r.bad && len(r.b) > 0; n-- {
		e.Steps = append(e.Steps, state.Step{
			At: r.time(), State: pickOne(r, states), Reason: flowd.Reason(r.string()),
			Detail: r.string(), By: r.string(), RequestID: r.string(),
		})
	}
	e.Promised, e.Leases, e.Fence = r.time(), r.int(), r.uint()
	e.Until, e.Sent = r.time(), r.time()
	e.event, e.before = r.uint(), r.uint()
	e.decodeMore(r)
	e.was = e.places()
	return e, r.end("row")
}

// places is where a row stands in each index, and under what it is counted. An
// empty place is none.
type places struct {
	unsettled, queue, sent, interview, batch string
	about                                    string // in interviews, where the action is about another one
	word                                     flowd.Word
	leased                                   bool
	until                                    string
	state                                    flowd.ActionState
	reason                                   flowd.Reason
	rule                                     string
}

func (e *row) places() places {
	if e.Created.IsZero() {
		return places{} // not promised yet
	}
	p := places{state: e.State, leased: e.State == flowd.Leased}
	number := numberKey(e.number)
	if e.Unsettled() {
		p.unsettled = stateKey(e.State) + number
	}
	if e.Queued() {
		p.queue = queueKey(e.Action.Priority, e.Due) + number
	}
	if p.leased {
		p.until = timeKey(e.Until) + idKey(e.Action.ATS, e.Action.Application)
	}
	if !e.Sent.IsZero() {
		p.sent = timeKey(e.Sent) + number
	}
	if e.Interview.ID != "" {
		p.interview = idKey("", e.Interview.ID) + "\x00" + number
	}
	if about := e.Action.Interview; about != "" && about != e.Interview.ID {
		p.about = idKey("", about) + "\x00" + number
	}
	if batch := e.Action.Batch; batch != "" {
		p.batch = batchKey(batch) + number
	}
	if _, is := e.Invite(); is {
		p.word = flowd.WordOf(e.State, e.Interview)
	}
	if e.Explained() {
		p.reason = e.Reason
	}
	if e.State.Owing() {
		p.rule = e.Action.Rule
	}
	return p
}

// lane is the queue that the row stands in.
func (e *row) lane() bucket { return lanes[state.LaneOf(e.Action.Kind)] }

// lanes are the queues, by state.Lane.
var lanes = [state.Lanes]bucket{queue, errands, others}

// row reads one by number; nil when there is none.
func (t *tx) row(number uint64) (*row, error) {
	b := t.get(rows, numberKey(number))
	if b == nil {
		return nil, nil
	}
	return decodeRow(number, b)
}

// rowAt reads one that was come to in a search; nil when there is none.
func (t *tx) rowAt(at numbered) (*row, error) {
	if at.record == nil {
		return t.row(at.number)
	}
	return decodeRow(at.number, at.record)
}

// ruleAt is the rule of one, without reading the rest.
func (t *tx) ruleAt(at numbered) string {
	record := at.record
	if record == nil {
		record = t.get(rows, numberKey(at.number))
	}
	r := &reader{b: record, names: t.names}
	_, _ = r.raw(), r.bool() // its kind and mode
	return r.name()
}

// saveRow writes a row and moves it in the indexes.
func (t *tx) saveRow(e *row) error {
	was, is := e.was, e.places()
	moves := [...]struct {
		in      bucket
		was, is string
	}{
		{unsettled, was.unsettled, is.unsettled}, {e.lane(), was.queue, is.queue}, {sent, was.sent, is.sent},
		{interviews, was.interview, is.interview}, {interviews, was.about, is.about}, {batches, was.batch, is.batch},
	}
	for _, m := range moves { // all that leave before any comes: two of them share an index
		if m.was != "" && m.was != m.is {
			if err := t.del(m.in, m.was); err != nil {
				return err
			}
		}
	}
	for _, m := range moves {
		if m.is != "" && m.was != m.is {
			var value []byte
			if m.in == sent {
				value = []byte(e.Action.Rule)
			}
			if err := t.put(m.in, m.is, value); err != nil {
				return err
			}
		}
	}
	switch number := numberKey(e.number); {
	case is.leased && is.until != was.until:
		if err := t.put(leased, number, []byte(is.until)); err != nil {
			return err
		}
	case was.leased && !is.leased:
		if err := t.del(leased, number); err != nil {
			return err
		}
	}
	t.countRow(was, -1)
	t.countRow(is, +1)
	e.was = is
	return t.put(rows, numberKey(e.number), e.encode())
}

// countRow keeps the numbers that Counts tells.
func (t *tx) countRow(p places, by int64) {
	if p.state == "" {
		return
	}
	t.count("s"+string(p.state), by)
	if p.word != "" {
		t.count("w"+string(p.word), by)
	}
	if (&state.Entry{Row: state.Row{State: p.state}}).Explained() {
		t.count("r"+string(p.state)+"\x00"+string(p.reason), by)
	}
	if p.state.Owing() {
		t.count("p"+string(p.state)+"\x00"+p.rule, by)
	}
}
