package daemon

import (
	"context"
	"net/url"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"flowd"
	"flowd/connectors"
	"flowd/hireflix"
	"flowd/internal/fault"
	"flowd/rules"
	"flowd/state"
)

// newSweeper looks at the positions of the serving rules.
func (d *Daemon) newSweeper() *sweeper {
	return &sweeper{
		client: d.client, pace: rate.NewLimiter(sweepPace, 1),
		used:  func() []flowd.Position { return append(d.engine.Rules().PositionsUsed(), d.mailbox.positions()...) },
		found: func(err error) { d.log.Warn().Err(err).Msg("a position cannot be looked at any more") },
	}
}

// far is Hireflix as a source: what it calls, and what a look at it finds.
func (d *Daemon) far(p *plan) connectors.Source {
	s := connectors.Source{Name: flowd.Untied, ATS: flowd.Untied, Kind: flowd.Untied, Every: p.config.Hireflix.Sweep, Poller: d.sweep}
	if p.webhook != nil {
		s.Receiver = concerned{p.webhook, d}
	}
	return s
}

// concerned takes in what concerns flowd of all that Hireflix calls about: the
// account's other positions, and who is interviewed there, are none of its
// business.
type concerned struct {
	*hireflix.Webhook
	d *Daemon
}

// Decode implements connectors.Receiver.
func (c concerned) Decode(delivery flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	b, reply, err := c.Webhook.Decode(delivery)
	b.Sightings = slices.DeleteFunc(b.Sightings, func(s flowd.Sighting) bool { return !c.d.concerns(s.Interview) })
	return b, reply, err
}

// concerns tells whether an interview is flowd's, or of a position that it
// invites to. Where that cannot be told, it is.
func (d *Daemon) concerns(i flowd.Interview) bool {
	if i.Position.ID == "" || slices.ContainsFunc(d.sweep.used(), func(p flowd.Position) bool { return p.ID == i.Position.ID }) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if seen, _, err := d.store.Interviews(ctx, state.InterviewFilter{ID: i.ID}, state.Page{}); err != nil || len(seen) > 0 {
		return true
	}
	if i.ExternalID == "" {
		return false
	}
	stories, err := d.store.Story(ctx, state.Ref{ExternalID: i.ExternalID})
	return err != nil || len(stories) > 0
}

// called are the sources whose hooks are served: those configured, and Hireflix
// where its secret is known.
func (d *Daemon) called(p *plan) []connectors.Source {
	return append(p.sources[:len(p.sources):len(p.sources)], d.far(p))
}

// leastShare is how long a link that Hireflix shares must live on to be handed
// out: it is renewed before it ends.
const leastShare = 7 * 24 * time.Hour

// values are what a text can hold of an interview beside what was last seen.
func (d *Daemon) values(ctx context.Context, l state.Lease) rules.Links {
	if d.opts.DryRun || l.Action.Mode == flowd.Shadow {
		return pretended()
	}
	id := l.Action.Interview
	seen := func() (flowd.Interview, error) {
		if id == "" {
			return flowd.Interview{}, fault.New(fault.Invalid, "fill in a text", "there is no interview to link to")
		}
		for _, in := range l.Facts.Invites {
			if in.Interview.ID == id && in.Interview.PublicURL != "" && in.Interview.PrivateURL != "" {
				return in.Interview, nil
			}
		}
		s, found, err := d.client.Interview(ctx, id)
		if err == nil && !found {
			err = fault.New(fault.NotFound, "fill in a text", "the interview is not there any more")
		}
		return s.Interview, err
	}
	return rules.Links{
		Recording: func() (string, error) { return d.recording(ctx, l) },
		Admin: func() (string, error) {
			i, err := seen()
			return i.PrivateURL, err
		},
		Candidate: func() (string, error) {
			i, err := seen()
			return dressed(i.PublicURL, d.config.Links.Candidate), err
		},
		Transcript: func() (string, error) {
			text, ready, err := d.client.Transcript(ctx, id)
			if err == nil && !ready {
				err = fault.New(fault.NotReady, "read the transcript", "there is no transcript yet")
			}
			return text, err
		},
	}
}

// pretended are the values of a text that nobody gets: nothing is shared for it.
func pretended() rules.Links {
	value := func(name string) func() (string, error) {
		return func() (string, error) { return "<" + name + ">", nil }
	}
	return rules.Links{Recording: value("recording_link"), Admin: value("admin_link"), Candidate: value("candidate_link"), Transcript: value("transcript")}
}

// recording is the link that people open the recording by: flowd's own where it
// has a key for it, else one that Hireflix shares.
func (d *Daemon) recording(ctx context.Context, l state.Lease) (string, error) {
	id := l.Action.Interview
	if id == "" {
		return "", fault.New(fault.Invalid, "fill in a text", "there is no interview to link to")
	}
	if own, err := d.link(ctx, id, l.Action.ATS, l.Action.Application); own != "" || err != nil {
		return own, err
	}
	address, _, err := d.client.Share(ctx, id, d.config.Links.Days, leastShare)
	return address, err
}

// dressed is a candidate's link with the parameters that the configuration gives
// it (the vendor's guide, Q9 to Q11).
func dressed(link string, parameters map[string]string) string {
	u, err := url.Parse(link)
	if err != nil || link == "" || len(parameters) == 0 {
		return link
	}
	q := u.Query()
	for name, value := range parameters {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	return u.String()
}
