// Package ashby receives the web hooks of Ashby, polls its applications and
// writes to it.
//
// Facts about what it sends and takes come from its vendor's documentation,
// developers.ashbyhq.com: docs/setting-up-webhooks, docs/authenticating-webhooks,
// docs/pagination-and-incremental-sync and the reference.
package ashby

import (
	"net/http"

	"flowd/connectors"
	"flowd/internal/sign"
	"flowd/internal/strictyaml"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("ashby", "Ashby, by its web hooks and polled", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	Webhook *connectors.Hook `yaml:"webhook"`
	// API lets flowd poll, write, and ask how an application stands.
	API *apiConfig `yaml:"api"`
	// Poll asks Ashby what changed, beside the hooks or in their place.
	Poll *connectors.Polling `yaml:"poll"`
	Node *strictyaml.Node    `yaml:",node"`
}

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	source := connectors.Source{Members: members(), GivesUpOn: final()}
	if cfg.Node == nil {
		return source, connectors.ErrReported
	}
	ok := true
	var ashby *api
	if cfg.API != nil {
		var err error
		if ashby, err = cfg.API.build(c); err != nil {
			ok = false
		} else {
			source.Writer, source.Fetcher, source.Catalog, source.Rights = ashby.ways(), ashby, ashby, ashby
			source.Members = append(source.Members, asked()...)
		}
	}
	if cfg.Webhook != nil {
		ok = cfg.listen(&source, c, ashby) && ok
	}
	if cfg.Poll != nil {
		switch err := cfg.Poll.Apply(&source); {
		case err != nil:
			ok = false
		case cfg.API == nil:
			cfg.Node.Get("poll").Error("missing-key", "poll needs to know how to ask Ashby", "add api: {key: …}")
			ok = false
		case ashby != nil:
			source.Poller = &poller{api: ashby, maxAge: source.MaxAge, firstSeen: source.FirstSeen}
		}
	}
	if !ok {
		return source, connectors.ErrReported
	}
	return source, nil
}

// listen lets Ashby call.
func (cfg Config) listen(source *connectors.Source, c connectors.Common, ashby *api) bool {
	unset := cfg.Webhook.Apply(source, c)
	signed, err := cfg.Webhook.Signed(scheme(), c)
	source.Receiver = &hook{Signed: signed, door: c.Door, api: ashby}
	return unset == nil && err == nil
}

// scheme is how a hook is signed: "Ashby-Signature: sha256=<hex>" over the raw
// body.
func scheme() sign.Scheme {
	return sign.Scheme{Signature: "header:Ashby-Signature", Prefix: "sha256="}
}

// final are the answers after which Ashby does not deliver again; after any other
// failure it tries ten times within a few hours.
func final() []int {
	return []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone}
}

// members are what conditions may read of an event from here. Ashby knows one
// name of a candidate and no language.
func members() []string {
	return []string{
		"application.id", "application.status", "application.stage", "application.applied_at", "application.age", "application.recruiter",
		"candidate.id", "candidate.email", "candidate.name", "candidate.phone", "candidate.source",
		"job.id", "job.name",
		"event.at", "event.via", "stage", "stage_id", "from", "field",
	}
}

// asked is what they may read where the API can be asked for it: a hook has of a
// job's department and location the ids alone, and little of the candidate.
func asked() []string {
	return []string{"application.url", "candidate.country", "candidate.tags", "job.country", "job.department", "job.location"}
}
