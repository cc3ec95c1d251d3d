package poll_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/poll"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// source builds a source that polls a server; URL in its section is the server's.
func source(t testing.TB, url, section string) connectors.Source {
	t.Helper()
	return connectortest.Build(t, poll.Kind(), strings.ReplaceAll(section, "URL", url), map[string]string{"key": "the-key"})
}

// answering serves one answer to whatever is asked.
func answering(t testing.TB, body []byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	t.Cleanup(server.Close)
	return server.URL
}

const standing = `
auth: {bearer: {file: key}}
request: {url: URL/applications}
items: data.results
failed: body.success != true
map:
  at: item.stage.entered_at
  application: {id: item.id, status: item.state, applied_at: item.created_at}
  source: item.origin
  stage: {id: item.stage.id, name: item.stage.name}
  job: {id: item.job.id, name: item.job.title, department: 'item.job.department ?? ""'}
  candidate:
    id: item.candidate.id
    first_name: item.candidate.first_name
    last_name: item.candidate.last_name
    emails: item.candidate.emails
    phone: item.candidate.phone ?? ""
    language: item.candidate.language ?? ""
    can_email: item.candidate.may_be_mailed
    tags: item.candidate.tags
  fields:
    Salary: item.answers.Salary ?? nil
`

// How applications stand is told as it is.
func TestPoll_Diff(t *testing.T) {
	t.Parallel()
	s := source(t, answering(t, read(t, "applications.json")), standing)
	b, more, err := s.Poller.Poll(t.Context(), nil)
	if err != nil || more {
		t.Fatal(more, err)
	}
	yes, no := true, false
	job := flowd.Job{ID: "77", Name: "Miller", Department: "Production"}
	want := []flowd.Snapshot{
		{
			Entered: time.Date(2026, 3, 2, 9, 12, 44, 0, time.UTC),
			Application: flowd.Application{
				ID: "700411", Status: flowd.StatusActive, Source: "Referral", Job: job, Stage: flowd.Stage{ID: "3", Name: "Video interview"},
				AppliedAt: time.Date(2026, 2, 20, 8, 0, 0, 0, time.UTC),
				Candidate: flowd.Candidate{
					ID: "c-17", FirstName: "Orla", LastName: "Bramblewick", Email: "orla.bramblewick@example.com",
					Language: "da", CanEmail: &yes, Tags: []string{"Night shift"},
				},
				Fields: []flowd.Field{{Key: "Salary", Name: "Salary", Type: "number", Value: 41250.5}},
			},
		},
		{
			Entered: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
			Application: flowd.Application{
				ID: "700412", Status: flowd.StatusRejected, Source: "Careers page", Job: flowd.Job{ID: "77", Name: "Miller"}, Stage: flowd.Stage{ID: "2", Name: "Phone"},
				AppliedAt: time.Date(2026, 2, 21, 8, 0, 0, 0, time.UTC), NoContact: flowd.ReasonCannotEmail,
				Candidate: flowd.Candidate{
					ID: "c-18", FirstName: "Hector", LastName: "Plum", Email: "hector.plum@example.com", Phone: "+1 202 555 0189", CanEmail: &no, Tags: []string{},
				},
			},
		},
	}
	if diff := cmp.Diff(flowd.Batch{Seen: want, Cursor: b.Cursor}, b); diff != "" {
		t.Error(diff)
	}
	if s.Every != connectors.DefaultEvery || s.MaxAge == 0 || s.FirstSeen {
		t.Errorf("every %v, max_age %v, first sight %t", s.Every, s.MaxAge, s.FirstSeen)
	}
}

// What stands around the list can be read for each item, wherever it stands.
func TestPoll_Around(t *testing.T) {
	t.Parallel()
	const section = `
request: {url: URL}
items: data
map:
  application: item.id
  stage.name: find(body.included, .type == "stage" and .id == item.stage).name
  candidate.email: find(body.included, .type == "person" and .id == item.person).mail
`
	s := source(t, answering(t, []byte(`{"data": [{"id": 1, "stage": 5, "person": 7}, {"id": 2, "stage": 6, "person": 7}],
		"included": [{"type": "person", "id": 7, "mail": "orla@example.com"}, {"type": "stage", "id": 5, "name": "Phone"}, {"type": "stage", "id": 6, "name": "Video"}]}`)), section)
	b, _, err := s.Poller.Poll(t.Context(), nil)
	if err != nil || len(b.Seen) != 2 || b.Seen[0].Stage.Name != "Phone" || b.Seen[1].Stage.Name != "Video" || b.Seen[1].Candidate.Email != "orla@example.com" {
		t.Errorf("%+v, %v", b.Seen, err)
	}
}

const moves = `
request: {url: URL}
mode: log
explode: item.history
when: item.job == "Miller"
map:
  application: item.id
  at: move.at
  stage: move.to
  candidate: {name: item.contact.name, email: item.contact.email}
`

// A log tells of moves from now on, each with a key of its own; what was before
// the source was there moves nobody.
func TestPoll_Log(t *testing.T) {
	t.Parallel()
	history := string(read(t, "history.json"))
	s := source(t, answering(t, []byte(history)), moves)
	b, more, err := s.Poller.Poll(t.Context(), nil)
	if err != nil || more || len(b.Events)+len(b.Seen) > 0 {
		t.Fatalf("the first poll tells %+v, %t, %v", b, more, err)
	}
	// A cursor of a source that was there a long time ago.
	cursor := []byte(`{"from": "2026-03-01T12:00:00Z", "read": true}`)
	b, _, err = s.Poller.Poll(t.Context(), cursor)
	if err != nil {
		t.Fatal(err)
	}
	want := flowd.Event{
		Type: flowd.StageEntered, Via: flowd.ViaUnknown, At: time.Date(2026, 3, 2, 9, 12, 44, 0, time.UTC), Stage: flowd.Stage{Name: "Video interview"},
		Application: flowd.Application{ID: "op-1", Candidate: flowd.Candidate{Name: "Orla Bramblewick", Email: "orla.bramblewick@example.com"}},
	}
	want.Key = connectors.PollKey("conformance", want)
	if diff := cmp.Diff([]flowd.Event{want}, b.Events); diff != "" {
		t.Error(diff)
	}
}

// Who is forgotten, merged or deleted is told as that; what ends an application
// otherwise is how it stands.
func TestPoll_Types(t *testing.T) {
	t.Parallel()
	const section = `
request: {url: URL}
map: {application: item.id, type: item.type, stage: 'item.stage ?? ""', candidate: {id: item.who, email: 'item.mail ?? ""'}, merged_into: 'item.into ?? ""', job.id: '"7"'}
`
	s := source(t, answering(t, []byte(`[
		{"id": 1, "who": 1, "type": "stage.entered", "stage": "Video"},
		{"id": 2, "who": 2, "type": "application.deleted", "mail": "orla@example.com"},
		{"id": 3, "who": 3, "type": "application.merged", "into": 9},
		{"id": 4, "who": 4, "type": "application.withdrawn"},
		{"id": 5, "who": 5, "type": "job.closed"}]`)), section)
	b, _, err := s.Poller.Poll(t.Context(), nil)
	if err != nil || len(b.Events) != 0 || len(b.Seen) != 2 {
		t.Fatalf("the first poll: %+v, %v", b, err)
	}
	b, _, err = s.Poller.Poll(t.Context(), b.Cursor)
	if err != nil || len(b.Seen) != 2 || b.Seen[1].Status != flowd.StatusWithdrawn {
		t.Fatalf("%+v, %v", b.Seen, err)
	}
	var types []flowd.EventType
	for _, ev := range b.Events {
		types = append(types, ev.Type)
		if ev.Key == "" || ev.Application.Candidate.Email != "" {
			t.Errorf("%+v", ev)
		}
	}
	if diff := cmp.Diff([]flowd.EventType{flowd.ApplicationDeleted, flowd.ApplicationMerged, flowd.JobClosed}, types); diff != "" {
		t.Error(diff)
	}
}
