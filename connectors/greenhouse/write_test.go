package greenhouse_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/greenhouse"
	"flowd/internal/fault"
	"flowd/internal/strictyaml"
)

const api = `webhook: {secret: {file: hook}}
harvest: {client_id: {file: id}, client_secret: {file: password}, user_id: 4080, url: URL, auth_url: URL/token, link_field: Recording}
`

func sourceAt(t *testing.T, url string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, greenhouse.Kind(), strings.ReplaceAll(api, "URL", url),
		map[string]string{"hook": connectortest.Secret, "id": clientID, "password": clientSecret})
}

func application() flowd.Application {
	return flowd.Application{
		ID: theApplication, Job: flowd.Job{ID: theJob, Name: "Waiter"}, Stage: flowd.Stage{ID: "5512", Name: "Video interview"},
		Candidate: flowd.Candidate{ID: theCandidate, FirstName: "Philippa", LastName: "Quillfeather", Email: "p.quillfeather@example.com"},
	}
}

var writes = connectortest.Writer{
	New:      newHarvest,
	Source:   sourceAt,
	Personal: []string{"Philippa", "Quillfeather", clientSecret, "token-1", theApplication, theCandidate, "127.0.0.1"},
	Writes: map[flowd.ActionKind]flowd.WriteBack{
		flowd.ActionNote:  {Application: application(), Text: "Philippa has finished the interview.", Mark: "[flowd a1b2c3]"},
		flowd.ActionTag:   {Application: application(), Target: "video: finished"},
		flowd.ActionField: {Application: application(), Target: "Video status", Text: "finished"},
		flowd.ActionMove:  {Application: application(), Target: "Video review", From: flowd.Stage{Name: "Video Interview"}},
		flowd.ActionLink:  {Application: application(), Target: "Recording", Text: "https://flowd.example.com/v/abc"},
	},
}

func TestWriter(t *testing.T) {
	t.Parallel()
	writes.Run(t)
}

// at serves a simulated system and a source that reaches it.
func at(t *testing.T) (*harvest, connectors.Source) {
	t.Helper()
	h := newHarvest(t).(*harvest)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return h, sourceAt(t, server.URL)
}

// One token serves many calls at once, is renewed when it is refused, and
// without a valid one nothing is written.
func TestTokens(t *testing.T) {
	t.Parallel()
	h, s := at(t)
	w := writes.Writes[flowd.ActionNote]
	w.Kind = flowd.ActionNote
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if err := s.Writer.Write(t.Context(), w); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if h.tokens != 1 {
		t.Errorf("%d tokens", h.tokens)
	}
	h.expire()
	if err := s.Writer.Write(t.Context(), w); err != nil || h.tokens != 2 || len(h.Standing().Notes) != 12 {
		t.Errorf("%v, %d tokens, %d notes", err, h.tokens, len(h.Standing().Notes))
	}
}

// The token's address can fail in every way, and none of them writes.
func TestTokens_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does http.HandlerFunc
		want fault.Kind
	}{
		"401": {func(w http.ResponseWriter, _ *http.Request) {
			reply(w, 401, map[string]string{"error": "invalid_client", "error_description": clientSecret})
		}, fault.Unauthorized},
		"429":    {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "3"); reply(w, 429, nil) }, fault.RateLimited},
		"500":    {func(w http.ResponseWriter, _ *http.Request) { reply(w, 500, nil) }, fault.Unavailable},
		"page":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>" + clientSecret)) }, fault.Unavailable},
		"empty":  {func(w http.ResponseWriter, _ *http.Request) { reply(w, 200, map[string]string{"token": clientSecret}) }, fault.Unavailable},
		"closed": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/token" {
					t.Errorf("%s is called without a token", r.URL.Path)
				}
				c.does(w, r)
			}))
			defer server.Close()
			w := writes.Writes[flowd.ActionNote]
			w.Kind = flowd.ActionNote
			err := sourceAt(t, server.URL).Writer.Write(t.Context(), w)
			if !fault.Is(err, c.want) || strings.Contains(err.Error(), clientSecret) {
				t.Errorf("%v is %s, want %s", err, fault.KindOf(err), c.want)
			}
			if name == "429" && fault.RetryAfter(err) != 3*time.Second {
				t.Errorf("again after %v", fault.RetryAfter(err))
			}
		})
	}
}

// Fields go where they are, as their type wants them.
func TestWrite_Fields(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target, text string
		want         any
		kind         fault.Kind
	}{
		"application's before candidate's": {"video  STATUS", "finished", "finished", ""},
		"by its key":                       {"candidate_video_status", "finished", "finished", ""},
		"number":                           {"Video score", "4.5", 4.5, ""},
		"yes":                              {"Reviewed", "Yes", true, ""},
		"several":                          {"Certificates", "Food, Wine", []string{"Food", "Wine"}, ""},
		"no number":                        {"Video score", "four", nil, fault.Invalid},
		"neither yes nor no":               {"Reviewed", "perhaps", nil, fault.Invalid},
		"unknown":                          {"Video result", "x", nil, fault.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, s := at(t)
			w := flowd.WriteBack{Kind: flowd.ActionField, Application: application(), Target: c.target, Text: c.text}
			w.Application.Candidate.ID = "" // asked for
			err := s.Writer.Write(t.Context(), w)
			if fault.KindOf(err) != c.kind {
				t.Fatal(err)
			}
			if c.kind != "" {
				return
			}
			app, err := s.Fetcher.Fetch(t.Context(), theApplication)
			if err != nil {
				t.Fatal(err)
			}
			var got []any
			for _, f := range app.Fields {
				if f.Value != nil {
					got = append(got, f.Value)
				}
			}
			if diff := cmp.Diff([]any{c.want}, got); diff != "" {
				t.Error(diff)
			}
			if written, err := s.Writer.Written(t.Context(), w); !written || err != nil {
				t.Errorf("written: %t, %v", written, err)
			}
		})
	}
}

func TestWrite_Moves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		target    string
		from, was flowd.Stage
		job, says string
		stage     string
		kind      fault.Kind
	}{
		"ids":            {"5513", flowd.Stage{ID: "5512"}, flowd.Stage{}, theJob, "", "Video review", ""},
		"last known":     {"video review", flowd.Stage{}, flowd.Stage{ID: "71416", Name: "Video interview"}, theJob, "", "Video review", ""},
		"job asked for":  {"Offer", flowd.Stage{Name: "Video interview"}, flowd.Stage{}, "", "", "Offer", ""},
		"nothing known":  {"Offer", flowd.Stage{}, flowd.Stage{}, theJob, "not known which stage", "Video interview", fault.Invalid},
		"unknown target": {"Hired", flowd.Stage{ID: "5512"}, flowd.Stage{}, theJob, `no stage "Hired"`, "Video interview", fault.NotFound},
		"other stage":    {"Offer", flowd.Stage{ID: "5511"}, flowd.Stage{}, theJob, `another stage than "Application review"`, "Video interview", fault.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, s := at(t)
			w := flowd.WriteBack{Kind: flowd.ActionMove, Application: application(), Target: c.target, From: c.from}
			w.Application.Stage, w.Application.Job.ID = c.was, c.job
			err := s.Writer.Write(t.Context(), w)
			if fault.KindOf(err) != c.kind || h.Standing().Stage != c.stage || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, stands in %q", err, h.Standing().Stage)
			}
		})
	}
}

// Where a move is refused and nobody can tell why, it is tried again.
func TestWrite_MoveRefusedInTheDark(t *testing.T) {
	t.Parallel()
	h := newHarvest(t).(*harvest)
	refused := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused = refused || strings.HasSuffix(r.URL.Path, "/move"); refused && r.Method == http.MethodGet {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	w := flowd.WriteBack{Kind: flowd.ActionMove, Application: application(), Target: "Offer", From: flowd.Stage{ID: "5511"}}
	if err := sourceAt(t, server.URL).Writer.Write(t.Context(), w); !refused || !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}

// A note is found on a later page, and its visibility is as configured.
func TestWritten_Pages(t *testing.T) {
	t.Parallel()
	h, s := at(t)
	w := flowd.WriteBack{Kind: flowd.ActionNote, Application: application(), Text: "Done. [m-1]", Mark: "[m-1]"}
	if err := s.Writer.Write(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if n := h.notes[1]; n.Body != "Done. [m-1]" || n.Visibility != "public" {
		t.Errorf("%+v", n)
	}
	h.pageSize = 2
	for range 5 {
		h.notes = append(h.notes, hnote{Body: "another"})
	}
	for mark, want := range map[string]bool{"[m-1]": true, "[m-2]": false} {
		w.Mark = mark
		if got, err := s.Writer.Written(t.Context(), w); got != want || err != nil {
			t.Errorf("%s: %t, %v", mark, got, err)
		}
	}
	w.Mark = ""
	if _, err := s.Writer.Written(t.Context(), w); !errors.Is(err, connectors.ErrCannotLook) {
		t.Errorf("without a mark: %v", err)
	}
}

// The next page is never followed to another host: the token would go there.
func TestPages_StayAtHome(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other host is called") }))
	defer stranger.Close()
	h := newHarvest(t).(*harvest)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/notes") {
			w.Header().Set("Link", "<"+stranger.URL+`/v3/notes?cursor=2>; rel="next"`)
		}
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	w := flowd.WriteBack{Kind: flowd.ActionNote, Application: application(), Mark: "[m]"}
	if _, err := sourceAt(t, server.URL).Writer.Written(t.Context(), w); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}

// What seldom changes is asked for once.
func TestWrite_Listings(t *testing.T) {
	t.Parallel()
	h, s := at(t)
	w := flowd.WriteBack{Kind: flowd.ActionField, Application: application(), Target: "Video status", Text: "a"}
	for range 5 {
		if err := s.Writer.Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		w.Target = "nothing of that name"
		if err := s.Writer.Write(t.Context(), w); !fault.Is(err, fault.NotFound) {
			t.Fatal(err)
		}
		w.Target = "Video status"
	}
	if n := len(slices.DeleteFunc(h.asked, func(path string) bool { return path != "custom_fields" })); n != 1 {
		t.Errorf("the fields were listed %d times", n)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	h, s := at(t)
	h.private = true
	h.fields["video_status"] = "invited"
	got, err := s.Fetcher.Fetch(t.Context(), theApplication)
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := flowd.Application{
		ID: theApplication, Job: flowd.Job{ID: theJob}, Stage: flowd.Stage{Name: "Video interview"}, Status: flowd.StatusActive, NoContact: flowd.ReasonPrivate,
		Candidate: flowd.Candidate{ID: theCandidate, FirstName: "Philippa", LastName: "Quillfeather", Email: "p.quillfeather@example.com", Tags: []string{"Import", "early shift"}, CanEmail: &yes},
	}
	if !slices.ContainsFunc(got.Fields, func(f flowd.Field) bool { return f.Key == "video_status" && f.Value == "invited" }) {
		t.Errorf("fields %+v", got.Fields)
	}
	got.Fields = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for id, kind := range map[string]fault.Kind{"1": fault.NotFound, "x/../y": fault.Invalid, "": fault.Invalid} {
		if _, err := s.Fetcher.Fetch(t.Context(), id); !fault.Is(err, kind) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Without the section there is nothing to write with; without the field for
// links, no links.
func TestBuild_Harvest(t *testing.T) {
	t.Parallel()
	if s := suite.Build(t, false); s.Writer != nil || s.Fetcher != nil {
		t.Error("a source without harvest: writes")
	}
	for section, says := range map[string]string{
		"harvest: {client_id: {file: id}}":                                                          "client_secret is missing",
		"harvest: {client_id: {file: nowhere}, client_secret: {file: id}}":                          "nowhere",
		"harvest: {client_id: {file: id}, client_secret: {file: id}, user_id: ana@example.com}":     "user_id is not the number",
		"harvest: {client_id: {file: id}, client_secret: {file: id}, url: 'http://gh.example.com'}": "not encrypted",
		"harvest: {client_id: {file: id}, client_secret: {file: id}, notes: secret}":                "notes is one of",
		"harvest: yes": "harvest wants a set of keys",
	} {
		dir := t.TempDir()
		doc := strictyaml.Parse("s.yaml", []byte("name: x\nkind: greenhouse\nwebhook: {setup: true}\n"+section), strictyaml.Options{})
		connectors.Kinds{greenhouse.Kind()}.Build(doc.Root(), connectors.Options{Dir: dir})
		if got := strictyaml.Render(doc.Problems()); !strings.Contains(got, says) {
			t.Errorf("%s: want %q, got\n%s", section, says, got)
		}
	}
}
