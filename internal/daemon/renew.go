package daemon

import (
	"context"
	"fmt"
	"time"

	"flowd"
	"flowd/internal/fault"
	"flowd/state"
)

// renewed bounds the shares that a night looks at.
const maxRenewed = 5000

// renewShares makes the links that Hireflix shares live on while their
// application is open: each that ends soon is shared anew. Whether Hireflix keeps
// its address then is not documented; flowd's own links need none of this.
func (d *Daemon) renewShares(ctx context.Context) {
	if d.opts.DryRun {
		return
	}
	f := state.Filter{Subject: state.Actions, Kind: flowd.ActionShare, States: []flowd.ActionState{flowd.Done}}
	looked, renewed := 0, 0
	for page := (state.Page{Limit: 200}); looked < maxRenewed; {
		found, err := d.store.Find(ctx, f, page)
		if err != nil {
			d.log.Error().Err(err).Msg("the shared links cannot be read; trying again tomorrow")
			return
		}
		for _, r := range found.Rows {
			looked++
			done, err := d.renew(ctx, r)
			if err != nil {
				d.log.Warn().Str("interview", r.Action.Interview).Str("fault", string(fault.KindOf(err))).Err(err).Msg("a shared link could not be renewed; trying again tomorrow")
			}
			if done {
				renewed++
			}
		}
		if found.Next == "" {
			break
		}
		page.After = found.Next
	}
	if renewed > 0 {
		d.log.Info().Int("links", renewed).Msg("shared links were renewed")
	}
}

// renew shares one interview anew where its link ends soon, and tells whether it
// did.
func (d *Daemon) renew(ctx context.Context, r state.Row) (bool, error) {
	stories, err := d.store.Story(ctx, state.Ref{Action: r.Action.Key})
	if err != nil || len(stories) == 0 {
		return false, err
	}
	if s := stories[0].Application.Status; s != "" && s != flowd.StatusActive {
		return false, nil
	}
	if err := d.sweep.pace.Wait(ctx); err != nil {
		return false, fmt.Errorf("renew a link: %w", err)
	}
	days := r.Action.Days
	if days == 0 {
		days = d.config.Links.Days
	}
	began := time.Now()
	_, until, err := d.client.Share(ctx, r.Action.Interview, days, leastShare)
	switch {
	case fault.Is(err, fault.NotFound):
		return false, nil // the interview is gone, and its link with it
	case err != nil:
		return false, err
	}
	// A link that is there and lives long enough is handed out again as it is.
	return until.Sub(began) > time.Duration(days)*24*time.Hour-time.Hour, nil
}
