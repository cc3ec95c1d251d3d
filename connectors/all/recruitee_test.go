package all_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/internal/fault"
)

// candidates answers as Recruitee's API does, about one candidate at two offers.
type candidates struct {
	mu    sync.Mutex
	stage int
	notes []map[string]any
}

const token = "personal-token"

func (c *candidates) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var out any
	switch r.Method + " " + r.URL.Path {
	case "GET /c/mill/candidates/9001":
		out = map[string]any{"candidate": map[string]any{"id": 9001, "emails": []string{"orla@example.com"}, "placements": []map[string]any{
			{"id": 1, "offer_id": 76, "stage_id": 4}, {"id": 2, "offer_id": 77, "stage_id": c.stage},
		}}}
	case "GET /c/mill/candidates/9001/notes":
		out = map[string]any{"notes": append([]map[string]any{}, c.notes...)}
	case "POST /c/mill/candidates/9001/notes":
		var sent struct {
			Note map[string]any `json:"note"`
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Note["visibility"] == nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		c.notes = append(c.notes, map[string]any{"id": len(c.notes), "body": sent.Note["body"]})
		out = map[string]any{"note": c.notes[len(c.notes)-1]}
	default:
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (c *candidates) Reads(r *http.Request) bool { return r.Method == http.MethodGet }
func (c *candidates) MoveAway()                  {}

func (c *candidates) Standing() connectortest.Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	var notes []string
	for _, n := range c.notes {
		notes = append(notes, n["body"].(string))
	}
	return connectortest.Standing{Stage: strconv.Itoa(c.stage), Notes: notes}
}

func recruiteeAt(t *testing.T, url string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, at(t, "recruitee", "api.recruitee.com", url),
		"webhook: {secret: {file: hook}}\naccount: mill\nauth: {bearer: {file: token}}", map[string]string{"hook": connectortest.Secret, "token": token})
}

func TestRecruitee_Writes(t *testing.T) {
	t.Parallel()
	connectortest.Writer{
		New: func(*testing.T) connectortest.WriteSystem {
			return &candidates{stage: 7}
		},
		Source:   func(t *testing.T, url string) connectors.Source { return recruiteeAt(t, url) }, //nolint:thelper // makes one
		Personal: []string{"Orla", "orla@", token, "127.0.0.1"},
		Writes: map[flowd.ActionKind]flowd.WriteBack{flowd.ActionNote: {
			Application: flowd.Application{ID: "9001-77", Candidate: flowd.Candidate{ID: "9001", Email: "orla@example.com"}, Stage: flowd.Stage{ID: "7"}},
			Text:        "The interview is finished.", Mark: "[flowd a1b2c3]",
		}},
	}.Run(t)
}

// The one placement is the application.
func TestRecruitee_Fetch(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&candidates{stage: 8})
	t.Cleanup(server.Close)
	s := recruiteeAt(t, server.URL)
	if app, err := s.Fetcher.Fetch(t.Context(), "9001-77"); err != nil || app.Stage.ID != "8" || app.Status != "" {
		t.Errorf("%+v, %v", app, err)
	}
	if app, err := s.Fetcher.Fetch(t.Context(), "9001-12"); err != nil || app.Status != flowd.StatusWithdrawn {
		t.Errorf("taken from the offer: %+v, %v", app, err)
	}
	if _, err := s.Fetcher.Fetch(t.Context(), "9002-77"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	plain := recruitee(t).Build(t, false)
	if plain.Fetcher != nil || plain.Writer != nil || plain.Receiver == nil {
		t.Error("without auth nothing is asked or written")
	}
}
