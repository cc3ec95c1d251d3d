package odoo

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
)

// definition is a field of applications as Odoo describes it.
type definition struct {
	Type   string  `json:"type"`
	Label  string  `json:"string"`
	Values [][]any `json:"selection"` // each a value and its label
}

// choices are the values to choose from, each with its label.
func (f definition) choices() [][2]string {
	var out [][2]string
	for _, v := range f.Values {
		if len(v) == 2 {
			value, _ := v[0].(string)
			label, _ := v[1].(string)
			out = append(out, [2]string{value, label})
		}
	}
	return out
}

type definitions map[string]definition

// known are the fields that applications have in one version or another: all of
// them but the first seven came or went between 14 and 19.
var known = []string{
	"id", "active", "create_date", "write_date", "date_last_stage_update", "stage_id", "job_id",
	"department_id", "partner_name", "email_from", "partner_phone", "partner_mobile", "partner_id", "candidate_id", "source_id", "user_email", "recruiter_email",
	"refuse_reason_id", "application_status", "emp_id", "employee_id", "categ_ids",
}

// wanted are the fields to ask for beside the custom ones: a field that is not
// there fails the call.
func (d definitions) wanted() []string {
	return slices.DeleteFunc(slices.Clone(known), func(name string) bool {
		_, there := d[name]
		return !there && name != "id"
	})
}

// custom are the fields that somebody added, sorted, as far as their values can
// be compared.
func (d definitions) custom() []string {
	var out []string
	for name, f := range d {
		switch f.Type {
		case "char", "text", "selection", "integer", "float", "monetary", "boolean", "date", "datetime", "many2one":
			if strings.HasPrefix(name, "x_") {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// applicant is an application as far as its record tells by itself.
type applicant struct {
	flowd.Snapshot
	id       int64
	changed  time.Time
	tags     []int64
	employed bool
}

// applicant reads a record with its custom fields.
func (d definitions) applicant(r row, custom []string) (applicant, error) {
	in := reader{row: r}
	stage, job, person := in.one("stage_id"), in.one("job_id"), in.one("partner_id")
	candidate := person.key()
	if c := in.one("candidate_id"); candidate == "" && c.id != 0 {
		candidate = "candidate-" + c.key() // of version 18 alone, where ids of contacts mean others
	}
	a := applicant{
		id: in.id(), changed: in.when("write_date"), tags: in.many("categ_ids"),
		employed: in.one("emp_id").id != 0 || in.one("employee_id").id != 0,
	}
	a.Entered = in.when("date_last_stage_update")
	a.Application = flowd.Application{
		ID: strconv.FormatInt(a.id, 10), Status: status(&in), Source: in.one("source_id").name, AppliedAt: in.when("create_date"),
		Stage: flowd.Stage{ID: stage.key(), Name: stage.name}, Recruiter: in.text("recruiter_email", maxText),
		Job: flowd.Job{ID: job.key(), Name: job.name, Department: in.one("department_id").name},
		Candidate: flowd.Candidate{
			ID: candidate, Name: in.text("partner_name", maxText), Email: in.text("email_from", maxText), Phone: in.text("partner_mobile", maxText),
		},
		Fields: d.values(&in, custom),
	}
	if a.Candidate.Phone == "" {
		a.Candidate.Phone = in.text("partner_phone", maxText)
	}
	if a.Recruiter == "" {
		a.Recruiter = in.text("user_email", maxText)
	}
	if a.id <= 0 {
		in.fail("id", "is missing")
	}
	return a, in.err
}

// status is how the application stands. Up to version 16 it is told by whether
// it is archived, and why; who is archived without a reason took part no longer.
func status(in *reader) flowd.Status {
	switch in.text("application_status", maxText) {
	case "ongoing":
		return flowd.StatusActive
	case "hired":
		return flowd.StatusHired
	case "refused":
		return flowd.StatusRejected
	case "archived":
		return flowd.StatusWithdrawn
	}
	switch refused := in.one("refuse_reason_id").id != 0; {
	case in.flag("active"):
		return flowd.StatusActive
	case refused:
		return flowd.StatusRejected
	}
	return flowd.StatusWithdrawn
}

func (d definitions) values(in *reader, custom []string) []flowd.Field {
	out := make([]flowd.Field, 0, len(custom))
	for _, name := range custom {
		f := flowd.Field{Key: name, Name: d[name].Label, Type: d[name].Type}
		switch raw := in.row[name]; f.Type {
		case "boolean":
			f.Value = in.flag(name)
		case "integer", "float", "monetary":
			var x float64
			if none(raw) {
				break
			}
			if json.Unmarshal(raw, &x) != nil {
				in.wrong(name, raw, "a number")
			}
			f.Value = x
		case "many2one":
			if to := in.one(name); to.name != "" {
				f.Value = to.name
			}
		default:
			if text := d[name].shown(in.text(name, maxField)); text != "" {
				f.Value = text
			}
		}
		out = append(out, f)
	}
	return out
}

// shown is a value as people see it.
func (f definition) shown(value string) string {
	for _, s := range f.choices() {
		if s[0] == value {
			return s[1]
		}
	}
	return value
}

// snapshots adds what Odoo keeps in other records: names of tags, and what
// stages are for.
func (o *odoo) snapshots(ctx context.Context, op string, all []applicant) ([]flowd.Snapshot, error) {
	if len(all) == 0 {
		return nil, nil
	}
	tags, stages := map[int64]bool{}, map[string]bool{}
	for _, a := range all {
		stages[a.Stage.ID] = true
		for _, id := range a.tags {
			tags[id] = true
		}
	}
	delete(stages, "")
	kinds, err := o.kindsOf(ctx, op, slices.Collect(maps.Keys(stages)))
	if err != nil {
		return nil, err
	}
	names, err := o.tagNames(ctx, op, slices.Collect(maps.Keys(tags)))
	if err != nil {
		return nil, err
	}
	out := make([]flowd.Snapshot, len(all))
	for i, a := range all {
		a.Stage.Kind = kinds[a.Stage.ID]
		if a.Status == flowd.StatusActive && (a.employed || a.Stage.Kind == kindHired) {
			a.Status = flowd.StatusHired
		}
		for _, id := range a.tags {
			if name := names[id]; name != "" {
				a.Tags = append(a.Tags, name)
			}
		}
		// This address leads to the record in every version.
		u := o.base.JoinPath("mail", "view")
		u.RawQuery = "model=hr.applicant&res_id=" + a.ID
		a.URL = u.String()
		o.door.Admit(&a.Application, connectors.Visitor{})
		out[i] = a.Snapshot
	}
	return out, nil
}
