package web

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/mail"
	"strconv"
	"strings"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// InviteOrder invites people by hand: as a preview, or in earnest once no row is
// wrong.
type InviteOrder struct {
	Rows []InviteRow `json:"rows"`
	// Again asks for another interview where the one before is unanswered: that
	// one is taken back first. Email is the person's new address, of one row alone.
	Again   bool   `json:"again,omitempty"`
	Email   string `json:"email,omitempty"`
	Batch   string `json:"batch,omitempty"`
	By      string `json:"by"`
	Why     string `json:"why,omitempty"`
	Preview bool   `json:"preview,omitempty"`
	Show    bool   `json:"show,omitempty"`
}

// InviteLine is what would become, or became, of one row. With a Problem nothing
// can be ordered; with Already there is nothing left to order.
type InviteLine struct {
	Line    int    `json:"line,omitempty"`
	Who     string `json:"who,omitempty"` // as the sender named the person
	Problem string `json:"problem,omitempty"`
	Already bool   `json:"already,omitempty"`
	Order   string `json:"order,omitempty"` // asks /api/v1/orders what became of it
	Note    string `json:"note,omitempty"`
	Entry

	event flowd.Event
}

// Invites is the answer to an InviteOrder.
type Invites struct {
	Batch string       `json:"batch"`
	Lines []InviteLine `json:"lines"`
}

func (a api) invite(r *http.Request) (any, error) {
	var o InviteOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Batch == "" {
		o.Batch = NewBatch(a.Now().UTC().Format("20060102"))
	}
	out := Invites{Batch: o.Batch, Lines: []InviteLine{}}
	var events []flowd.Event
	var bad []string
	lines := map[string]int{} // by order
	for _, row := range o.Rows {
		line, err := a.inviteLine(r, o, row)
		if err != nil {
			return nil, err
		}
		first, twice := lines[line.Order]
		switch {
		case line.Problem != "":
			bad = append(bad, line.problem())
		case line.Already:
		case twice:
			line.Already, line.Note = true, "named already at line "+strconv.Itoa(first)
		default:
			lines[line.Order] = row.Line
			events = append(events, line.event)
		}
		out.Lines = append(out.Lines, line)
	}
	switch {
	case o.Preview:
		return out, nil
	case len(bad) > 0:
		return nil, &Problem{Status: http.StatusUnprocessableEntity, Text: fmt.Sprintf("nobody was invited: %d of %d rows are wrong: %s",
			len(bad), len(o.Rows), strings.Join(bad[:min(len(bad), maxNamed)], "; "))}
	}
	taken, err := a.order(r.Context(), events)
	if err != nil {
		return nil, err
	}
	for i := range out.Lines {
		l := &out.Lines[i]
		switch {
		case l.Already:
		case taken[l.Order]:
			l.Word, l.Why = flowd.WordWaiting, "ordered"
		default: // another order of the same came in between
			l.Already, l.Word, l.Note = true, flowd.WordWaiting, "ordered already"
		}
	}
	a.Log.Info().Str("order", "invite").Str("by", o.By).Str("batch", o.Batch).Int("people", len(taken)).Msg("order")
	return out, nil
}

func (o InviteOrder) check() error {
	switch {
	case len(o.Rows) == 0:
		return wrong("say whom to invite")
	case len(o.Rows) > MaxRows:
		return wrong(fmt.Sprintf("at most %d people are invited at once: send the list in parts, under one batch", MaxRows))
	case o.By == "":
		return wrong("say who gives the order")
	case o.Email != "" && (!o.Again || len(o.Rows) != 1):
		return wrong("a new address goes with inviting one person again")
	case len(o.Batch) > 60:
		return wrong("the batch has a name of at most 60 characters")
	}
	if o.Email == "" {
		return nil
	}
	if addr, err := mail.ParseAddress(o.Email); err != nil || addr.Address != o.Email {
		return wrong("the new address is none")
	}
	return nil
}

func (l InviteLine) problem() string {
	if l.Line > 0 {
		return "line " + strconv.Itoa(l.Line) + ": " + l.Problem
	}
	return l.Problem
}

// NewBatch names orders that are given together.
func NewBatch(day string) string { return day + "-" + strings.ToLower(rand.Text()[:6]) }

// inviteLine checks one row against everything that is known.
func (a api) inviteLine(r *http.Request, o InviteOrder, row InviteRow) (InviteLine, error) {
	line := InviteLine{Line: row.Line, Who: row.named()}
	s, problem, err := a.application(r.Context(), row)
	if err != nil || problem != "" {
		line.Problem = problem
		return line, err
	}
	app := s.Application
	line.ATS, line.Application, line.Candidate = s.ATS, app.ID, app.Candidate.ID
	line.Job, line.Stage = nameOf(app.Job.Name, app.Job.ID), nameOf(app.Stage.Name, app.Stage.ID)
	line.Name, line.Email = shown(app.Candidate, o.Show)
	if line.Problem = a.unwelcome(app, o.Email); line.Problem != "" {
		return line, nil
	}
	position, problem := a.positionFor(row.Position, s)
	line.Entry.Position, line.Problem = nameOf(position.Name, position.ID), problem
	if problem != "" {
		return line, nil
	}
	last, elsewhere := invitesOf(s, position.ID)
	line.Note = elsewhere
	generation, again := 1, o.Again
	if last == nil {
		again = false // there is nothing to take back
	} else {
		generation = last.Action.Generation
		line.Key, line.Interview = last.Action.Key.Short(), last.Interview.ID
		line.stands(*last, again)
		if line.Already || line.Problem != "" {
			return line, nil
		}
		if again {
			generation++
		}
	}
	key, given := orderKey(s, orderBase("invite", s.ATS, app.ID, position.ID, strconv.Itoa(generation)))
	line.Order = key
	if given {
		line.Already, line.Word, line.Note = true, flowd.WordWaiting, "ordered already"
		return line, nil
	}
	line.Word = flowd.WordWould
	line.event = flowd.Event{
		Key: key, ATS: s.ATS, Type: flowd.InviteOrdered, Application: flowd.Application{ID: app.ID},
		Order: flowd.Order{By: o.By, Why: o.Why, Batch: o.Batch, Position: position, Again: again},
	}
	if again {
		line.event.Application.Candidate.Email = o.Email
		if last.Interview.Open() {
			line.Note = "the unanswered interview is taken back first"
		}
	}
	return line, nil
}

// invitesOf is the newest invite of an application to a position that stands,
// and in words those to other positions.
func invitesOf(s state.Story, position string) (last *state.Row, elsewhere string) {
	for i, row := range s.Rows {
		if row.Action.Kind != flowd.ActionInvite || row.Action.Mode == flowd.Shadow || !stands(row) {
			continue
		}
		if row.Action.Position.ID == position {
			last = &s.Rows[i]
			continue
		}
		elsewhere = fmt.Sprintf("%s to %s, too", flowd.WordOf(row.State, row.Interview), nameOf(row.Action.Position.Name, row.Action.Position.ID))
	}
	return last, elsewhere
}

// stands tells whether an invite still keeps another to the same position from
// being promised.
func stands(row state.Row) bool {
	e := state.Entry{Row: row}
	return e.Holds() && row.State != flowd.Would
}

// stands notes what an earlier invite means for the order.
func (l *InviteLine) stands(row state.Row, again bool) {
	l.Word, l.State, l.Reason, l.Why = flowd.WordOf(row.State, row.Interview), row.State, row.Reason, why(row.Reason, row.Detail)
	open := row.State == flowd.Done && !row.Interview.Answered
	over := row.State == flowd.GivenUp || row.State == flowd.Cancelled
	switch {
	case !again && over:
		l.Problem = fmt.Sprintf("%s before (%s): `flowd release %s` lets it go, --again begins anew", l.Word, l.Why, l.Key)
	case !again && l.Word == flowd.WordWithdrawn:
		l.Problem = "was invited and the invite taken back: --again invites once more"
	case !again:
		l.Already, l.Note = true, strings.TrimSpace(string(l.Word)+" already")
	case open || over:
	case row.Interview.Answered:
		l.Problem = "has answered: another invite would destroy the answers"
	case row.State == flowd.Shared:
		l.Problem = "shares the interview of another application: name that one"
	case row.State.Owing() && row.State != flowd.Uncertain && row.State != flowd.Leased:
		l.Problem = fmt.Sprintf("the invite has not gone out yet (%s): there is nothing to repeat", l.Word)
	case row.State == flowd.NeedsPerson:
		l.Problem = fmt.Sprintf("held: %s: nobody knows whose answers another invite would destroy", l.Why)
	default:
		l.Problem = fmt.Sprintf("%s: try again in a minute", l.Word)
	}
}

// positionFor is the position that a row names, or the one that the map leads
// the application to.
func (a api) positionFor(given string, s state.Story) (flowd.Position, string) {
	known := a.Info().Positions
	if given == "" {
		set := a.Rules()
		if set == nil {
			return flowd.Position{}, "the rules cannot be read: say which position"
		}
		p, ok := set.PositionFor(s.Application, sourceOf(s))
		switch {
		case !ok:
			return p, "no row of the rules leads here: say which position"
		case p.ID == "":
			given = p.Name
		default:
			given = p.ID
		}
	}
	given = strings.TrimSpace(given)
	var fit []flowd.Position
	for _, p := range known {
		if p.ID == given {
			fit = []flowd.Position{p}
			break
		}
		if rules.FoldName(p.Name) == rules.FoldName(given) {
			fit = append(fit, p)
		}
	}
	switch {
	case len(known) == 0:
		return flowd.Position{Name: given}, "flowd has not read Hireflix's positions yet: it does when it runs"
	case len(fit) == 0:
		return flowd.Position{Name: given}, fmt.Sprintf("Hireflix has no position %q: `flowd names positions` lists them", given)
	case len(fit) > 1:
		return fit[0], fmt.Sprintf("%d positions are named %q: give the id of one", len(fit), given)
	case fit[0].Archived:
		return fit[0], fmt.Sprintf("the position %q is archived: it takes no invites", fit[0].Name)
	}
	return flowd.Position{ID: fit[0].ID, Name: fit[0].Name}, ""
}

// sourceOf is the source that told of an application last.
func sourceOf(s state.Story) string {
	for i := len(s.Events) - 1; i >= 0; i-- {
		if src := s.Events[i].Event.Source; src != byHand && !s.Events[i].Event.Type.OfInterview() {
			return src
		}
	}
	return ""
}
