package poll_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
)

const listed = `
auth: {bearer: {file: key}}
request: {url: URL/applications}
map: {application: item.id, stage: item.stage}
catalog:
  jobs:
    url: URL/jobs
    query: {page: "${page}"}
    paging: {page: 1, size: 2}
    when: item.open
    map: {id: item.id, name: item.title, country: 'item.country ?? ""'}
  stages:
    url: URL/jobs/${job.id}/stages
    items: stages
    map: {id: item.id, name: item.name, kind: 'item.kind ?? ""'}
  fields:
    url: URL/fields
    failed: body.ok == false
    items: fields
    map: {key: item.key, name: item.label, type: item.type, member: 'item.key == "source" ? "candidate.source" : ""', values: 'item.options ?? nil'}
`

// answers serves what stands under each path.
func answers(t *testing.T, of map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := of[r.Method+" "+r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	s := source(t, answers(t, map[string]string{
		"GET /jobs?page=1":   `[{"id": 7, "title": "Miller", "open": true, "country": "Denmark"}, {"id": 8, "title": "Old", "open": false}]`,
		"GET /jobs?page=2":   `[{"id": 9, "title": "Baker", "open": true}]`,
		"GET /jobs/7/stages": `{"stages": [{"id": 1, "name": "Applied"}, {"id": 2, "name": "Video"}]}`,
		"GET /jobs/9/stages": `{"stages": [{"id": 1, "name": "Applied"}, {"id": 3, "name": "Hired", "kind": "hired"}]}`,
		"GET /fields":        `{"ok": true, "fields": [{"key": "f1", "label": "Shift", "type": "select", "options": ["Day", 2]}, {"key": "source", "label": "Source", "type": "text"}]}`,
	}), listed)
	connectortest.Catalog(t, s.Catalog)
	jobs, err := s.Catalog.Jobs(t.Context())
	if diff := cmp.Diff([]flowd.Job{{ID: "7", Name: "Miller", Country: "DK"}, {ID: "9", Name: "Baker"}}, jobs); err != nil || diff != "" {
		t.Error(err, diff)
	}
	stages, err := s.Catalog.Stages(t.Context(), "")
	if diff := cmp.Diff([]flowd.Stage{{ID: "1", Name: "Applied"}, {ID: "2", Name: "Video"}, {ID: "3", Name: "Hired", Kind: "hired"}}, stages); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if stages, err := s.Catalog.Stages(t.Context(), "9"); err != nil || len(stages) != 2 {
		t.Errorf("%+v, %v", stages, err)
	}
	fields, err := s.Catalog.Fields(t.Context())
	if diff := cmp.Diff([]connectors.CatalogField{
		{Field: flowd.Field{Key: "f1", Name: "Shift", Type: "select"}, Values: []string{"Day", "2"}},
		{Member: "candidate.source", Field: flowd.Field{Key: "source", Name: "Source", Type: "text"}},
	}, fields); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// What cannot be listed is an error, and what nothing is said of is nothing.
func TestCatalog_Fails(t *testing.T) {
	t.Parallel()
	s := source(t, answers(t, map[string]string{"GET /fields": `{"ok": false}`}), listed)
	if _, err := s.Catalog.Stages(t.Context(), ""); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := s.Catalog.Fields(t.Context()); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	s = source(t, "http://localhost:1", "request: {url: URL}\ncatalog: {}"+mapping)
	for what, err := range map[string]error{"jobs": second(s.Catalog.Jobs(t.Context())), "stages": second(s.Catalog.Stages(t.Context(), "")), "fields": second(s.Catalog.Fields(t.Context()))} {
		if !errors.Is(err, connectors.ErrNotListed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What is not listed is not known, and is no failure.
func TestCatalog_InPart(t *testing.T) {
	t.Parallel()
	s := source(t, answers(t, map[string]string{"GET /jobs": `[]`}), "request: {url: URL}\ncatalog: {jobs: {url: URL/jobs, map: {name: item.title}}}"+mapping)
	in, err := connectors.TakeInventory(t.Context(), s.Catalog)
	if err != nil || in.Jobs == nil || in.Stages != nil || in.Fields != nil {
		t.Errorf("%+v, %v", in, err)
	}
}

func second[T any](_ T, err error) error { return err }

// A polled source is asked and written to with the credential that polls.
func TestPoll_WriteAndFetch(t *testing.T) {
	t.Parallel()
	s := source(t, answers(t, map[string]string{"GET /applications/7": `{"stage": "Video"}`, "POST /applications/7/notes": `{}`}), standing+`
fetch: {url: "URL/applications/${application.id}", map: {stage: body.stage}}
write:
  note: {url: "URL/applications/${application.id}/notes", body: {text: "${text}"}}
`)
	if app, err := s.Fetcher.Fetch(t.Context(), "7"); err != nil || app.Stage.Name != "Video" {
		t.Error(app, err)
	}
	if err := s.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionNote, Text: "x", Application: flowd.Application{ID: "7"}}); err != nil {
		t.Error(err)
	}
}
