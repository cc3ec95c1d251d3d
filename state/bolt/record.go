package bolt

import (
	"errors"
	"fmt"
	"time"

	"flowd"
	"flowd/state"
)

// errDamaged says that a record cannot be read. bbolt has no checksum of data
// pages, so this is how a damaged disk shows.
var errDamaged = errors.New("a record of the state is damaged: run `flowd check --state` and restore a backup")

func (r *reader) end(what string) error {
	if r.bad {
		return fmt.Errorf("%w (%s)", errDamaged, what)
	}
	return nil
}

// application is what is known of an application, without anything personal.
type application struct {
	known     state.Known
	private   uint64 // version of the person's part
	person    string // key in people
	lastEvent uint64 // begins the chain of its events, newest first
	lastRow   uint64
	moves     bool // has a row that moves it in the ATS
}

func (a *application) encode() []byte {
	w := &writer{b: make([]byte, 0, 192)}
	writeApplication(w, a.known.Application)
	w.time(a.known.Changed)
	w.uint(a.private)
	w.string(a.person)
	w.uint(a.lastEvent)
	w.uint(a.lastRow)
	w.bool(a.known.Application.Alternative)
	w.bool(a.moves)
	w.bool(a.known.Entered.Equal(a.known.Changed))
	if !a.known.Entered.Equal(a.known.Changed) {
		w.time(a.known.Entered)
	}
	w.time(a.known.Told)
	return w.b
}

func decodeApplication(b []byte) (*application, error) { return readKnown(&reader{b: b}) }

func readKnown(r *reader) (*application, error) {
	a := &application{known: state.Known{Application: readApplication(r), Changed: r.time()}}
	a.private, a.person, a.lastEvent, a.lastRow = r.uint(), r.string(), r.uint(), r.uint()
	a.known.Application.Alternative, a.moves = r.bool(), r.bool()
	if a.known.Entered = a.known.Changed; !r.bool() {
		a.known.Entered = r.time()
	}
	if len(r.b) > 0 { // of before it was kept, it is not known
		a.known.Told = r.time()
	}
	return a, r.end("application")
}

// event is one that was taken in, without anything personal.
type event struct {
	flowd.Event
	facts   flowd.Facts
	number  uint64 // its key
	private uint64
	raw     uint64 // of the delivery that brought it
	before  uint64 // the application's event before it
	decided time.Time
	made    []decision
}

// decision refers to the rows it asked for by number.
type decision struct {
	flowd.Decision
	rows []uint64
}

func (e *event) encode() []byte {
	w := &writer{b: make([]byte, 0, 320)}
	w.string(e.Key)
	w.string(e.Source)
	w.string(e.ATS)
	one(w, eventTypes, e.Type)
	w.time(e.At)
	w.time(e.Received)
	w.string(string(e.Via))
	writeApplication(w, e.Application)
	writeStage(w, e.From)
	writeAlike(w, e.Stage, e.Application.Stage)
	w.string(e.MergedInto)
	writeAlike(w, e.facts.Previous, e.From)
	w.string(string(e.facts.Novelty))
	w.uint(e.private)
	w.uint(e.raw)
	w.uint(e.before)
	w.time(e.decided)
	w.uint(uint64(len(e.made)))
	set := ""
	for _, d := range e.made {
		w.string(d.Rule)
		w.bool(d.RuleSet == set)
		if d.RuleSet != set {
			w.string(d.RuleSet)
		}
		set = d.RuleSet
		w.string(string(d.Verdict))
		w.string(string(d.Reason))
		w.string(d.Because)
		w.uint(uint64(len(d.rows)))
		for _, row := range d.rows {
			w.uint(row)
		}
	}
	if e.Application.Alternative || !e.Interview.IsZero() || e.Order != (flowd.Order{}) {
		w.bool(e.Application.Alternative)
		writeSeen(w, e.Interview)
		writeOrder(w, e.Order)
	}
	return w.b
}

func decodeEvent(number uint64, b []byte) (*event, error) {
	e := &event{number: number}
	return e, e.read(&reader{b: b}, false)
}

// read reads an event; a brief one with the first of its decisions and those that
// asked for something, since most say of a rule that it did not look.
func (e *event) read(r *reader, brief bool) error {
	e.Key, e.Source, e.ATS = r.string(), r.name(), r.name()
	e.Type = pickOne(r, eventTypes)
	e.At, e.Received = r.time(), r.time()
	e.Via = flowd.Via(r.name())
	e.Application = readApplication(r)
	e.From = readStage(r)
	e.Stage = readAlike(r, e.Application.Stage)
	e.MergedInto = r.string()
	e.facts.Previous = readAlike(r, e.From)
	e.facts.Novelty = flowd.Novelty(r.name())
	e.private, e.raw, e.before = r.uint(), r.uint(), r.uint()
	e.decided = r.time()
	e.readDecisions(r, brief)
	e.Application.Alternative = r.bool()
	e.Interview, e.Order = readSeen(r), readOrder(r)
	e.facts.Application = e.Application
	return r.end("event")
}

func (e *event) readDecisions(r *reader, brief bool) {
	n := r.uint()
	if n > uint64(len(r.b)) { // each takes a byte at least
		r.bad, r.b = true, nil
		return
	}
	if !brief && n > 0 {
		e.made = make([]decision, 0, n)
	}
	var set []byte
	for ; n > 0 && !r.bad && len(r.b) > 0; n-- {
		rule := r.raw()
		if !r.bool() {
			set = r.raw()
		}
		verdict, reason, because := r.raw(), r.raw(), r.raw()
		var rows []uint64
		for m := r.uint(); m > 0 && !r.bad && len(r.b) > 0; m-- {
			rows = append(rows, r.uint())
		}
		if brief && len(rows) == 0 && len(e.made) > 0 {
			continue
		}
		e.made = append(e.made, decision{rows: rows, Decision: flowd.Decision{Event: e.Key, Rule: r.named(rule), RuleSet: r.named(set),
			Verdict: flowd.Verdict(r.named(verdict)), Reason: flowd.Reason(r.named(reason)), Because: r.named(because)}})
	}
}

func writeOrder(w *writer, o flowd.Order) {
	w.string(o.By)
	w.string(o.Why)
	w.string(o.Batch)
	w.string(o.Position.ID)
	w.string(o.Position.Name)
	w.bool(o.Again)
	w.string(string(o.Invite))
}

func readOrder(r *reader) flowd.Order {
	return flowd.Order{By: r.string(), Why: r.string(), Batch: r.string(), Position: flowd.Position{ID: r.string(), Name: r.string()},
		Again: r.bool(), Invite: flowd.IdempotencyKey(r.string())}
}

// What is stored of a type or state is its place in these lists, so that they
// may only grow at their end.
var (
	eventTypes = flowd.EventTypes()   //nolint:gochecknoglobals // a table
	states     = flowd.ActionStates() //nolint:gochecknoglobals // a table
)

func writeApplication(w *writer, a flowd.Application) {
	w.string(a.ID)
	writeJob(w, a.Job)
	writeStage(w, a.Stage)
	w.string(a.Candidate.ID)
	w.string(string(a.Status))
	w.string(a.Source)
	w.time(a.AppliedAt)
	w.string(string(a.NoContact))
}

func readApplication(r *reader) flowd.Application {
	return flowd.Application{
		ID: r.string(), Job: readJob(r), Stage: readStage(r), Candidate: flowd.Candidate{ID: r.string()},
		Status: flowd.Status(r.name()), Source: r.name(), AppliedAt: r.time(), NoContact: flowd.Reason(r.name()),
	}
}

func writeJob(w *writer, j flowd.Job) {
	w.string(j.ID)
	w.string(j.Name)
	w.string(j.Department)
	w.string(j.Location)
	w.string(j.Country)
	w.strings(j.Tags)
}

func readJob(r *reader) flowd.Job {
	return flowd.Job{ID: r.name(), Name: r.name(), Department: r.name(),
		Location: r.name(), Country: r.name(), Tags: r.strings()}
}

func writeStage(w *writer, s flowd.Stage) {
	w.string(s.ID)
	w.string(s.Name)
	w.string(s.Kind)
}

func readStage(r *reader) flowd.Stage {
	return flowd.Stage{ID: r.name(), Name: r.name(), Kind: r.name()}
}

// writeAlike saves a stage that is the same as one that is written already.
func writeAlike(w *writer, s, written flowd.Stage) {
	w.bool(s == written)
	if s != written {
		writeStage(w, s)
	}
}

func readAlike(r *reader, written flowd.Stage) flowd.Stage {
	if r.bool() {
		return written
	}
	return readStage(r)
}
