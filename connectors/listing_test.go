package connectors_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"flowd/connectors"
)

// What seldom changes is asked for seldom, and soon where it lacks something.
func TestListing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var l connectors.Listing[[]string]
		asked, there := 0, []string{"Offer"}
		find := func(name string) bool {
			t.Helper()
			has := func(all []string) bool { return slices.Contains(all, name) }
			all, err := l.Find("job", has, func() ([]string, error) {
				asked++
				return there, nil
			})
			if err != nil {
				t.Error(err)
			}
			return has(all)
		}
		for _, step := range []struct {
			after time.Duration
			name  string
			found bool
			asked int
		}{
			{0, "Offer", true, 1},
			{30 * time.Second, "Video", false, 1},
			{31 * time.Second, "Video", false, 2},
			{time.Minute, "Offer", true, 2},
			{13 * time.Minute, "Offer", true, 2},
			{2 * time.Minute, "Offer", true, 3},
			{61 * time.Second, "Video", true, 4},
		} {
			time.Sleep(step.after)
			if step.asked == 4 {
				there = []string{"Offer", "Video"}
			}
			if found := find(step.name); found != step.found || asked != step.asked {
				t.Errorf("%s after %s: found %t, asked %d times; want %t, %d", step.name, step.after, found, asked, step.found, step.asked)
			}
		}
		broken := errors.New("down")
		for range 2 {
			if _, err := l.Find("other", func([]string) bool { return false }, func() ([]string, error) { return nil, broken }); !errors.Is(err, broken) {
				t.Errorf("a failure is kept: %v", err)
			}
		}
	})
}

func TestSameName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Video  interview", " video Interview ", true},
		{"Video interview", "Videointerview", false},
		{"", " ", true},
	} {
		if connectors.SameName(c.a, c.b) != c.same {
			t.Errorf("%q and %q", c.a, c.b)
		}
	}
}
