package notify

import (
	"context"
	"errors"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"flowd/internal/fault"
)

// Default is the owner who gets what nobody else is told.
const Default = "default"

// ErrNoChannel is in the chain of the fault, of kind NotFound, when an owner
// has no channel and there is no default, or an address is to be written to and
// there is no mail server.
var ErrNoChannel = errors.New("nobody is told")

// ErrPartly is in the chain of an error when somebody has the message and
// others do not.
var ErrPartly = errors.New("some have the message")

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

// Addresses are the e-mail addresses of an owner's own channels, in small letters
// and without names.
func (r *Router) Addresses(owner string) (all []string) {
	for _, c := range r.owners[owner] {
		e, ok := c.(Email)
		if !ok {
			continue
		}
		for _, to := range e.To {
			if a, err := mail.ParseAddress(to); err == nil {
				all = append(all, strings.ToLower(a.Address))
			}
		}
	}
	return all
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
// of kind Uncertain first and those that repeating can help next, so fault.KindOf
// sees what counts; ErrPartly is among them when one of the channels has it.
func (r *Router) Send(ctx context.Context, owner string, m Message) error {
	channels := r.channels(owner)
	if len(channels) == 0 {
		return fault.Wrap(fault.NotFound, "notify", ErrNoChannel)
	}
	m.Owner = owner
	failed := make([]error, len(channels))
	var taken atomic.Bool
	var all sync.WaitGroup
	for i, c := range channels {
		to := receipt{owner, i, m.Key}
		if r.has(to) {
			taken.Store(true)
			continue
		}
		all.Go(func() {
			if failed[i] = c.Send(ctx, m); failed[i] == nil || errors.Is(failed[i], ErrPartly) {
				taken.Store(true)
				r.keep(to)
			}
		})
	}
	all.Wait()
	failed = slices.DeleteFunc(failed, func(err error) bool { return err == nil })
	slices.SortStableFunc(failed, func(a, b error) int { return rank(a) - rank(b) })
	err := errors.Join(failed...)
	if err != nil && taken.Load() {
		return errors.Join(err, ErrPartly)
	}
	return err
}

// Reached tells from the error of a Send whether the owner counts as told:
// somebody has the message or may have it, or there is nobody to be told. To
// send it once more would tell people twice.
func Reached(err error) bool {
	return err == nil || errors.Is(err, ErrNoChannel) || errors.Is(err, ErrPartly) || fault.Is(err, fault.Uncertain)
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
