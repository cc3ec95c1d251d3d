package connectors

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"flowd"
	"flowd/internal/fault"
)

const (
	// DefaultEvery is how often a source is polled that says nothing else.
	DefaultEvery = time.Minute
	pollTimeout  = 5 * time.Minute  // of one page
	settleGrace  = 10 * time.Second // to tell a source of what is durable though the daemon stops
	jitter       = 0.1              // of the interval, so that sources do not all ask at once
	wakeRest     = 2 * time.Second  // between what wakes a source and its poll
)

// PollOptions are what polling needs. Cursor and Admit are required.
type PollOptions struct {
	// Cursor returns what the last admitted batch of the source stored, or nil.
	Cursor func(ctx context.Context, source string) ([]byte, error)
	// Admit stores a batch and its cursor durably, or neither.
	Admit   func(ctx context.Context, b flowd.Batch) error
	Log     zerolog.Logger
	Metrics prometheus.Registerer // nil: not registered
}

// Polls runs the poll loops. It is safe for concurrent use, but one source must
// not be in two runs at a time.
type Polls struct {
	opts    PollOptions
	metrics *pollMetrics
	due     dueDates
	turns   turns
}

// NewPolls returns the poll loops; their metrics are registered or it fails.
func NewPolls(o PollOptions) (*Polls, error) {
	if o.Cursor == nil || o.Admit == nil {
		return nil, errors.New("polling needs Cursor and Admit")
	}
	metrics, err := newPollMetrics(o.Metrics)
	return &Polls{opts: o, metrics: metrics}, err
}

// Run polls every source that is asked, at once and then at its interval, until
// ctx ends. It returns when the last loop has. It may be called again then, with
// sources that were configured anew.
func (p *Polls) Run(ctx context.Context, sources []Source) {
	sources = slices.Clone(sources)
	for i, s := range sources {
		if s.Every <= 0 {
			sources[i].Every = DefaultEvery
		}
	}
	p.due.begin(sources)
	var loops sync.WaitGroup
	for _, s := range sources {
		if s.Poller != nil {
			loops.Go(func() { p.loop(ctx, s) })
		}
	}
	loops.Wait()
}

func (p *Polls) loop(ctx context.Context, s Source) {
	failures := 0
	for ctx.Err() == nil {
		pause := s.Every + time.Duration((2*rand.Float64()-1)*jitter*float64(s.Every)) //nolint:gosec // no secret
		began := time.Now()
		err := p.drain(ctx, s)
		if ctx.Err() != nil {
			return
		}
		p.metrics.seconds.WithLabelValues(s.Name).Observe(time.Since(began).Seconds())
		if err == nil {
			failures = 0
			p.due.expect(s)
			p.metrics.success.WithLabelValues(s.Name).Set(float64(time.Now().Unix()))
		} else {
			pause = backoff(err, failures, s.Every, rand.Float64()) //nolint:gosec // no secret
			failures++
			p.failed(s, err).Dur("next", pause).Msg("poll failed")
		}
		p.rest(ctx, s, pause, failures > 0)
	}
}

// rest waits for a source's next turn, which what wakes it brings forward. That
// does not count for one that failed, and is followed by a moment's rest: a
// sender may call before it has written what it calls about, and calls come in
// bursts.
func (p *Polls) rest(ctx context.Context, s Source, pause time.Duration, failed bool) {
	wake := s.Wake
	if failed {
		wake = nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
		return
	case <-wake:
	}
	timer.Reset(min(wakeRest, pause))
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// failed counts a fault and begins its log line.
func (p *Polls) failed(s Source, err error) *zerolog.Event {
	kind := string(fault.KindOf(err))
	p.metrics.failures.WithLabelValues(s.Name, kind).Inc()
	return p.opts.Log.Warn().Str("source", s.Name).Str("fault", kind).Err(err) //nolint:zerologlint // the caller ends it
}

// drain polls until nothing more is there. A source that says "more" without
// moving on is left until its next turn.
func (p *Polls) drain(ctx context.Context, s Source) error {
	cursor, err := p.opts.Cursor(ctx, s.Name)
	if err != nil {
		return err
	}
	for news := false; ; {
		b, more, err := p.poll(ctx, s, cursor)
		if err != nil {
			return err
		}
		moved := len(b.Events) > 0 || len(b.Seen) > 0 || len(b.Sightings) > 0 || b.Cursor != nil && !bytes.Equal(b.Cursor, cursor)
		news = news || moved
		if moved || !more && s.MaxAge > 0 && (news || p.due.untold(s)) {
			b.Source, b.ATS = s.Name, s.ATS
			if err := p.opts.Admit(ctx, b); err != nil {
				return err
			}
			if b.Cursor != nil {
				cursor = b.Cursor
			}
			if !more {
				p.due.tell(s)
			}
		}
		if err := p.settled(ctx, s, b); fault.Is(err, fault.Invalid) {
			p.failed(s, err).Msg("part of what was polled is refused")
		} else if err != nil {
			return err
		}
		if !more || !moved || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (p *Polls) poll(ctx context.Context, s Source, cursor []byte) (b flowd.Batch, more bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = describe(v)
		}
	}()
	end, err := p.turns.take(ctx, s.Name)
	if err != nil {
		return b, false, err
	}
	defer end()
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	asked := time.Now()
	b, more, err = s.Poller.Poll(ctx, cursor)
	b.Polled = flowd.Polled{Asked: asked, FirstSeen: s.FirstSeen, Complete: !more}
	if s.MaxAge > 0 {
		b.Polled.Since = asked.Add(-s.MaxAge)
	}
	return b, more, err
}

// settled tells the source that a batch is durable, even when the daemon is
// told to stop meanwhile.
func (p *Polls) settled(ctx context.Context, s Source, b flowd.Batch) (err error) {
	settler, ok := s.Poller.(Settler)
	if !ok {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = describe(v)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleGrace)
	defer cancel()
	return settler.Settled(ctx, b)
}

// backoff is how long to wait after a failure, the first being number 0: the
// source's own wish, else a random part of a span that doubles up to a ceiling.
// What time alone will not mend starts at the polling interval.
func backoff(err error, failures int, every time.Duration, random float64) time.Duration {
	base, ceiling := time.Second, max(every, 5*time.Minute)
	switch fault.KindOf(err) {
	case fault.Unauthorized, fault.Invalid, fault.NotFound, fault.Quota:
		base, ceiling = max(every, 10*time.Second), max(every, 30*time.Minute)
	case fault.RateLimited:
		base = 5 * time.Second
	}
	span := ceiling
	if failures < 20 && base<<failures < ceiling {
		span = base << failures
	}
	wait := span/2 + time.Duration(random*float64(span/2))
	return max(wait, min(fault.RetryAfter(err), time.Hour))
}

// pollMetrics count by source and kind of fault.
type pollMetrics struct {
	success  *prometheus.GaugeVec
	failures *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newPollMetrics(reg prometheus.Registerer) (*pollMetrics, error) {
	m := &pollMetrics{
		success: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "flowd_poll_last_success_timestamp_seconds", Help: "When a source was last polled to its end.",
		}, []string{"source"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_poll_failures_total", Help: "Polls that failed, by kind of fault.",
		}, []string{"source", "kind"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flowd_poll_duration_seconds", Help: "How long polls took, from first page to last.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 300},
		}, []string{"source"}),
	}
	return m, register(reg, m.success, m.failures, m.seconds)
}
