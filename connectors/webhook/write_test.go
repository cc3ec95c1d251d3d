package webhook_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/connectortest/atssim"
	"flowd/connectors/webhook"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

const apiToken = "token-of-the-simulated-ats"

// system is a simulated ATS with one application.
type system struct{ *atssim.ATS }

const rosa = "5001" // the first application of a simulated system

func newSystem(t *testing.T) connectortest.WriteSystem {
	t.Helper()
	ats := atssim.New(atssim.Options{Token: apiToken, Secret: connectortest.Secret})
	ats.AddJob("77", "Sales Development", "Application review", "Video interview", "Video review", "Offer")
	id, err := ats.AddApplication("77", atssim.Person{Email: "rosa.field@example.com", FirstName: "Rosa", LastName: "Field"})
	if err != nil || id != rosa {
		t.Fatal(id, err)
	}
	if err := ats.Move(id, "Video interview"); err != nil {
		t.Fatal(err)
	}
	ats.AddTag(id, "early shift")
	return system{ats}
}

func (s system) Reads(r *http.Request) bool { return r.Method == http.MethodGet }

func (s system) MoveAway() {
	if err := s.Move(rosa, "Offer"); err != nil {
		panic(err)
	}
}

func (s system) Standing() connectortest.Standing {
	a := s.Application(rosa)
	return connectortest.Standing{Stage: a.Stage.Name, Tags: a.Tags, Notes: a.Notes, Fields: a.Fields, Links: slices.Collect(maps.Values(a.Links))}
}

// unindented is an entry of a list as the section of one source.
func unindented(entry string) string {
	var b strings.Builder
	for line := range strings.Lines(entry) {
		line = strings.TrimPrefix(strings.TrimPrefix(line, "  - "), "    ")
		if !strings.HasPrefix(line, "name: ") && !strings.HasPrefix(line, "kind: ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func sourceAt(t *testing.T, url string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, webhook.Kind(), unindented(atssim.Source("ats", url, "secret", "token")),
		map[string]string{"secret": connectortest.Secret, "token": apiToken})
}

func application() flowd.Application {
	return flowd.Application{
		ID: "id-0123456789", OriginalID: rosa, Job: flowd.Job{ID: "77", Name: "Sales Development"},
		Stage: flowd.Stage{ID: "77-2", Name: "Video interview"}, Candidate: flowd.Candidate{ID: "c" + rosa, Email: "rosa.field@example.com", FirstName: "Rosa"},
	}
}

var writes = connectortest.Writer{
	New:      newSystem,
	Source:   sourceAt,
	Personal: []string{"Rosa", "rosa.field", apiToken, "5001", "127.0.0.1"},
	Writes: map[flowd.ActionKind]flowd.WriteBack{
		flowd.ActionNote:  {Application: application(), Text: "The interview is \"finished\" & fine.\nRosa answered.", Mark: "[flowd a1b2c3]"},
		flowd.ActionTag:   {Application: application(), Target: "video: finished"},
		flowd.ActionField: {Application: application(), Target: "Video status/état", Text: "finished"},
		flowd.ActionMove:  {Application: application(), Target: "Video review", From: flowd.Stage{ID: "77-2", Name: "Video interview"}},
		flowd.ActionLink:  {Application: application(), Target: "Recording", Text: "https://flowd.example.com/v/abc?x=1&y=2"},
	},
}

func TestWriter(t *testing.T) {
	t.Parallel()
	writes.Run(t)
}

// echoing answers each request with 200 and keeps what came.
type echoing struct {
	request *http.Request
	body    string
	answer  string
}

func (e *echoing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b := make([]byte, r.ContentLength+1)
	n, _ := r.Body.Read(b)
	e.request, e.body = r.Clone(r.Context()), string(b[:n])
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(e.answer))
}

const rest = "webhook: {verify: none, path_secret: {file: path}}\nmap: {application: body.a, stage: body.s}\nwrite:\n"

func writing(t *testing.T, e *echoing, section string) connectors.Writer {
	t.Helper()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	s := connectortest.Build(t, webhook.Kind(), rest+strings.ReplaceAll(section, "URL", server.URL),
		map[string]string{"path": "0123456789abcdef", "key": "the-key", "word": "pass word&"})
	return s.Writer
}

// What is sent: values stand escaped where they belong, and every way to prove
// who calls does.
func TestWrite_Request(t *testing.T) {
	t.Parallel()
	note := flowd.WriteBack{Kind: flowd.ActionNote, Key: "k-1", Mark: "[m]", Target: "Ümlaut", Text: `say "hi"`, Application: flowd.Application{
		ID: "a/b?c=d", URL: "https://ats.example.com/1", Job: flowd.Job{ID: "12345678901234567890"}, Candidate: flowd.Candidate{ID: "9 9"}, Stage: flowd.Stage{Name: "Video"},
	}}
	for name, c := range map[string]struct {
		section string
		w       flowd.WriteBack
		uri     string
		body    string
		header  map[string]string
	}{
		"path": {"  note: {url: 'URL/x/${application.id}/y?c=${candidate.id}', body: {t: '${text}'}}", note,
			"/x/a%2Fb%3Fc=d/y?c=9+9", `{"t":"say \"hi\"\n\n[m]"}`, map[string]string{"Content-Type": "application/json", "Idempotency-Key": ""}},
		"tree": {"  note:\n    method: PUT\n    url: URL/n\n    headers: {X-Version: 2024-01, X-Key: '${key}'}\n" +
			`    body: {n: 5, b: true, s: "5", list: ["${target}", {"k ${target}": "$${text}"}], id: "${int(job.id) ?? 0}", j: "${job.name ?? string(1)}", all: "${text}"}`,
			func() flowd.WriteBack { w := note; w.Application.Job.ID = "77"; return w }(),
			"/n", `{"all":"say \"hi\"\n\n[m]","b":true,"id":77,"j":"1","list":["Ümlaut",{"k Ümlaut":"${text}"}],"n":5,"s":"5"}`, map[string]string{"X-Version": "2024-01", "X-Key": "k-1"}},
		"basic":    {"  auth: {basic: {user: api, password: {file: key}}}\n  note: {url: 'URL/n?t=${text}'}", note, "/n?t=say+%22hi%22%0A%0A%5Bm%5D", "", map[string]string{"Authorization": "Basic YXBpOnRoZS1rZXk="}},
		"key":      {"  auth: {basic: {user: {file: key}}}\n  note: {url: 'URL/n?t=${mark}', body: '${text}'}", note, "/n?t=%5Bm%5D", `"say \"hi\"\n\n[m]"`, map[string]string{"Authorization": "Basic dGhlLWtleTo="}},
		"any word": {"  auth: {basic: {user: {file: key}, password: x}}\n  note: {url: 'URL/n?t=${mark}', body: '${text}'}", note, "/n?t=%5Bm%5D", `"say \"hi\"\n\n[m]"`, map[string]string{"Authorization": "Basic dGhlLWtleTp4"}},
		"bearer":   {"  auth: {bearer: {file: key}, header: {name: X-Account, value: {file: word}}}\n  note: {url: 'URL/n', body: ['${text}']}", note, "/n", `["say \"hi\"\n\n[m]"]`, map[string]string{"Authorization": "Bearer the-key", "X-Account": "pass word&"}},
		"query":    {"  auth: {query: [{name: k, value: {file: word}}]}\n  note: {url: 'URL/n?a=1', body: ['${text}']}", note, "/n?a=1&k=pass+word%26", `["say \"hi\"\n\n[m]"]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &echoing{answer: "{}"}
			if err := writing(t, e, c.section).Write(t.Context(), c.w); err != nil {
				t.Fatal(err)
			}
			if e.request.URL.RequestURI() != c.uri || e.body != c.body {
				t.Errorf("%s\n%s\nwant %s\n%s", e.request.URL.RequestURI(), e.body, c.uri, c.body)
			}
			for name, want := range c.header {
				if got := e.request.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

// A system that says in the body what its status does not.
func TestWrite_FailedInBody(t *testing.T) {
	t.Parallel()
	const section = "  tag: {url: URL/t, body: {t: '${target}'}, failed: body.success != true, ok: [200, 409]}"
	w := flowd.WriteBack{Kind: flowd.ActionTag, Target: "x", Application: application()}
	for answer, want := range map[string]fault.Kind{
		`{"success": true}`: "", `{"success": false, "error": "Rosa"}`: fault.Invalid, `nothing`: fault.Uncertain, `[]`: fault.Uncertain, ``: fault.Uncertain,
	} {
		err := writing(t, &echoing{answer: answer}, section).Write(t.Context(), w)
		if fault.KindOf(err) != want || err != nil && strings.Contains(err.Error(), "Rosa") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// What cannot be filled in is sent nowhere.
func TestWrite_MissingValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ section, says string }{
		"missing":  {"  note: {url: 'URL/${application.url}', body: {t: '${text}'}}", "application.url is missing"},
		"in body":  {"  note: {url: URL/n, body: {t: '${text}', j: {x: '${job.name}'}}}", "body: job.name is missing"},
		"upwards":  {"  note: {url: 'URL/x/${target}/n', body: {t: '${text}'}}", "cannot stand in a path"},
		"header":   {"  note: {url: 'URL/n', headers: {X-T: '${text}'}, body: {t: '${text}'}}", "cannot stand in a header"},
		"in a key": {"  note: {url: 'URL/n', body: {'${candidate.id}': '${text}'}}", "candidate.id is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &echoing{}
			err := writing(t, e, c.section).Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionNote, Text: "Rosa\n", Target: "..", Application: flowd.Application{ID: "1"}})
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "Rosa") || e.request != nil {
				t.Errorf("%v, sent %t", err, e.request != nil)
			}
		})
	}
}

func TestBuild_WriteProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ section, place, says string }{
		"nothing":       {"  {}", "6:3", "nothing that could be written"},
		"plain http":    {"  note: {url: 'http://ats.example.com/n', body: {t: '${text}'}}", "6:15", "not encrypted"},
		"value as host": {"  note: {url: 'https://${job.id}.example.com/n', body: {t: '${text}'}}", "6:15", "in the host"},
		"half a host":   {"  note: {url: 'https://example.com${job.id}/n', body: {t: '${text}'}}", "6:15", "in the host"},
		"no scheme":     {"  note: {url: '${application.url}/n', body: {t: '${text}'}}", "6:15", "is not an address"},
		"user in it":    {"  note: {url: 'https://a:b@example.com/n', body: {t: '${text}'}}", "6:15", "user or password"},
		"unknown value": {"  note: {url: 'https://example.com/n', body: {t: '${text} ${body2.x}'}}", "6:61", "there is no body2"},
		"open brace":    {"  note: {url: 'https://example.com/n', body: {t: '${text'}}", "6:51", "never closed"},
		"no text":       {"  note: {url: 'https://example.com/n', body: {t: '${mark}'}}", "6:9", "does not send ${text}"},
		"no target":     {"  move: {url: 'https://example.com/n', body: {t: '${job.id}'}}", "6:9", "does not send ${target}"},
		"get":           {"  note: {method: GET, url: 'https://example.com/n?${text}'}", "6:18", "does not write"},
		"ok":            {"  note: {url: 'https://example.com/n', body: '${text}', ok: [200, 500]}", "6:61", "cannot mean success"},
		"header":        {"  note: {url: 'https://example.com/n', headers: {authorization: x}, body: '${text}'}", "6:50", "cannot be set here"},
		"two ways":      {"  auth: {bearer: {file: path}, basic: {user: x}}\n  note: {url: 'https://example.com/n', body: '${text}'}", "6:9", "in several ways"},
		"no secret":     {"  auth: {bearer: {file: nowhere}}\n  note: {url: 'https://example.com/n', body: '${text}'}", "6:18", "nowhere"},
		"token url":     {"  auth: {oauth2: {token_url: 'http://example.com/t', client_id: a, client_secret: {file: path}}}\n  note: {url: 'https://example.com/n', body: '${text}'}", "6:30", "not encrypted"},
		"written":       {"  note: {url: 'https://example.com/n', body: '${text}', written: {url: 'https://example.com/n'}}", "6:66", "when is missing"},
		"when":          {"  note: {url: 'https://example.com/n', body: '${text}', written: {url: 'https://example.com/n', when: body.x = 1}}", "6:110", "a single ="},
		"unknown key":   {"  notes: {url: 'https://example.com/n'}", "6:3", "unknown key notes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, "path", "0123456789abcdef")
			doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: webhook\n"+strings.TrimSuffix(rest, "write:\n")+"write:\n"+c.section), strictyaml.Options{})
			connectors.Kinds{webhook.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
			got := strictyaml.Render(doc.Problems())
			if !strings.Contains(got, "s.yaml:"+c.place+": ") || !strings.Contains(got, c.says) {
				t.Errorf("want %s %q, got\n%s", c.place, c.says, got)
			}
		})
	}
}

// The simulated system's hooks are understood by the configuration it writes.
func TestSimulatedHooks(t *testing.T) {
	t.Parallel()
	ats := newSystem(t).(system)
	for _, do := range []func(string) error{ats.Reject, ats.Reopen, ats.Withdraw, ats.Hire, ats.Delete} {
		if err := do(rosa); err != nil {
			t.Fatal(err)
		}
	}
	s := sourceAt(t, "https://ats.example.com")
	var types []flowd.EventType
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		d := flowd.Delivery{Source: s.Name, Header: r.Header, Body: body}
		if err := s.Receiver.Verify(connectortest.Now, d); err != nil {
			t.Error(err)
		}
		b, _, err := s.Receiver.Decode(d)
		if err != nil || len(b.Events) != 1 || b.Events[0].Application.ID != rosa {
			t.Errorf("%s: %v", body, err)
			return
		}
		types = append(types, b.Events[0].Type)
		if ev := b.Events[0]; ev.Type == flowd.StageEntered && (ev.Application.Recruiter == "" || ev.Application.Candidate.Email == "" || ev.Stage.ID == "") {
			t.Errorf("%s gives %+v", body, ev)
		}
	}))
	defer receiver.Close()
	if err := ats.Deliver(t.Context(), receiver.Client(), receiver.URL); err != nil || ats.Undelivered() != 0 {
		t.Fatal(err, ats.Undelivered())
	}
	want := []flowd.EventType{flowd.StageEntered, flowd.StageEntered, flowd.ApplicationRejected, flowd.ApplicationReopened, flowd.ApplicationWithdrawn, flowd.ApplicationHired, flowd.ApplicationDeleted}
	if !slices.Equal(types, want) {
		t.Errorf("%v", types)
	}
}

// A token is got by a form with fields of its own.
func TestWrite_OAuth(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/token" {
			if err := r.ParseForm(); err != nil || r.Form.Get("client_id") != "me" || r.Form.Get("client_secret") != "the-key" ||
				r.Form.Get("audience") != "ats" || r.Form.Get("scope") != "notes tags" || r.Form.Get("grant_type") != "client_credentials" {
				t.Errorf("%v, %v", r.Form, err)
			}
			_, _ = w.Write([]byte(`{"access_token": "t-1", "token_type": "bearer", "expires_in": 600}`))
			return
		}
		if r.Header.Get("Authorization") != "Bearer t-1" || r.Header.Get("X-Account") != "the-key" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	section := strings.ReplaceAll(`
  auth:
    oauth2: {token_url: "URL/token", client_id: me, client_secret: {file: key}, style: form, scopes: [notes, tags], params: {audience: ats}}
    header: {name: X-Account, value: {file: key}}
  note: {url: URL/n, body: {t: "${text}"}}`, "URL", server.URL)
	s := connectortest.Build(t, webhook.Kind(), rest+section, map[string]string{"path": "0123456789abcdef", "key": "the-key"})
	if err := s.Writer.Write(t.Context(), flowd.WriteBack{Kind: flowd.ActionNote, Text: "x"}); err != nil {
		t.Error(err)
	}
}
