package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/time/rate"

	"flowd"
	"flowd/internal/fault"
)

// shelves are positions with so many pages each; asked lists the requests.
type shelves struct {
	pages map[string]int
	asked []string
	fail  error
}

func (s *shelves) Sweep(_ context.Context, position, cursor string) ([]flowd.Sighting, string, bool, error) {
	s.asked = append(s.asked, position+"/"+cursor)
	if s.fail != nil {
		return nil, "", false, s.fail
	}
	n := 0
	if cursor != "" {
		if _, err := fmt.Sscanf(cursor, "p%d", &n); err != nil {
			return nil, "", false, err
		}
	}
	if n++; n > s.pages[position] {
		return nil, "", true, nil // the end is an empty page
	}
	return []flowd.Sighting{{Interview: flowd.Interview{ID: fmt.Sprintf("%s-%d", position, n)}}}, fmt.Sprintf("p%d", n), false, nil
}

func newTestSweeper(s *shelves, used ...string) *sweeper {
	return &sweeper{client: s, pace: rate.NewLimiter(rate.Inf, 1), used: func() (list []flowd.Position) {
		for _, id := range used {
			list = append(list, flowd.Position{ID: id})
		}
		return list
	}}
}

// round polls until nothing more is there.
func round(t *testing.T, s *sweeper, cursor []byte) (batches []flowd.Batch, _ []byte) {
	t.Helper()
	for range 100 {
		b, more, err := s.Poll(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
		if cursor = b.Cursor; !more {
			return batches, cursor
		}
	}
	t.Fatal("the sweep does not end")
	return nil, nil
}

// A sweep looks at every page of every position, the first time as a baseline,
// and begins anew afterwards.
func TestSweeper_Rounds(t *testing.T) {
	t.Parallel()
	far := &shelves{pages: map[string]int{"a": 2, "b": 0, "c": 1}}
	s := newTestSweeper(far, "c", "a", "b")
	first, cursor := round(t, s, nil)
	want := []string{"a/", "a/p1", "a/p2", "b/", "c/", "c/p1"}
	if !slices.Equal(far.asked, want) {
		t.Fatalf("asked for %v, want %v", far.asked, want)
	}
	for _, b := range first {
		if !b.Baseline {
			t.Errorf("the first look is no baseline: %s", b.Cursor)
		}
	}
	far.asked = nil
	second, cursor := round(t, s, cursor)
	if !slices.Equal(far.asked, want) || second[0].Baseline {
		t.Errorf("the second round asked for %v, as a baseline: %v", far.asked, second[0].Baseline)
	}
	// What no rule names any more still has open interviews.
	far.asked = nil
	round(t, newTestSweeper(far, "b"), cursor)
	if !slices.Equal(far.asked, want) {
		t.Errorf("after a change of the rules it asked for %v", far.asked)
	}
}

// A stop loses no place, and a position that is gone holds up no other.
func TestSweeper_ResumesAndGoesOn(t *testing.T) {
	t.Parallel()
	far := &shelves{pages: map[string]int{"a": 3}}
	b, more, err := newTestSweeper(far, "a").Poll(t.Context(), nil)
	if err != nil || !more {
		t.Fatal(more, err)
	}
	far.asked = nil
	if round(t, newTestSweeper(far, "a"), b.Cursor); !slices.Equal(far.asked, []string{"a/p1", "a/p2", "a/p3", "a/", "a/p1", "a/p2", "a/p3"}) {
		t.Errorf("after a stop it asked for %v", far.asked)
	}
	far.fail = fault.New(fault.NotFound, "list", "gone")
	told := 0
	s := newTestSweeper(far, "a", "b")
	s.found = func(error) { told++ }
	if batches, _ := round(t, s, nil); len(batches) != 2 || told != 2 {
		t.Errorf("%d polls, told %d times", len(batches), told)
	}
	far.fail = errors.New("down")
	if b, _, err := s.Poll(t.Context(), nil); err == nil || b.Cursor != nil {
		t.Errorf("a failure moved the cursor: %s, %v", b.Cursor, err)
	}
	if _, _, err := s.Poll(t.Context(), []byte("{")); err == nil {
		t.Error("a failure behind a broken cursor is none")
	}
	if b, more, err := newTestSweeper(far).Poll(t.Context(), nil); err != nil || more || b.Cursor != nil {
		t.Errorf("without positions: %v %v %v", b, more, err)
	}
}
