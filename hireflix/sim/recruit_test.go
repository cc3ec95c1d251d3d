package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSnapshot(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at)})
	p := add(t, s, Position{})
	id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
	made := s.Interviews(p)[0]
	tick := func() time.Time { at = at.Add(time.Second); return at }

	want := made
	want.CompletedAt, want.Answered, want.Status = tick(), true, "completed"
	try(t, s.Answer(id))
	want.ShortlistedAt, want.Status = tick(), "finalist"
	try(t, s.Shortlist(id, true))
	want.DiscardedAt, want.Status = tick(), "archived"
	try(t, s.Discard(id, true))
	want.Score = 4.5
	try(t, s.Score(id, 4.5))
	if diff := cmp.Diff([]Interview{want}, s.Interviews(p)); diff != "" {
		t.Error(diff)
	}
	want.DeletedAt = tick()
	try(t, s.Delete(id))
	if diff := cmp.Diff([]Interview{want}, s.Deleted()); diff != "" {
		t.Error(diff)
	}
	if n := len(s.Interviews(p)); n != 0 {
		t.Errorf("%d interviews", n)
	}
	for name, err := range map[string]error{
		"shortlist": s.Shortlist(id, true), "discard": s.Discard(id, true), "score": s.Score(id, 1),
		"answer": s.Answer(id), "delete": s.Delete(id),
	} {
		if err == nil {
			t.Errorf("%s of a deleted interview: no error", name)
		}
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	iv, err := s.InviteByHand(add(t, s, Position{}), Candidate{Email: "ada@example.com"})
	try(t, err)
	for _, bad := range []float64{-1, 0.4, 1.3, 5.5} {
		if s.Score(iv.ID, bad) == nil {
			t.Errorf("score %v: no error", bad)
		}
	}
	try(t, s.Score(iv.ID, 5))
	const selection = `{ score { value } scores { overridenScore { value } scorer { name } } }`
	value := func(query string) any {
		t.Helper()
		got := c.answer(`mutation { Interview(id: "`+iv.ID+`") { `+query+selection+` } }`, nil)["Interview"].(map[string]any)["score"].(map[string]any)
		return got["score"].(map[string]any)["value"]
	}
	for _, step := range []struct {
		query string
		want  any
	}{
		{`score(score: 0.5)`, 2.75}, {`score(score: 4)`, 4.5}, {`score(score: null)`, 5.0},
	} {
		if got := value(step.query); got != step.want {
			t.Errorf("%s: %v, want %v", step.query, got, step.want)
		}
	}
	try(t, s.Score(iv.ID, 0))
	if got := value(`score`); got != nil {
		t.Errorf("all taken back: %v", got)
	}
	if got := value(`score(score: 1)`); got != 1.0 {
		t.Errorf("scored anew: %v", got)
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	iv, err := s.InviteByHand(add(t, s, Position{}), Candidate{Email: "ada@example.com"})
	try(t, err)
	c.answer(`mutation { Interview(id: "`+iv.ID+`") { comment(comment: "Good") { id } } }`, nil)
	got := c.answer(`mutation { Interview(id: "`+iv.ID+`") { comment(comment: "Very good") { comments { value author { name } } } } }`, nil)
	want := []any{
		map[string]any{"value": "Good", "author": map[string]any{"name": "api"}},
		map[string]any{"value": "Very good", "author": map[string]any{"name": "api"}},
	}
	if diff := cmp.Diff(want, got["Interview"].(map[string]any)["comment"].(map[string]any)["comments"]); diff != "" {
		t.Error(diff)
	}
}

// The externalId moves: the old one is free and the new one is taken.
func TestSetExternalID(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
	for range 2 { // its own is not taken by another
		c.answer(`mutation { Interview(id: "`+id+`") { setExternalId(externalId: "x-2") { externalId } } }`, nil)
	}
	if got := s.Interviews(p)[0].ExternalID; got != "x-2" {
		t.Errorf("external id %q", got)
	}
	if got := c.invite(input(p, "bob@example.com", "x-2"))["__typename"]; got != "InterviewExternalIdAlreadyExistsInPositionError" {
		t.Errorf("the new one: %v", got)
	}
	if got := c.invite(input(p, "bob@example.com", "x-1"))["__typename"]; got != "InterviewType" {
		t.Errorf("the old one: %v", got)
	}
}

func TestScoreFilter(t *testing.T) {
	t.Parallel()
	s, c, p := filled(t, Options{}, 4)
	for i, iv := range s.Interviews(p)[:3] {
		try(t, s.Score(iv.ID, float64(i+1)))
	}
	for _, test := range []struct {
		operator string
		want     []string
	}{
		{"equal", []string{"P2"}}, {"notEqual", []string{"P1", "P3", "P4"}}, {"greaterThan", []string{"P3"}},
		{"greaterThanOrEqual", []string{"P2", "P3"}}, {"lessThan", []string{"P1"}}, {"lessThanOrEqual", []string{"P1", "P2"}},
	} {
		filter := map[string]any{"score": map[string]any{test.operator: 2}}
		data := c.answer(pageQuery, map[string]any{"id": p, "in": list(filter, 10, nil, "FORWARD", "ASC")})
		if diff := cmp.Diff(test.want, names(rows(t, data, "position", "interviewList"))); diff != "" {
			t.Errorf("%s: %s", test.operator, diff)
		}
	}
}

// Changes are met by faults as invites are, and counted: one that was asked
// again after it took effect is seen.
func TestFaultsOnChanges(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind  Kind
		query string
		took  string // what RepeatedChanges says of the second time
	}{
		{Share, `share { id }`, "share %s 75"},
		{RemoveShare, `removeShare`, "remove share %s"},
		{Archive, `archive { id }`, "archive %s true"},
		{Finalist, `finalist(finalist: false) { id }`, "finalist %s false"},
		{Score, `score(score: 4.5) { id }`, "score %s 4.5"},
		{Comment, `comment(comment: "Good") { id }`, "comment %s Good"},
		{SetExternalID, `setExternalId(externalId: "x-2") { id }`, "set external id %s x-2"},
	} {
		s, c := start(t, Options{Fault: On(test.kind, Script(Refuse(), Effect{Answer: Closed, Applied: true}, Effect{Answer: ServerError}))})
		p := add(t, s, Position{})
		id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
		sent := body(t, `mutation { Interview(id: "`+id+`") { `+test.query+` } }`, nil)
		for i, want := range []struct {
			took int
			err  bool
		}{{0, true}, {1, true}, {1, false}, {2, false}} {
			h, err := c.send(sent)
			if (err != nil) != want.err {
				t.Fatalf("%s: %v", test.kind, err)
			}
			if i == 2 && h.status != 500 {
				t.Errorf("%s: status %d", test.kind, h.status)
			}
			if i == 3 && len(h.Errors) != 0 {
				t.Errorf("%s: %s", test.kind, h.body)
			}
			j := s.Journal()
			if arrived, took := j.Changes(test.kind, id), j.ChangesTook(test.kind, id); arrived != i+1 || took != want.took {
				t.Errorf("%s: %d arrived and %d took effect, want %d and %d", test.kind, arrived, took, i+1, want.took)
			}
			if i == 2 && j.RepeatedChanges() != nil {
				t.Errorf("%s: repeated %v", test.kind, j.RepeatedChanges())
			}
		}
		if diff := cmp.Diff([]string{fmt.Sprintf(test.took, id)}, s.Journal().RepeatedChanges()); diff != "" {
			t.Errorf("%s: %s", test.kind, diff)
		}
	}
}

// A deletion happens once, whatever its client heard.
func TestDeletionCounted(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Fault: On(Delete, Script(Effect{Answer: ServerError, Applied: true}))})
	p := add(t, s, Position{})
	id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
	for range 2 {
		c.ask(`mutation { Interview(id: "`+id+`") { delete } }`, nil)
	}
	if j := s.Journal(); j.Changes(Delete, id) != 2 || j.ChangesTook(Delete, id) != 1 || len(s.Deleted()) != 1 || j.Repeats() != nil {
		t.Errorf("journal %+v", j.Arrivals)
	}
}

// Several changes in one request are told apart.
func TestChangesInOneRequest(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
	c.answer(`mutation { Interview(id: "`+id+`") { share { id } a: score(score: 2) { id } b: score(score: 3) { id } } gone: Interview(id: "`+id+`") { delete } }`, nil)
	h := c.ask(`mutation { Interview(id: "`+id+`") { archive { id } } }`, nil)
	j := s.Journal()
	if j.ChangesTook(Share, id) != 1 || j.ChangesTook(Score, id) != 2 || j.ChangesTook(Delete, id) != 1 || j.Changes(Archive, id) != 1 || j.ChangesTook(Archive, id) != 0 {
		t.Errorf("journal %+v", j.Arrivals)
	}
	if len(h.Errors) != 1 || *h.Errors[0].Code != 404 {
		t.Errorf("got %s", h.body)
	}
}
