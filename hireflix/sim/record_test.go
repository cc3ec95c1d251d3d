package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const answersQuery = `query($id: String!) { interview(id: $id) { status answered completed completedAt thumbnail updatedAt
	questions { title answered answer { id url thumbnail meta { duration } transcription { languageCode text words { text start end } } } } } }`

func (c *caller) interview(id string) map[string]any {
	c.t.Helper()
	got, ok := c.answer(answersQuery, map[string]any{"id": id})["interview"].(map[string]any)
	if !ok {
		c.t.Fatalf("no interview %s", id)
	}
	return got
}

// texts are the transcripts of an interview; "" where there is none.
func texts(iv map[string]any) []string {
	found := []string{}
	for _, q := range iv["questions"].([]any) {
		text := ""
		if a, ok := q.(map[string]any)["answer"].(map[string]any); ok {
			if spoken, ok := a["transcription"].(map[string]any); ok {
				text = spoken["text"].(string)
			}
		}
		found = append(found, text)
	}
	return found
}

func TestAnswered(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at), TranscribeAfter: time.Minute})
	p := add(t, s, Position{Name: "Barista", Questions: []string{"Latte?", "Why?"}})
	asked := c.answer(`{ position(id: "`+p+`") { questions { title } } }`, nil)["position"].(map[string]any)["questions"]
	if diff := cmp.Diff([]any{map[string]any{"title": "Latte?"}, map[string]any{"title": "Why?"}}, asked); diff != "" {
		t.Errorf("the position's questions: %s", diff)
	}
	id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
	for _, err := range []error{s.AskAgain(id), s.Transcribe(id, "Hello"), s.AskAgain("x"), s.Transcribe("x", "Hello"), s.Transcribe(id)} {
		if err == nil {
			t.Error("before the answer: no error")
		}
	}
	want := map[string]any{
		"status": "pending", "answered": false, "completed": nil, "completedAt": nil, "thumbnail": nil, "updatedAt": 1767225600000.0,
		"questions": []any{
			map[string]any{"title": "Latte?", "answered": false, "answer": nil},
			map[string]any{"title": "Why?", "answered": false, "answer": nil},
		},
	}
	if diff := cmp.Diff(want, c.interview(id)); diff != "" {
		t.Errorf("before: %s", diff)
	}

	at = at.Add(time.Hour)
	try(t, s.Answer(id))
	if err := s.Answer(id); err == nil {
		t.Error("answered twice: no error")
	}
	got := c.interview(id)
	first := got["questions"].([]any)[0].(map[string]any)["answer"].(map[string]any)
	if got["status"] != "completed" || got["answered"] != true || got["completed"] != 1767229200000.0 || got["completedAt"] != 1767229200000.0 || got["updatedAt"] != 1767229200000.0 || got["thumbnail"] == nil {
		t.Errorf("after: %v", got)
	}
	if first["meta"].(map[string]any)["duration"] != 30.0 || first["transcription"] != nil {
		t.Errorf("the first answer: %v", first)
	}

	at = at.Add(time.Minute)
	later := c.interview(id)
	if diff := cmp.Diff([]string{"What there is to say about: Latte?", "What there is to say about: Why?"}, texts(later)); diff != "" {
		t.Errorf("a minute later: %s", diff)
	}
	again := later["questions"].([]any)[0].(map[string]any)["answer"].(map[string]any)
	if again["id"] != first["id"] || again["url"] == first["url"] || !strings.Contains(again["url"].(string), "&Signature=") {
		t.Errorf("links of short life: %v, then %v", first["url"], again["url"])
	}

	try(t, s.Transcribe(id, "Yes please", "Why not"))
	spoken := c.interview(id)["questions"].([]any)[0].(map[string]any)["answer"].(map[string]any)["transcription"]
	wantSpoken := map[string]any{"languageCode": "en", "text": "Yes please", "words": []any{
		map[string]any{"text": "Yes", "start": 0.0, "end": 15.0}, map[string]any{"text": "please", "start": 15.0, "end": 30.0},
	}}
	if diff := cmp.Diff(wantSpoken, spoken); diff != "" {
		t.Error(diff)
	}
}

func TestTranscribedByHandAlone(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at), TranscribeAfter: -1})
	iv, err := s.InviteByHand(add(t, s, Position{}), Candidate{Email: "ada@example.com"})
	try(t, err)
	try(t, s.Answer(iv.ID))
	at = at.AddDate(1, 0, 0)
	if diff := cmp.Diff([]string{"", ""}, texts(c.interview(iv.ID))); diff != "" {
		t.Error(diff)
	}
	try(t, s.Transcribe(iv.ID, "Hello"))
	if diff := cmp.Diff([]string{"Hello", "Hello"}, texts(c.interview(iv.ID))); diff != "" {
		t.Error(diff)
	}
}

// Asked again, a candidate finishes later, with other answers, on the same
// link; also when the clock did not move.
func TestAskAgain(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at)})
	p := add(t, s, Position{})
	iv, err := s.InviteByHand(p, Candidate{Email: "ada@example.com"})
	try(t, err)
	try(t, s.Answer(iv.ID))
	try(t, s.Shortlist(iv.ID, true))
	before := c.interview(iv.ID)
	try(t, s.AskAgain(iv.ID))
	if got := s.Interviews(p)[0]; got.Status != "pending" || got.Answered || !got.CompletedAt.IsZero() || got.URL != iv.URL {
		t.Errorf("asked again: %+v", got)
	}
	if diff := cmp.Diff([]string{"", ""}, texts(c.interview(iv.ID))); diff != "" {
		t.Error(diff)
	}
	try(t, s.Answer(iv.ID))
	after := c.interview(iv.ID)
	if after["status"] != "completed" || after["completed"].(float64) <= before["completed"].(float64) {
		t.Errorf("completed %v, then %v", before["completed"], after["completed"])
	}
	answer := func(iv map[string]any) any {
		return iv["questions"].([]any)[0].(map[string]any)["answer"].(map[string]any)["id"]
	}
	if answer(before) == answer(after) {
		t.Error("the same answers")
	}
}

// A position whose Messages box is empty shows that it sent nothing.
func TestTracking(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at)})
	for position, want := range map[string][]any{
		add(t, s, Position{}):                 {map[string]any{"date": 1767225600000.0, "message": "invite"}},
		add(t, s, Position{NoMessages: true}): {},
	} {
		id := c.invite(input(position, "ada@example.com", ""))["id"].(string)
		got := c.answer(`{ interview(id: "`+id+`") { tracking { date message } } }`, nil)["interview"].(map[string]any)["tracking"]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}
