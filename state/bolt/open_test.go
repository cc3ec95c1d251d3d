package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.etcd.io/bbolt"

	"flowd"
	"flowd/state"
	"flowd/state/bolt"
	"flowd/state/statetest"
)

// refused asserts that a file cannot be opened and that the error says so.
func refused(t *testing.T, path string, want error, words ...string) {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{Lock: time.Millisecond}, statetest.Began)
	if err == nil {
		t.Fatalf("the file was opened, closing: %v", s.Close())
	}
	if want != nil && !errors.Is(err, want) {
		t.Errorf("error = %v, want %v", err, want)
	}
	for _, w := range append(words, path) {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

func TestOpen_PrivateFile(t *testing.T) {
	t.Parallel()
	s := openWith(t, t.TempDir(), bolt.Options{}, statetest.Began)
	info, err := os.Stat(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v", info.Mode())
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(s.path), "*.new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("making the file left %q behind (%v)", left, err)
	}
}

func TestOpen_Locked(t *testing.T) {
	t.Parallel()
	s := openWith(t, t.TempDir(), bolt.Options{}, statetest.Began)
	refused(t, s.path, state.ErrLocked, "another flowd", "flowd status")
	if _, err := bolt.OpenReadOnly(s.path, bolt.Options{Lock: time.Millisecond}); !errors.Is(err, state.ErrLocked) {
		t.Errorf("reading a locked file: %v", err)
	}
}

func TestOpen_NotOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, text, nil, "not a flowd state")

	other := filepath.Join(dir, "other.db")
	edit(t, other, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	refused(t, other, nil, "another program")
	refused(t, filepath.Join(dir, "missing", "flowd.db"), nil, "missing")
}

func TestOpen_Newer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	s, err := bolt.Open(path, bolt.Options{}, statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{99}) })
	refused(t, path, state.ErrNewer, "format 99")
}

// A truncated file must be refused in words, wherever it was cut.
func TestOpen_Damaged(t *testing.T) {
	t.Parallel()
	s := openWith(t, t.TempDir(), bolt.Options{}, statetest.Began)
	for i := range 50 {
		if _, err := s.Admit(t.Context(), delivery(i), statetest.Began); err != nil {
			t.Fatal(err)
		}
	}
	cut := filepath.Join(t.TempDir(), name)
	s.Freeze(func() { copyFile(t, s.path, cut) })
	junk(t, cut)
	refused(t, cut, nil, "restore a backup")
}

// junk overwrites everything behind the first two pages, which say where the
// rest is.
func junk(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	pages := 2 * int64(os.Getpagesize())
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(info.Size()-pages)), pages); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// edit changes a file that no store has open.
func edit(t *testing.T, path string, fn func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	if _, err := bolt.OpenReadOnly(path, bolt.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading a file that is not there: %v", err)
	}
	w, err := bolt.Open(path, bolt.Options{}, statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	ev := delivery(1)
	if _, err := w.Admit(t.Context(), ev, statetest.Began); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // at once
		r, err := bolt.OpenReadOnly(path, bolt.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			check(t, r)
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
		told, err := r.Undecided(t.Context(), 10)
		if err != nil || len(told) != 1 {
			t.Errorf("undecided = %v, %v", told, err)
		}
		if _, err := r.Admit(t.Context(), ev, statetest.Began); err == nil || !strings.Contains(err.Error(), "reading only") {
			t.Errorf("a reader admitted something: %v", err)
		}
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s, err := bolt.Open(filepath.Join(t.TempDir(), name), bolt.Options{}, statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	if _, err := s.Admit(t.Context(), delivery(1), statetest.Began); err == nil {
		t.Error("a closed store admitted something")
	}
	if _, err := s.Undecided(t.Context(), 1); err == nil {
		t.Error("a closed store was read")
	}
}

// A store that is full says so, changes nothing, and can be read and settled in
// as far as there is room.
func TestMaxSize(t *testing.T) {
	t.Parallel()
	const most = 4 << 20
	s := openWith(t, t.TempDir(), bolt.Options{MaxSize: most}, statetest.Began)
	admitted := 0
	for i := range 10_000 {
		b := delivery(i)
		b.Raw = bytes.Repeat([]byte("x"), 20_000)
		_, err := s.Admit(t.Context(), b, statetest.Began)
		if err == nil {
			admitted++
			continue
		}
		if !errors.Is(err, state.ErrFull) || !strings.Contains(err.Error(), "4 MiB") {
			t.Fatalf("error = %v, want %v with the bound", err, state.ErrFull)
		}
		break
	}
	c, err := s.Counts(t.Context(), statetest.Began)
	if err != nil || c.Undecided != admitted || admitted == 0 || admitted == 10_000 {
		t.Errorf("admitted %d, undecided %d, %v", admitted, c.Undecided, err)
	}
	if info, err := os.Stat(s.path); err != nil || info.Size() > most+16<<20 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	// Pruning makes room inside the file.
	later := statetest.Began.Add(time.Hour)
	if done, err := s.Prune(t.Context(), state.Retention{Raw: time.Minute}, later); err != nil || done.Raw == 0 {
		t.Fatalf("pruned %+v, %v", done, err)
	}
	if _, err := s.Admit(t.Context(), delivery(20_000), later); err != nil {
		t.Errorf("after pruning: %v", err)
	}
}

// The store lives in a bubble of synthetic time: nothing in it waits for the
// clock to move while others could run.
func TestSyntheticTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := openWith(t, t.TempDir(), bolt.Options{}, time.Now())
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range 5 {
					if _, err := s.Admit(t.Context(), delivery(10*g+i), time.Now()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(24 * time.Hour) // in no time; the store rests meanwhile
		c, err := s.Counts(t.Context(), time.Now())
		if err != nil || c.Undecided != 40 {
			t.Errorf("undecided %d, %v", c.Undecided, err)
		}
	})
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	s := openWith(t, t.TempDir(), bolt.Options{}, statetest.Began)
	if _, err := s.Admit(t.Context(), delivery(1), statetest.Began); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	// While the copy is read, the store goes on.
	n, err := s.Snapshot(t.Context(), writerFunc(func(p []byte) (int, error) {
		if _, err := s.Admit(t.Context(), delivery(2), statetest.Began); err != nil {
			return 0, err
		}
		return f.Write(p)
	}))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(f.Name()); err != nil || info.Size() != n {
		t.Errorf("%d bytes were written, %v", n, err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(s.path), "*.copy-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the snapshot left %q behind (%v)", left, err)
	}
	copied := openWith(t, dir, bolt.Options{}, statetest.Began)
	got, err := copied.Undecided(t.Context(), 10)
	if err != nil || len(got) != 1 || got[0].Event.Key != delivery(1).Events[0].Key {
		t.Errorf("the copy has %v, %v", got, err)
	}
	// The key of the digests goes with the copy.
	story, err := copied.Story(t.Context(), state.Ref{Email: delivery(1).Events[0].Application.Candidate.Email})
	if err != nil || len(story) != 1 {
		t.Errorf("by address: %v, %v", story, err)
	}
	if _, err := s.Snapshot(t.Context(), writerFunc(func([]byte) (int, error) { return 0, os.ErrClosed })); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// What is personal stands with the people and in bodies of deliveries, and
// nowhere once the person is forgotten.
func TestPersonalValues(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), name)
	s, err := bolt.Open(path, bolt.Options{}, statetest.Began)
	if err != nil {
		t.Fatal(err)
	}
	now := statetest.Began
	b := delivery(1)
	app := &b.Events[0].Application
	app.Candidate = flowd.Candidate{ID: "c-1", Email: "Quill.Marsh@example.com", FirstName: "Quillian", LastName: "Marshwick",
		Name: "Quillian Marshwick", Phone: "+49305550123", OriginalID: "quill@old.example.com"}
	app.OriginalID, app.URL = "quill@app.example.com", "https://ats.example.com/quillian-marshwick"
	app.Tags = []string{"met-quillian"}
	app.Fields = []flowd.Field{{Name: "Note", Value: "Quillian sails"}, {Name: "Crew", Value: []string{"Marshwick"}}}
	b.Raw = []byte("raw Quillian Marshwick")
	if _, err := s.Admit(t.Context(), b, now); err != nil {
		t.Fatal(err)
	}
	gone := delivery(2)
	gone.Events[0].Type, gone.Events[0].Application = flowd.ApplicationAnonymized, flowd.Application{ID: app.ID}
	if _, err := s.Admit(t.Context(), gone, now); err != nil {
		t.Fatal(err)
	}
	ev := b.Events[0]
	a := flowd.Action{Key: flowd.InviteKey("ats", app.ID, "p1", 1), Kind: flowd.ActionInvite, Mode: flowd.Live, Rule: "r", Event: ev.Key,
		ATS: "ats", Application: app.ID, Candidate: app.Candidate.ID, Job: app.Job, Stage: ev.Stage, Position: flowd.Position{ID: "p1"}, Generation: 1}
	if _, err := s.Commit(t.Context(), state.Commitment{Event: ev.Key, Decisions: []flowd.Decision{{Rule: "r", Actions: []flowd.Action{a}}}}, now); err != nil {
		t.Fatal(err)
	}
	leases, err := s.Lease(t.Context(), state.LeaseRequest{Now: now, Max: 1, For: time.Minute})
	if err != nil || len(leases) != 1 {
		t.Fatal(leases, err)
	}
	if err := s.Fill(t.Context(), leases[0], flowd.Rendered{Text: "Quillian Marshwick was invited"}, now); err != nil {
		t.Fatal(err)
	}
	seen := flowd.Sighting{Interview: flowd.Interview{ID: "int-1"}, Candidate: app.Candidate, At: now}
	if _, err := s.Admit(t.Context(), flowd.Batch{Source: "hireflix", Sightings: []flowd.Sighting{seen}}, now); err != nil {
		t.Fatal(err)
	}
	if err := s.Tie(t.Context(), state.Tie{Interview: "int-1", ATS: "ats", Application: app.ID}, now); err != nil {
		t.Fatal(err)
	}
	personal := []string{"quill", "marsh", "5550123"}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := where(t, path, personal); fmt.Sprint(got) != "[people raw texts]" {
		t.Errorf("personal values stand in %v", got)
	}

	s, err = bolt.Open(path, bolt.Options{}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), state.Commitment{Event: gone.Events[0].Key, Forget: true}, now); err != nil {
		t.Fatal(err)
	}
	check(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := where(t, path, personal); len(got) > 0 {
		t.Errorf("after forgetting, personal values stand in %v", got)
	}
}

// where lists the buckets in which any of some words occur.
func where(t *testing.T, path string, words []string) (found []string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(bucket []byte, b *bbolt.Bucket) error {
			hit := false
			err := b.ForEach(func(k, v []byte) error {
				text := strings.ToLower(string(k) + "\x00" + string(v))
				for _, w := range words {
					hit = hit || strings.Contains(text, w)
				}
				return nil
			})
			if hit {
				found = append(found, string(bucket))
			}
			return err
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return found
}
