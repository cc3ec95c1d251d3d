package odoo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// wireCall is a request of either protocol.
type wireCall struct {
	service, model, method string
	ids                    []int
	args                   map[string]any
	allowed                bool
}

func parse(r *http.Request, body []byte) (c wireCall, ok bool) {
	if path, two := strings.CutPrefix(r.URL.Path, "/json/2/"); two {
		c.service = "json2"
		c.model, c.method, _ = strings.Cut(path, "/")
		c.allowed = r.Header.Get("Authorization") == "bearer "+theKey && r.Header.Get("X-Odoo-Database") == "acme"
		ok = json.Unmarshal(body, &c.args) == nil
		list, _ := c.args["ids"].([]any)
		c.ids = ints(list)
		return c, ok
	}
	var in struct {
		Params struct {
			Service, Method string
			Args            []any
		}
	}
	if r.URL.Path != "/jsonrpc" || json.Unmarshal(body, &in) != nil {
		return c, false
	}
	p := in.Params
	if p.Args == nil {
		return c, false
	}
	if c.service, c.method = p.Service, p.Method; c.service == "common" {
		c.allowed = p.Method == "version" || p.Args[0] == "acme" && p.Args[1] == theLogin && p.Args[2] == theKey
		return c, true
	}
	c.allowed = p.Args[0] == "acme" && p.Args[1] == float64(theUser) && p.Args[2] == theKey
	c.model, c.method = p.Args[3].(string), p.Args[4].(string)
	c.args = p.Args[6].(map[string]any)
	if placed := p.Args[5].([]any); len(placed) > 0 && c.method == "create" {
		c.args["vals_list"] = placed[0]
	} else if len(placed) > 0 {
		c.ids = ints(placed[0].([]any))
	}
	return c, true
}

func ints(list []any) []int {
	var out []int
	for _, v := range list {
		out = append(out, int(v.(float64)))
	}
	return out
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c, ok := parse(r, body)
	if err != nil || !ok || f.down.Load() || c.service == "json2" && f.version < 19 {
		http.Error(w, "no", http.StatusNotFound)
		if f.down.Load() {
			panic(http.ErrAbortHandler)
		}
		return
	}
	var result any
	name := ""
	switch {
	case c.method == "version":
		result = map[string]any{"server_version_info": []any{f.version, 0, 0, "final", 0, ""}}
	case c.method == "authenticate":
		if result = false; c.allowed {
			result = theUser
		}
	case !c.allowed:
		name = "odoo.exceptions.AccessDenied"
	default:
		result, name = f.call(c.model, c.method, c.ids, c.args)
	}
	status, answer := http.StatusOK, result
	trouble := map[string]any{"name": name, "message": "Rosa Field has no right", "debug": "Traceback: Rosa Field " + theKey}
	switch {
	case c.service == "json2" && name != "":
		answer = trouble
		status = map[string]int{"odoo.exceptions.AccessDenied": 401, "odoo.exceptions.AccessError": 403, "odoo.exceptions.MissingError": 404}[name]
		if status == 0 {
			status = http.StatusUnprocessableEntity
		}
	case c.service == "json2":
	case name != "":
		answer = map[string]any{"jsonrpc": "2.0", "id": 1, "error": map[string]any{"code": 200, "message": "Odoo Server Error", "data": trouble}}
	default:
		answer = map[string]any{"jsonrpc": "2.0", "id": 1, "result": result}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	if f.alter != nil {
		text = f.alter(c.model, c.method, text)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
