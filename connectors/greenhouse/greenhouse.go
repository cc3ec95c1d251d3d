// Package greenhouse receives the web hooks of Greenhouse Recruiting, polls it by
// its Harvest API, version 3, and writes to it.
//
// Facts about what it sends come from its vendor's documentation,
// github.com/grnhse/greenhouse-api-docs, source/includes/webhooks; those about
// the API from harvestdocs.greenhouse.io.
package greenhouse

import (
	"flowd/connectors"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("greenhouse", "Greenhouse Recruiting, by its web hooks and polled", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	Webhook *connectors.Hook `yaml:"webhook"`
	// Harvest lets flowd poll, write, and ask how an application stands.
	Harvest *harvestConfig `yaml:"harvest"`
	// Poll asks Greenhouse what changed, beside the hooks or in their place.
	Poll *connectors.Polling `yaml:"poll"`
	Node *strictyaml.Node    `yaml:",node"`
}

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	source := connectors.Source{Members: members(cfg.Webhook != nil)}
	if cfg.Node == nil {
		return source, connectors.ErrReported
	}
	ok := cfg.Webhook == nil || cfg.listen(&source, c)
	var api *harvest
	if cfg.Harvest != nil {
		var err error
		if api, err = cfg.Harvest.build(c); err != nil {
			ok = false
		} else {
			source.Writer, source.Fetcher, source.Catalog = api.ways(), api, api
		}
	}
	if cfg.Poll != nil {
		switch err := cfg.Poll.Apply(&source); {
		case err != nil:
			ok = false
		case cfg.Harvest == nil:
			cfg.Node.Get("poll").Error("missing-key", "poll needs to know how to ask Greenhouse", "add harvest: {client_id: …, client_secret: …}")
			ok = false
		case api != nil:
			source.Poller = &poller{harvest: api, ats: c.ATS, maxAge: source.MaxAge, firstSeen: source.FirstSeen, stageNames: cfg.Webhook != nil}
		}
	}
	if !ok {
		return source, connectors.ErrReported
	}
	return source, nil
}

// listen lets Greenhouse call.
func (cfg Config) listen(source *connectors.Source, c connectors.Common) bool {
	unset := cfg.Webhook.Apply(source, c)
	signed, err := cfg.Webhook.Signed(scheme(), c)
	source.Receiver = &hook{Signed: signed, door: c.Door}
	return unset == nil && err == nil
}

// scheme is how a hook is signed: "Signature: sha256 <hex>", with a space, over
// the raw body, in which Greenhouse escapes < and > before it signs.
func scheme() sign.Scheme {
	return sign.Scheme{Signature: "header:Signature", Prefix: "sha256 "}
}

// members are what conditions may read of an event from here. Greenhouse knows no
// language or country of a candidate and does not tell the stage left, and the
// API not where people see the application.
func members(hooked bool) []string {
	out := []string{
		"application.id", "application.status", "application.stage", "application.applied_at", "application.age", "application.recruiter",
		"candidate.id", "candidate.email", "candidate.first_name", "candidate.last_name", "candidate.name", "candidate.phone",
		"candidate.source", "candidate.tags", "candidate.can_email",
		"job.id", "job.name", "job.department", "job.location",
		"event.at", "event.via", "stage", "stage_id", "from", "field",
	}
	if hooked {
		out = append(out, "application.url")
	}
	return out
}
