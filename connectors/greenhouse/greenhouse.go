// Package greenhouse receives the web hooks of Greenhouse Recruiting and writes
// to it by its Harvest API, version 3.
//
// Facts about what it sends come from its vendor's documentation,
// github.com/grnhse/greenhouse-api-docs, source/includes/webhooks; those about
// the API from harvestdocs.greenhouse.io.
package greenhouse

import (
	"flowd/connectors"
	"flowd/internal/sign"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("greenhouse", "Greenhouse Recruiting, by its web hooks", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	Webhook connectors.Hook `yaml:"webhook,required"`
	// Harvest lets flowd write to Greenhouse, and ask how an application stands.
	Harvest *harvestConfig `yaml:"harvest"`
}

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	source := connectors.Source{Members: members()}
	unset := cfg.Webhook.Apply(&source, c)
	signed, err := cfg.Webhook.Signed(scheme(), c)
	if unset != nil {
		return source, unset
	}
	source.Receiver = &hook{Signed: signed, door: c.Door}
	if cfg.Harvest != nil {
		api, unset := cfg.Harvest.build(c)
		if unset != nil {
			return source, unset
		}
		source.Writer, source.Fetcher = api, api
	}
	return source, err
}

// scheme is how a hook is signed: "Signature: sha256 <hex>", with a space, over
// the raw body, in which Greenhouse escapes < and > before it signs.
func scheme() sign.Scheme {
	return sign.Scheme{Signature: "header:Signature", Prefix: "sha256 "}
}

// members are what conditions may read of an event from here. Greenhouse knows
// no language or country of a candidate and does not tell the stage left.
func members() []string {
	return []string{
		"application.id", "application.status", "application.stage", "application.url", "application.applied_at", "application.age", "application.recruiter",
		"candidate.id", "candidate.email", "candidate.first_name", "candidate.last_name", "candidate.name", "candidate.phone",
		"candidate.source", "candidate.tags", "candidate.can_email",
		"job.id", "job.name", "job.department", "job.location",
		"event.at", "event.via", "stage", "stage_id", "from", "field",
	}
}
