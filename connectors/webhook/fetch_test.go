package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/webhook"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

const asks = `webhook: {verify: none, path_secret: {file: path}}
map: {application: body.a, stage: body.s}
auth: {bearer: {file: key}}
fetch:
  url: URL/candidates/${split(application.id, "-")[0]}
  query: {include: placements}
  failed: (body.success ?? true) == false
  map:
    stage: {id: 'find(body.placements, .job == int(split(application.id, "-")[1])).stage.id', name: 'find(body.placements, .job == int(split(application.id, "-")[1])).stage.name'}
    status: '(body.gone ?? false) ? "rejected" : "active"'
    candidate: {email: body.email, can_email: 'body.can_email ?? nil'}
write:
  note: {url: URL/notes, query: {as: "${application.id}"}, body: {text: "${text}"}}
`

func askable(t *testing.T, h http.HandlerFunc) connectors.Source {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return connectortest.Build(t, webhook.Kind(), strings.ReplaceAll(asks, "URL", server.URL), map[string]string{"path": "0123456789abcdef", "key": "the-key"})
}

// A system is asked how an application stands, with the credential that writes.
func TestFetch(t *testing.T) {
	t.Parallel()
	var came []string
	s := askable(t, func(w http.ResponseWriter, r *http.Request) {
		came = append(came, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"email": "ada@example.com", "can_email": false, "placements": [{"job": 6, "stage": {"id": 1, "name": "Applied"}}, {"job": 7, "stage": {"id": 2, "name": "Video"}}]}`))
	})
	no := false
	want := flowd.Application{
		ID: "9001-7", Stage: flowd.Stage{ID: "2", Name: "Video"}, Status: flowd.StatusActive, NoContact: flowd.ReasonCannotEmail,
		Candidate: flowd.Candidate{Email: "ada@example.com", CanEmail: &no},
	}
	got, err := s.Fetcher.Fetch(t.Context(), "9001-7")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := s.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionNote, Text: "x", Application: flowd.Application{ID: "9&1"}}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"GET /candidates/9001?include=placements Bearer the-key", "POST /notes?as=9%261 Bearer the-key"}, came); diff != "" {
		t.Error(diff)
	}
}

// What does not tell how the application stands is an error that quotes nothing.
func TestFetch_Fails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		answer string
		kind   fault.Kind
		says   string
	}{
		"gone":      {404, `{}`, fault.NotFound, "404"},
		"failed":    {200, `{"success": false, "email": "ada@example.com"}`, fault.Unavailable, "says that it failed"},
		"no member": {200, `{"success": "ada@example.com"}`, fault.Unavailable, "map candidate.email"},
		"elsewhere": {200, `{"email": "ada@example.com", "placements": []}`, fault.Unavailable, "map stage.id"},
		"not JSON":  {200, `ada@example.com`, fault.Unavailable, "not JSON"},
		"a page":    {200, `<html>ada@example.com`, fault.Unavailable, "web page"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := askable(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.answer))
			})
			app, err := s.Fetcher.Fetch(t.Context(), "9001-7")
			if !fault.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "ada@") || !cmp.Equal(app, flowd.Application{}) {
				t.Errorf("%v, %+v", err, app)
			}
		})
	}
}

// An answer that says whose it is has to be about the one who was asked for.
func TestFetch_Another(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id": 7, "stage": "Video"}`)) }))
	defer server.Close()
	s := connectortest.Build(t, webhook.Kind(), strings.ReplaceAll(`
webhook: {verify: none, path_secret: {file: path}}
map: {application: body.a, stage: body.s}
fetch: {url: "URL/${application.id}", map: {application: body.id, stage: body.stage}}
`, "URL", server.URL), map[string]string{"path": "0123456789abcdef"})
	if app, err := s.Fetcher.Fetch(t.Context(), "7"); err != nil || app.Stage.Name != "Video" {
		t.Errorf("%v, %+v", err, app)
	}
	if _, err := s.Fetcher.Fetch(t.Context(), "8"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "another application") {
		t.Error(err)
	}
}

func TestBuild_FetchProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ section, place, says string }{
		"of nobody":   {"{url: 'https://example.com/x', map: {stage: body.s}}", "5:8", "which application it asks for"},
		"no stage":    {"{url: 'https://example.com/${application.id}', map: {candidate: {email: body.m}}}", "5:60", "where the stage comes from"},
		"no map":      {"{url: 'https://example.com/${application.id}'}", "5:8", "map is missing"},
		"item":        {"{url: 'https://example.com/${application.id}', map: {stage: item.s}}", "5:68", "there is no item"},
		"other value": {"{url: 'https://example.com/${candidate.id}', map: {stage: body.s}}", "5:37", "there is no candidate"},
		"blank":       {"{url: 'https://{account}.example.com/${application.id}', map: {stage: body.s}}", "5:14", "url still holds {account}"},
		"query":       {"{url: 'https://example.com/${application.id}', query: a=b, map: {stage: body.s}}", "5:62", "query wants names"},
		"of text":     {"none", "5:8", "fetch wants a set of keys"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "path", "0123456789abcdef")
			doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: webhook\nwebhook: {verify: none, path_secret: {file: path}}\nmap: {application: body.a, stage: body.s}\nfetch: "+c.section), strictyaml.Options{})
			connectors.Kinds{webhook.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
			got := strictyaml.Render(doc.Problems())
			if !strings.Contains(got, "s.yaml:"+c.place+": ") || !strings.Contains(got, c.says) {
				t.Errorf("want %s %q, got\n%s", c.place, c.says, got)
			}
		})
	}
}
