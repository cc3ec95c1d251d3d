package connectors_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
)

func TestRecord_Event(t *testing.T) {
	t.Parallel()
	yes := true
	r := connectors.Record{
		"type": "stage.entered", "at": 1772443964, "via": "Import", "moved_by": " kim@example.com", "application": json.Number("900719925474099312"),
		"application.status": "Active", "application.url": "https://ats.example.com/1", "application.applied_at": "2026-03-01", "application.tags": []any{"a", 7},
		"candidate.id": 4.0, "candidate.email": "ada@example.com", "candidate.first_name": " Ada", "candidate.last_name": false, "candidate.phone": nil,
		"candidate.country": "Germany", "candidate.language": "de_DE", "candidate.source": "Referral", "candidate.tags": "x; y,z", "candidate.is_internal": "yes", "candidate.can_email": "",
		"job.id": 3, "job.name": "Cook", "job.country": "AT", "stage.name": "Video", "stage.kind": "interview", "from.name": "Applied",
		"fields.Salary": 41000, "fields.Shift": "late", "fields.Remote": false, "fields.Parts": map[string]any{"a": 1}, "fields.None": nil, "fields.Long": json.Number("12"),
	}
	got, err := r.Event(connectors.Door{})
	if err != nil {
		t.Fatal(err)
	}
	want := flowd.Event{
		Type: flowd.StageEntered, At: time.Date(2026, 3, 2, 9, 32, 44, 0, time.UTC), Via: flowd.ViaImport,
		Stage: flowd.Stage{Name: "Video", Kind: "interview"}, From: flowd.Stage{Name: "Applied"},
		Application: flowd.Application{
			ID: "900719925474099312", Status: flowd.StatusActive, Source: "Referral", URL: "https://ats.example.com/1", MovedBy: "kim@example.com",
			AppliedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Tags: []string{"a", "7"},
			Job: flowd.Job{ID: "3", Name: "Cook", Country: "AT"},
			Candidate: flowd.Candidate{
				ID: "4", Email: "ada@example.com", FirstName: "Ada", Country: "DE", Language: "de-DE", Tags: []string{"x", "y", "z"}, IsInternal: &yes,
			},
			Fields: []flowd.Field{
				{Key: "Long", Name: "Long", Type: "number", Value: 12.0}, {Key: "Parts", Name: "Parts", Type: "text", Value: `{"a":1}`},
				{Key: "Remote", Name: "Remote", Type: "boolean", Value: false}, {Key: "Salary", Name: "Salary", Type: "number", Value: 41000.0},
				{Key: "Shift", Name: "Shift", Type: "text", Value: "late"},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whom a system forgot brings no name along.
func TestRecord_Erased(t *testing.T) {
	t.Parallel()
	r := connectors.Record{"type": "application.anonymized", "candidate.id": "7", "candidate.email": "ada@example.com", "candidate.name": "Ada", "moved_by": "kim@example.com", "fields.Salary": 1}
	ev, err := r.Event(connectors.Door{})
	if want := (flowd.Application{Candidate: flowd.Candidate{ID: "7"}}); err != nil || !cmp.Equal(ev.Application, want) {
		t.Errorf("%v %+v", err, ev.Application)
	}
}

// Custom fields come one by one, or together.
func TestRecord_Fields(t *testing.T) {
	t.Parallel()
	ev, err := connectors.Record{"application": "1", "stage.name": "x", "fields.B": 1, "fields": map[string]any{"C": true, "A": "x", "D": nil}}.Event(connectors.Door{})
	want := []flowd.Field{{Key: "A", Name: "A", Type: "text", Value: "x"}, {Key: "C", Name: "C", Type: "boolean", Value: true}, {Key: "B", Name: "B", Type: "number", Value: 1.0}}
	if diff := cmp.Diff(want, ev.Application.Fields); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := (connectors.Record{"application": "1", "stage.name": "x", "fields": "A"}).Event(connectors.Door{}); err == nil {
		t.Error("a text is taken for fields")
	}
}

// An id may be a number. A name or an address is none: where one comes, the
// system means something else by now, and what follows from it must not go out.
func TestRecord_Numbers(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"candidate.name", "candidate.first_name", "candidate.last_name", "candidate.email", "stage.name", "from.name", "job.name"} {
		for _, number := range []any{json.Number("7"), 7, 7.5} {
			r := connectors.Record{"application": 1, "stage.id": 2, "job.id": 3, "candidate.id": 4, part: number}
			if _, err := r.Event(connectors.Door{}); err == nil || err.Error() != part+" is a number where a text belongs" {
				t.Errorf("%s: %v", part, err)
			}
		}
	}
	if _, err := (connectors.Record{"application": 1, "stage.id": 2, "candidate.emails": []any{7}}).Event(connectors.Door{}); err == nil {
		t.Error("a number is taken for an address")
	}
}

// A source tells what happened in it, and gives no orders.
func TestRecord_Types(t *testing.T) {
	t.Parallel()
	for _, of := range flowd.EventTypes() {
		_, err := connectors.Record{"type": string(of), "application": "1", "stage.name": "x", "job.id": "7"}.Event(connectors.Door{})
		if (err == nil) != of.OfSource() {
			t.Errorf("%s: %v", of, err)
		}
	}
}

func TestRecord_Times(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 32, 44, 0, time.UTC)
	for _, c := range []struct {
		value any
		want  time.Time // zero: refused
	}{
		{"2026-03-02T09:32:44Z", at}, {"2026-03-02T10:32:44+01:00", at}, {"2026-03-02 09:32:44", at}, {"2026-03-02T09:32:44", at}, {at, at},
		{1772443964, at}, {1772443964000, at}, {"1772443964", at}, {json.Number("1772443964.5"), at.Add(time.Second / 2)}, {"2026-03-02 09:32:44.25", at.Add(time.Second / 4)},
		{"02/03/2026", time.Time{}}, {"soon", time.Time{}}, {-5, time.Time{}}, {"NaN", time.Time{}}, {"1e300", time.Time{}}, {"9999-01-01", time.Time{}}, {[]any{1}, time.Time{}}, {true, time.Time{}},
	} {
		ev, err := connectors.Record{"application": "1", "stage.name": "x", "at": c.value}.Event(connectors.Door{})
		if (err != nil) != c.want.IsZero() || err == nil && !ev.At.Equal(c.want) {
			t.Errorf("%v: %s, %v; want %s", c.value, ev.At, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), "at is not a time") {
			t.Error(err)
		}
	}
}

func TestPartName(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"stage": "stage.name", "stage_id": "stage.id", "application.id": "application", "source": "candidate.source", "candidate.email": "candidate.email", "fields.A.b": "fields.A.b",
	} {
		if got, ok := connectors.PartName(written); !ok || got != want {
			t.Errorf("%s: %s, %t", written, got, ok)
		}
	}
	for _, written := range []string{"", "email", "fields.", "candidate"} {
		if got, ok := connectors.PartName(written); ok {
			t.Errorf("%q is %s", written, got)
		}
	}
	if got := connectors.NearPart("candidate.emial"); got != "candidate.email" {
		t.Errorf("near is %s", got)
	}
	for _, name := range connectors.PartNames() {
		if got, ok := connectors.PartName(name); !ok || got != name {
			t.Errorf("%s has another name, %s", name, got)
		}
	}
	if got := connectors.Members([]string{"stage.id", "fields.x", "candidate.first_name"}); !slices.Equal(got, []string{"candidate.first_name", "candidate.name", "field", "stage_id"}) {
		t.Error(got)
	}
}
