package sim

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Policy is how webhooks fare on their way. The zero Policy delivers each once,
// in order, and does not repeat one that was not answered well: what the real
// sender does then is published nowhere.
//
// Which deliveries are hit is drawn for each from the seed, the webhook's
// number, the position, the address, the event and how often that happened
// before. So it does not depend on the order in which a test's goroutines come.
type Policy struct {
	Seed uint64
	// Lose, Double, Late and Reorder are shares between 0 and 1.
	//
	// Lose is never sent, Double is sent twice.
	Lose, Double float64
	// Late waits for Delay in real time, or for the next [Server.Flush] if
	// Delay is 0.
	Late  float64
	Delay time.Duration
	// Reorder lets a drawn number of the deliveries queued after it go first,
	// at most Within of them (8 if 0). It goes without them once Hold has
	// passed in real time (1 second if 0) or on Flush.
	Reorder float64
	Within  int
	Hold    time.Duration
	// Redate gives a second copy a date of its own and with it another body
	// and signature. Else both copies are the same bytes.
	Redate bool
	// Retries is the number of further tries after an answer that is not 2xx
	// or none at all; RetryAfter passes in real time before each, unless Flush
	// is waiting.
	Retries    int
	RetryAfter time.Duration
}

// mostDeliveries is what is kept, waiting and in all.
const mostDeliveries = 20_000

// Delivery is what became of one copy of a webhook.
type Delivery struct {
	Webhook, URL string
	Event        string
	Interview    string
	// Copy is 1, or 2 for the second of a doubled one.
	Copy                  int
	Lost, Late, Reordered bool
	// Dropped: 20,000 were waiting already.
	Dropped bool
	Body    string
	// Place is when it was sent for the first time, counted from 1; 0 if it
	// was not.
	Place int
	// Tries is how often it was sent, Status the last HTTP status, 0 if there
	// was no answer, and Problem why not.
	Tries, Status int
	Problem       string
	// Done: nothing more will become of it.
	Done bool
}

// notice is an event on its way to one webhook.
type notice struct {
	webhook, url, event string
	number              int
	interview           string
	position, email     string
	at                  time.Time // by the account's clock
	body                func(at time.Time) ([]byte, error)
}

// occasion counts events of a kind about one person, across deletions.
type occasion struct {
	number                 int
	position, email, event string
}

// delivery is one copy of a notice. Its fields are guarded by the post's lock,
// but for those that never change once it is queued.
type delivery struct {
	Delivery
	at       time.Time // by the account's clock
	policy   Policy
	sequence int
	place    int       // goes after the delivery of this sequence
	since    time.Time // real, when it was queued
	until    time.Time // real, when a late or repeated one goes
	parked   bool      // late, until the next Flush
	released bool      // by Flush
}

// Deliver says how webhooks fare from now on; those that are queued keep the
// policy they were queued under.
func (s *Server) Deliver(policy Policy) {
	if policy.Within <= 0 {
		policy.Within = 8
	}
	if policy.Hold <= 0 {
		policy.Hold = time.Second
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.policy = policy
}

// Deliveries lists, in the order they were queued, the copies of webhooks and
// what became of them; at most the last 20,000.
func (s *Server) Deliveries() []Delivery {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	list := make([]Delivery, 0, len(s.post.entered))
	for _, d := range s.post.entered {
		list = append(list, d.Delivery)
	}
	return list
}

// Pending is the number of copies that are still to be sent, late ones
// included.
func (s *Server) Pending() int {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	return len(s.post.waiting)
}

// Flush sends at once what is late, held back or to be tried again, in the
// order it would have gone, and waits until everything that was queued before
// the call is delivered or given up. It fails if the context ends or the server
// closes first.
func (s *Server) Flush(ctx context.Context) error { return s.post.flush(ctx) }

func (p *post) flush(ctx context.Context) error {
	p.mu.Lock()
	last := p.sequence
	for _, d := range p.waiting {
		d.released = true
	}
	p.start()
	p.mu.Unlock()
	for {
		p.mu.Lock()
		rest := slices.ContainsFunc(p.waiting, func(d *delivery) bool { return d.sequence <= last })
		closed, changed := p.closed, p.changed
		p.mu.Unlock()
		switch {
		case !rest:
			return nil
		case closed:
			return errors.New("the server is closed and webhooks are left")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// queue draws what becomes of a notice and takes it in.
func (p *post) queue(n notice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	who := occasion{n.number, n.position, n.email, n.event}
	p.seen[who]++
	policy, source := p.policy, who.source(p.policy.Seed, p.seen[who])
	hit := func(share float64) bool { return source.Float64() < share }
	lost, doubled := hit(policy.Lose), hit(policy.Double)
	for number := 1; number <= 2; number++ {
		late, reordered, behind := hit(policy.Late), hit(policy.Reorder), 1+source.IntN(max(policy.Within, 1))
		if number == 2 && (lost || !doubled) {
			return
		}
		at := n.at
		if number == 2 && policy.Redate {
			at = at.Add(time.Millisecond)
		}
		body, err := n.body(at)
		d := &delivery{
			Delivery: Delivery{
				Webhook: n.webhook, URL: n.url, Event: n.event, Interview: n.interview, Copy: number,
				Lost: lost, Late: late && !lost, Reordered: reordered && !lost, Body: string(body),
			},
			at: at, policy: policy, since: time.Now(),
		}
		p.sequence++
		d.sequence, d.place = p.sequence, p.sequence
		if d.Reordered {
			d.place += behind
		}
		if d.Late {
			d.parked = policy.Delay <= 0
			d.until = d.since.Add(policy.Delay)
		}
		d.Dropped = !lost && len(p.waiting) >= mostDeliveries
		if err != nil {
			d.Problem = err.Error()
		}
		d.Done = lost || d.Dropped || err != nil
		p.entered = append(p.entered, d)
		if over := len(p.entered) - mostDeliveries; over > 0 {
			p.entered = p.entered[over:]
		}
		if !d.Done {
			p.waiting = append(p.waiting, d)
			p.start()
		}
	}
}

// source draws for the nth time that something happened.
func (o occasion) source(seed uint64, nth int) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join([]string{ // cannot fail, as hash.Hash promises
		strconv.Itoa(o.number), o.position, o.email, o.event, strconv.Itoa(nth),
	}, "\x00")))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// ready says whether a delivery may go, or else when to ask again; never, if
// that is zero, before something else happens.
func (d *delivery) ready(now time.Time, last int) (bool, time.Time) {
	switch {
	case d.released:
		return true, time.Time{}
	case d.parked:
		return false, time.Time{}
	case now.Before(d.until):
		return false, d.until
	case d.place > last:
		if over := d.since.Add(d.policy.Hold); now.Before(over) {
			return false, over
		}
	}
	return true, time.Time{}
}

// before orders deliveries that may both go. Of two with one place, the one
// that was queued for it comes before the one that was moved there.
func (d *delivery) before(other *delivery) bool {
	if d.place != other.place {
		return d.place < other.place
	}
	return d.sequence > other.sequence
}
