package daemon

import (
	"context"
	"fmt"
	"slices"
	"time"

	"flowd/internal/links"
	"flowd/internal/notify"
	"flowd/internal/web"
	"flowd/state"
)

const (
	// linkLives is how long a link to an approval's page opens it. While somebody
	// waits a message with a new one comes each day.
	linkLives = 72 * time.Hour
	// answersKept is how long an answer by such a link is remembered: well beyond it.
	answersKept = 90 * 24 * time.Hour
)

// openApprovals makes the pages on which people say yes or no, where there is a
// key. A dry run has none: nothing goes out by a yes.
func (d *Daemon) openApprovals(p *plan) error {
	if len(p.linkKeys) == 0 || d.opts.DryRun {
		return nil
	}
	signer, err := links.NewApprovals(p.linkKeys)
	if err != nil {
		return err
	}
	o := d.webOptions()
	o.Addresses = func(name string) []string {
		r := d.router.Load()
		if !slices.Contains(r.Owners(), name) { // the link went to the default's channels
			name = notify.Default
		}
		return r.Addresses(name)
	}
	d.asks.Store(signer)
	d.pages, err = web.NewApprovals(o, signer, d.registry)
	return err
}

// approvalLink is the link on which somebody says yes or no to a batch, or "" where
// there are no pages.
func (d *Daemon) approvalLink(a links.Approval) string {
	s := d.asks.Load()
	if s == nil || a.Batch == "" {
		return ""
	}
	link, err := s.URL(d.config.Server.PublicURL, a)
	if err != nil {
		d.log.Error().Err(err).Str("batch", a.Batch).Msg("no link for a yes could be made; the message names the command")
	}
	return link
}

// approval asks those who may say yes to a batch that a rule holds, or the rule's
// owner. Nobody of it is named: who they are, the page and the list show to those
// who may see. What is left after an answer is asked about anew.
func (c *collection) approval(rule, batch string, n int, round uint32, now time.Time) {
	of, subject := "--batch "+batch, batch
	if batch == "" { // held before there were batches
		of, subject = "--rule "+rule+" --reason approval", rule
	}
	if round > 0 {
		subject += fmt.Sprintf("/%d", round+1)
	}
	notice := notify.Notice{Name: rule, Count: n, Command: "flowd release " + of,
		Text: fmt.Sprintf("Nothing is done for them until somebody says yes. flowd list %s --show names them; flowd cancel %s is the no.", of, of)}
	r, ok := c.d.engine.Rules().Rule(rule)
	if !ok {
		c.everyone(notify.KindApproval, subject, notice)
		return
	}
	ask := func(owner string) {
		asks := notice
		asks.Link = c.d.approvalLink(links.Approval{Batch: batch, Approver: owner, Round: round, Until: now.Add(linkLives).Truncate(time.Second)})
		c.add(owner, notify.KindApproval, subject, asks)
	}
	told := false
	for _, owner := range r.Approvers {
		told = told || c.d.router.Load().Has(owner)
		ask(owner)
	}
	if !told {
		ask(r.Owner)
	}
}

// rounds counts the answers that were given by links, by batch.
func (d *Daemon) rounds(ctx context.Context) (map[string]uint32, error) {
	docs, err := d.store.Documents(ctx, state.Once)
	if err != nil {
		return nil, fmt.Errorf("read the answers that were given: %w", err)
	}
	out := map[string]uint32{}
	for _, doc := range docs {
		out[links.AnsweredBatch(doc.ID)]++
	}
	return out, nil
}

// pruneAnswers forgets which links were used, long after none of them opens a page.
func (d *Daemon) pruneAnswers(ctx context.Context, now time.Time) {
	docs, err := d.store.Documents(ctx, state.Once)
	for _, doc := range docs {
		if err == nil && doc.At.Before(now.Add(-answersKept)) {
			err = d.store.Drop(ctx, doc.Kind, doc.ID)
		}
	}
	if err != nil {
		d.log.Error().Err(err).Msg("old answers by links cannot be dropped; trying again tomorrow")
	}
}
