package bolt

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"flowd"
)

// maxFindings bounds what Check tells: a damaged file has as many as pages.
const maxFindings = 100

// Check implements state.Checker. It reads everything, and nothing is written
// meanwhile.
func (s *Store) Check(ctx context.Context) (wrong []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.exclusive.Lock()
	defer s.exclusive.Unlock()
	err = s.db.View(func(b *bbolt.Tx) error {
		c := &checker{tx: &tx{bolt: b, store: s}, ctx: ctx}
		for err := range b.Check() {
			c.wrong("the file: %v", err)
		}
		if len(c.found) > 0 {
			wrong = c.found
			return nil // what is in it cannot be trusted
		}
		err := c.all()
		wrong = c.found
		return err
	})
	return wrong, err
}

// checker follows every reference both ways and counts anew.
type checker struct {
	*tx
	ctx    context.Context
	found  []string
	places map[bucket]int
}

func (c *checker) wrong(format string, args ...any) {
	if len(c.found) < maxFindings {
		c.found = append(c.found, fmt.Sprintf(format, args...))
	}
}

func (c *checker) all() error {
	c.places = map[bucket]int{}
	for _, step := range []func() error{c.rows, c.indexes, c.events, c.applications, c.people, c.interviews, c.deliveries, c.tallies} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// each decodes every value of a bucket; what cannot be is wrong and passed over.
func each[T any](c *checker, in bucket, decode func(k, v []byte) (T, error), visit func(k []byte, v T)) error {
	seen := 0
	return c.scan(in, "", func(k, v []byte) (bool, error) {
		if seen++; seen%perView == 0 && c.ctx.Err() != nil {
			return false, c.ctx.Err()
		}
		got, err := decode(k, v)
		if err != nil {
			c.wrong("%s %x: %v", bucketNames[in], k, err)
			return true, nil
		}
		visit(k, got)
		return true, nil
	})
}

// rows checks that every row stands in exactly the indexes that its state asks
// for, and that what it holds leads to it.
func (c *checker) rows() error {
	decode := func(k, v []byte) (*row, error) { return decodeRow(number(k), v) }
	return each(c, rows, decode, func(_ []byte, e *row) {
		p := e.was
		for _, at := range []struct {
			in    bucket
			place string
		}{{unsettled, p.unsettled}, {e.lane(), p.queue}, {interviews, p.interview}, {interviews, p.about}, {batches, p.batch}} {
			if at.place == "" {
				continue
			}
			c.places[at.in]++
			if !c.has(at.in, at.place) {
				c.wrong("row %d (%s) is missing in the index %q", e.number, e.State, bucketNames[at.in])
			}
		}
		if e.State == flowd.Blocked {
			c.follows(e)
		}
		if p.leased {
			c.places[leased]++
			if string(c.get(leased, numberKey(e.number))) != p.until {
				c.wrong("row %d is leased and its lease is not as it says", e.number)
			}
		}
		if n := varOf(c.get(keys, digestOf(string(e.Action.Key)))); n != e.number {
			c.wrong("the key of row %d leads to row %d", e.number, n)
		}
		for _, claim := range e.Action.Claims {
			if n := varOf(c.get(claims, digestOf(string(claim)))); e.Holds() && n != e.number {
				c.wrong("a claim of row %d leads to row %d", e.number, n)
			}
		}
		c.countRow(p, 1)
	})
}

// indexes checks that nothing else stands in them: as many entries as rows that
// ask for one, each of which was found.
func (c *checker) indexes() error {
	for _, in := range []bucket{unsettled, queue, errands, others, leased, interviews, batches} {
		if have := c.size(in); have != c.places[in] {
			c.wrong("the index %q has %d entries for %d rows", bucketNames[in], have, c.places[in])
		}
	}
	if have, want := c.size(keys), c.size(rows); have != want {
		c.wrong("%d keys lead to %d rows", have, want)
	}
	decode := func(_, v []byte) (uint64, error) { return varOf(v), nil }
	return each(c, claims, decode, func(k []byte, n uint64) {
		e, err := c.row(n)
		if err != nil || e == nil {
			c.wrong("a claim leads to row %d, which cannot be read: %v", n, err)
			return
		}
		if !slices.ContainsFunc(claimDigests(e), func(d string) bool { return d == string(k) }) {
			c.wrong("a claim leads to row %d, which does not have it", n)
		}
	})
}

func claimDigests(e *row) (all []string) {
	for _, c := range e.Action.Claims {
		all = append(all, digestOf(string(c)))
	}
	return all
}

// events checks that each is found by its key, and what is undecided is there.
func (c *checker) events() error {
	decode := func(k, v []byte) (*event, error) { return decodeEvent(number(k), v) }
	err := each(c, events, decode, func(_ []byte, e *event) {
		if n := varOf(c.get(eventKeys, eventKey(e.Key))); n != e.number {
			c.wrong("the key of event %d leads to event %d", e.number, n)
		}
		if waits := c.has(undecided, numberKey(e.number)); waits == !e.decided.IsZero() {
			c.wrong("event %d: undecided is %t and decided at %v", e.number, waits, e.decided)
		}
		for _, d := range e.made {
			for _, n := range d.rows {
				if c.get(rows, numberKey(n)) == nil {
					c.wrong("event %d asked for row %d, which is missing", e.number, n)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	whole := func(k, _ []byte) (uint64, error) { return number(k), nil }
	return each(c, undecided, whole, func(_ []byte, n uint64) {
		c.count("undecided", 1)
		if c.get(events, numberKey(n)) == nil {
			c.wrong("event %d is undecided and missing", n)
		}
	})
}

// applications checks the chains and that each has its person.
func (c *checker) applications() error {
	chained := 0
	decode := func(_, v []byte) (*application, error) { return decodeApplication(v) }
	err := each(c, apps, decode, func(k []byte, a *application) {
		if a.lastRow > 0 {
			for n := a.lastRow; n > 0; chained++ {
				e, err := c.row(n)
				if err != nil || e == nil || e.before >= n {
					c.wrong("the chain of an application breaks at row %d: %v", n, err)
					break
				}
				n = e.before
			}
		}
		if a.person == "" {
			return // of rows or events about no application
		}
		ats, _, _ := strings.Cut(string(k), "\x00")
		c.count("a"+ats, 1)
		p, err := c.person(a.person)
		if err != nil || p == nil || !slices.Contains(p.Applications, a.known.Application.ID) {
			c.wrong("application %s has no person: %v", a.known.Application.ID, err)
		}
	})
	if have := c.size(rows); err == nil && chained != have {
		c.wrong("the applications' chains hold %d of %d rows", chained, have)
	}
	return err
}

// people checks that exactly the kept addresses are indexed.
func (c *checker) people() error {
	indexed := 0
	decode := func(k, v []byte) (*person, error) { return decodePerson(string(k), v) }
	err := each(c, people, decode, func(_ []byte, p *person) {
		is := p.placeOf(c.store.secret)
		if is != "" {
			indexed++
		}
		if p.place != "" && (p.place[batchSize:] != is || !c.has(addresses, p.place)) || p.place == "" && is != "" {
			c.wrong("the address of a person is not indexed as it should be")
		}
	})
	if have := c.size(addresses); err == nil && have != indexed {
		c.wrong("%d addresses are indexed of %d that are kept", have, indexed)
	}
	return err
}
