// Package poll is for any system with an HTTP API that is not known by name: the
// configuration says how a page of applications or of moves is asked for, where
// the next one is, and where each value stands in an item.
package poll

import (
	"slices"

	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// Kind is the table entry of this connector.
func Kind() connectors.Kind {
	return connectors.NewKind("poll", "any system with an HTTP API: the configuration says what to ask for and maps what it answers", build)
}

// Config is a source's configuration beside the common keys.
type Config struct {
	Poll connectors.Polling `yaml:"poll"`
	// Auth says who calls, for all that is asked and written.
	Auth    *connectors.Auth           `yaml:"auth"`
	Request *connectors.RequestSection `yaml:"request,required"`
	Since   *sinceSection              `yaml:"since"`
	Sync    *strictyaml.Node           `yaml:"sync"`
	Paging  *pagingSection             `yaml:"paging"`
	// Items is where the list stands in the answer, as a.b; the answer itself where
	// it is absent.
	Items string `yaml:"items"`
	// Failed asks the answer whether it is a failure in spite of its status, and
	// Expired whether it refuses a token that it gave once.
	Failed  *strictyaml.Node `yaml:"failed"`
	Expired *strictyaml.Node `yaml:"expired"`
	// Mode says what an item is: how an application stands (diff), or that it moved
	// (log).
	Mode string `yaml:"mode" oneof:"diff log"`
	// When says which items concern flowd, and Explode which list in an item has
	// what is mapped.
	When    *strictyaml.Node         `yaml:"when"`
	Explode *strictyaml.Node         `yaml:"explode"`
	Map     *strictyaml.Node         `yaml:"map,required"`
	Fetch   *connectors.FetchSection `yaml:"fetch"`
	Write   *connectors.WriteSection `yaml:"write"`
	Catalog *catalogSection          `yaml:"catalog"`
	Node    *strictyaml.Node         `yaml:",node"`
}

func build(cfg Config, c connectors.Common) (connectors.Source, error) {
	source := connectors.Source{}
	if cfg.Node == nil || cfg.Request == nil {
		return source, connectors.ErrReported
	}
	unset := cfg.Poll.Apply(&source)
	credential, unread := cfg.Auth.Credential(c)
	client := connectors.NewClient(credential, c.Roots)
	k := &connectors.Compiler{}
	p := &poller{
		name: c.Name, ats: c.ATS, log: cfg.Mode == "log",
		pages: pages{client: client, request: k.Request(*cfg.Request, "GET", expression.OfPaging), paging: cfg.Paging.compile(k, cfg.Auth), failed: k.Mapping(cfg.Failed, expression.OfPage), list: pathOf(k, cfg.Node, cfg.Items)},
		since: cfg.Since.compile(k), sync: k.Mapping(cfg.Sync, expression.OfPage), expired: k.Mapping(cfg.Expired, expression.OfPage),
		takes: taking{
			when: k.Mapping(cfg.When, expression.OfPage), explode: k.Mapping(cfg.Explode, expression.OfPage),
			parts: k.Map(cfg.Map, expression.OfPage, "application", "stage.id stage.name type"), door: c.Door,
		},
	}
	source.Poller, source.Members = p, p.takes.parts.Members()
	if f := k.Fetcher(cfg.Fetch, client, c); f != nil {
		source.Fetcher = f
	}
	if w := k.Writer(cfg.Write, client, c); w != nil {
		source.Writer = w
	}
	if l := cfg.Catalog.compile(k, client, cfg.Auth); l != nil {
		source.Catalog = l
	}
	if k.Err() == nil {
		p.fits(k, cfg)
	}
	for _, err := range []error{unset, unread, k.Err()} {
		if err != nil {
			return source, err
		}
	}
	return source, nil
}

// fits reports what does not fit together.
func (p *poller) fits(k *connectors.Compiler, cfg Config) {
	p.pages.fits(k, cfg.Request.URL)
	for _, pair := range []struct {
		value string
		given bool
		node  *strictyaml.Node
		how   string
	}{
		{"since", p.since != nil, cfg.Node.Place("since"), "since: {format: rfc3339}"},
		{"sync", p.sync != nil, cfg.Node.Place("sync"), "sync: with an expression such as body.syncToken"},
	} {
		switch reads := p.request.Reads(pair.value); {
		case reads && !pair.given:
			k.Fail(cfg.Request.URL, "request", "the request sends ${"+pair.value+"}, and nothing says what that is", "add "+pair.how)
		case !reads && pair.given:
			k.Fail(pair.node, "request", pair.value+" is said, and the request does not send it", "put ${"+pair.value+"} into its query or body")
		}
	}
	if slices.Contains([]string{"PUT", "PATCH", "DELETE"}, p.request.Method) {
		k.Fail(cfg.Node.Get("request").Place("method"), "value", p.request.Method+" changes something, and this only asks", "write GET or POST")
	}
	p.takes.fits(k, cfg)
	if p.log && !p.takes.parts.Has("at") {
		k.Fail(cfg.Map, "missing-key", "map does not say when a move was", "add at: a log without times cannot be told from one that comes again")
	}
}
