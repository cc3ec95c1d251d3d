package bolt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"flowd"
	"flowd/state"
)

// busy returns a store in which something stands in every bucket.
func busy(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "flowd.db"), Options{}, day)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var events []flowd.Event
	for i := range 4 {
		events = append(events, history(i, day))
	}
	if _, err := s.Admit(t.Context(), flowd.Batch{Source: "hook", ATS: "ats", Events: events, Raw: []byte("raw")}, day); err != nil {
		t.Fatal(err)
	}
	for _, ev := range events[:3] {
		if err := s.update(t.Context(), func(t *tx) error { return promiseFor(t, ev, day) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.update(t.Context(), func(t *tx) error { return sendNext(t, flowd.Event{}, day) }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lease(t.Context(), state.LeaseRequest{Now: day, Max: 1, For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := s.Quarantine(t.Context(), state.Quarantined{At: day, Body: []byte("?")}); err != nil {
		t.Fatal(err)
	}
	return s
}

// first returns the first key of a bucket.
func (t *tx) first(b bucket) string {
	k, _ := t.bucket(b).Cursor().First()
	return string(k)
}

// Whatever a fault of ours or of the disk might leave behind, Check finds it.
func TestCheck_FindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	drop := func(in bucket) func(*tx) error {
		return func(t *tx) error { return t.del(in, t.first(in)) }
	}
	damage := func(in bucket) func(*tx) error {
		return func(t *tx) error { return t.put(in, t.first(in), []byte{0xff, 0xff, 0xff, 0xff}) }
	}
	add := func(in bucket, key string) func(*tx) error {
		return func(t *tx) error { return t.put(in, key, varKey(1)) }
	}
	for name, c := range map[string]struct {
		harm func(*tx) error
		want string
	}{
		"nothing":                    {func(*tx) error { return nil }, ""},
		"a row not in its state":     {drop(unsettled), "missing in the index"},
		"a due row not in the queue": {drop(queue), "missing in the index"},
		"a lease that is gone":       {drop(leased), "is leased"},
		"an interview not indexed":   {drop(interviews), "missing in the index"},
		"a key that leads nowhere":   {drop(keys), "leads to row 0"},
		"a claim that is free":       {drop(claims), "a claim of row"},
		"a claim of nobody":          {add(claims, "claim"), "does not have it"},
		"a claim of no row":          {func(t *tx) error { return t.put(claims, "claim", varKey(99)) }, "cannot be read"},
		"one in the queue too many":  {add(queue, timeKey(day)+numberKey(1)), "2 entries for 1"},
		"one unsettled too many":     {add(unsettled, stateKey(flowd.Done)+numberKey(1)), "entries for"},
		"a pruned event":             {drop(events), ""},
		"an undecided one forgotten": {drop(undecided), "undecided is false"},
		"an undecided one too many":  {add(undecided, numberKey(77)), "is undecided and missing"},
		"an event not found":         {drop(eventKeys), "leads to event 0"},
		"a lost person":              {drop(people), "has no person"},
		"an address not indexed":     {drop(addresses), "address"},
		"an address of nobody":       {add(addresses, "somewhere"), "addresses are indexed"},
		"a lost application":         {drop(apps), "chains hold"},
		"a number that is off":       {func(t *tx) error { t.count("undecided", 5); t.changed = true; return nil }, `"undecided" is counted`},
		"a lost body":                {drop(raw), `"raw bytes" is counted`},
		"a lost quarantined one":     {drop(quarantine), `"quarantined" is counted`},
		"a damaged row":              {damage(rows), "damaged"},
		"a damaged event":            {damage(events), "damaged"},
		"a damaged application":      {damage(apps), "damaged"},
		"a damaged person":           {damage(people), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := busy(t)
			if err := s.update(t.Context(), c.harm); err != nil {
				t.Fatal(err)
			}
			wrong, err := s.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			told := strings.Join(wrong, "\n")
			if !strings.Contains(told, c.want) || c.want == "" && told != "" {
				t.Errorf("found %q, want %q", told, c.want)
			}
		})
	}
}

// A file goes forward one format at a time; a step that fails leaves it where
// it was.
func TestMigrate(t *testing.T) {
	t.Parallel()
	s := busy(t)
	formatNow := func() (have uint64) {
		if err := s.view(t.Context(), func(tx *tx) error { have = varOf(tx.get(meta, "format")); return nil }); err != nil {
			t.Fatal(err)
		}
		return have
	}
	put := func(key string, err error) func(*bbolt.Tx) error {
		return func(b *bbolt.Tx) error {
			return errors.Join(b.Bucket([]byte(bucketNames[meta])).Put([]byte(key), []byte("x")), err)
		}
	}
	boom := errors.New("boom")
	err := s.migrate(1, []func(*bbolt.Tx) error{put("second", nil), put("third", boom), put("fourth", nil)})
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), "from format 2 to 3") {
		t.Errorf("error = %v", err)
	}
	if have := formatNow(); have != 2 {
		t.Errorf("the file has format %d, want 2", have)
	}
	err = s.view(t.Context(), func(tx *tx) error {
		if tx.get(meta, "second") == nil || tx.get(meta, "third") != nil {
			t.Error("a step that failed was kept, or one that did not was lost")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := s.migrate(2, []func(*bbolt.Tx) error{put("third", nil), put("fourth", nil)}); err != nil || formatNow() != 4 {
		t.Errorf("%v, format %d", err, formatNow())
	}
}

// Units of work that share a commit share nothing else.
func TestGroup_FailsAlone(t *testing.T) {
	t.Parallel()
	s := busy(t)
	boom := errors.New("boom")
	units := []*unit{}
	for i := range 5 {
		units = append(units, &unit{ctx: t.Context(), done: make(chan error, 1), run: func(t *tx) error {
			if err := t.put(documents, fmt.Sprint(i), []byte("x")); err != nil {
				return err
			}
			t.count("undecided", 1) // taken back with the unit
			t.count("undecided", -1)
			if i == 2 {
				t.count("undecided", 10)
				return boom
			}
			return nil
		}})
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	units[4].ctx = over
	s.commit(units)
	for i, u := range units {
		var want error
		switch i {
		case 2:
			want = boom
		case 4:
			want = context.Canceled
		}
		if err := <-u.done; !errors.Is(err, want) {
			t.Errorf("unit %d: %v, want %v", i, err, want)
		}
	}
	err := s.view(t.Context(), func(tx *tx) error {
		for i, want := range []bool{true, true, false, true, false} {
			if got := tx.get(documents, fmt.Sprint(i)) != nil; got != want {
				t.Errorf("unit %d left something: %t, want %t", i, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if wrong, err := s.Check(t.Context()); err != nil || len(wrong) > 0 {
		t.Errorf("check: %q, %v", wrong, err)
	}
}
