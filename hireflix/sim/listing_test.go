package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// filled is a position with n interviews, p1 the oldest; each two were made at
// the same instant.
func filled(t *testing.T, options Options, n int) (*Server, *caller, string) {
	t.Helper()
	at := time.Unix(1_800_000_000, 0)
	options.Now = clock(&at)
	s, c := start(t, options)
	p := add(t, s, Position{})
	for i := 1; i <= n; i++ {
		if i%2 == 1 {
			at = at.Add(time.Second)
		}
		if _, err := s.InviteByHand(p, Candidate{Email: fmt.Sprintf("p%d@example.com", i), FirstName: fmt.Sprintf("P%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	return s, c, p
}

func names(rows []map[string]any) []string {
	found := []string{}
	for _, row := range rows {
		found = append(found, row["candidate"].(map[string]any)["firstName"].(string))
	}
	return found
}

const pageQuery = `query($id: String!, $in: InterviewListInput!) {
	position(id: $id) { interviewList(input: $in) { count total lastCursor results { id candidate { firstName } } } } }`

func list(filter map[string]any, limit int, cursor any, direction, order string) map[string]any {
	in := map[string]any{
		"pagination": map[string]any{"limit": limit, "direction": direction, "lastCursor": cursor},
		"sort":       []any{map[string]any{"field": "createdAt", "direction": order}},
	}
	if filter != nil {
		in["filter"] = filter
	}
	return in
}

func TestInterviewList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		direction, order string
		want             [][]string
	}{
		{"FORWARD", "DESC", [][]string{{"P5", "P4"}, {"P3", "P2"}, {"P1"}, {}}},
		{"FORWARD", "ASC", [][]string{{"P1", "P2"}, {"P3", "P4"}, {"P5"}, {}}},
		{"BACKWARD", "DESC", [][]string{{"P1", "P2"}, {"P3", "P4"}, {"P5"}, {}}},
	} {
		_, c, p := filled(t, Options{}, 5)
		var cursor any
		for i, want := range test.want {
			data := c.answer(pageQuery, map[string]any{"id": p, "in": list(nil, 2, cursor, test.direction, test.order)})
			page := data["position"].(map[string]any)["interviewList"].(map[string]any)
			if diff := cmp.Diff(want, names(rows(t, data, "position", "interviewList"))); diff != "" {
				t.Errorf("%s %s, page %d: %s", test.direction, test.order, i, diff)
			}
			if page["total"] != 5.0 || page["count"] != float64(len(want)) {
				t.Errorf("count %v, total %v", page["count"], page["total"])
			}
			if cursor = page["lastCursor"]; cursor == nil {
				t.Fatal("no lastCursor: this listing always has one")
			}
		}
	}
}

// An empty position has a lastCursor too, and a cursor outlives the interview
// it was made from.
func TestCursors(t *testing.T) {
	t.Parallel()
	s, c, p := filled(t, Options{}, 3)
	empty := add(t, s, Position{})
	page := func(position string, cursor any) ([]string, any) {
		data := c.answer(pageQuery, map[string]any{"id": position, "in": list(nil, 1, cursor, "FORWARD", "DESC")})
		return names(rows(t, data, "position", "interviewList")), data["position"].(map[string]any)["interviewList"].(map[string]any)["lastCursor"]
	}
	if got, cursor := page(empty, nil); len(got) != 0 || cursor == nil {
		t.Errorf("an empty position: %v, cursor %v", got, cursor)
	}
	_, cursor := page(p, nil)
	if err := s.Delete(s.Interviews(p)[2].ID); err != nil {
		t.Fatal(err)
	}
	if got, _ := page(p, cursor); !cmp.Equal(got, []string{"P2"}) {
		t.Errorf("after the deletion: %v", got)
	}
	for _, in := range []map[string]any{list(nil, 0, nil, "FORWARD", "ASC"), list(nil, 1, "nonsense", "FORWARD", "ASC"), list(map[string]any{"email": map[string]any{"regex": "("}}, 1, nil, "FORWARD", "ASC")} {
		if h := c.ask(pageQuery, map[string]any{"id": p, "in": in}); len(h.Errors) != 1 {
			t.Errorf("%v: %s", in, h.body)
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s, c, p := filled(t, Options{}, 3)
	plus, err := s.InviteByHand(p, Candidate{Email: "Ada+x@example.com", FirstName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Answer(plus.ID); err != nil {
		t.Fatal(err)
	}
	text := func(field, operator, value string) map[string]any {
		return map[string]any{field: map[string]any{operator: value}}
	}
	for _, test := range []struct {
		filter map[string]any
		want   []string
	}{
		{map[string]any{}, []string{"P1", "P2", "P3", "Ada"}},
		{text("email", "equal", "p2@example.com"), []string{"P2"}},
		{text("email", "equal", "ada+x@example.com"), []string{"Ada"}},
		{text("email", "equal", "2@example.com"), []string{}},
		{text("email", "regex", `^p[12]@`), []string{"P1", "P2"}},
		{text("email", "regex", "Ada+x@example.com"), []string{}}, // + is an operator
		{text("email", "regex", `Ada\+x@example\.com`), []string{"Ada"}},
		{text("firstName", "equal", "P3"), []string{"P3"}},
		{text("id", "equal", plus.ID), []string{"Ada"}},
		{text("status", "equal", "to_evaluate"), []string{"Ada"}},
		{text("status", "equal", "pending"), []string{"P1", "P2", "P3"}},
		{map[string]any{"email": map[string]any{"equal": "p2@example.com", "regex": "^x"}}, []string{}},
	} {
		data := c.answer(pageQuery, map[string]any{"id": p, "in": list(test.filter, 10, nil, "FORWARD", "ASC")})
		if diff := cmp.Diff(test.want, names(rows(t, data, "position", "interviewList"))); diff != "" {
			t.Errorf("%v: %s", test.filter, diff)
		}
	}
	if data := c.answer(lookUpQuery, map[string]any{"id": "x", "email": "ada@example.com"}); data["position"] != nil {
		t.Errorf("an unknown position: %v", data)
	}
}

func TestExactEmailFilter(t *testing.T) {
	t.Parallel()
	_, c, p := filled(t, Options{ExactEmailFilter: true}, 1)
	if got := c.lookUp(p, "P1@example.com"); len(got) != 0 {
		t.Errorf("in capitals: %v", got)
	}
	if got := c.lookUp(p, "p1@example.com"); len(got) != 1 {
		t.Errorf("as stored: %v", got)
	}
}

func TestOlderListings(t *testing.T) {
	t.Parallel()
	s, c, p := filled(t, Options{}, 3)
	const query = `query($id: String!, $page: LegacyPaginationInput, $status: LegacyInterviewStatus) {
		position(id: $id) { paginatedInterviews(pagination: $page, status: $status) { lastCursor results { candidate { firstName } } } } }`
	var cursor any
	for i, want := range [][]string{{"P3", "P2"}, {"P1"}} {
		data := c.answer(query, map[string]any{"id": p, "page": map[string]any{"limit": 2, "lastCursor": cursor}})
		if diff := cmp.Diff(want, names(rows(t, data, "position", "paginatedInterviews"))); diff != "" {
			t.Errorf("page %d: %s", i, diff)
		}
		cursor = data["position"].(map[string]any)["paginatedInterviews"].(map[string]any)["lastCursor"]
	}
	if cursor != nil {
		t.Errorf("the last page has a lastCursor: %v", cursor)
	}
	if err := s.Answer(s.Interviews(p)[0].ID); err != nil {
		t.Fatal(err)
	}
	data := c.answer(query, map[string]any{"id": p, "status": "completed"})
	if got := names(rows(t, data, "position", "paginatedInterviews")); !cmp.Equal(got, []string{"P1"}) {
		t.Errorf("completed: %v", got)
	}
	all := c.answer(`{ position(id: "`+p+`") { interviews { id position { id interviews { id } } } } }`, nil)
	if got := all["position"].(map[string]any)["interviews"].([]any); len(got) != 3 {
		t.Errorf("interviews: %v", got)
	}
}
