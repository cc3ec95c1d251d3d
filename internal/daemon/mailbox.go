package daemon

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"flowd"
	"flowd/engine"
	"flowd/internal/fault"
	"flowd/state"
)

// mailbox watches whether Hireflix mails those it is told to invite. A position
// whose Messages box is empty accepts invites and writes to nobody (the vendor's
// help article on inviting), so a while after its first invite one interview is
// asked for the messages that were sent.
type mailbox struct {
	store state.Shelf
	log   zerolog.Logger

	mu    sync.Mutex
	boxes map[string]*box // by position
}

// box is what is known of one position's messages.
type box struct {
	Name      string
	Interview string
	Invited   time.Time
	Checked   time.Time // zero while it is not known
	Empty     bool
}

const (
	shelfMessages = "messages"
	mailboxAfter  = 15 * time.Minute
)

func openMailbox(ctx context.Context, store state.Shelf, log zerolog.Logger) (*mailbox, error) {
	m := &mailbox{store: store, log: log, boxes: map[string]*box{}}
	return m, take(ctx, store, shelfMessages, "positions", &m.boxes)
}

// invited notes the first invite of a position, and while its box is empty each
// newer one: by that it shows when somebody has filled it. A silent invite, which
// Hireflix is not to mail, notes the position alone.
func (m *mailbox) invited(ctx context.Context, p flowd.Position, interview string, silent bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.boxes[p.ID]
	switch {
	case b == nil && silent:
		m.boxes[p.ID] = &box{Name: p.Name}
	case silent, b != nil && b.Interview != "" && (!b.Empty || now.Sub(b.Invited) < mailboxAfter):
		return
	default:
		m.boxes[p.ID] = &box{Name: p.Name, Interview: interview, Invited: now, Empty: b != nil && b.Empty}
	}
	m.keep(ctx)
}

// positions are those that anybody was ever invited to, by a rule or by hand.
func (m *mailbox) positions() []flowd.Position {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []flowd.Position
	for id, b := range m.boxes {
		out = append(out, flowd.Position{ID: id, Name: b.Name})
	}
	return out
}

func (m *mailbox) keep(ctx context.Context) {
	if err := put(ctx, m.store, shelfMessages, "positions", m.boxes); err != nil {
		m.log.Warn().Err(err).Msg("what is known of the positions' messages could not be kept")
	}
}

// look asks for the messages of the positions whose time has come.
func (m *mailbox) look(ctx context.Context, tracking func(ctx context.Context, interview string) (int, error), now time.Time) {
	m.mu.Lock()
	due := map[string]box{}
	for id, b := range m.boxes {
		if b.Interview != "" && b.Checked.IsZero() && now.Sub(b.Invited) >= mailboxAfter {
			due[id] = *b
		}
	}
	m.mu.Unlock()
	for id, b := range due {
		n, err := tracking(ctx, b.Interview)
		if fault.Is(err, fault.NotFound) {
			m.lost(ctx, id, b.Interview)
			continue
		}
		if err != nil {
			m.log.Debug().Err(err).Str("position", id).Msg("the messages of an interview cannot be read; asking again")
			continue
		}
		m.mu.Lock()
		if now := m.boxes[id]; now != nil && now.Interview == b.Interview {
			now.Checked, now.Empty = time.Now(), n == 0
			m.keep(ctx)
		}
		m.mu.Unlock()
		if n == 0 {
			m.log.Warn().Str("position", id).Msg("Hireflix accepted an invite and sent no message: look at the Messages box of the position")
		}
	}
}

// lost forgets an interview that is not there any more, such as one that was
// taken back: the position's next one is asked instead.
func (m *mailbox) lost(ctx context.Context, position, interview string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.boxes[position]; b != nil && b.Interview == interview {
		b.Interview = ""
		m.keep(ctx)
	}
}

// empty are the positions that write to nobody, by id with their names.
func (m *mailbox) empty() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]string{}
	for id, b := range m.boxes {
		if b.Empty {
			out[id] = b.Name
		}
	}
	return out
}

// watched is a driver whose invites the mailbox hears of.
type watched struct {
	engine.Driver
	box *mailbox
}

// Perform implements engine.Driver.
func (w watched) Perform(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error) {
	out, err := w.Driver.Perform(ctx, a, of)
	if err == nil && a.Kind == flowd.ActionInvite && out.Interview.ID != "" {
		w.box.invited(ctx, a.Position, out.Interview.ID, a.Silent, time.Now())
	}
	return out, err
}
