package odoo_test

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/odoo"
)

const (
	theKey   = "key-of-the-tests-4411"
	theLogin = "flowd@odoo.example"
	theUser  = 6
)

// record is a record of a model by field; links are ids.
type record map[string]any

// fake is an Odoo as far as flowd calls it, of any version from 14 on.
type fake struct {
	mu      sync.Mutex
	version int
	models  map[string][]record
	next    int
	asked   []string        // model and method of each call
	rights  map[string]bool // by model and operation
	// alter changes an answer before it is sent; nil: it is sent as it is.
	alter func(model, method string, answer []byte) []byte
	down  atomic.Bool
}

func newFake(version int) *fake {
	f := &fake{version: version, next: 5000, models: map[string][]record{
		"hr.job":                {{"id": 7, "name": "Account Executive", "active": true, "department_id": 3}, {"id": 8, "name": "Old job", "active": false, "department_id": false}},
		"hr.department":         {{"id": 3, "name": "Sales"}},
		"res.partner":           {{"id": 91, "name": "Rosa Field"}},
		"utm.source":            {{"id": 1, "name": "LinkedIn"}},
		"hr.applicant.category": {{"id": 5, "name": "Reserve"}},
		"hr.recruitment.stage": {
			{"id": 1, "name": "New", "sequence": 1, "fold": false, "job_ids": []int{}},
			{"id": 2, "name": "Video interview", "sequence": 2, "fold": false, "job_ids": []int{}},
			{"id": 3, "name": "Video review", "sequence": 3, "fold": false, "job_ids": []int{7}},
			{"id": 4, "name": "Video review", "sequence": 3, "fold": false, "job_ids": []int{8}},
			{"id": 5, "name": "Contract signed", "sequence": 9, "fold": true, "job_ids": []int{}},
		},
	}}
	if version < 15 {
		delete(f.models["hr.job"][0], "active")
		delete(f.models["hr.job"][1], "active")
	} else {
		for _, s := range f.models["hr.recruitment.stage"] {
			s["hired_stage"] = s["id"] == 5
		}
	}
	return f
}

// links says which fields lead to which model.
var links = map[string]string{
	"stage_id": "hr.recruitment.stage", "job_id": "hr.job", "department_id": "hr.department", "partner_id": "res.partner", "source_id": "utm.source",
}

// add makes an applicant that entered its stage at a time.
func (f *fake) add(at time.Time, stage int, more record) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	stamp := at.UTC().Format("2006-01-02 15:04:05")
	r := record{
		"id": f.next, "active": true, "create_date": stamp, "write_date": stamp, "date_last_stage_update": stamp,
		"stage_id": stage, "job_id": 7, "department_id": 3, "partner_name": fmt.Sprintf("Person %d", f.next), "email_from": fmt.Sprintf("p%d@example.com", f.next),
		"partner_phone": "+49 30 901820", "partner_id": 91, "source_id": 1, "refuse_reason_id": false, "categ_ids": []int{5},
		"x_interview_link": false, "x_score": 0, "x_done": false, "x_status": "fin", "x_notes": "by hand",
	}
	if f.version < 18 {
		r["partner_mobile"] = false
	}
	if f.version >= 17 {
		r["application_status"] = "ongoing"
	} else {
		r["user_email"], r["emp_id"] = "recruiter@odoo.example", false
	}
	maps.Copy(r, more)
	f.models["hr.applicant"] = append(f.models["hr.applicant"], r)
	return f.next
}

// set changes an applicant at a time.
func (f *fake) set(id int, at time.Time, more record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	stamp := at.UTC().Format("2006-01-02 15:04:05")
	r := f.find("hr.applicant", id)
	r["write_date"] = stamp
	if _, moved := more["stage_id"]; moved {
		r["date_last_stage_update"] = stamp
	}
	maps.Copy(r, more)
}

func (f *fake) find(model string, id int) record {
	for _, r := range f.models[model] {
		if r["id"] == id {
			return r
		}
	}
	return nil
}

var fieldTypes = map[string]any{
	"x_interview_link": map[string]any{"type": "char", "string": "Interview link"}, "x_score": map[string]any{"type": "float", "string": "Video score"},
	"x_done":   map[string]any{"type": "boolean", "string": "Done"},
	"x_status": map[string]any{"type": "selection", "string": "Video status", "selection": [][]any{{"inv", "Invited"}, {"fin", "Finished"}}},
	"x_notes":  map[string]any{"type": "html", "string": "Own notes"},
}

// call carries out a method; name is the exception that it raises, or empty.
func (f *fake) call(model, method string, ids []int, args map[string]any) (result any, name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, model+" "+method)
	switch method {
	case "fields_get":
		out := map[string]any{}
		for name := range newFields(f.version) {
			out[name] = map[string]any{"type": "char", "string": name}
			if t, ok := fieldTypes[name]; ok {
				out[name] = t
			}
		}
		return out, ""
	case "search_read":
		var found []record
		context, _ := args["context"].(map[string]any)
		for _, r := range f.models[model] {
			for _, t := range args["domain"].([]any) {
				if t, ok := t.([]any); ok && !f.has(model, t[0].(string)) {
					return nil, "builtins.ValueError"
				}
			}
			if (context["active_test"] == false || r["active"] != false) && fits(r, args["domain"].([]any)) {
				found = append(found, r)
			}
		}
		return f.read(model, found, args)
	case "write", "message_post":
		if len(ids) != 1 || f.find(model, ids[0]) == nil {
			return nil, "odoo.exceptions.MissingError"
		}
		if method == "write" {
			return f.write(f.find(model, ids[0]), args["vals"].(map[string]any))
		}
		body := args["body"].(string)
		if _, isHTML := args["body_is_html"]; f.version >= 17 && !isHTML {
			body = html.EscapeString(body)
		}
		f.next++
		f.models["mail.message"] = append(f.models["mail.message"], record{"id": f.next, "model": model, "res_id": ids[0], "body": "<p>" + body + "</p>", "subtype": args["subtype_xmlid"]})
		return f.next, ""
	case "check_access_rights", "has_access":
		if _, ofRecords := args["ids"]; (method == "has_access") != (f.version >= 19) || ofRecords != (f.version >= 19) {
			return nil, "builtins.TypeError"
		}
		return f.rights[model+" "+args["operation"].(string)], ""
	case "create":
		var made []int
		for _, vals := range args["vals_list"].([]any) {
			f.next++
			r := record{"id": f.next}
			for key, v := range vals.(map[string]any) {
				r[key] = v
				if n, ok := v.(float64); ok {
					r[key] = int(n)
				}
			}
			f.models[model] = append(f.models[model], r)
			made = append(made, f.next)
		}
		return made, ""
	}
	return nil, "builtins.AttributeError"
}

// has tells whether a model has a field, as far as its records tell.
func (f *fake) has(model, field string) bool {
	return len(f.models[model]) == 0 || slices.ContainsFunc(f.models[model], func(r record) bool { _, ok := r[field]; return ok })
}

// newFields are the fields that applicants of a version have.
func newFields(version int) record {
	f := &fake{version: version, models: map[string][]record{}}
	f.add(time.Time{}, 1, nil)
	return f.models["hr.applicant"][0]
}

func (f *fake) read(model string, found []record, args map[string]any) (any, string) {
	order, _ := args["order"].(string)
	slices.SortStableFunc(found, func(a, b record) int {
		switch order {
		case "write_date desc":
			return strings.Compare(b["write_date"].(string), a["write_date"].(string))
		case "sequence, id":
			return cmp.Or(a["sequence"].(int)-b["sequence"].(int), a["id"].(int)-b["id"].(int))
		}
		return a["id"].(int) - b["id"].(int)
	})
	if limit := int(args["limit"].(float64)); len(found) > limit {
		found = found[:limit]
	}
	out := []record{}
	for _, r := range found {
		row := record{"id": r["id"]}
		for _, field := range args["fields"].([]any) {
			v, there := r[field.(string)]
			if !there {
				if !f.has(model, field.(string)) {
					return nil, "builtins.ValueError"
				}
				v = false
			}
			if to, linked := links[field.(string)]; linked && v != false {
				v = []any{v, f.find(to, v.(int))["name"]}
			}
			row[field.(string)] = v
		}
		out = append(out, row)
	}
	return out, ""
}

func (f *fake) write(r record, vals map[string]any) (any, string) {
	for key, v := range vals {
		switch key {
		case "stage_id":
			r[key] = int(v.(float64))
		case "categ_ids":
			for _, c := range v.([]any) {
				command := c.([]any)
				var id int
				if command[0].(float64) == 0 {
					name := command[2].(map[string]any)["name"]
					if slices.ContainsFunc(f.models["hr.applicant.category"], func(t record) bool { return t["name"] == name }) {
						return nil, "odoo.exceptions.ValidationError"
					}
					f.next++
					id = f.next
					f.models["hr.applicant.category"] = append(f.models["hr.applicant.category"], record{"id": id, "name": name})
				} else {
					id = int(command[1].(float64))
				}
				r[key] = append(slices.Clone(r[key].([]int)), id)
			}
		default:
			r[key] = v
		}
	}
	return true, ""
}

// fits evaluates a domain of terms, of which "|" joins the next two.
func fits(r record, domain []any) bool {
	for i := 0; i < len(domain); i++ {
		if domain[i] == "|" {
			if !term(r, domain[i+1].([]any)) && !term(r, domain[i+2].([]any)) {
				return false
			}
			i += 2
			continue
		}
		if !term(r, domain[i].([]any)) {
			return false
		}
	}
	return true
}

func term(r record, t []any) bool {
	have, want := r[t[0].(string)], t[2]
	if n, ok := want.(float64); ok {
		id, _ := have.(int)
		if t[1] == ">" {
			return id > int(n)
		}
		return id == int(n)
	}
	switch t[1] {
	case "=":
		return have == want
	case ">=":
		return have.(string) >= want.(string)
	case "in":
		return slices.ContainsFunc(want.([]any), func(v any) bool { return int(v.(float64)) == have })
	case "=ilike":
		return strings.EqualFold(have.(string), strings.NewReplacer(`\_`, "_", `\%`, "%", `\\`, `\`).Replace(want.(string)))
	case "ilike":
		part := strings.NewReplacer(`\_`, "_", `\%`, "%", `\\`, `\`).Replace(want.(string))
		return strings.Contains(strings.ToLower(have.(string)), strings.ToLower(part))
	}
	return false
}

// Reads implements connectortest.WriteSystem.
func (f *fake) Reads(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	c, _ := parse(r, body)
	return !slices.Contains([]string{"write", "create", "message_post"}, c.method)
}

// Standing implements connectortest.WriteSystem.
func (f *fake) Standing() connectortest.Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	app := f.models["hr.applicant"][0]
	out := connectortest.Standing{Stage: f.find("hr.recruitment.stage", app["stage_id"].(int))["name"].(string), Fields: map[string]string{}}
	for _, id := range app["categ_ids"].([]int) {
		out.Tags = append(out.Tags, f.find("hr.applicant.category", id)["name"].(string))
	}
	for _, m := range f.models["mail.message"] {
		text := strings.TrimSuffix(strings.TrimPrefix(m["body"].(string), "<p>"), "</p>")
		out.Notes = append(out.Notes, html.UnescapeString(strings.ReplaceAll(text, "<br/>", "\n")))
	}
	if s, ok := app["x_interview_link"].(string); ok {
		out.Fields["Interview link"] = s
	}
	for _, a := range f.models["ir.attachment"] {
		out.Links = append(out.Links, a["url"].(string))
	}
	return out
}

// MoveAway implements connectortest.WriteSystem.
func (f *fake) MoveAway() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.models["hr.applicant"][0]["stage_id"] = 5
}

// serve serves it and returns its address.
func (f *fake) serve(t testing.TB) string {
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL
}

// sourceAt is a source that reaches the Odoo at an address.
func sourceAt(t testing.TB, url, more string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, odoo.Kind(), "url: "+url+"\ndatabase: acme\nlogin: "+theLogin+"\nkey: {file: key}\n"+more, map[string]string{"key": theKey + "\n"})
}
