// Package mem is the state in memory: the reference that other back ends are
// compared with, for tests and for commands that only try something out. It is
// written to be read, and scans where a back end for production has an index.
package mem

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"flowd"
	"flowd/state"
)

// Store implements state.Store.
type Store struct {
	mu              sync.Mutex
	sources         map[string]*source
	apps            map[appID]*app
	people          map[personID]*state.Person
	fields          map[[2]string]flowd.FieldSeen // by ATS and name
	events          []*event                      // by number; pruned ones are nil
	byKey           map[string]int                // events
	undecided       []wanted
	rows            []*state.Entry // by number
	promised        map[flowd.IdempotencyKey]int
	claims          map[flowd.Claim]int
	external        map[string]int // rows by the external id of their key
	texts           map[int]flowd.Rendered
	seen            map[string]*state.Sighted
	pauses          state.Pauses
	promises        map[string][]time.Time // of rules with a guard
	spans           map[string]*span       // of rules with an approval
	fence           uint64
	documents       map[[2]string]state.Document
	raw             []*delivery
	rawBytes        int
	quarantine      []state.Quarantined
	quarantineBytes int
}

// span is what a rule promised of late: by row, when the last one of a span that
// is held was, and the batch that it went into.
type span struct {
	rows  map[int]time.Time
	held  time.Time
	batch string
}

type source struct {
	cursor   []byte
	baseline time.Time
	complete time.Time // when a poll last came to its end
	last     time.Time
}

type appID struct{ ats, id string }

type personID struct{ ats, key string }

// app is an application. What is known of it holds nothing personal: that
// stands with its person.
type app struct {
	known   state.Known
	private uint64 // version
	person  personID
}

type event struct {
	flowd.Event // without anything personal
	facts       flowd.Facts
	private     uint64
	raw         *delivery
	decided     time.Time
	decisions   []decision
}

// decision refers to the rows it asked for by number.
type decision struct {
	flowd.Decision
	rows []int
}

// wanted is an event to decide, for all rules or for one.
type wanted struct {
	event int
	only  string
}

type delivery struct {
	at   time.Time
	body []byte
}

// New returns an empty store.
func New() *Store {
	return &Store{
		sources:   map[string]*source{},
		apps:      map[appID]*app{},
		people:    map[personID]*state.Person{},
		fields:    map[[2]string]flowd.FieldSeen{},
		events:    []*event{nil}, // numbers begin at 1
		byKey:     map[string]int{},
		rows:      []*state.Entry{nil},
		promised:  map[flowd.IdempotencyKey]int{},
		claims:    map[flowd.Claim]int{},
		external:  map[string]int{},
		texts:     map[int]flowd.Rendered{},
		promises:  map[string][]time.Time{},
		spans:     map[string]*span{},
		seen:      map[string]*state.Sighted{},
		documents: map[[2]string]state.Document{},
	}
}

// Close does nothing: what is in memory goes with the process.
func (s *Store) Close() error { return nil }

// locked runs one unit of work, unless the context has ended.
func (s *Store) locked(ctx context.Context, unit func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return unit()
}

// want puts an event among the undecided, in order of arrival.
func (s *Store) want(w wanted) {
	at, there := slices.BinarySearchFunc(s.undecided, w, byArrival)
	if !there {
		s.undecided = slices.Insert(s.undecided, at, w)
	}
}

// unwant takes it out, and tells whether it was there.
func (s *Store) unwant(w wanted) bool {
	at, there := slices.BinarySearchFunc(s.undecided, w, byArrival)
	if there {
		s.undecided = slices.Delete(s.undecided, at, at+1)
	}
	return there
}

func byArrival(a, b wanted) int {
	return cmp.Or(cmp.Compare(a.event, b.event), cmp.Compare(a.only, b.only))
}

// filled returns a stored application with what is kept of its person.
func (s *Store) filled(ats string, public flowd.Application, version uint64) flowd.Application {
	a := s.apps[appID{ats, public.ID}]
	if a == nil {
		return public
	}
	return s.people[a.person].Fill(public, version)
}

func (s *Store) row(number int) state.Row {
	r := s.rows[number].Row
	r.Steps = slices.Clone(r.Steps)
	return r
}
