package greenhouse_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"flowd/connectors/connectortest"
)

const (
	clientID     = "client-1"
	clientSecret = "secret-of-the-client"
	actingUser   = "4080"

	theApplication = "90071992547409931"
	theCandidate   = "70021944001"
	theJob         = "3485"
)

// harvest is a small stateful Harvest v3: one job, one candidate, one
// application. It answers 401 to any but its present token.
type harvest struct {
	t *testing.T

	mu       sync.Mutex
	token    string
	tokens   int // given out
	stages   []hstage
	stage    hstage
	tags     []string
	notes    []hnote
	fields   map[string]any // of the application, by key
	personal map[string]any // of the candidate, by key
	private  bool
	status   string
	pageSize int
	asked    []string // paths of requests that read
}

type hstage struct {
	ID     int    `json:"id"`
	JobID  int    `json:"job_id"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

type hnote struct {
	ID            int    `json:"id"`
	CandidateID   int    `json:"candidate_id"`
	ApplicationID int    `json:"application_id"`
	Body          string `json:"body"`
	Visibility    string `json:"visibility"`
}

type hfield struct {
	ID        int    `json:"id"`
	FieldType string `json:"field_type"`
	Name      string `json:"name"`
	Key       string `json:"name_key"`
	ValueType string `json:"value_type"`
	Active    bool   `json:"active"`
}

func definitions() []hfield {
	return []hfield{
		{1, "candidate", "Video status", "candidate_video_status", "short_text", true},
		{2, "application", "Video status", "video_status_old", "short_text", false},
		{3, "application", "Video status", "video_status", "short_text", true},
		{4, "application", "Video score", "video_score", "number", true},
		{5, "candidate", "Recording", "recording", "url", true},
		{6, "candidate", "Certificates", "certificates", "multi_select", true},
		{7, "application", "Reviewed", "reviewed", "yes_no", true},
		{8, "job", "Video score", "job_video_score", "number", true},
	}
}

func newHarvest(t *testing.T) connectortest.WriteSystem {
	h := &harvest{
		t: t, tags: []string{"Import", "early shift"}, fields: map[string]any{}, personal: map[string]any{}, status: "in_process", pageSize: 500,
		stages: []hstage{
			{5511, 3485, "Application review", true}, {5512, 3485, "Video interview", true}, {5513, 3485, "Video review", true},
			{5514, 3485, "Video Review", false}, {5515, 3485, "Offer", true},
		},
		notes: []hnote{{1, 70021944001, 5, "Called by phone.", "publicly_visible"}},
	}
	h.stage = h.stages[1]
	return h
}

func (h *harvest) Reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.URL.Path == "/token"
}

func (h *harvest) MoveAway() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stage = h.stages[4]
}

func (h *harvest) Standing() connectortest.Standing {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := connectortest.Standing{Stage: h.stage.Name, Tags: slices.Clone(h.tags), Fields: map[string]string{}}
	for _, n := range h.notes {
		s.Notes = append(s.Notes, n.Body)
	}
	for _, d := range definitions() {
		for of, values := range map[string]map[string]any{"application": h.fields, "candidate": h.personal} {
			if v, ok := values[d.Key]; ok && of == d.FieldType {
				s.Fields[d.Name] = fmt.Sprint(v)
				if d.ValueType == "url" {
					s.Links = append(s.Links, fmt.Sprint(v))
				}
			}
		}
	}
	return s
}

// expire makes the token invalid before its end.
func (h *harvest) expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.token = ""
}

func (h *harvest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.URL.Path == "/token" {
		h.giveToken(w, r)
		return
	}
	if h.token == "" || r.Header.Get("Authorization") != "Bearer "+h.token {
		reply(w, http.StatusUnauthorized, map[string]string{"message": "Unauthorized"})
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/v3/")
	if !ok {
		reply(w, http.StatusNotFound, nil)
		return
	}
	if r.Method == http.MethodGet {
		h.asked = append(h.asked, path)
		h.list(w, r, path)
		return
	}
	var in map[string]any
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	if err := d.Decode(&in); err != nil {
		reply(w, http.StatusBadRequest, nil)
		return
	}
	reply(w, h.change(r.Method+" "+path, in), nil)
}

func (h *harvest) giveToken(w http.ResponseWriter, r *http.Request) {
	id, password, _ := r.BasicAuth()
	switch {
	case id != clientID || password != clientSecret:
		reply(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client", "error_description": "not " + password})
	case r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("sub") != actingUser:
		reply(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
	default:
		if h.token == "" {
			h.tokens++
			h.token = "token-" + strconv.Itoa(h.tokens)
		}
		reply(w, http.StatusOK, map[string]any{"access_token": h.token, "token_type": "Bearer", "expires_in": 3600})
	}
}

// list answers one page of a listing. A cursor must stand alone, as the vendor
// says.
func (h *harvest) list(w http.ResponseWriter, r *http.Request, path string) {
	q := r.URL.Query()
	from := 0
	if cursor := q.Get("cursor"); cursor != "" {
		if len(q) != 1 {
			reply(w, http.StatusUnprocessableEntity, nil)
			return
		}
		from, _ = strconv.Atoi(cursor)
	}
	var all []any
	switch path {
	case "applications":
		if q.Get("ids") == theApplication {
			all = append(all, map[string]any{
				"id": json.Number(theApplication), "candidate_id": json.Number(theCandidate), "job_id": json.Number(theJob),
				"stage_id": 900001, "stage_name": h.stage.Name, "status": h.status, "custom_fields": shape("application", h.fields),
			})
		}
	case "candidates":
		if q.Get("ids") == theCandidate {
			all = append(all, map[string]any{
				"id": json.Number(theCandidate), "first_name": "Philippa", "last_name": "Quillfeather", "tags": h.tags, "private": h.private, "can_email": true,
				"email_addresses": []map[string]string{{"value": "p.quillfeather@example.com", "type": "personal"}}, "custom_fields": shape("candidate", h.personal),
			})
		}
	case "notes":
		if q.Get("candidate_ids") == theCandidate || from > 0 {
			for _, n := range slices.Backward(h.notes) {
				all = append(all, n)
			}
		}
	case "job_interview_stages":
		if q.Get("job_ids") == theJob {
			for _, s := range h.stages {
				all = append(all, s)
			}
		}
	case "custom_fields":
		for _, d := range definitions() {
			all = append(all, d)
		}
	default:
		reply(w, http.StatusNotFound, nil)
		return
	}
	end := min(from+h.pageSize, len(all))
	if end < len(all) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?cursor=%d>; rel="next"`, r.Host, r.URL.Path, end))
	}
	reply(w, http.StatusOK, append([]any{}, all[from:end]...))
}

func shape(of string, values map[string]any) map[string]any {
	out := map[string]any{}
	for _, d := range definitions() {
		if d.FieldType == of {
			out[d.Key] = map[string]any{"name": d.Name, "type": d.ValueType, "value": values[d.Key]}
		}
	}
	return out
}

func (h *harvest) change(what string, in map[string]any) int {
	text := func(key string) string { return fmt.Sprint(in[key]) }
	switch what {
	case "POST notes":
		if text("candidate_id") != theCandidate || text("application_id") != theApplication || text("note_type") != "NOTE" || !slices.Contains([]string{"public", "private", "admin_only"}, text("visibility")) {
			return http.StatusUnprocessableEntity
		}
		h.notes = append(h.notes, hnote{len(h.notes) + 1, 70021944001, 1, text("body"), text("visibility")})
		return http.StatusCreated
	case "POST applications/" + theApplication + "/move":
		from, _ := strconv.Atoi(text("from_stage_id"))
		to := slices.IndexFunc(h.stages, func(s hstage) bool { return strconv.Itoa(s.ID) == text("to_stage_id") })
		if from != h.stage.ID || to < 0 {
			return http.StatusUnprocessableEntity
		}
		h.stage = h.stages[to]
		return http.StatusOK
	case "PATCH candidates/" + theCandidate:
		if tags, ok := in["tags"].([]any); ok {
			h.tags = nil // they are replaced
			for _, t := range tags {
				h.tags = append(h.tags, fmt.Sprint(t))
			}
		}
		return h.set("candidate", h.personal, in)
	case "PATCH applications/" + theApplication:
		return h.set("application", h.fields, in)
	}
	return http.StatusNotFound
}

func (h *harvest) set(of string, values, in map[string]any) int {
	fields, _ := in["custom_fields"].([]any)
	for _, f := range fields {
		field, _ := f.(map[string]any)
		i := slices.IndexFunc(definitions(), func(d hfield) bool { return d.FieldType == of && d.Active && d.Key == field["name_key"] })
		if i < 0 {
			return http.StatusUnprocessableEntity
		}
		switch v := field["value"].(type) {
		case json.Number, bool:
			if t := definitions()[i].ValueType; t != "number" && t != "yes_no" {
				return http.StatusUnprocessableEntity
			}
		case []any:
			if definitions()[i].ValueType != "multi_select" || len(v) == 0 {
				return http.StatusUnprocessableEntity
			}
		}
		values[definitions()[i].Key] = field["value"]
	}
	return http.StatusNoContent
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}
