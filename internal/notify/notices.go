package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// When notices go out.
const (
	repeatEvery = 24 * time.Hour   // while a cause lasts
	retryEvery  = 10 * time.Minute // after a channel failed
	restFor     = time.Hour        // after a cause was over: it may be back in a minute
	maxStanding = 200              // causes at a time: nobody reads more of them
)

// Memory keeps one small document across restarts.
type Memory interface {
	// Load returns what was kept last, or nothing.
	Load(ctx context.Context) ([]byte, error)
	Keep(ctx context.Context, doc []byte) error
}

// Notice is what stands: a cause and what to say of it. It holds no personal
// data: counts and the names of rules, sources and positions.
type Notice struct {
	Cause
	Name    string // what people call the subject; the subject itself when empty
	Text    string // one to three sentences: what it means, and that it ends by itself if it does
	Count   int    // of people concerned; 0 says nothing
	Command string // what to type; may be empty
	// Link is where to decide about it. It is made anew for each look and never kept:
	// whoever has it can decide.
	Link string
	// Once says it a single time and never that it is over: a reminder.
	Once bool
}

// Notices tells an owner once a cause and not once a person: when it begins,
// once a day while it lasts, and when it is over. It is safe for concurrent
// use; calls wait for each other.
type Notices struct {
	send   func(context.Context, string, Message) error
	memory Memory

	mu       sync.Mutex
	standing map[Cause]*Standing
	kept     []byte // what memory holds
}

// NewNotices takes up what memory holds. Send is Router.Send.
func NewNotices(ctx context.Context, send func(ctx context.Context, owner string, m Message) error, memory Memory) (*Notices, error) {
	n := &Notices{send: send, memory: memory, standing: map[Cause]*Standing{}}
	doc, err := memory.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the notices: %w", err)
	}
	if len(doc) == 0 {
		return n, nil
	}
	n.kept = doc
	var kept keptNotices
	if err := json.Unmarshal(doc, &kept); err != nil {
		return nil, fmt.Errorf("read the notices: %w", err)
	}
	for _, k := range kept.Standing {
		n.standing[k.Cause] = &Standing{Notice{Cause: k.Cause, Name: k.Name, Text: k.Text, Count: k.Count, Command: k.Command, Once: k.Once}, k.Since, k.Told, k.Ended, k.Tried, k.Times}
	}
	return n, nil
}

// keptNotices is the document.
type keptNotices struct {
	Standing []keptNotice `json:"standing"`
}

type keptNotice struct {
	Cause
	Name    string    `json:"name,omitempty"`
	Text    string    `json:"text,omitempty"`
	Count   int       `json:"count,omitempty"`
	Command string    `json:"command,omitempty"`
	Once    bool      `json:"once,omitempty"`
	Since   time.Time `json:"since"`
	Told    time.Time `json:"told,omitzero"`
	Tried   time.Time `json:"tried,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Times   int       `json:"times,omitempty"`
}

// Raise says that a cause stands now. Call it at every look, such as each
// minute: it decides by itself whether anything is to be sent. An error is a
// message that did not go out, which is tried again at a later Raise, or a
// memory that could not be written.
func (n *Notices) Raise(ctx context.Context, now time.Time, notice Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return errors.Join(n.raise(ctx, now, notice), n.keep(ctx))
}

// Clear says that a cause is over. One that was never said is forgotten in
// silence.
func (n *Notices) Clear(ctx context.Context, now time.Time, cause Cause) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.standing[cause] == nil {
		return nil
	}
	return errors.Join(n.clear(ctx, now, n.standing[cause]), n.keep(ctx))
}

// Look is Raise for everything that stands, and Clear for all else.
func (n *Notices) Look(ctx context.Context, now time.Time, all []Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	stands := map[Cause]bool{}
	for _, notice := range all {
		stands[notice.Cause] = true
		errs = append(errs, n.raise(ctx, now, notice))
	}
	for _, s := range n.sorted() {
		if !stands[s.Cause] {
			errs = append(errs, n.clear(ctx, now, s))
		}
	}
	return errors.Join(append(errs, n.keep(ctx))...)
}

// Standing lists the causes that last, the oldest first.
func (n *Notices) Standing() []Standing {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []Standing
	for _, s := range n.sorted() {
		if s.Ended.IsZero() {
			out = append(out, *s)
		}
	}
	return out
}

func (n *Notices) sorted() []*Standing {
	var out []*Standing
	for _, s := range n.standing {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *Standing) int {
		return 4*a.Since.Compare(b.Since) + 2*strings.Compare(string(a.Kind)+"\x00"+a.Subject, string(b.Kind)+"\x00"+b.Subject) + strings.Compare(a.Owner, b.Owner)
	})
	return out
}

func (n *Notices) raise(ctx context.Context, now time.Time, notice Notice) error {
	s := n.standing[notice.Cause]
	switch {
	case s == nil && len(n.standing) >= maxStanding:
		return fmt.Errorf("notices: %d causes stand already; %s is not told", maxStanding, notice.title(notice.Name))
	case s == nil:
		s = &Standing{Since: now}
		n.standing[notice.Cause] = s
	case s.Ended.IsZero():
	case s.Told.Before(s.Ended): // nobody has heard that it was over
		s.Ended = time.Time{}
	case now.Sub(s.Ended) < restFor: // back at once: wait whether it stays
		return nil
	default:
		*s = Standing{Since: now}
	}
	s.Notice = notice
	if !s.Told.IsZero() && (s.Once || now.Sub(s.Told) < repeatEvery) || now.Sub(s.tried) < retryEvery {
		return nil
	}
	return n.tell(ctx, now, s)
}

// clear says that it is over where it was said that it had begun, and keeps it
// a while.
func (n *Notices) clear(ctx context.Context, now time.Time, s *Standing) error {
	if s.Ended.IsZero() {
		s.Ended, s.tried = now, time.Time{}
	}
	over := !s.Told.Before(s.Ended)
	switch {
	case s.Once, s.Told.IsZero(), over && now.Sub(s.Ended) >= restFor, now.Sub(s.Ended) >= repeatEvery:
		delete(n.standing, s.Cause)
	case !over && now.Sub(s.tried) >= retryEvery:
		return n.tell(ctx, now, s)
	}
	return nil
}

// tell sends how the cause stands. What is tried is kept before, so that a
// restart does not send again at once what may have gone out. When one of the
// owner's channels has it, or may have it, it counts as said: the others get it
// with the next day's.
func (n *Notices) tell(ctx context.Context, now time.Time, s *Standing) error {
	s.tried = now
	unkept := n.keep(ctx) // and sent all the same: this may be about the store
	err := n.send(ctx, s.Owner, s.message(now))
	if Reached(err) {
		s.Told = now
		s.times++
	}
	return errors.Join(unkept, err)
}

func (n *Notices) keep(ctx context.Context) error {
	var doc keptNotices
	for _, s := range n.sorted() {
		doc.Standing = append(doc.Standing, keptNotice{s.Cause, s.Name, s.Text, s.Count, s.Command, s.Once, s.Since, s.Told, s.tried, s.Ended, s.times})
	}
	text, err := json.Marshal(doc)
	if err == nil && !bytes.Equal(text, n.kept) {
		err = n.memory.Keep(ctx, text)
	}
	if err != nil {
		return fmt.Errorf("keep the notices: %w", err)
	}
	n.kept = text
	return nil
}
