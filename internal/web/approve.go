package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/internal/links"
	"flowd/state"
)

// Approvals serves the pages on which people say yes or no to what a rule holds
// together, each behind a signed link that works once. It stands on the public
// listener: whoever has the link is who it was sent to, so it proves more than the
// other pages do and does less. It is safe for concurrent use.
type Approvals struct {
	api
	signer atomic.Pointer[links.Approvals]
	limits *links.Limits
	looks  looks
	opened *prometheus.CounterVec
	noise  zerolog.Logger // for what anyone can cause any number of
}

// NewApprovals returns the handler of links.ApprovalPath. Options.Addresses tells
// under which addresses an approver is known. Metrics may be nil.
func NewApprovals(o Options, signer *links.Approvals, metrics prometheus.Registerer) (*Approvals, error) {
	p := &Approvals{
		api: api{o}, limits: links.NewLimits(), looks: newLooks(), noise: o.Log.Sample(&zerolog.BurstSampler{Burst: 10, Period: time.Minute}),
		opened: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_approval_pages_total", Help: "Requests for the pages on which people say yes or no, by how they were answered.",
		}, []string{"result"}),
	}
	p.signer.Store(signer)
	if metrics != nil {
		if err := metrics.Register(p.opened); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Swap replaces the signer, as after a reload.
func (p *Approvals) Swap(s *links.Approvals) { p.signer.Store(s) }

// Bounds of one page: beyond them the rest is asked about after the answer.
const (
	maxAsked        = 1000
	maxDecisionForm = 64 << 10 // bytes of a form: nine for each of them, and a reason
	maxReason       = 500      // characters
)

// link is what a request's token stands for.
type link struct {
	links.Approval
	token string
}

// once is what its answer is kept under.
func (l link) once() string { return l.Answered(l.token) }

// ServeHTTP implements http.Handler.
func (p *Approvals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.URL.Path, links.ApprovalPath)
	sum := sha256.Sum256([]byte(token))
	a := p.answer(w, r, token, string(sum[:]))
	p.opened.WithLabelValues(a.result).Inc()
	digest := hex.EncodeToString(sum[:6]) // tells the openings of one link from those of another
	switch {
	case a.err != nil:
		p.Log.Error().Str("link", digest).Err(a.err).Msg("an approval's page could not be served")
	case a.result == "yes", a.result == "no":
	default:
		p.noise.Info().Str("link", digest).Str("result", a.result).Msg("an approval's page was asked for")
	}
	p.looks.write(w, r, a)
}

// answer is what a request gets. Only a form that was sent from the page changes
// anything: whatever merely looks at a link does not.
func (p *Approvals) answer(w http.ResponseWriter, r *http.Request, token, digest string) approvalPage {
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost {
		return plainly("method")
	}
	claim, err := p.signer.Load().Parse(token)
	if err != nil {
		return plainly("unknown")
	}
	l := link{claim, token}
	switch now := p.Now(); {
	case !p.limits.One(digest, now):
		return plainly("often")
	case !now.Before(l.Until):
		return plainly("ended").about(l)
	case r.Method == http.MethodHead, r.Method == http.MethodGet && links.Previews(r.UserAgent()):
		return plainly("previewed") // names nobody
	case r.Method == http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxDecisionForm)
		return p.decide(r, l)
	}
	return p.look(r.Context(), l)
}

// look shows whom the link asks about, or why it asks no more.
func (p *Approvals) look(ctx context.Context, l link) approvalPage {
	rows, over, err := p.open(ctx, l)
	switch {
	case err != nil:
		return failed(err)
	case over != nil:
		return *over
	}
	form, err := p.form(ctx, l, rows)
	if err != nil {
		return failed(err)
	}
	return approvalPage{result: "asked", status: http.StatusOK, Title: form.ask, Form: form}
}

// open returns what the link asks about, the newest first, or what is to be said
// where it asks about nobody any more.
func (p *Approvals) open(ctx context.Context, l link) (rows []state.Row, over *approvalPage, err error) {
	end := func(a approvalPage) ([]state.Row, *approvalPage, error) { return nil, &a, nil }
	switch _, err := p.Store.Document(ctx, state.Once, l.once()); {
	case err == nil:
		answered, err := p.answered(ctx, l)
		return nil, &answered, err
	case !errors.Is(err, state.ErrNotFound):
		return nil, nil, err
	}
	f := state.Filter{Subject: state.Actions, Batch: l.Batch, States: []flowd.ActionState{flowd.Held}, Reasons: []flowd.Reason{flowd.ReasonApproval}}
	found, err := p.Store.Find(ctx, f, state.Page{Limit: maxAsked})
	switch {
	case err != nil:
		return nil, nil, err
	case len(found.Rows) == 0:
		decided, err := p.decided(ctx, l)
		return nil, &decided, err
	case !p.asks(found.Rows[0].Action.Rule, l.Approver):
		return end(plainly("removed").about(l))
	}
	return found.Rows, nil, nil
}

// asks tells whether the rule, as it serves now, asks somebody for their yes.
func (p *Approvals) asks(id, name string) bool {
	set := p.Rules()
	if set == nil {
		return false
	}
	rule, ok := set.Rule(id)
	return ok && (rule.Owner == name || slices.Contains(rule.Approvers, name))
}

// decide carries out a form: for those whom it showed, and who are held still.
func (p *Approvals) decide(r *http.Request, l link) approvalPage {
	if err := r.ParseForm(); err != nil {
		return plainly("unfit")
	}
	shown, yes := r.PostForm.Get("shown"), r.PostForm.Get("answer") == "yes"
	if !p.signer.Load().Signed(l.token, shown, r.PostForm.Get("form")) || !yes && r.PostForm.Get("answer") != "no" {
		return plainly("unfit")
	}
	ctx := r.Context()
	rows, over, err := p.open(ctx, l)
	switch {
	case err != nil:
		return failed(err)
	case over != nil:
		return *over
	}
	own, err := p.ownMoves(ctx, rows, p.who(l))
	if err != nil {
		return failed(err)
	}
	order := state.Amendment{Verb: state.Cancel, By: l.Approver, Why: reasonOfForm(r.PostForm.Get("why")), Reason: flowd.ReasonByHand, Once: l.once(),
		Select: state.Selection{Batch: l.Batch, State: flowd.Held, Reason: flowd.ReasonApproval}}
	if yes {
		order.Verb = state.Release
	}
	pick := strings.Split(shown, ".")
	for _, row := range rows {
		if slices.Contains(pick, row.Action.Key.Short()) && !(yes && own[row.Action.Key]) {
			order.Select.Keys = append(order.Select.Keys, row.Action.Key)
		}
	}
	if len(order.Select.Keys) == 0 {
		return plainly("nobody").about(l)
	}
	changed, err := p.Store.Amend(ctx, order, p.Now())
	switch {
	case errors.Is(err, state.ErrOnce):
		answered, err := p.answered(ctx, l)
		if err != nil {
			return failed(err)
		}
		return answered
	case err != nil:
		return failed(err)
	case len(changed) == 0: // decided about, or moved on, in this moment
		return plainly("nobody").about(l)
	}
	p.Log.Info().Str("order", string(order.Verb)).Str("by", l.Approver).Str("batch", l.Batch).Int("rows", len(changed)).Msg("order by an approval's page")
	p.wake()
	return p.thank(ctx, l, changed, order, len(pick))
}

// who is the approver whom a link was sent to.
func (p *Approvals) who(l link) approver {
	who := approver{name: l.Approver}
	if p.Addresses != nil {
		who.addresses = p.Addresses(l.Approver)
	}
	return who
}

// reasonOfForm is a reason as it is kept: one line of what prints, cut where it is
// too long.
func reasonOfForm(text string) string {
	visible := func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsGraphic(r):
			return -1
		}
		return r
	}
	runes := []rune(strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(text, "\uFFFD"))), " "))
	return string(runes[:min(len(runes), maxReason)])
}
