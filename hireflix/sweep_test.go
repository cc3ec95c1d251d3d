package hireflix

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/fault"
)

// sweepAllOf goes through a position as the daemon does, each page with a client
// of its own, as after a restart.
func sweepAllOf(t *testing.T, a account, between func(page int)) (seen []flowd.Sighting, pages int) {
	t.Helper()
	cursor := ""
	for pages = 1; ; pages++ {
		page, next, done, err := a.client(t).Sweep(t.Context(), "pos-1", cursor)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, page...)
		if done != (next == "") {
			t.Fatalf("done %v with cursor %q", done, next)
		}
		if done {
			return seen, pages
		}
		if pages > 20 {
			t.Fatal("it does not end")
		}
		cursor = next
		if between != nil {
			between(pages)
		}
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hidden []string
		pages  int
		scores bool
		names  bool
	}{
		"newer":                 {nil, 4, true, true},
		"without shortlistedAt": {[]string{"shortlistedAt: Timestamp"}, 4, true, false},
		"without a score":       {[]string{"score: InterviewScore"}, 4, false, false},
		"older":                 {[]string{"interviewList("}, 3, true, false},
		"older, without score":  {[]string{"interviewList(", "score: InterviewScore"}, 3, false, false},
		"whole":                 {[]string{"interviewList(", "paginatedInterviews("}, 1, false, false},
	} {
		for _, newerWords := range []bool{false, true} {
			t.Run(fmt.Sprint(name, newerWords), func(t *testing.T) {
				t.Parallel()
				now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
				a := newAccount(t, without(t, sim.Schema, tc.hidden...), sim.Options{NewerStatus: newerWords, Now: func() time.Time { return now }})
				var ids []string
				for i := range 130 {
					made, err := a.InviteByHand("pos-1", sim.Candidate{Email: fmt.Sprintf("someone.%d@example.com", i), FirstName: "Someone", LastName: "Else"})
					if err != nil {
						t.Fatal(err)
					}
					ids = append(ids, made.ID)
				}
				for i, id := range ids {
					for _, do := range []struct {
						when bool
						what func() error
					}{
						{i%2 == 0, func() error { return a.Answer(id) }},
						{i%4 == 0, func() error { return a.Score(id, 4.5) }},
						{i%6 == 0, func() error { return a.Shortlist(id, true) }},
						{i%10 == 0, func() error { return a.Discard(id, true) }},
					} {
						if do.when {
							if err := do.what(); err != nil {
								t.Fatal(err)
							}
						}
					}
				}
				seen, pages := sweepAllOf(t, a, nil)
				if pages != tc.pages || len(seen) != 130 {
					t.Fatalf("%d sightings on %d pages, want 130 on %d", len(seen), pages, tc.pages)
				}
				there := a.Interviews("pos-1")
				for _, s := range seen {
					i := slices.Index(ids, s.Interview.ID)
					if i < 0 {
						t.Fatalf("a stranger: %+v", s)
					}
					ids[i] = "" // once each
					is, of := s.Interview, there[i]
					want := map[string]flowd.InterviewStatus{
						"pending": flowd.InterviewPending, "completed": flowd.InterviewToEvaluate,
						"finalist": flowd.InterviewShortlisted, "archived": flowd.InterviewDiscarded,
					}[of.Status]
					if is.Status != want || is.Answered != of.Answered || is.Position != (flowd.Position{ID: "pos-1", Name: "Engineer"}) ||
						!is.CreatedAt.Equal(now) || s.Candidate.Email != of.Email || is.Deleted || s.At.IsZero() || is.PublicURL == "" {
						t.Errorf("%+v\nof %+v", s, of)
					}
					if tc.scores && (is.Score != of.Score || !is.CompletedAt.Equal(of.CompletedAt)) {
						t.Errorf("score %v completed %s, want %v %s", is.Score, is.CompletedAt, of.Score, of.CompletedAt)
					}
					if tc.names && (s.Candidate.FirstName != "Someone" || s.Candidate.LastName != "Else") {
						t.Errorf("candidate %+v", s.Candidate)
					}
				}
			})
		}
	}
}

// TestSweep_Meanwhile: what is created and deleted between two pages neither
// repeats nor hides the others.
func TestSweep_Meanwhile(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{})
	var ids []string
	for i := range 120 {
		made, err := a.InviteByHand("pos-1", sim.Candidate{Email: fmt.Sprintf("someone.%d@example.com", i), FirstName: "Someone"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, made.ID)
	}
	seen, _ := sweepAllOf(t, a, func(page int) {
		if page > 2 {
			return
		}
		if _, err := a.InviteByHand("pos-1", sim.Candidate{Email: fmt.Sprintf("late.%d@example.com", page), FirstName: "Late"}); err != nil {
			t.Fatal(err)
		}
		if err := a.Delete(ids[120-50*page]); err != nil { // the last one of the page
			t.Fatal(err)
		}
	})
	var found []string
	for _, s := range seen {
		found = append(found, s.Interview.ID)
	}
	slices.Sort(found)
	slices.Sort(ids)
	if !slices.Equal(found, ids) {
		t.Errorf("%d sightings of %d interviews", len(found), len(ids))
	}
}

// TestSweep_Fallback: a cursor of a listing that is refused meanwhile is worth
// nothing to the next one, which begins anew.
func TestSweep_Fallback(t *testing.T) {
	t.Parallel()
	a := newAccount(t, without(t, sim.Schema, "interviewList("), sim.Options{})
	for i := range 60 {
		if _, err := a.InviteByHand("pos-1", sim.Candidate{Email: fmt.Sprintf("someone.%d@example.com", i), FirstName: "Someone"}); err != nil {
			t.Fatal(err)
		}
	}
	c := a.client(t)
	for _, cursor := range []string{"0:abc", "2:abc", "17:abc", "-1:abc", "abc", ":", "0:" + strings.Repeat("x", maxCursor+1)} {
		page, next, done, err := c.Sweep(t.Context(), "pos-1", cursor)
		if err != nil || done || len(page) != 50 || !strings.HasPrefix(next, "3:") {
			t.Errorf("cursor %.20q: %d sightings, next %.20q, done %v, error %v", cursor, len(page), next, done, err)
		}
	}
	if _, _, _, err := c.Sweep(t.Context(), "pos-2", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("another position: %v", err)
	}
}

func TestSweep_Answers(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]fault.Kind{
		`{"data":{"position":null}}`:                                                                      fault.NotFound,
		`{"data":{"position":{"interviewList":null}}}`:                                                    fault.Unknown,
		`{"data":{"position":{"interviewList":{"lastCursor":"c","results":null}}}}`:                       fault.Unknown,
		`{"data":{"position":{"interviewList":{"lastCursor":"same","results":[{"id":"i1"}]}}}}`:           fault.Unknown,
		`{"data":{"position":{"interviewList":{"lastCursor":"other","results":[]}}}}`:                     "",
		`{"data":{"position":{"interviewList":{"lastCursor":null,"results":[{"id":"i1"},{"id":null}]}}}}`: "",
		`<html>`: fault.Unavailable,
	} {
		page, next, done, err := serve(t, answer(http.StatusOK, body)).Sweep(t.Context(), "pos-1", "0:same")
		wantFault(t, err, kind)
		if err == nil && (!done || next != "") || err != nil && (done || next != "" || page != nil) {
			t.Errorf("%s: %v, next %q, done %v", body, page, next, done)
		}
	}
}

// TestSweep_At: sightings are dated by Hireflix's clock, which dates its
// webhooks, so that an old page never passes for newer than a webhook.
func TestSweep_At(t *testing.T) {
	t.Parallel()
	there := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, date := range []string{there.Format(http.TimeFormat), "soon"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", date)
			answer(http.StatusOK, `{"data":{"position":{"interviewList":{"results":[{"id":"i1"}]}}}}`)(w, r)
		}))
		t.Cleanup(server.Close)
		before := time.Now()
		page, _, _, err := newTestClient(t, options(server.URL)).Sweep(t.Context(), "pos-1", "")
		if err != nil || len(page) != 1 {
			t.Fatalf("%v, error %v", page, err)
		}
		at := page[0].At
		if date == "soon" {
			if at.Before(before) || at.After(time.Now()) {
				t.Errorf("seen at %s", at)
			}
		} else if !at.Equal(there) {
			t.Errorf("seen at %s, want %s", at, there)
		}
	}
}
