package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/links"
	"flowd/state"
)

// thank says what came of an answer.
func (p *Approvals) thank(ctx context.Context, l link, changed []state.Row, o state.Amendment, shown int) approvalPage {
	kind := changed[0].Action.Kind
	w := wordsFor(kind, len(changed))
	a := approvalPage{result: "no", status: http.StatusOK, Title: w.unsaid}
	if o.Verb == state.Release {
		a.result, a.Title = "yes", w.said
		a.Text = append(a.Text, after(changed, p.Now())...)
	} else {
		a.Text = append(a.Text, "One who was meant after all is let go by name: flowd release PERSON.")
	}
	recorded := "It is recorded as an order of " + l.Approver
	if o.Why != "" {
		recorded += ": " + o.Why
	}
	a.Text = append(a.Text, recorded+".")
	if lost := shown - len(changed); lost > 0 && o.Verb == state.Cancel {
		a.Text = append(a.Text, plural(lost, "of those shown does", "of those shown do")+" not wait any more: moved on, or decided about, meanwhile.")
	}
	p.left(ctx, l, &a)
	return a
}

// after is when what a yes let go goes out.
func after(changed []state.Row, now time.Time) (out []string) {
	var first time.Time
	held, why := 0, ""
	for _, row := range changed {
		switch {
		case row.State == flowd.Held:
			held, why = held+1, row.Reason.InWords()
		case row.Due.After(now) && (first.IsZero() || row.Due.Before(first)):
			first = row.Due
		}
	}
	if !first.IsZero() {
		out = append(out, "They wait as their rule says; the first goes out on "+when(first)+".")
	}
	if held > 0 {
		out = append(out, plural(held, "stays", "stay")+" held for another reason: "+why+".")
	}
	return out
}

// left adds who still waits for a yes, with a link where the approver may say it.
func (p *Approvals) left(ctx context.Context, l link, a *approvalPage) {
	next := link{Approval: links.Approval{Batch: l.Batch, Approver: l.Approver, Round: l.Round + 1, Until: l.Until}}
	token, err := p.signer.Load().Token(next.Approval)
	if err != nil {
		return // it holds what this one held
	}
	next.token = token
	rows, over, err := p.open(ctx, next)
	if err != nil || over != nil {
		return // they are in the next message
	}
	own, err := p.ownMoves(ctx, rows, p.who(l))
	if err != nil {
		return
	}
	if n := len(own); n > 0 {
		a.Text = append(a.Text, plural(n, "person stays", "people stay")+" held whom you moved yourself: somebody else has to say yes to that.")
	}
	if n := len(rows) - len(own); n > 0 {
		a.Text = append(a.Text, plural(n, "more person waits", "more people wait")+" for a yes, whom the page did not show.")
		a.Link, a.LinkText = links.ApprovalPath+next.token, "Look at them"
	}
}

// answered is what a link leads to that was used.
func (p *Approvals) answered(ctx context.Context, l link) (approvalPage, error) {
	a, err := p.decided(ctx, l)
	a.result, a.status, a.Title = "used", http.StatusGone, "This link was used"
	a.Text = append([]string{"Somebody has answered by it, and it works once."}, a.Text...)
	return a, err
}

// decided is what a link leads to about whom nothing is asked any more.
func (p *Approvals) decided(ctx context.Context, l link) (approvalPage, error) {
	a := approvalPage{result: "decided", status: http.StatusGone, Title: "Nobody of them waits any more"}
	found, err := p.Store.Find(ctx, state.Filter{Subject: state.Actions, Batch: l.Batch}, state.Page{Limit: maxAsked})
	for _, d := range decisionsOn(found.Rows) {
		a.Text = append(a.Text, d.String())
	}
	if err == nil && len(a.Text) == 0 {
		a.Text = []string{"All of them have moved on, or were forgotten."}
	}
	return a.about(l), err
}

// decision is what somebody said about some of a batch.
type decision struct {
	by, why string
	yes     bool
	at      time.Time
	n       int
}

// String is the decision in words.
func (d decision) String() string {
	said := "no"
	if d.yes {
		said = "yes"
	}
	text := fmt.Sprintf("%s said %s about %s on %s", d.by, said, plural(d.n, "person", "people"), when(d.at))
	if d.why != "" {
		text += ": " + d.why
	}
	return text + "."
}

// maxDecisions bounds how many are told of.
const maxDecisions = 10

// decisionsOn are those that the rows' histories tell of, the newest first.
func decisionsOn(rows []state.Row) (all []decision) {
	for _, row := range rows {
		for i, st := range row.Steps {
			if i == 0 || st.By == "" || row.Steps[i-1].Reason != flowd.ReasonApproval {
				continue
			}
			why := strings.TrimPrefix(strings.TrimPrefix(st.Detail, row.Action.Detail), "; ") // behind what the rule waits for
			d := decision{by: st.By, yes: st.State != flowd.Cancelled, at: st.At, why: why, n: 1}
			same := slices.IndexFunc(all, func(o decision) bool { return o.by == d.by && o.yes == d.yes && o.at.Equal(d.at) })
			if same < 0 {
				all = append(all, d)
			} else {
				all[same].n++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b decision) int { return b.at.Compare(a.at) })
	return all[:min(len(all), maxDecisions)]
}
