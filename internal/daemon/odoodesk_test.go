package daemon_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
)

// odooDesk is a recruiter at a real Odoo, and its administrator where the set-up
// needs one. It speaks to Odoo by itself: flowd's own connector would only
// confirm its own mistakes.
type odooDesk struct {
	tb              testing.TB
	at, database    string
	admin, password string
	login, key      string // of flowd's user
	jobName         string
	job             int
	stages          map[string]int
	applied         int
}

func newOdooDesk(t testing.TB, at string) *odooDesk {
	t.Helper()
	run := strings.ToLower(rand.Text()[:10]) // several runs may share an Odoo
	d := &odooDesk{
		tb: t, at: at, database: os.Getenv("FLOWD_ODOO_DATABASE"), admin: os.Getenv("FLOWD_ODOO_LOGIN"), password: os.Getenv("FLOWD_ODOO_PASSWORD"),
		login: "flowd-" + run, key: "key-of-flowd-" + run, jobName: "Account Executive " + run, stages: map[string]int{},
	}
	var officer []struct {
		ID int `json:"res_id"`
	}
	d.call(&officer, "ir.model.data", "search_read", []any{[]any{
		[]any{"module", "=", "hr_recruitment"}, []any{"name", "=", "group_hr_recruitment_user"},
	}}, map[string]any{"fields": []string{"res_id"}})
	// The least rights that flowd is said to need, and the address without which Odoo
	// takes no note.
	d.call(nil, "res.users", "create", []any{map[string]any{
		"name": "flowd", "login": d.login, "password": d.key, "email": d.login + "@example.com", "groups_id": []any{[]any{6, 0, []int{officer[0].ID}}},
	}}, nil)
	var field []any
	d.call(&field, "ir.model.fields", "search", []any{[]any{[]any{"model", "=", "hr.applicant"}, []any{"name", "=", "x_flowd_link"}}}, nil)
	if len(field) == 0 {
		var model []int
		d.call(&model, "ir.model", "search", []any{[]any{[]any{"model", "=", "hr.applicant"}}}, nil)
		d.call(nil, "ir.model.fields", "create", []any{map[string]any{
			"name": "x_flowd_link", "field_description": "Interview link", "ttype": "char", "model_id": model[0],
		}}, nil)
	}
	d.call(&d.job, "hr.job", "create", []any{map[string]any{"name": d.jobName}}, nil)
	for n, name := range []string{"New", "Video interview", "Video review"} {
		var id int
		d.call(&id, "hr.recruitment.stage", "create", []any{map[string]any{"name": name, "sequence": 10 + n, "job_ids": []any{[]any{6, 0, []int{d.job}}}}}, nil)
		d.stages[name] = id
	}
	return d
}

// call calls a method as the administrator.
func (d *odooDesk) call(into any, model, method string, args []any, named map[string]any) {
	d.tb.Helper()
	if named == nil {
		named = map[string]any{}
	}
	var user int
	d.rpc(&user, "common", "authenticate", d.database, d.admin, d.password, map[string]any{})
	d.rpc(into, "object", "execute_kw", d.database, user, d.password, model, method, args, named)
}

func (d *odooDesk) rpc(into any, service, method string, args ...any) {
	d.tb.Helper()
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "method": "call", "params": map[string]any{"service": service, "method": method, "args": args}})
	if err != nil {
		d.tb.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.tb.Context(), http.MethodPost, d.at+"/jsonrpc", bytes.NewReader(body))
	if err != nil {
		d.tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.tb.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Data struct{ Name, Message string } `json:"data"`
		} `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Error != nil {
		d.tb.Fatalf("%s: %v, %+v", method, err, answer.Error)
	}
	if into != nil {
		if err := json.Unmarshal(answer.Result, into); err != nil {
			d.tb.Fatalf("%s: %v in %s", method, err, answer.Result)
		}
	}
}

// applicants makes applicants who stand in a stage.
func (d *odooDesk) applicants(stage string, n int) []int {
	d.tb.Helper()
	var ids []int
	for range n {
		var id int
		d.applied++
		d.call(&id, "hr.applicant", "create", []any{map[string]any{
			"name": "Application", "partner_name": fmt.Sprintf("Person Number %d", d.applied), "job_id": d.job, "stage_id": d.stages[stage],
		}}, nil)
		d.call(nil, "hr.applicant", "write", []any{[]int{id}, map[string]any{"email_from": d.email(id)}}, nil)
		ids = append(ids, id)
	}
	return ids
}

func (d *odooDesk) email(id int) string { return fmt.Sprintf("applicant-%d@example.com", id) }

// move moves all of them at once.
func (d *odooDesk) move(stage string, ids ...int) {
	d.tb.Helper()
	d.call(nil, "hr.applicant", "write", []any{ids, map[string]any{"stage_id": d.stages[stage]}}, nil)
}

// refuse does what the button does: a reason, and the archive.
func (d *odooDesk) refuse(ids ...int) {
	d.tb.Helper()
	var reason int
	d.call(&reason, "hr.applicant.refuse.reason", "create", []any{map[string]any{"name": "Other"}}, nil)
	d.call(nil, "hr.applicant", "write", []any{ids, map[string]any{"refuse_reason_id": reason, "active": false}}, nil)
}

// standing are the applicants in a stage.
func (d *odooDesk) standing(stage string) (ids []int) {
	d.tb.Helper()
	d.call(&ids, "hr.applicant", "search", []any{[]any{[]any{"stage_id", "=", d.stages[stage]}}}, nil)
	return ids
}

// linked is how many applicants have a link to their interview.
func (d *odooDesk) linked() (n int) {
	d.tb.Helper()
	d.call(&n, "hr.applicant", "search_count", []any{[]any{[]any{"job_id", "=", d.job}, []any{"x_flowd_link", "!=", false}}}, nil)
	return n
}

// odooApplicant is what Odoo shows of an applicant.
type odooApplicant struct {
	stage, link  string
	tags         []string
	notes, links int
}

func (d *odooDesk) shown(id int) odooApplicant {
	d.tb.Helper()
	var rows []struct {
		Stage []any `json:"stage_id"`
		Link  any   `json:"x_flowd_link"`
		Tags  []int `json:"categ_ids"`
	}
	d.call(&rows, "hr.applicant", "read", []any{[]int{id}, []string{"stage_id", "x_flowd_link", "categ_ids"}}, nil)
	var out odooApplicant
	out.stage, _ = rows[0].Stage[1].(string)
	out.link, _ = rows[0].Link.(string)
	if len(rows[0].Tags) > 0 {
		var tags []struct{ Name string }
		d.call(&tags, "hr.applicant.category", "read", []any{rows[0].Tags, []string{"name"}}, nil)
		for _, t := range tags {
			out.tags = append(out.tags, t.Name)
		}
	}
	d.call(&out.notes, "mail.message", "search_count", []any{[]any{
		[]any{"model", "=", "hr.applicant"}, []any{"res_id", "=", id}, []any{"body", "ilike", "[flowd "},
	}}, nil)
	d.call(&out.links, "ir.attachment", "search_count", []any{[]any{
		[]any{"res_model", "=", "hr.applicant"}, []any{"res_id", "=", id}, []any{"type", "=", "url"},
	}}, nil)
	return out
}
