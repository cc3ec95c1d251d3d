package notify

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"flowd/internal/fault"
)

// Default is the owner who gets what nobody else is told.
const Default = "default"

// ErrNoChannel is in the chain of the fault, of kind NotFound, when an owner
// has no channel and there is no default, or an address is to be written to and
// there is no mail server.
var ErrNoChannel = errors.New("nobody is told")

// Options are what a Router is made of.
type Options struct {
	// Owners are the channels of each owner, by the name that rule files use.
	Owners map[string][]Channel
	// Mail sends to addresses that rules compute; nil where there is none.
	Mail *SMTP
}

// Router finds the channels of an owner. It is safe for concurrent use.
type Router struct {
	owners map[string][]Channel
	mail   *SMTP

	mu   sync.Mutex
	sent map[receipt]bool
	past []receipt // of sent, oldest first
}

// receipt says that the n-th channel of an owner has taken a message over.
type receipt struct {
	owner string
	n     int
	key   string
}

// maxReceipts is how many deliveries are remembered: more than can be under
// repetition at a time.
const maxReceipts = 1000

// New returns a router over a copy of the owners.
func New(o Options) *Router {
	return &Router{owners: maps.Clone(o.Owners), mail: o.Mail, sent: map[receipt]bool{}}
}

// Has tells whether a message to the owner reaches anybody: by its own channels
// or the default's.
func (r *Router) Has(owner string) bool { return len(r.channels(owner)) > 0 }

// Owners lists the owners who have channels, in order.
func (r *Router) Owners() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.owners)), func(o string) bool { return len(r.owners[o]) == 0 })
}

func (r *Router) channels(owner string) []Channel {
	if own := r.owners[owner]; len(own) > 0 {
		return own
	}
	return r.owners[Default]
}

// Send gives the message to every channel of the owner at once and waits for
// all. A channel that has taken a message over in this process does not get the
// same Key again, so a failed Send can be repeated. The errors are joined, those
// of kind Uncertain first and those that repeating can help next: fault.KindOf
// sees what counts.
func (r *Router) Send(ctx context.Context, owner string, m Message) error {
	channels := r.channels(owner)
	if len(channels) == 0 {
		return fault.Wrap(fault.NotFound, "notify", ErrNoChannel)
	}
	m.Owner = owner
	errs := make([]error, len(channels))
	var all sync.WaitGroup
	for i, c := range channels {
		to := receipt{owner, i, m.Key}
		if r.has(to) {
			continue
		}
		all.Go(func() {
			if errs[i] = c.Send(ctx, m); errs[i] == nil {
				r.keep(to)
			}
		})
	}
	all.Wait()
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	slices.SortStableFunc(errs, func(a, b error) int { return rank(a) - rank(b) })
	return errors.Join(errs...)
}

// rank orders faults by how soon something is to be done about them.
func rank(err error) int {
	switch fault.KindOf(err) {
	case fault.Uncertain:
		return 0
	case fault.Unavailable, fault.RateLimited:
		return 1
	}
	return 2
}

// Mail sends the message to one address by the mail server.
func (r *Router) Mail(ctx context.Context, address string, m Message) error {
	if r.mail == nil {
		return fault.Wrap(fault.NotFound, mailOp, ErrNoChannel)
	}
	return Email{SMTP: *r.mail, To: []string{address}}.Send(ctx, m)
}

func (r *Router) has(to receipt) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[to]
}

func (r *Router) keep(to receipt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent[to] {
		return
	}
	if len(r.past) == maxReceipts {
		delete(r.sent, r.past[0])
		r.past = r.past[1:]
	}
	r.sent[to], r.past = true, append(r.past, to)
}
