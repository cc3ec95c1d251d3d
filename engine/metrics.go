package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"flowd"
)

// metrics are the engine's counters. Labels are rule ids, kinds and reasons:
// closed or configured lists, never anything of a person.
type metrics struct {
	events    *prometheus.CounterVec
	decisions *prometheus.CounterVec
	actions   *prometheus.CounterVec
	faults    *prometheus.CounterVec
	duration  *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_events_total", Help: "Events taken in, by source and what became of them.",
		}, []string{"source", "outcome"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_rule_decisions_total", Help: "Answers of rules to events.",
		}, []string{"rule", "outcome"}),
		actions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_actions_total", Help: "Attempts at actions, by how they ended.",
		}, []string{"driver", "result", "reason"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "flowd_faults_total", Help: "Faults met while acting, by kind.",
		}, []string{"kind"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "flowd_action_duration_seconds", Help: "How long attempts took, look-ups included.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 60},
		}, []string{"driver"}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.events, m.decisions, m.actions, m.faults, m.duration} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) decided(d flowd.Decision) {
	rule := d.Rule
	if rule == "" {
		rule = "none"
	}
	m.decisions.WithLabelValues(rule, string(d.Verdict)).Inc()
}

func (m *metrics) attempted(a flowd.Action, o flowd.Outcome, took time.Duration) {
	driver := string(a.Kind)
	m.actions.WithLabelValues(driver, string(o.State), string(o.Reason)).Inc()
	m.duration.WithLabelValues(driver).Observe(took.Seconds())
}

// actionForLog logs an action by its ids.
type actionForLog struct{ flowd.Action }

// MarshalZerologObject implements zerolog.LogObjectMarshaler.
func (a actionForLog) MarshalZerologObject(e *zerolog.Event) {
	e.Str("key", a.Key.Short()).Str("kind", string(a.Kind)).Str("rule", a.Rule).
		Str("application", a.Application).Str("position", a.Position.ID)
}
