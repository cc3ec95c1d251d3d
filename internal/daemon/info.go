package daemon

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"flowd"
	"flowd/internal/web"
	"flowd/state"
)

// info is what the API tells of the process.
func (d *Daemon) info() web.Info {
	i := web.Info{
		Running: true, DryRun: d.opts.DryRun, Since: d.since, Version: d.opts.Version,
		Sources: sourceInfos(d.config, d.sources), Rules: rulesInfo(d.engine.Rules()), PausedByFile: d.pausedByFile(), Quota: d.quota.Load(),
	}
	i.Positions, i.PositionsAt = d.places.known()
	_, _, i.Rules.Stale = d.reloads.last()
	i.Rules.Files = d.reloads.stale()
	i.Rules.Since = time.Unix(d.served.Load(), 0)
	if at := d.backup.Load(); at != 0 {
		i.Backup = time.Unix(at, 0)
	}
	i.Systems = d.systems.known()
	i.Problems = append(i.Problems, unreadSystems(i.Systems)...)
	for _, p := range d.places.found() {
		i.Problems = append(i.Problems, p.String())
	}
	if open := openToOthers(d.config.State.Path); open != "" {
		i.Problems = append(i.Problems, open)
	}
	if beat := d.engine.Beat(); !beat.IsZero() && time.Since(beat) > time.Minute {
		i.Problems = append(i.Problems, "nothing was sent for a minute although flowd runs: look at its log")
	}
	return i
}

func (d *Daemon) backedUp(at time.Time) {
	d.backup.Store(at.Unix())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := put(ctx, d.store, shelfProcess, "backup", at); err != nil {
		d.log.Warn().Err(err).Msg("the time of the backup could not be noted")
	}
}

// collector reads what the store knows when metrics are asked for.
type collector struct{ d *Daemon }

var (
	descPending = prometheus.NewDesc("flowd_pending", "Actions that still owe work.", []string{"rule", "state"}, nil)
	descOldest  = prometheus.NewDesc("flowd_oldest_pending_seconds", "Age of the oldest action that is due.", nil, nil)
	descQuota   = prometheus.NewDesc("flowd_quota_paused", "1 while the account's quota stops invites.", []string{"account"}, nil)
	descPaused  = prometheus.NewDesc("flowd_paused", "1 for each pause in force.", []string{"scope", "reason"}, nil)
	descReload  = prometheus.NewDesc("flowd_config_last_reload_successful", "1 when the files on disk are served.", nil, nil)
	descStale   = prometheus.NewDesc("flowd_rules_file_stale_seconds", "How long a rule file on disk has not been served; 0 where it is.", []string{"file"}, nil)
	descReadAt  = prometheus.NewDesc("flowd_config_last_reload_success_timestamp_seconds", "When the serving files were read.", nil, nil)
	descHash    = prometheus.NewDesc("flowd_config_hash_info", "The digest of the serving rules.", []string{"digest"}, nil)
	descWaiting = prometheus.NewDesc("flowd_undecided", "Events admitted and not decided yet.", nil, nil)
	descLast    = prometheus.NewDesc("flowd_source_last_event_timestamp_seconds", "When a source last brought something.", []string{"source"}, nil)
)

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descPending, descOldest, descQuota, descPaused, descReload, descStale, descReadAt, descHash, descWaiting, descLast} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	now := time.Now()
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	ok, at, _ := c.d.reloads.last()
	gauge(descReload, one(ok))
	gauge(descReadAt, float64(at.Unix()))
	for file, since := range c.d.staleFiles(now) {
		gauge(descStale, since, file)
	}
	gauge(descHash, 1, c.d.engine.Rules().Digest())
	counts, err := c.d.store.Counts(ctx, now)
	if err != nil {
		out <- prometheus.NewInvalidMetric(descPending, err)
		return
	}
	gauge(descWaiting, float64(counts.Undecided))
	for rule, states := range counts.Pending {
		for s, n := range states {
			gauge(descPending, float64(n), rule, string(s))
		}
	}
	oldest := 0.0
	if !counts.OldestDue.IsZero() {
		oldest = now.Sub(counts.OldestDue).Seconds()
	}
	gauge(descOldest, max(oldest, 0))
	for source, last := range counts.LastEvent {
		gauge(descLast, float64(last.Unix()), source)
	}
	pauses, err := c.d.store.Pause(ctx, state.PauseChange{}, now)
	if err != nil {
		out <- prometheus.NewInvalidMetric(descPaused, err)
		return
	}
	quota := false
	for _, p := range pauses {
		quota = quota || p.Scope == state.ScopeAccount && p.Reason == flowd.ReasonQuota
		gauge(descPaused, 1, string(p.Scope), string(p.Reason))
	}
	gauge(descQuota, one(quota), "default")
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
