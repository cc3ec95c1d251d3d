package sim

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// start serves an account until the test ends.
func start(t *testing.T, options Options) (*Server, *caller) {
	t.Helper()
	s := New(options)
	return s, serve(t, s)
}

func serve(t *testing.T, s *Server) *caller {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	t.Cleanup(s.Close) // runs first: it lets go of hanging requests
	return &caller{t: t, url: web.URL + "/me", key: s.options.Key}
}

// caller speaks HTTP as any client would, without knowing the server.
type caller struct {
	t        *testing.T
	url, key string
}

type heard struct {
	status int
	header http.Header
	body   []byte
	Data   map[string]any `json:"data"`
	Errors []struct {
		Message   string `json:"message"`
		Code      *int   `json:"code"`
		Path      []any  `json:"path"`
		RequestID string `json:"requestId"`
	} `json:"errors"`
}

// send posts a body as it is; the error is that of the transport.
func (c *caller) send(body string) (*heard, error) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url, bytes.NewBufferString(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-api-key", c.key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	h := &heard{status: response.StatusCode, header: response.Header}
	if h.body, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	_ = json.Unmarshal(h.body, h) // some answers are not JSON on purpose
	return h, nil
}

// ask posts a query and wants an HTTP answer.
func (c *caller) ask(query string, variables map[string]any) *heard {
	c.t.Helper()
	h, err := c.send(body(c.t, query, variables))
	if err != nil {
		c.t.Fatal(err)
	}
	return h
}

func body(t *testing.T, query string, variables map[string]any) string {
	t.Helper()
	encoded, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// answer is a query that must succeed.
func (c *caller) answer(query string, variables map[string]any) map[string]any {
	c.t.Helper()
	h := c.ask(query, variables)
	if h.status != http.StatusOK || len(h.Errors) > 0 {
		c.t.Fatalf("status %d: %s", h.status, h.body)
	}
	return h.Data
}

const inviteQuery = `mutation InviteCandidateToInterview($input: InviteCandidateToInterviewInput!) {
  inviteCandidateToInterview(input: $input) {
    __typename
    ... on InterviewType { id url { public short } }
    ... on InterviewAlreadyExistsInPositionError { code alreadyExistsMessage: message }
    ... on ExceededInvitesThisPeriodError { code exceededMessage: message }
  }
}`

const lookUpQuery = `query($id: String!, $email: String!) {
  position(id: $id) {
    interviewList(input: {filter: {email: {equal: $email}}, pagination: {limit: 10, direction: FORWARD}, sort: [{field: createdAt, direction: DESC}]}) {
      results { id externalId status answered createdAt inviteSource candidate { email } url { public short private } }
    }
  }
}`

func input(position, email, externalID string) map[string]any {
	in := map[string]any{
		"positionId": position,
		"candidate":  map[string]any{"email": email, "firstName": "Ada", "lastName": "Example"},
	}
	if externalID != "" {
		in["externalId"] = externalID
	}
	return map[string]any{"input": in}
}

// invite returns the union member that an invite was answered with.
func (c *caller) invite(variables map[string]any) map[string]any {
	c.t.Helper()
	member, ok := c.answer(inviteQuery, variables)["inviteCandidateToInterview"].(map[string]any)
	if !ok {
		c.t.Fatal("the invite was answered with null")
	}
	return member
}

func (c *caller) lookUp(position, email string) []map[string]any {
	c.t.Helper()
	data := c.answer(lookUpQuery, map[string]any{"id": position, "email": email})
	return rows(c.t, data, "position", "interviewList")
}

// rows reads results under a path.
func rows(t *testing.T, data map[string]any, path ...string) []map[string]any {
	t.Helper()
	for _, key := range path {
		inner, ok := data[key].(map[string]any)
		if !ok {
			t.Fatalf("%s is not an object: %v", key, data)
		}
		data = inner
	}
	list, ok := data["results"].([]any)
	if !ok {
		t.Fatalf("no results in %v", data)
	}
	found := make([]map[string]any, 0, len(list))
	for _, item := range list {
		found = append(found, item.(map[string]any))
	}
	return found
}

func add(t *testing.T, s *Server, p Position) string {
	t.Helper()
	id, err := s.AddPosition(p)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// clock is a time that moves when a test says so.
func clock(at *time.Time) func() time.Time { return func() time.Time { return *at } }
