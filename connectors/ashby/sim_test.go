package ashby_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd/connectors"
	"flowd/connectors/ashby"
	"flowd/connectors/connectortest"
)

const apiKey = "key-of-the-simulated-ashby"

// sim is a simulated Ashby, as far as flowd knows it: interview plans, jobs,
// applications with their history, tags, notes and custom fields, and listings
// with cursors and syncTokens that it may forget. What it refuses it refuses
// with status 200.
type sim struct {
	mu      sync.Mutex
	now     time.Time
	changes int // of applications, ever
	apps    []*simApplication
	tags    []simTag
	notes   map[string][]string // by candidate

	cursors map[string]simPass
	given   int
	// forgotten is the change up to which tokens have expired; most how many pages an
	// incremental listing may have, and perPage how many applications a page.
	forgotten, most, perPage int
	// answer answers an endpoint in the system's place, once for each in the list.
	answer map[string][]http.HandlerFunc
	asked  []string
}

type simPass struct {
	ids   []string
	token string // of the end of the pass
	pages int
	sync  bool
}

type simApplication struct {
	ID, Candidate, Name, Email, EmailType string
	Status, ArchiveType                   string
	Stage                                 simStage
	Made, Updated                         time.Time
	change                                int
	History                               []map[string]any
	Fields                                map[string]any // by id of the field
	Personal                              map[string]any // of the candidate
	Tags                                  []string
}

type simStage struct{ ID, Title, Type string }

type simTag struct {
	ID, Title string
}

const (
	theJob  = "4071538b-3cac-4fbf-ac76-f78ed250ffdd"
	thePlan = "1f3c7d10-27b4-4a8e-9d3f-52a3c1b0aa10"
	theOpen = "7b1b4b1b-8b3b-4b1b-8b3b-0000000000"
)

func simStages() []simStage {
	return []simStage{
		{theOpen + "01", "New lead", "Lead"}, {theOpen + "02", "Application Review", "PreInterviewScreen"}, {theOpen + "03", "Video Interview", "Active"},
		{theOpen + "04", "Video Review", "Active"}, {theOpen + "05", "Offer", "Offer"}, {theOpen + "06", "Archived", "Archived"}, {theOpen + "07", "Hired", "Hired"},
	}
}

func simFields() []map[string]any {
	field := func(id, title, of, kind string) map[string]any {
		return map[string]any{"id": id, "title": title, "objectType": of, "fieldType": kind, "isArchived": false, "isPrivate": false, "isRequired": false, "selectableValues": []any{}}
	}
	choices := []any{
		map[string]any{"label": "Invited", "value": "opt-1", "isArchived": false}, map[string]any{"label": "Finished", "value": "opt-2", "isArchived": false},
		map[string]any{"label": "Old", "value": "opt-3", "isArchived": true},
	}
	all := []map[string]any{
		field("f-0", "Video status", "Job", "String"), field("f-1", "Video status", "Candidate", "String"), field("f-2", "Video status", "Application", "String"),
		field("f-3", "Video score", "Application", "Number"), field("f-4", "Recording", "Application", "Url"), field("f-5", "Reviewed", "Application", "Boolean"),
		field("f-6", "State", "Application", "ValueSelect"), field("f-7", "Shifts", "Candidate", "MultiValueSelect"), field("f-8", "Finished on", "Candidate", "Date"),
		field("f-9", "Salary", "Application", "Currency"), field("f-10", "Gone", "Application", "String"),
	}
	all[6]["selectableValues"], all[7]["selectableValues"], all[10]["isArchived"] = choices, choices, true
	return all
}

func newSim() *sim {
	return &sim{
		now: time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond), notes: map[string][]string{}, cursors: map[string]simPass{},
		answer: map[string][]http.HandlerFunc{}, perPage: 100, most: 1000,
		tags: []simTag{{"tag-1", "Import"}, {"tag-2", "video: finished"}},
	}
}

// serve makes the system and a source that reaches it.
func serve(t testing.TB, s http.Handler) connectors.Source {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return sourceAt(t, server.URL, "")
}

func sourceAt(t testing.TB, url, more string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, ashby.Kind(), strings.ReplaceAll(`webhook: {secret: {file: hook}}
api: {key: {file: key}, url: URL, link_field: Recording, archive_reason: Not a fit}
poll: {`, "URL", url)+more+"}", map[string]string{"hook": connectortest.Secret, "key": apiKey})
}

// add makes an application in a stage, by its number.
func (s *sim) add(stage int) *simApplication {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.apps) + 1
	a := &simApplication{
		ID: fmt.Sprintf("a0000000-0000-4000-8000-%012d", n), Candidate: fmt.Sprintf("c0000000-0000-4000-8000-%012d", n),
		Name: "Rosa Field", Email: fmt.Sprintf("rosa.field+%d@example.com", n), EmailType: "Personal", Status: "Active",
		Fields: map[string]any{}, Personal: map[string]any{}, Tags: []string{"Import"},
	}
	s.touch(a)
	a.Made = s.now
	s.enter(a, simStages()[stage])
	s.apps = append(s.apps, a)
	return a
}

// touch is a change of whatever kind.
func (s *sim) touch(a *simApplication) {
	s.now = s.now.Add(time.Second)
	s.changes++
	a.Updated, a.change = s.now, s.changes
}

func (s *sim) enter(a *simApplication, to simStage) {
	s.touch(a)
	if n := len(a.History); n > 0 {
		a.History[n-1]["leftStageAt"] = stamp(s.now)
	}
	a.Stage = to
	a.History = append(a.History, map[string]any{
		"id": strconv.Itoa(s.changes), "stageId": to.ID, "title": to.Title, "enteredStageAt": stamp(s.now), "stageNumber": len(a.History), "actorId": "u-1",
	})
	switch to.Type {
	case "Archived", "Hired":
		a.Status = to.Type
	default:
		a.Status = "Active"
	}
}

func (s *sim) move(a *simApplication, stage int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter(a, simStages()[stage])
}

// next has an endpoint answered otherwise, once for each.
func (s *sim) next(endpoint string, does ...http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer[endpoint] = append(s.answer[endpoint], does...)
}

func (s *sim) count(endpoint string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.asked {
		if e == endpoint {
			n++
		}
	}
	return n
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func refusing(code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { refuse(w, code) }
}

func refuse(w http.ResponseWriter, code string) {
	reply(w, http.StatusOK, map[string]any{"success": false, "errors": []string{code}, "errorInfo": map[string]any{
		"code": code, "message": "Rosa Field <rosa.field@example.com> was refused", "requestId": "01JSJ8FDK5ZN4XQBZP7DBKK7ZC",
	}})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// ServeHTTP implements http.Handler.
func (s *sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	endpoint := strings.TrimPrefix(r.URL.Path, "/")
	s.asked = append(s.asked, endpoint)
	if does := s.answer[endpoint]; len(does) > 0 {
		s.answer[endpoint] = does[1:]
		does[0](w, r)
		return
	}
	key, password, ok := r.BasicAuth()
	var in map[string]any
	switch {
	case !ok:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case key != apiKey || password != "":
		w.WriteHeader(http.StatusForbidden)
		return
	case r.Method != http.MethodPost || r.Header.Get("Accept") != "application/json; version=1":
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, "invalid_input")
		return
	}
	if takes, known := endpoints()[endpoint]; known {
		for member := range in {
			if !slices.Contains(strings.Fields(takes), member) {
				refuse(w, "invalid_input")
				return
			}
		}
	}
	text := func(name string) string { v, _ := in[name].(string); return v }
	switch endpoint {
	case "application.list":
		s.list(w, text("syncToken"), text("cursor"), int(in["limit"].(float64)))
	case "job.list":
		s.page(w, []any{map[string]any{"id": theJob, "title": "Waiter", "status": "Open", "confidential": false, "defaultInterviewPlanId": thePlan,
			"interviewPlanIds": []string{thePlan}, "location": map[string]any{"id": "l-1", "name": "Vienna"}}}, text("cursor"))
	case "department.list":
		s.page(w, []any{map[string]any{"id": "d-1", "name": "Service"}, map[string]any{"id": "d-2", "name": "Kitchen"}}, text("cursor"))
	case "location.list":
		s.page(w, []any{map[string]any{"id": "l-1", "name": "Vienna", "address": map[string]any{"postalAddress": map[string]any{"addressCountry": "Austria"}}}}, text("cursor"))
	case "customField.list":
		var all []any
		for _, f := range simFields() {
			all = append(all, f)
		}
		s.page(w, all, text("cursor"))
	case "candidateTag.list":
		var all []any
		for _, t := range s.tags {
			all = append(all, map[string]any{"id": t.ID, "title": t.Title, "isArchived": false})
		}
		s.page(w, all, text("cursor"))
	case "candidateTag.create":
		i := slices.IndexFunc(s.tags, func(t simTag) bool { return t.Title == text("title") })
		if i < 0 {
			s.tags = append(s.tags, simTag{"tag-" + strconv.Itoa(len(s.tags)+1), text("title")})
			i = len(s.tags) - 1
		}
		done(w, map[string]any{"id": s.tags[i].ID, "title": s.tags[i].Title, "isArchived": false})
	case "source.list":
		done(w, []any{map[string]any{"id": "s-1", "title": "Applied", "isArchived": false}, map[string]any{"id": "s-2", "title": "Old fair", "isArchived": true}})
	case "archiveReason.list":
		done(w, []any{map[string]any{"id": "r-1", "text": "Withdrew", "reasonType": "RejectedByCandidate", "isArchived": false},
			map[string]any{"id": "r-2", "text": "Not a fit", "reasonType": "RejectedByOrg", "isArchived": false}})
	case "interviewStage.list":
		if text("interviewPlanId") != thePlan {
			refuse(w, "interview_plan_not_found")
			return
		}
		var all []any
		for _, st := range simStages() {
			all = append(all, stageJSON(st))
		}
		done(w, all)
	default:
		s.ofOne(w, endpoint, in, text)
	}
}

// endpoints are those that the system has, with what each takes.
func endpoints() map[string]string {
	return map[string]string{
		"application.list": "limit cursor syncToken", "application.info": "applicationId", "application.listHistory": "applicationId limit cursor", "application.changeStage": "applicationId interviewStageId archiveReasonId",
		"candidate.info": "id", "candidate.listNotes": "candidateId limit cursor", "candidate.createNote": "candidateId note sendNotifications isPrivate", "candidate.addTag": "candidateId tagId",
		"candidateTag.list": "limit cursor", "candidateTag.create": "title", "customField.list": "limit cursor", "customField.setValue": "objectId objectType fieldId fieldValue",
		"department.list": "limit cursor includeArchived", "location.list": "limit cursor includeArchived",
		"job.list": "limit cursor status", "interviewStage.list": "interviewPlanId", "source.list": "", "archiveReason.list": "",
	}
}

// ofOne answers what is about one application or candidate.
func (s *sim) ofOne(w http.ResponseWriter, endpoint string, in map[string]any, text func(string) string) {
	id := text("applicationId") + text("id") + text("candidateId") + text("objectId")
	i := slices.IndexFunc(s.apps, func(a *simApplication) bool { return a.ID == id || a.Candidate == id })
	if _, known := endpoints()[endpoint]; !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if i < 0 {
		refuse(w, strings.Split(endpoint, ".")[0]+"_not_found")
		return
	}
	a := s.apps[i]
	switch endpoint {
	case "application.info":
		done(w, a.json())
	case "application.listHistory":
		all := []any{}
		for _, h := range a.History {
			all = append(all, h)
		}
		s.page(w, all, text("cursor"))
	case "application.changeStage":
		at := slices.IndexFunc(simStages(), func(st simStage) bool { return st.ID == text("interviewStageId") })
		if at < 0 {
			refuse(w, "interview_stage_not_found")
			return
		}
		to := simStages()[at]
		if (to.Type == "Archived") != (text("archiveReasonId") != "") {
			refuse(w, "invalid_input")
			return
		}
		s.enter(a, to)
		done(w, a.json())
	case "candidate.info":
		done(w, a.personJSON())
	case "candidate.listNotes":
		all := []any{}
		for i, n := range s.notes[a.Candidate] {
			all = append(all, map[string]any{"id": strconv.Itoa(i), "content": n, "isPrivate": false})
		}
		s.page(w, all, text("cursor"))
	case "candidate.createNote":
		note, _ := in["note"].(map[string]any)
		value, _ := note["value"].(string)
		if note["type"] != "text/plain" || value == "" {
			refuse(w, "invalid_input")
			return
		}
		s.notes[a.Candidate] = append(s.notes[a.Candidate], value)
		s.touch(a)
		done(w, map[string]any{"id": "n", "content": value})
	case "candidate.addTag":
		at := slices.IndexFunc(s.tags, func(t simTag) bool { return t.ID == text("tagId") })
		if at < 0 {
			refuse(w, "candidate_tag_not_found")
			return
		}
		if !slices.Contains(a.Tags, s.tags[at].Title) {
			a.Tags = append(a.Tags, s.tags[at].Title)
		}
		s.touch(a)
		done(w, a.personJSON())
	case "customField.setValue":
		if a.set(text("objectType"), text("fieldId"), in["fieldValue"]) {
			s.touch(a)
			done(w, map[string]any{"id": text("fieldId"), "title": "x", "value": in["fieldValue"]})
			return
		}
		refuse(w, "invalid_input")
	}
}

// set sets a custom field of the right object and kind.
func (a *simApplication) set(of, id string, value any) bool {
	for _, f := range simFields() {
		if f["id"] != id || f["objectType"] != of || f["isArchived"] == true {
			continue
		}
		fits := false
		switch v := value.(type) {
		case string:
			fits = slices.Contains([]string{"String", "Url", "Date", "LongText"}, f["fieldType"].(string)) || f["fieldType"] == "ValueSelect" && strings.HasPrefix(v, "opt-")
		case float64:
			fits = f["fieldType"] == "Number"
		case bool:
			fits = f["fieldType"] == "Boolean"
		case []any:
			fits = f["fieldType"] == "MultiValueSelect"
		}
		if fits && of == "Application" {
			a.Fields[id] = value
		} else if fits {
			a.Personal[id] = value
		}
		return fits
	}
	return false
}

// list answers a page of applications.
func (s *sim) list(w http.ResponseWriter, token, cursor string, limit int) {
	pass, known := s.cursors[cursor]
	switch {
	case cursor != "" && !known:
		refuse(w, "invalid_next_cursor")
		return
	case cursor == "":
		since := 0
		if token != "" {
			n, err := strconv.Atoi(strings.TrimPrefix(token, "token-"))
			switch {
			case err != nil:
				refuse(w, "sync_token_invalid")
				return
			case n < s.forgotten:
				refuse(w, "sync_token_expired")
				return
			}
			since = n
		}
		pass = simPass{token: "token-" + strconv.Itoa(s.changes), sync: token != ""}
		for _, a := range s.apps {
			if a.change > since {
				pass.ids = append(pass.ids, a.ID)
			}
		}
	}
	if pass.pages++; pass.sync && pass.pages > s.most {
		refuse(w, "incremental_sync_too_large")
		return
	}
	n := min(limit, s.perPage, len(pass.ids))
	results := []any{}
	for _, id := range pass.ids[:n] {
		i := slices.IndexFunc(s.apps, func(a *simApplication) bool { return a.ID == id })
		results = append(results, s.apps[i].json())
	}
	pass.ids = pass.ids[n:]
	out := map[string]any{"success": true, "results": results, "moreDataAvailable": len(pass.ids) > 0}
	if len(pass.ids) > 0 {
		s.given++
		next := "cursor-" + strconv.Itoa(s.given)
		s.cursors[next] = pass
		out["nextCursor"] = next
	} else {
		out["syncToken"] = pass.token
	}
	reply(w, http.StatusOK, out)
}

// page answers a page of any other listing.
func (s *sim) page(w http.ResponseWriter, all []any, cursor string) {
	from, _ := strconv.Atoi(cursor)
	end := min(from+s.perPage, len(all))
	out := map[string]any{"success": true, "results": append([]any{}, all[from:end]...), "moreDataAvailable": end < len(all)}
	if end < len(all) {
		out["nextCursor"] = strconv.Itoa(end)
	}
	reply(w, http.StatusOK, out)
}

func done(w http.ResponseWriter, results any) {
	reply(w, http.StatusOK, map[string]any{"success": true, "results": results})
}

func stageJSON(s simStage) map[string]any {
	return map[string]any{"id": s.ID, "title": s.Title, "type": s.Type, "orderInInterviewPlan": 1, "interviewPlanId": thePlan}
}

func (a *simApplication) json() map[string]any {
	out := map[string]any{
		"id": a.ID, "createdAt": stamp(a.Made), "updatedAt": stamp(a.Updated), "status": a.Status, "customFields": fieldsJSON(a.Fields),
		"candidate": map[string]any{
			"id": a.Candidate, "name": a.Name, "primaryEmailAddress": map[string]any{"value": a.Email, "type": a.EmailType, "isPrimary": true},
			"primaryPhoneNumber": map[string]any{"value": "202 555 0147", "type": "Personal", "isPrimary": true},
		},
		"currentInterviewStage": stageJSON(a.Stage), "job": map[string]any{"id": theJob, "title": "Waiter", "departmentId": "d-1", "locationId": "l-1"},
		"source":     map[string]any{"id": "s-1", "title": "Applied", "isArchived": false},
		"hiringTeam": []any{map[string]any{"email": "otto@example.com", "role": "Recruiter", "userId": "u-1"}},
	}
	if a.Status == "Archived" {
		out["archiveReason"] = map[string]any{"id": "r", "text": "A reason", "reasonType": a.ArchiveType}
	}
	return out
}

func (a *simApplication) personJSON() map[string]any {
	tags := []any{}
	for i, t := range a.Tags {
		tags = append(tags, map[string]any{"id": strconv.Itoa(i), "title": t, "isArchived": false})
	}
	return map[string]any{
		"id": a.Candidate, "name": a.Name, "tags": tags, "customFields": fieldsJSON(a.Personal), "profileUrl": "https://app.ashbyhq.com/candidates/" + a.Candidate,
		"emailAddresses": []any{map[string]any{"value": "other+" + a.Email, "type": "Other"}, map[string]any{"value": a.Email, "type": a.EmailType}},
		"location":       map[string]any{"id": "l", "locationSummary": "Graz, Austria", "locationComponents": []any{map[string]any{"type": "Country", "name": "Austria"}, map[string]any{"type": "City", "name": "Graz"}}},
	}
}

func fieldsJSON(values map[string]any) []any {
	out := []any{}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		out = append(out, map[string]any{"id": id, "title": "Field " + id, "value": values[id]})
	}
	return out
}
