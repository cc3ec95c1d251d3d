package odoo

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// stage is a stage of the pipeline. One without jobs is every job's.
type stage struct {
	flowd.Stage
	jobs []int64
}

func (s stage) of(job string) bool {
	return job == "" || len(s.jobs) == 0 || slices.ContainsFunc(s.jobs, func(id int64) bool { return ref{id: id}.key() == job })
}

// The kinds that Odoo's stages tell. That a stage is folded means that whoever
// stands there is done, up to version 14 so far that Odoo closes the application.
const (
	kindHired  = "hired"
	kindClosed = "closed"
)

const (
	maxListing = 5000 // entries
	hiredSince = 15   // the first version with hired_stage
)

// search is a request for records, archived ones too.
func search(op, model string, domain []any, fields []string, order string, limit int) request {
	return request{op: op, model: model, method: "search_read", args: map[string]any{
		"domain": domain, "fields": fields, "order": order, "limit": limit, "context": map[string]any{"active_test": false},
	}}
}

// definitions are the fields of applications; a name is one that they must have,
// or empty.
func (o *odoo) definitions(ctx context.Context, op, name string) (definitions, error) {
	return o.fields.Find("",
		func(d definitions) bool { return name == "" || d.find(name) != "" },
		func() (d definitions, err error) {
			err = o.call(ctx, request{op: op, model: "hr.applicant", method: "fields_get", args: map[string]any{"attributes": []string{"type", "string", "selection"}}}, &d)
			return d, err
		})
}

// find is the key of the custom field of this key or label, or empty.
func (d definitions) find(name string) string {
	if _, ok := d[name]; ok && strings.HasPrefix(name, "x_") {
		return name
	}
	for _, key := range d.custom() {
		if connectors.SameName(d[key].Label, name) {
			return key
		}
	}
	return ""
}

// field finds a custom field to write to.
func (o *odoo) field(ctx context.Context, op, name string) (key string, f definition, err error) {
	all, err := o.definitions(ctx, op, name)
	if err != nil {
		return "", f, err
	}
	if key = all.find(name); key == "" {
		return "", f, fault.New(fault.NotFound, op, "Odoo's applications have no custom field %q", name)
	}
	return key, all[key], nil
}

// list asks for the names of a model's records.
func (o *odoo) list(ctx context.Context, op, model string, domain ...any) ([]ref, error) {
	var out []ref
	err := o.rows(ctx, search(op, model, append([]any{}, domain...), []string{"name"}, "id", maxListing), maxListing, func(r row) error {
		in := reader{row: r}
		out = append(out, ref{in.id(), in.text("name", maxText)})
		return in.err
	})
	return out, err
}

// tagModel holds the tags. They are asked for each time: one that was made a
// moment ago may be why somebody is not to be invited.
const tagModel = "hr.applicant.category"

// tagNames are the names of tags, by id.
func (o *odoo) tagNames(ctx context.Context, op string, ids []int64) (map[int64]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := o.list(ctx, op, tagModel, []any{"id", "in", ids})
	names := map[int64]string{}
	for _, t := range all {
		names[t.id] = t.name
	}
	return names, err
}

// tag finds a tag by its name.
func (o *odoo) tag(ctx context.Context, op, name string) (tag ref, found bool, err error) {
	all, err := o.list(ctx, op, tagModel, []any{"name", "=ilike", wildcards.Replace(name)})
	if i := slices.IndexFunc(all, func(t ref) bool { return connectors.SameName(t.name, name) }); i >= 0 {
		return all[i], true, err
	}
	return tag, false, err
}

func (o *odoo) allStages(ctx context.Context, op string, has func([]stage) bool) ([]stage, error) {
	return o.stages.Find("", has, func() ([]stage, error) {
		s, err := o.open(ctx)
		if err != nil {
			return nil, err
		}
		fields := []string{"name", "fold", "job_ids"}
		if s.version >= hiredSince {
			fields = append(fields, "hired_stage")
		}
		var out []stage
		err = o.rows(ctx, search(op, "hr.recruitment.stage", []any{}, fields, "sequence, id", maxListing), maxListing, func(r row) error {
			in := reader{row: r}
			one := stage{flowd.Stage{ID: ref{id: in.id()}.key(), Name: strings.TrimSpace(in.text("name", maxText))}, in.many("job_ids")}
			if in.flag("fold") {
				one.Kind = kindClosed
			}
			if in.flag("hired_stage") {
				one.Kind = kindHired
			}
			out = append(out, one)
			return in.err
		})
		return out, err
	})
}

// kindsOf are what stages are for, by id.
func (o *odoo) kindsOf(ctx context.Context, op string, ids []string) (map[string]string, error) {
	byID := func(all []stage) map[string]string {
		out := map[string]string{}
		for _, s := range all {
			out[s.ID] = s.Kind
		}
		return out
	}
	all, err := o.allStages(ctx, op, func(all []stage) bool {
		known := byID(all)
		return !slices.ContainsFunc(ids, func(id string) bool { _, ok := known[id]; return !ok })
	})
	return byID(all), err
}

// stageOf finds a stage of a job by its id, else by its name.
func (o *odoo) stageOf(ctx context.Context, op, job string, want flowd.Stage) (flowd.Stage, error) {
	fit := func(all []stage) []flowd.Stage {
		var named []flowd.Stage
		for _, s := range all {
			if want.ID != "" && s.ID == want.ID {
				return []flowd.Stage{s.Stage}
			}
			if strings.TrimSpace(want.Name) != "" && s.of(job) && connectors.SameName(s.Name, want.Name) {
				named = append(named, s.Stage)
			}
		}
		return named
	}
	all, err := o.allStages(ctx, op, func(all []stage) bool { return len(fit(all)) > 0 })
	if err != nil {
		return flowd.Stage{}, err
	}
	shown := want.Name
	if shown == "" {
		shown = want.ID
	}
	switch found := fit(all); len(found) {
	case 0:
		return flowd.Stage{}, fault.New(fault.NotFound, op, "the job has no stage %q", shown)
	case 1:
		return found[0], nil
	}
	return flowd.Stage{}, fault.New(fault.Invalid, op, "the job has several stages %q: name the stage by its id", shown)
}

// recordID is the id of a record that is about to be sent. What it is of stands
// in the error, itself not.
func recordID(op, id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.New(fault.Invalid, op, "the id of the application is not one of Odoo's")
	}
	return n, nil
}

// Fetch implements connectors.Fetcher.
func (o *odoo) Fetch(ctx context.Context, applicationID string) (flowd.Application, error) {
	const op = "read the application"
	id, err := recordID(op, applicationID)
	if err != nil {
		return flowd.Application{}, err
	}
	p := page{odoo: o}
	if err := p.read(ctx, op, []any{[]any{"id", "=", id}}); err != nil {
		return flowd.Application{}, err
	}
	if len(p.seen) == 0 {
		return flowd.Application{}, fault.New(fault.NotFound, op, "the application is not there, or flowd may not see it")
	}
	return p.seen[0].Application, nil
}
