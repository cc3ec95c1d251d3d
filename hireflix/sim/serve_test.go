package sim

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWrongKey(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Key: "right"})
	add(t, s, Position{ID: "p"})
	for _, key := range []string{"", "wrong", "right "} {
		c.key = key
		h := c.ask(inviteQuery, input("p", "ada@example.com", "x-1"))
		if key == "right " { // net/http trims a header's value
			if h.status != http.StatusOK {
				t.Errorf("key %q: status %d", key, h.status)
			}
			continue
		}
		if h.status != http.StatusUnauthorized || string(h.body) != `{"message":"Unauthorized"}` {
			t.Errorf("key %q: status %d, %s", key, h.status, h.body)
		}
	}
	s.SetKey("new")
	c.key = "right"
	if h := c.ask(`{ positions { id } }`, nil); h.status != http.StatusUnauthorized {
		t.Errorf("the old key: status %d", h.status)
	}
	j := s.Journal()
	if j.Count(Unread) != 3 || j.Count(Invite) != 1 || j.Arrivals[0].Answer != Unauthorized {
		t.Errorf("journal %+v", j)
	}
}

func TestRequestForms(t *testing.T) {
	t.Parallel()
	quote := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	position := `query P($id: String!) { position(id: $id) { name } } query Q { positions { name } }`
	for _, test := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"anonymous", `{"query":"{ positions { name } }"}`, 200, `{"data":{"positions":[{"name":"Barista"}]}}`},
		{"variables null", `{"query":"{ positions { name } }","variables":null,"operationName":null}`, 200, `{"data":{"positions":[{"name":"Barista"}]}}`},
		{"variables as an object", `{"query":` + quote(position) + `,"operationName":"P","variables":{"id":"p"}}`, 200, `{"data":{"position":{"name":"Barista"}}}`},
		{"variables as a string", `{"query":` + quote(position) + `,"operationName":"P","variables":"{\"id\":\"p\"}"}`, 200, `{"data":{"position":{"name":"Barista"}}}`},
		{"operation chosen", `{"query":` + quote(position) + `,"operationName":"Q","variables":{"id":"p"}}`, 200, `{"data":{"positions":[{"name":"Barista"}]}}`},
		{"operation not chosen", `{"query":` + quote(position) + `}`, 200, `Must provide operation name`},
		{"operation not there", `{"query":"{ positions { name } }","operationName":"Q"}`, 200, `Unknown operation named`},
		{"only a fragment", `{"query":"fragment F on Position { id }"}`, 200, `"errors"`},
		{"no query", `{"variables":{}}`, 400, `body must be a JSON object with a query`},
		{"no JSON", `query`, 400, `body must be a JSON object with a query`},
		{"a list", `[{"query":"{ positions { name } }"}]`, 400, `body must be a JSON object with a query`},
		{"variables as a list", `{"query":"{ positions { name } }","variables":[1]}`, 400, `variables must be an object`},
		{"variables as another string", `{"query":"{ positions { name } }","variables":"x"}`, 400, `variables must be an object`},
		{"too large", `{"query":"` + strings.Repeat(" ", 2000) + `"}`, 413, `request body is too large`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, Options{MaxBody: 1000})
			add(t, s, Position{ID: "p", Name: "Barista"})
			h, err := c.send(test.body)
			if err != nil {
				t.Fatal(err)
			}
			if h.status != test.status || !strings.Contains(string(h.body), test.want) {
				t.Errorf("status %d: %s", h.status, h.body)
			}
			if n := len(s.Journal().Arrivals); n != 1 {
				t.Errorf("%d arrivals in the journal", n)
			}
		})
	}
}

func TestOtherRequests(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for _, test := range []struct {
		method, path, contentType string
		status                    int
	}{
		{http.MethodGet, "/me", "", http.StatusMethodNotAllowed},
		{http.MethodPost, "/", "application/json", http.StatusNotFound},
		{http.MethodPost, "/me", "text/plain", http.StatusUnsupportedMediaType},
		{http.MethodPost, "/me", "application/json; charset=utf-8", http.StatusOK},
	} {
		request := httptest.NewRequestWithContext(t.Context(), test.method, test.path, strings.NewReader(`{"query":"{ positions { id } }"}`))
		request.Header.Set("Content-Type", test.contentType)
		request.Header.Set("X-API-KEY", DefaultKey)
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, request)
		if recorder.Code != test.status {
			t.Errorf("%s %s %s: status %d, want %d", test.method, test.path, test.contentType, recorder.Code, test.status)
		}
	}
}

// Several mutations in one request run in order, and each is an arrival.
func TestBatch(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	data := c.answer(`mutation($p: String!) {
		b: inviteCandidateToInterview(input: {positionId: $p, externalId: "x-1", candidate: {email: "ada@example.com", firstName: "Ada"}}) { __typename }
		a: inviteCandidateToInterview(input: {positionId: $p, externalId: "x-2", candidate: {email: "ada@example.com", firstName: "Ada"}}) { __typename }
	}`, map[string]any{"p": p})
	if data["a"].(map[string]any)["__typename"] != "InterviewAlreadyExistsInPositionError" {
		t.Errorf("got %v", data)
	}
	j := s.Journal()
	if len(j.Arrivals) != 2 || !j.Arrivals[0].Took || j.Arrivals[1].Took || j.Arrivals[0].Request != j.Arrivals[1].Request {
		t.Errorf("journal %+v", j)
	}
	if got := j.Arrivals[1].Result; got != "InterviewAlreadyExistsInPositionError" {
		t.Errorf("the second result: %s", got)
	}
}

func FuzzServe(f *testing.F) {
	f.Add(`{"query":"{ positions { id } }"}`)
	f.Add(`{"query":"query($id: String!, $email: String!) { position(id: $id) { interviewList(input: {filter: {email: {regex: $email}}, pagination: {limit: 1, direction: FORWARD, lastCursor: \"MC4w\"}, sort: []}) { results { id position { name } } } } }","variables":{"id":"p","email":"a|b"}}`)
	f.Add(`{"query":"mutation($input: InviteCandidateToInterviewInput!) { inviteCandidateToInterview(input: $input) { __typename ... on ValidationError { fieldErrors { message } } } }","variables":{"input":{"positionId":"p","metadata":{"a":[1,{"b":null}]},"candidate":{"email":"ada@example.com","firstName":" "}}}}`)
	f.Add(`{"query":"{ ...F } fragment F on Query { ...F }"}`)
	f.Add(`{"query":"{ __schema { types { name } } }","variables":"{}"}`)
	for _, d := range refusedDocuments {
		encoded, err := json.Marshal(map[string]any{"query": d.query, "variables": d.variables})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(encoded))
	}
	f.Add(`{"query":"mutation { Webhooks { create(url: \"https://example.com\", events: [\"interview.create\"]) { id } } }"}`)
	f.Add(`{"query":"mutation { Interview(id: \"i\") { share(durationInDays: -1) { externalLink { url } } score(score: 1e99) { id } } }"}`)
	s := New(Options{Transport: refusing{}}) // no webhook of a fuzzed URL leaves
	f.Cleanup(s.Close)
	if _, err := s.AddPosition(Position{ID: "p"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/me", strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-API-KEY", DefaultKey)
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK {
			return
		}
		var answer struct {
			Errors []struct {
				Message string
				Code    int
			}
			Data json.RawMessage
		}
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
			t.Fatalf("not JSON: %v: %s", err, recorder.Body)
		}
		if len(answer.Errors) == 0 && len(answer.Data) == 0 {
			t.Fatalf("neither data nor errors: %s", recorder.Body)
		}
		for _, e := range answer.Errors {
			if e.Code == 500 {
				t.Fatalf("an error of the simulator's own: %s", recorder.Body)
			}
		}
	})
}

// refusing carries nothing.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("carried nowhere")
}

// aborted says whether the connection ended without an answer.
func aborted(t *testing.T, h *heard, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("an answer: status %d, %s", h.status, h.body)
	}
	if errors.Is(err, t.Context().Err()) {
		t.Fatal(err)
	}
}
