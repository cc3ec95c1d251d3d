package atssim

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ServeHTTP is the system's API:
//
//	GET  /api/applications/{id}              how it stands
//	GET  /api/applications/{id}/notes        its notes
//	POST /api/applications/{id}/notes        {"text"}
//	POST /api/applications/{id}/tags         {"tag"}
//	POST /api/applications/{id}/links        {"label", "url"}
//	PUT  /api/applications/{id}/fields/NAME  {"value"}
//	POST /api/applications/{id}/move         {"from", "to"}, each a name or an id
func (a *ATS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := "Bearer " + a.opts.Token
	if a.opts.Token != "" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) == 0 {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "unauthorized"})
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	rest, ok := strings.CutPrefix(r.URL.Path, "/api/applications/")
	id, what, _ := strings.Cut(rest, "/")
	if !ok {
		answer(w, http.StatusNotFound, nil)
		return
	}
	if r.Method == http.MethodGet {
		a.read(w, id, what)
		return
	}
	a.arrivals++
	fault := Fault{}
	if a.opts.Fault != nil {
		fault = a.opts.Fault(a.arrivals, r)
	}
	switch {
	case fault.Drop:
		panic(http.ErrAbortHandler) // closes the connection
	case fault.Status != 0:
		if fault.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(fault.RetryAfter))
		}
		answer(w, fault.Status, map[string]any{"error": "a fault"})
		return
	}
	status := a.write(r, id, what)
	if fault.Lose {
		panic(http.ErrAbortHandler)
	}
	answer(w, status, map[string]any{"ok": status < 300})
}

func (a *ATS) read(w http.ResponseWriter, id, what string) {
	app := a.applications[id]
	switch {
	case app == nil:
		answer(w, http.StatusNotFound, map[string]any{"error": "no such application"})
	case what == "notes":
		notes := []map[string]string{}
		for _, n := range app.Notes {
			notes = append(notes, map[string]string{"text": n})
		}
		answer(w, http.StatusOK, map[string]any{"notes": notes})
	case what == "":
		fields, links := []map[string]string{}, []map[string]string{}
		for name, value := range app.Fields {
			fields = append(fields, map[string]string{"name": name, "value": value})
		}
		for label, url := range app.Links {
			links = append(links, map[string]string{"label": label, "url": url})
		}
		answer(w, http.StatusOK, map[string]any{
			"id": app.ID, "status": app.Status, "stage": stageJSON(app.Stage), "job": map[string]string{"id": app.Job, "name": a.jobs[app.Job].name},
			"tags": append([]string{}, app.Tags...), "fields": fields, "links": links,
		})
	default:
		answer(w, http.StatusNotFound, nil)
	}
}

// write carries one request out and returns its status.
func (a *ATS) write(r *http.Request, id, what string) int {
	app := a.applications[id]
	if app == nil {
		return http.StatusNotFound
	}
	var in struct{ Text, Tag, Label, URL, Value, From, To string }
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil || r.Header.Get("Content-Type") != "application/json" {
		return http.StatusBadRequest
	}
	what, name, _ := strings.Cut(what, "/")
	log := Write{Application: id, Kind: what}
	switch {
	case what == "notes" && in.Text != "":
		app.Notes = append(app.Notes, in.Text)
		log.Text = in.Text
	case what == "tags" && in.Tag != "":
		if slices.Contains(app.Tags, in.Tag) {
			return http.StatusOK
		}
		app.Tags = append(app.Tags, in.Tag)
		log.Target = in.Tag
	case what == "links" && in.Label != "" && in.URL != "":
		app.Links[in.Label] = in.URL
		log.Target, log.Text = in.Label, in.URL
	case what == "fields" && name != "" && r.Method == http.MethodPut:
		app.Fields[name] = in.Value
		log.Target, log.Text = name, in.Value
	case what == "move":
		_, to, err := a.target(id, in.To)
		switch {
		case err != nil:
			return http.StatusUnprocessableEntity
		case in.From != app.Stage.ID && in.From != app.Stage.Name:
			return http.StatusConflict
		}
		a.move(app, to, "api")
		log.Target, log.Text = to.Name, in.From
	default:
		return http.StatusUnprocessableEntity
	}
	a.writes = append(a.writes, log)
	return http.StatusCreated
}

func stageJSON(s Stage) map[string]string { return map[string]string{"id": s.ID, "name": s.Name} }

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body) // a client that went away hears nothing
	}
}
