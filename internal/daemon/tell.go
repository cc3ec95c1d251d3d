package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/config"
	"flowd/internal/fault"
	"flowd/internal/notify"
	"flowd/state"
)

// router makes the channels that the configuration names.
func router(c *config.Config, client *http.Client, roots *x509.CertPool) *notify.Router {
	o := notify.Options{Owners: map[string][]notify.Channel{}}
	if s := c.SMTP; s != nil {
		o.Mail = &notify.SMTP{Host: s.Host, Port: s.Port, From: s.From, TLS: s.TLS, Username: s.Username, Roots: roots}
		if s.Password != nil {
			o.Mail.Password = s.Password.Read
		}
	}
	for owner, of := range c.Notify {
		var channels []notify.Channel
		if of.Email != nil && o.Mail != nil {
			channels = append(channels, notify.Email{SMTP: *o.Mail, To: of.Email.To})
		}
		for _, h := range of.Slack {
			channels = append(channels, notify.Slack{URL: h.URL.Read, HTTP: client})
		}
		for _, h := range of.Teams {
			channels = append(channels, notify.Teams{URL: h.URL.Read, HTTP: client})
		}
		for _, h := range of.Webhook {
			channels = append(channels, notify.Webhook{URL: h.URL.Read, Secret: h.Secret.Read, HTTP: client})
		}
		o.Owners[owner] = channels
	}
	return notify.New(o)
}

// messenger is the engine's driver for the rules' messages. Nobody can be asked
// whether one arrived.
type messenger struct{ router func() *notify.Router }

// Perform implements engine.Driver. The target is an owner, or an address.
func (m messenger) Perform(ctx context.Context, a flowd.Action, of flowd.Application) (flowd.Outcome, error) {
	msg := notify.Message{Key: a.Key.ExternalID(), Owner: a.Target, Subject: "flowd: " + a.Rule, Text: a.Text}
	fact := func(label, value string) {
		if value != "" {
			msg.Facts = append(msg.Facts, notify.Fact{Label: label, Value: value})
		}
	}
	if a.Personal {
		fact("Candidate", of.Candidate.FullName())
	}
	fact("Application", a.Application)
	fact("Job", a.Job.Name)
	var err error
	if strings.Contains(a.Target, "@") {
		err = m.router().Mail(ctx, a.Target, msg)
	} else {
		err = m.router().Send(ctx, a.Target, msg)
	}
	if errors.Is(err, notify.ErrPartly) {
		// Whoever has it must not get it again for the sake of the others.
		return flowd.Outcome{State: flowd.Done, Detail: "not every channel took it"}, nil
	}
	return flowd.Outcome{State: flowd.Done}, err
}

// Find implements engine.Driver.
func (messenger) Find(context.Context, flowd.Action, flowd.Application) (flowd.Interview, bool, error) {
	return flowd.Interview{}, false, engine.ErrCannotLook
}

// memory keeps the notices in the state.
type memory struct{ store state.Shelf }

// Load implements notify.Memory.
func (m memory) Load(ctx context.Context) ([]byte, error) {
	doc, err := m.store.Document(ctx, shelfNotices, "standing")
	if errors.Is(err, state.ErrNotFound) {
		return nil, nil
	}
	return doc.Body, err
}

// Keep implements notify.Memory.
func (m memory) Keep(ctx context.Context, doc []byte) error {
	return m.store.Keep(ctx, state.Document{Kind: shelfNotices, ID: "standing", At: time.Now(), Body: doc})
}

const shelfNotices = "notices"

// lookEvery is how often flowd looks whether somebody is to be told.
const lookEvery = time.Minute

// tell looks again and again for what people are to be told, until ctx ends.
func (d *Daemon) tell(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		d.measure(ctx)
		d.mailbox.look(ctx, d.client.Tracking, time.Now())
		if all, err := d.causes(ctx, time.Now()); err != nil {
			d.log.Error().Err(err).Msg("what people are to be told cannot be read")
		} else if err := d.notices.Look(ctx, time.Now(), all); err != nil {
			d.log.Warn().Str("fault", string(fault.KindOf(err))).Err(err).Msg("a notice could not be delivered; trying again")
		}
		d.digest(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// healthy is why no heartbeat is to go out, or nil: the state must be writable,
// the dispatcher alive and no source overdue.
func (d *Daemon) healthy(ctx context.Context) error {
	if err := put(ctx, d.store, shelfProcess, "heartbeat", time.Now()); err != nil {
		return fmt.Errorf("the state cannot be written: %w", err)
	}
	if beat := d.engine.Beat(); !beat.IsZero() && time.Since(beat) > 2*time.Minute && !d.pausedByFile() {
		return errors.New("the dispatcher has not run for two minutes")
	}
	if late := d.polls.Overdue(time.Now()); len(late) > 0 {
		return fmt.Errorf("the source %s is overdue", late[0])
	}
	return nil
}

// connect takes up what a reload may change of whom flowd writes to.
func (d *Daemon) connect(p *plan) {
	d.writers.Store(&p.sources)
	roots, err := trusted(p.config)
	if err != nil {
		d.log.Error().Err(err).Msg("tls.ca_file cannot be read again; going on with the system's authorities")
	}
	d.router.Store(router(p.config, notify.NewClient(roots), roots))
}

// inform is the router of the day: a reload may change it.
func (d *Daemon) inform(ctx context.Context, owner string, m notify.Message) error {
	return d.router.Load().Send(ctx, owner, m)
}

// beat calls the outside monitor while all is well, until ctx ends.
func (d *Daemon) beat(ctx context.Context) {
	h := d.config.Heartbeat
	if h == nil {
		return
	}
	roots, err := trusted(d.config)
	if err != nil {
		d.log.Error().Err(err).Msg("the heartbeat cannot be sent")
		return
	}
	notify.Heartbeat{URL: h.URL.Read, Every: h.Every, Healthy: d.healthy, HTTP: notify.NewClient(roots), Report: func(err error) {
		if err != nil {
			d.log.Warn().Err(err).Msg("no heartbeat went out")
		}
	}}.Run(ctx)
}
