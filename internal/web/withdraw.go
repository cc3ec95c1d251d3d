package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"flowd"
	"flowd/state"
)

// WithdrawOrder takes back invites that nobody has answered: of a person, of
// what a rule did since a time, or of a batch of orders.
type WithdrawOrder struct {
	Who   string    `json:"who,omitempty"`
	Rule  string    `json:"rule,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Batch string    `json:"batch,omitempty"`
	// Count is how many people the sender means: with more than MostUncounted it
	// must be said, and be right.
	Count   int    `json:"count,omitempty"`
	By      string `json:"by"`
	Why     string `json:"why,omitempty"`
	Preview bool   `json:"preview,omitempty"`
	Show    bool   `json:"show,omitempty"`
}

// MostUncounted is how many invites are taken back without saying how many.
const MostUncounted = 20

// WithdrawLine is what would become, or became, of one invite.
type WithdrawLine struct {
	// Does tells that something is to be done: Order, where it is an order to
	// Hireflix, asks /api/v1/orders what became of it.
	Does    bool      `json:"does"`
	Order   string    `json:"order,omitempty"`
	Outcome string    `json:"outcome"` // in words
	Invited time.Time `json:"invited,omitzero"`
	Entry

	event  flowd.Event
	cancel flowd.IdempotencyKey
}

// Withdrawals is the answer to a WithdrawOrder.
type Withdrawals struct {
	Lines []WithdrawLine `json:"lines"`
	Count int            `json:"count"` // of those that something is done about
}

func (a api) withdraw(r *http.Request) (any, error) {
	var o WithdrawOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	invites, err := a.invitesFor(r.Context(), o)
	if err != nil {
		return nil, err
	}
	out := Withdrawals{Lines: []WithdrawLine{}}
	var events []flowd.Event
	var cancel []flowd.IdempotencyKey
	for _, in := range invites {
		line, ok := withdrawLine(in, o)
		if !ok {
			continue
		}
		line.Name, line.Email = shown(in.story.Application.Candidate, o.Show)
		if line.Does {
			out.Count++
		}
		if line.event.Key != "" {
			events = append(events, line.event)
		}
		if line.cancel != "" {
			cancel = append(cancel, line.cancel)
		}
		out.Lines = append(out.Lines, line)
	}
	switch {
	case len(out.Lines) == 0:
		return nil, notFound("no invite fits that")
	case o.Preview:
		return out, nil
	case out.Count > MostUncounted && o.Count == 0:
		return nil, wrong(fmt.Sprintf("this takes back %d invites: say so by their count", out.Count))
	case o.Count != 0 && o.Count != out.Count:
		return nil, &Problem{Status: http.StatusConflict, Text: fmt.Sprintf("nothing was taken back: it is %d invites by now, not %d", out.Count, o.Count)}
	}
	cancelled := map[flowd.IdempotencyKey]bool{}
	if len(cancel) > 0 {
		rows, err := a.Store.Amend(r.Context(), state.Amendment{
			Verb: state.Cancel, Select: state.Selection{Keys: cancel}, By: o.By, Why: o.Why, Reason: flowd.ReasonByHand,
		}, a.Now())
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			cancelled[row.Action.Key] = true
		}
	}
	if _, err := a.order(r.Context(), events); err != nil {
		return nil, err
	}
	for i := range out.Lines {
		l := &out.Lines[i]
		switch {
		case cancelled[l.cancel]:
			l.Word, l.Outcome = flowd.WordNotInvited, "cancelled before it went out"
		case l.cancel != "":
			l.Does, l.Outcome = false, "not withdrawn: it is on its way; try again in a minute"
			out.Count--
		}
	}
	a.Log.Info().Str("order", "withdraw").Str("by", o.By).Int("people", out.Count).Msg("order")
	return out, nil
}

func (o WithdrawOrder) check() error {
	named := 0
	for _, set := range []bool{o.Who != "", o.Rule != "", o.Batch != ""} {
		if set {
			named++
		}
	}
	switch {
	case named != 1:
		return wrong("say whose invites: of one person, of a rule since a time, or of a batch")
	case o.Rule != "" && o.Since.IsZero():
		return wrong("say since when the rule's invites are taken back")
	case o.By == "":
		return wrong("say who gives the order")
	}
	return nil
}

// invited is an invite with everything known of its application.
type invited struct {
	row   state.Row
	story state.Story
}

// invitesFor are the live invites that an order means, oldest first.
func (a api) invitesFor(ctx context.Context, o WithdrawOrder) ([]invited, error) {
	if o.Who != "" {
		stories, err := a.lookUp(ctx, o.Who)
		one := named(stories, o.Who)
		var out []invited
		for _, s := range stories {
			for _, row := range s.Rows {
				if one == "" || row.Action.Key == one {
					out = append(out, invited{row, s})
				}
			}
		}
		return out, err
	}
	f := state.Filter{Subject: state.Actions, Kind: flowd.ActionInvite, Rule: o.Rule, Since: o.Since, Batch: o.Batch}
	var out []invited
	for page := (state.Page{Limit: 1000}); ; {
		found, err := a.Store.Find(ctx, f, page)
		if err != nil {
			return nil, err
		}
		for _, row := range found.Rows {
			if out, err = a.gather(ctx, out, state.Ref{Action: row.Action.Key}, func(r state.Row) bool { return r.Action.Key == row.Action.Key }); err != nil {
				return nil, err
			}
		}
		if found.Next == "" {
			return out, nil
		}
		if len(out) >= maxOrder {
			return nil, wrong(fmt.Sprintf("that is more than %d invites: narrow it down", maxOrder))
		}
		page.After = found.Next
	}
}

func (a api) gather(ctx context.Context, out []invited, ref state.Ref, wanted func(state.Row) bool) ([]invited, error) {
	stories, err := a.Store.Story(ctx, ref)
	for _, s := range stories {
		for _, row := range s.Rows {
			if wanted(row) {
				out = append(out, invited{row, s})
			}
		}
	}
	return out, err
}

// withdrawLine says what the order does about an invite; ok is false for what is
// none, or never went anywhere.
func withdrawLine(in invited, o WithdrawOrder) (line WithdrawLine, ok bool) {
	row := in.row
	if row.Action.Kind != flowd.ActionInvite || row.Action.Mode == flowd.Shadow {
		return line, false
	}
	line = WithdrawLine{Entry: entryOf(row), Invited: row.Interview.CreatedAt}
	if line.Invited.IsZero() && row.State == flowd.Done {
		line.Invited = row.Updated
	}
	switch row.State {
	case flowd.Cancelled, flowd.Replaced, flowd.Would:
		return line, false
	case flowd.Uncertain, flowd.Leased:
		line.Outcome = "not withdrawn: it may be on its way; try again in a minute"
	case flowd.GivenUp:
		line.Outcome = "not withdrawn: it never went out"
	case flowd.NeedsPerson:
		line.Outcome = "not withdrawn: the interview is not flowd's"
	case flowd.Shared:
		line.Outcome = "not withdrawn: it shares the interview of another application, which is the one to name"
	case flowd.Done:
		line.takeBack(in, o)
	default: // it has not gone out
		line.Does, line.cancel = true, row.Action.Key
		line.Outcome = "cancelled before it goes out"
	}
	return line, true
}

// takeBack decides about an invite that went out.
func (l *WithdrawLine) takeBack(in invited, o WithdrawOrder) {
	row := in.row
	switch {
	case row.Interview.Answered:
		l.Outcome = "not withdrawn: the candidate has answered"
		return
	case row.Interview.Deleted:
		l.Outcome = "withdrawn already"
		return
	case row.Interview.ID == "":
		l.Outcome = "not withdrawn: flowd does not know its interview"
		return
	}
	for _, other := range in.story.Rows {
		if other.Action.Key != flowd.WithdrawKey(row.Interview.ID) {
			continue
		}
		// The row of an earlier order stands: it is what goes on, or is released.
		l.Outcome = fmt.Sprintf("ordered already: %s", rowWord(other))
		if !other.State.Owing() || other.State == flowd.Held {
			l.Outcome = fmt.Sprintf("not withdrawn: %s; `flowd release %s` tries again", why(other.Reason, other.Detail), other.Action.Key.Short())
		}
		l.Order = other.Action.Event
		return
	}
	base := orderBase("withdraw", row.Action.ATS, row.Action.Application, row.Interview.ID)
	key, given := orderKey(in.story, base)
	l.Order = key
	if given {
		l.Outcome = "ordered already"
		return
	}
	l.Does, l.Outcome = true, "withdrawn"
	l.event = flowd.Event{
		Key: key, ATS: row.Action.ATS, Type: flowd.WithdrawOrdered, Application: flowd.Application{ID: row.Action.Application},
		Order: flowd.Order{By: o.By, Why: o.Why, Batch: o.Batch, Invite: row.Action.Key, Position: row.Action.Position},
	}
}
