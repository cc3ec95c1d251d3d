package daemon

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"flowd"
	"flowd/internal/links"
	"flowd/state"
)

// openLinks makes the handler of flowd's own links where there is a key. A dry
// run has none: to open one makes Hireflix share the recording.
func (d *Daemon) openLinks(p *plan) error {
	if len(p.linkKeys) == 0 || d.opts.DryRun {
		return nil
	}
	signer, err := links.New(p.linkKeys)
	if err != nil {
		return err
	}
	d.signer.Store(signer)
	d.links, err = links.NewHandler(links.Options{
		Signer: signer, Lookup: d.lookUp, Allow: links.Hosts(origin(d.config.Hireflix.URL)...), Log: d.log, Metrics: d.registry,
		Mint: func(ctx context.Context, interview string) (string, error) {
			address, _, err := d.client.Share(ctx, interview, d.config.Links.Days, time.Hour)
			return address, err
		},
	})
	return err
}

// swapLinks takes up the keys of a reload. To begin or end with links altogether
// is a restart's.
func (d *Daemon) swapLinks(p *plan) {
	if d.links == nil || len(p.linkKeys) == 0 {
		return
	}
	signer, err := links.New(p.linkKeys)
	if err != nil {
		d.log.Error().Err(err).Msg("links.key cannot be used; going on with the one in use")
		return
	}
	d.signer.Store(signer)
	d.links.Swap(signer)
	asks, err := links.NewApprovals(p.linkKeys)
	if err != nil || d.pages == nil {
		return // the same keys: it was said above
	}
	d.asks.Store(asks)
	d.pages.Swap(asks)
}

// origin is where the API stands, when that is not Hireflix itself: the links
// that it shares lead there.
func origin(api string) []string {
	u, err := url.Parse(api)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Scheme + "://" + u.Host}
}

// link is flowd's own link to a recording, or "" where it makes none.
func (d *Daemon) link(ctx context.Context, interview, ats, application string) (string, error) {
	s := d.signer.Load()
	if s == nil {
		return "", nil
	}
	epoch, err := d.epoch(ctx, interview)
	if err != nil {
		return "", err
	}
	return s.URL(d.config.Server.PublicURL, links.Claim{Interview: interview, ATS: ats, Application: application, Epoch: epoch})
}

// lookUp tells how what a link stands for stands now.
func (d *Daemon) lookUp(ctx context.Context, c links.Claim) (links.Target, error) {
	epoch, err := d.epoch(ctx, c.Interview)
	switch {
	case err != nil:
		return "", err
	case c.Epoch < epoch:
		return links.Revoked, nil
	}
	stories, err := d.store.Story(ctx, state.Ref{Interview: c.Interview})
	if err != nil {
		return "", fmt.Errorf("look a link up: %w", err)
	}
	for _, s := range stories {
		if s.ATS != c.ATS || s.Application.ID != c.Application {
			continue
		}
		seen, _, err := d.store.Interviews(ctx, state.InterviewFilter{ID: c.Interview}, state.Page{})
		switch {
		case err != nil:
			return "", fmt.Errorf("look a link up: %w", err)
		case len(seen) == 0 || seen[0].Interview.Deleted, s.Application.Candidate.Email == "" && s.Application.Candidate.FullName() == "":
			return links.Gone, nil
		case d.past(s, time.Now()):
			return links.Ended, nil
		}
		return links.Alive, nil
	}
	return links.Gone, nil // erased, or tied to another application by now
}

// past tells whether the application ended longer ago than links are kept.
func (d *Daemon) past(s state.Story, now time.Time) bool {
	if s.Application.Status == "" || s.Application.Status == flowd.StatusActive {
		return false
	}
	for i := len(s.Events) - 1; i >= 0; i-- {
		if ev := s.Events[i].Event; ev.Type.Ends() {
			return now.Sub(ev.Received) > d.config.Links.AfterEnd
		}
	}
	return true // its events are gone: it ended long ago
}

const shelfEpochs = "link-epoch"

// epoch is how often the links of an interview were revoked.
func (d *Daemon) epoch(ctx context.Context, interview string) (uint32, error) {
	return epochOf(ctx, d.store, interview)
}

func epochOf(ctx context.Context, store state.Shelf, interview string) (n uint32, err error) {
	err = take(ctx, store, shelfEpochs, interview, &n)
	return n, err
}

// revoke ends the links of an interview that were made until now.
func revoke(store state.Shelf) func(ctx context.Context, interview string) error {
	return func(ctx context.Context, interview string) error {
		n, err := epochOf(ctx, store, interview)
		if err != nil {
			return err
		}
		return put(ctx, store, shelfEpochs, interview, n+1)
	}
}
