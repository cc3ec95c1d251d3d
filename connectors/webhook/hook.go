package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
)

// maxItems bounds what one delivery may bring; each becomes an event in one
// transaction.
const maxItems = 5000

// hook receives the deliveries of one source. It is immutable.
type hook struct {
	verifier  connectors.Verifier
	name      string
	door      connectors.Door
	when      *expression.Mapping
	whenItem  bool // when is asked about each item
	forEach   *expression.Mapping
	eventID   *expression.Mapping
	parts     *connectors.Map
	handshake *handshake
}

// Verify implements connectors.Receiver.
func (h *hook) Verify(now time.Time, d flowd.Delivery) error { return h.verifier.Verify(now, d) }

// Decode implements connectors.Receiver. A delivery is taken whole or not at
// all: an item that cannot be mapped refuses it.
func (h *hook) Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	body, err := connectors.DecodeAny(d.Body)
	in := &expression.Input{Body: body, Header: d.Header, Query: d.Query}
	if reply, ok := h.handshake.reply(in, d); ok {
		return flowd.Batch{}, reply, nil
	}
	if err != nil {
		return flowd.Batch{}, nil, err
	}
	events, err := h.events(in)
	if err != nil {
		return flowd.Batch{}, nil, fmt.Errorf("source %s: %w", h.name, err)
	}
	return flowd.Batch{Events: events}, nil, nil
}

func (h *hook) events(in *expression.Input) ([]flowd.Event, error) {
	if !h.whenItem {
		if yes, err := asked(h.when, in); err != nil || !yes {
			return nil, err
		}
	}
	items, err := h.items(in)
	if err != nil {
		return nil, err
	}
	var out []flowd.Event
	ids := map[string]int{}
	for i, item := range items {
		in.Item = item
		ev, ok, err := h.event(in, ids)
		if err != nil && h.forEach != nil {
			err = fmt.Errorf("item %d: %w", i+1, err)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, ev)
		}
	}
	return out, nil
}

// items are what the delivery is a list of; without for_each, itself.
func (h *hook) items(in *expression.Input) ([]any, error) {
	if h.forEach == nil {
		return []any{nil}, nil
	}
	v, err := h.forEach.Eval(in)
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	items, ok := v.([]any)
	switch {
	case v == nil:
		return nil, nil
	case !ok:
		return nil, errors.New("for_each is not a list")
	case len(items) > maxItems:
		return nil, fmt.Errorf("for_each has more than %d items", maxItems)
	}
	return items, nil
}

// event maps one item; ids counts the events of each sender's id so far.
func (h *hook) event(in *expression.Input, ids map[string]int) (flowd.Event, bool, error) {
	if h.whenItem {
		if yes, err := asked(h.when, in); err != nil || !yes {
			return flowd.Event{}, false, err
		}
	}
	ev, err := h.parts.Event(in, h.door)
	if err != nil {
		return flowd.Event{}, false, err
	}
	if h.eventID != nil {
		if ev.Key, err = h.key(in, ids); err != nil {
			return flowd.Event{}, false, fmt.Errorf("event_id: %w", err)
		}
	}
	return ev, true, nil
}

func (h *hook) key(in *expression.Input, ids map[string]int) (string, error) {
	v, err := h.eventID.Eval(in)
	if err != nil || v == nil {
		return "", err
	}
	id, err := connectors.Text(v)
	if err != nil || id == "" {
		return "", err
	}
	key := connectors.HookKey(h.name, id, ids[id])
	ids[id]++
	return key, nil
}

// asked is the answer to a yes-or-no expression; yes where there is none.
func asked(m *expression.Mapping, in *expression.Input) (bool, error) {
	if m == nil {
		return true, nil
	}
	yes, err := connectors.Ask(m, in)
	switch {
	case errors.As(err, new(*expression.Error)):
		return false, fmt.Errorf("when: %w", err)
	case err != nil:
		return false, fmt.Errorf("when %w", err)
	}
	return yes, nil
}

// handshake is what a sender asks before it sends events, such as an echo of a
// header or a challenge in the body.
type handshake struct {
	echo         string
	when, answer *expression.Mapping
}

// maxAnswer bounds what is sent back of what came.
const maxAnswer = 1 << 10

func (h *handshake) reply(in *expression.Input, d flowd.Delivery) (*flowd.Reply, bool) {
	if h == nil {
		return nil, false
	}
	if value := d.Header.Get(h.echo); h.echo != "" && value != "" && len(value) <= maxAnswer {
		return &flowd.Reply{Header: http.Header{http.CanonicalHeaderKey(h.echo): {value}}}, true
	}
	if h.when == nil {
		return nil, false
	}
	// A delivery that cannot be asked, for lack of what is asked about, is none.
	if yes, err := asked(h.when, in); err != nil || !yes {
		return nil, false
	}
	if h.answer == nil {
		return &flowd.Reply{}, true
	}
	v, err := h.answer.Eval(in)
	if err != nil {
		return nil, false
	}
	text, err := connectors.Text(v)
	if err != nil || len(text) > maxAnswer {
		return nil, false
	}
	return &flowd.Reply{
		Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}},
		Body:   []byte(text),
	}, true
}
