package poll

import (
	"context"
	"errors"
	"slices"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// catalogSection says how what exists in a system is listed.
type catalogSection struct {
	Jobs   *listSection     `yaml:"jobs"`
	Stages *listSection     `yaml:"stages"`
	Fields *listSection     `yaml:"fields"`
	Node   *strictyaml.Node `yaml:",node"`
}

// listSection is one list.
type listSection struct {
	connectors.RequestSection
	Paging *pagingSection   `yaml:"paging"`
	Items  string           `yaml:"items"`
	Failed *strictyaml.Node `yaml:"failed"`
	When   *strictyaml.Node `yaml:"when"`
	Map    *strictyaml.Node `yaml:"map,required"`
	Node   *strictyaml.Node `yaml:",node"`
}

// catalog lists by the calls that the configuration spells out. It is immutable.
type catalog struct{ jobs, stages, fields *listing }

// listing is one list.
type listing struct {
	pages
	when  *expression.Mapping
	names map[string]*expression.Mapping
}

func (cfg *catalogSection) compile(k *connectors.Compiler, client *connectors.Client, auth *connectors.Auth) *catalog {
	if cfg == nil || cfg.Node == nil {
		return nil
	}
	c := &catalog{
		jobs:   cfg.Jobs.compile(k, client, auth, "id", "name", "department", "location", "country"),
		stages: cfg.Stages.compile(k, client, auth, "id", "name", "kind"),
		fields: cfg.Fields.compile(k, client, auth, "key", "name", "type", "member", "values"),
	}
	if k.Err() == nil && c.jobs == nil && c.stages != nil && c.stages.request.Reads("job.id") {
		k.Fail(cfg.Node.Place("stages"), "missing-key", "the stages are asked for job by job, and no jobs are listed", "add jobs: beside it")
	}
	return c
}

func (cfg *listSection) compile(k *connectors.Compiler, client *connectors.Client, auth *connectors.Auth, names ...string) *listing {
	if cfg == nil || cfg.Node == nil || cfg.Map == nil {
		return nil
	}
	l := &listing{
		pages: pages{
			client: client, request: k.Request(cfg.RequestSection, "GET", expression.OfListing), paging: cfg.Paging.compile(k, auth),
			failed: k.Mapping(cfg.Failed, expression.OfPage), list: pathOf(k, cfg.Node, cfg.Items),
		},
		when: k.Mapping(cfg.When, expression.OfPage), names: map[string]*expression.Mapping{},
	}
	for _, p := range cfg.Map.Pairs() {
		if !slices.Contains(names, p.Key.Text()) {
			k.Fail(p.Key, "unknown-key", "there is no "+p.Key.Shown()+" in this list", "its parts: "+strings.Join(names, ", "))
			continue
		}
		l.names[p.Key.Text()] = k.Mapping(p.Value, expression.OfPage)
	}
	if l.names["name"] == nil && k.Err() == nil {
		k.Fail(cfg.Map, "missing-key", "map does not say where the name stands", "add name: with an expression such as item.name")
	}
	if k.Err() == nil {
		l.fits(k, cfg.Node)
	}
	return l
}

// each lists the rows, as texts by name.
func (l *listing) each(ctx context.Context, op string, in expression.Input, row func(get func(string) string, values []any)) error {
	return l.all(ctx, op, in, func(_ int, item any) error {
		of := &expression.Input{Item: item}
		if l.when != nil {
			if yes, err := connectors.Ask(l.when, of); err != nil || !yes {
				return err
			}
		}
		texts := map[string]string{}
		var values []any
		for name, m := range l.names {
			v, err := m.Eval(of)
			if err != nil {
				return err
			}
			if list, ok := v.([]any); ok && name == "values" {
				values = list
				continue
			}
			if texts[name], err = connectors.Text(v); err != nil {
				return errors.New(name + " " + err.Error())
			}
		}
		row(func(name string) string { return texts[name] }, values)
		return nil
	})
}

// Jobs implements connectors.Catalog.
func (c *catalog) Jobs(ctx context.Context) (jobs []flowd.Job, err error) {
	if c.jobs == nil {
		return nil, connectors.ErrNotListed
	}
	err = c.jobs.each(ctx, "list jobs", expression.Input{}, func(get func(string) string, _ []any) {
		jobs = append(jobs, flowd.Job{ID: get("id"), Name: get("name"), Department: get("department"), Location: get("location"), Country: connectors.Country(get("country"))})
	})
	return jobs, err
}

// mostJobs bounds whose stages are asked for one by one.
const mostJobs = 200

// Stages implements connectors.Catalog.
func (c *catalog) Stages(ctx context.Context, jobID string) (stages []flowd.Stage, err error) {
	if c.stages == nil {
		return nil, connectors.ErrNotListed
	}
	ids := []string{jobID}
	if jobID == "" && c.stages.request.Reads("job.id") {
		jobs, err := c.Jobs(ctx)
		if err != nil {
			return nil, err
		}
		ids = ids[:0]
		for _, j := range jobs[:min(len(jobs), mostJobs)] {
			ids = append(ids, j.ID)
		}
	}
	for _, id := range ids {
		in := expression.Input{Job: map[string]any{"id": some(id)}}
		err := c.stages.each(ctx, "list stages", in, func(get func(string) string, _ []any) {
			s := connectors.Stage(flowd.Stage{ID: get("id"), Name: get("name"), Kind: get("kind")})
			if !slices.ContainsFunc(stages, func(of flowd.Stage) bool { return of.Key() == s.Key() }) {
				stages = append(stages, s)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return stages, nil
}

// Fields implements connectors.Catalog.
func (c *catalog) Fields(ctx context.Context) (fields []connectors.CatalogField, err error) {
	if c.fields == nil {
		return nil, connectors.ErrNotListed
	}
	err = c.fields.each(ctx, "list fields", expression.Input{}, func(get func(string) string, values []any) {
		f := connectors.CatalogField{Member: get("member"), Field: flowd.Field{Key: get("key"), Name: get("name"), Type: get("type")}}
		for _, v := range values {
			if text, err := connectors.Text(v); err == nil {
				f.Values = append(f.Values, text)
			}
		}
		fields = append(fields, f)
	})
	return fields, err
}
