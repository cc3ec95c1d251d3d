package webhook

import (
	"slices"

	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// asking is a hook whose deliveries do not tell all, so that fetch is asked for
// the rest.
type asking struct {
	*hook
	connectors.Completer
}

var _ connectors.Identifier = asking{}

// mapping compiles the map. One that fetch completes needs no stage, but something
// by which two deliveries about one application differ: else the second would have
// the first one's bytes, and count as its repetition.
func (h *hook) mapping(k *connectors.Compiler, cfg Config) *connectors.Map {
	if cfg.Fetch == nil || !cfg.Fetch.Complete {
		return k.Map(cfg.Map, expression.OfDelivery, "application", "stage.id stage.name type")
	}
	m := k.Map(cfg.Map, expression.OfDelivery, "application").Partial()
	if cfg.EventID == nil && !m.Has("at") && !cfg.Webhook.identified() {
		k.Fail(cfg.Fetch.Node.Place("complete"), "fetch", "nothing tells two deliveries about one application apart, so the second would count as a repetition of the first",
			"add event_id: with the sender's id of the event, or at: with its time to the map")
	}
	return m
}

// identified tells whether the signature's scheme names an id of the delivery.
func (s section) identified() bool {
	if s.Verify == nil || s.Verify.Kind() == strictyaml.Scalar {
		return s.Verify == nil || s.Verify.Text() == "standard-webhooks"
	}
	return s.Verify.Get("replay_id") != nil
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
