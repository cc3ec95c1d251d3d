// Package odoo polls the applications of Odoo Recruitment, writes to them, and
// lets an Odoo from version 17 on call, so that the next poll comes at once.
//
// Facts about what Odoo sends and takes were observed on running systems of
// versions 14, 17 and 19; those about its API stand in its documentation,
// odoo.com/documentation/19.0/developer/reference/external_api.html.
package odoo

import (
	"fmt"
	"net/url"

	"flowd/connectors"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("odoo", "Odoo Recruitment, polled and by its webhooks", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	URL      *strictyaml.Node `yaml:"url,required"`
	Database string           `yaml:"database,required,text"`
	// Login is the user under whose name flowd reads and writes. From version 19 on
	// the key alone tells.
	Login string        `yaml:"login,text"`
	Key   secret.Source `yaml:"key,required"`
	// Version is Odoo's major version; without it Odoo is asked.
	Version int                `yaml:"version"`
	Poll    connectors.Polling `yaml:"poll"`
	// Webhook lets Odoo say that something changed.
	Webhook *connectors.Hook `yaml:"webhook"`
	Node    *strictyaml.Node `yaml:",node"`
}

const (
	oldest = 14 // the oldest version that flowd was held against
	bearer = 19 // the first with an API of its own for keys
)

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	source := connectors.Source{Members: members()}
	if cfg.Node == nil {
		return source, connectors.ErrReported
	}
	base, safe := connectors.CheckURL(cfg.URL)
	key, read := connectors.ReadSecret(cfg.Node.Place("key"), cfg.Key, c)
	ok := safe && read && cfg.fits()
	if err := cfg.Poll.Apply(&source); err != nil {
		ok = false
	}
	wake := make(chan struct{}, 1)
	if cfg.Webhook != nil {
		ok = cfg.listen(&source, c, wake) && ok
	}
	if !ok {
		return source, connectors.ErrReported
	}
	o := newOdoo(base, key, cfg, c)
	source.Poller, source.Wake, source.Fetcher, source.Writer, source.Catalog, source.Rights = o, wake, o, o.ways(), o, o
	return source, nil
}

// fits reports what does not fit together.
func (cfg Config) fits() bool {
	switch {
	case cfg.Version != 0 && cfg.Version < oldest:
		cfg.Node.Place("version").Error("value", fmt.Sprintf("version %d of Odoo is older than %d, and flowd was never held against it", cfg.Version, oldest), fmt.Sprintf("write its major version from %d on, or leave version out", oldest))
	case cfg.Login == "" && cfg.Version < bearer && !cfg.Node.Get("login").Broken():
		cfg.Node.Error("missing-key", fmt.Sprintf("before version %d Odoo wants to know whose key it is", bearer), fmt.Sprintf("add login: with the user's e-mail or name as they log in, or version: %d", bearer))
	default:
		return true
	}
	return false
}

// listen lets Odoo call. It signs nothing.
func (cfg Config) listen(source *connectors.Source, c connectors.Common, wake chan<- struct{}) bool {
	h := cfg.Webhook
	if err := h.Apply(source, c); err != nil {
		return false
	}
	switch {
	case len(h.Secret)+len(h.Secrets) > 0 || h.Setup:
		h.Node.Error("secret", "Odoo signs nothing, so that anyone could send", "write path_secret: in place of the secret")
		return false
	case len(h.PathSecret) == 0 && !h.Node.Get("path_secret").Broken():
		h.Node.Error("secret", "Odoo signs nothing, so that anyone could send", fmt.Sprintf("add path_secret: {env: NAME} of %d characters or more, and put it at the end of the address in Odoo", connectors.MinPathSecret))
		return false
	}
	source.Receiver = &hook{wake: wake}
	return true
}

// newOdoo is the client of one configured source.
func newOdoo(base *url.URL, key secret.Value, cfg Config, c connectors.Common) *odoo {
	return &odoo{
		client: connectors.NewClient(nil, c.Roots), base: base, door: c.Door,
		database: cfg.Database, login: cfg.Login, key: key, version: cfg.Version,
		turn: make(chan struct{}, 1),
	}
}

// members are what conditions may read of an event from here. Odoo keeps neither
// language nor country of an applicant, and one name.
func members() []string {
	return []string{
		"application.id", "application.status", "application.stage", "application.url", "application.applied_at", "application.age", "application.recruiter",
		"candidate.id", "candidate.email", "candidate.name", "candidate.phone", "candidate.source", "candidate.tags",
		"job.id", "job.name", "job.department",
		"event.at", "event.via", "stage", "stage_id", "from", "field",
	}
}
