package connectortest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// Writer is the suite of a connector that writes. New makes a system of its own
// for each test, and Source a source that writes to the one at an address.
type Writer struct {
	New    func(t *testing.T) WriteSystem
	Source func(t *testing.T, url string) connectors.Source
	// Writes has one write of each kind that the source can, all about one
	// application that stands in the stage From of the move.
	Writes map[flowd.ActionKind]flowd.WriteBack
	// CannotLook are the kinds that nobody can be asked about.
	CannotLook []flowd.ActionKind
	// Personal are texts of the application and secrets that no error may hold.
	Personal []string
}

// WriteSystem is a simulated system, which answers without the right credential
// with 401.
type WriteSystem interface {
	http.Handler
	// Reads tells whether a request changes nothing.
	Reads(r *http.Request) bool
	// Standing is how the application of the writes stands.
	Standing() Standing
	// MoveAway puts it into a stage that no write knows.
	MoveAway()
}

// Standing is what writes can change.
type Standing struct {
	Stage       string
	Tags, Notes []string
	Fields      map[string]string
	Links       []string // addresses
}

// Run runs the suite.
func (s Writer) Run(t *testing.T) {
	t.Run("Writes", s.each(s.writes))
	t.Run("Fails", s.each(s.fails))
	t.Run("CannotLook", s.each(s.looks))
	t.Run("Cannot", s.cannot)
	// What a kind does not declare is no test that is passed over: Cannot holds that
	// it refuses it.
	if w, can := s.Writes[flowd.ActionMove]; can {
		t.Run("MovedAway", func(t *testing.T) { s.movedAway(t, w) })
	}
	if w, can := s.Writes[flowd.ActionTag]; can {
		t.Run("TagsTogether", func(t *testing.T) { s.together(t, w) })
	}
}

func (s Writer) each(test func(*testing.T, flowd.WriteBack)) func(*testing.T) {
	return func(t *testing.T) {
		for kind, w := range s.Writes {
			w.Kind = kind
			t.Run(string(kind), func(t *testing.T) { test(t, w) })
		}
	}
}

// world is a system behind a door that can go wrong.
type world struct {
	WriteSystem
	writer connectors.Writer
	door   *door
	// later is another process's view of the system, which is not told to wait.
	later func() connectors.Writer
}

func (s Writer) world(t *testing.T) *world {
	t.Helper()
	sys := s.New(t)
	d := &door{system: sys, reached: make(chan struct{}, 100), release: make(chan struct{})}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(d.release) }) // before the server waits for what hangs
	writer := s.Source(t, server.URL).Writer
	if writer == nil {
		t.Fatal("the source cannot write")
	}
	return &world{sys, writer, d, func() connectors.Writer { return s.Source(t, server.URL).Writer }}
}

func (s Writer) lookable(kind flowd.ActionKind) bool { return !slices.Contains(s.CannotLook, kind) }

// writes: what is written arrives once, adds to what was there, and is found.
func (s Writer) writes(t *testing.T, w flowd.WriteBack) {
	x := s.world(t)
	if !x.writer.Can(w.Kind) {
		t.Fatal("Can says no")
	}
	before := x.Standing()
	for _, want := range []bool{false, true} {
		if got, err := x.writer.Written(t.Context(), w); s.lookable(w.Kind) && (err != nil || got != want) {
			t.Fatalf("written: %t, %v, want %t", got, err, want)
		}
		if want {
			break
		}
		if err := x.writer.Write(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if n := x.door.written.Load(); n != 1 {
		t.Errorf("%d requests to write have come", n)
	}
	after := x.Standing()
	for _, tag := range before.Tags {
		if !slices.Contains(after.Tags, tag) {
			t.Errorf("the tag %q is gone", tag)
		}
	}
	if w.Kind != flowd.ActionMove && after.Stage != before.Stage {
		t.Errorf("it stands in %q", after.Stage)
	}
	if !isIn(w, after) || isIn(w, before) {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if w.Kind == flowd.ActionNote && strings.Count(after.Notes[len(after.Notes)-1], w.Mark) != 1 {
		t.Errorf("the note does not hold its mark once: %q", after.Notes)
	}
}

// fails: each way to go wrong has its kind, costs one request to write, and
// tells nobody's name.
func (s Writer) fails(t *testing.T, w flowd.WriteBack) {
	for _, c := range mishaps() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := s.world(t)
			x.door.onWrite.Store(&c.does)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.hangs {
				go func() { <-x.door.reached; cancel() }()
			}
			err := x.writer.Write(ctx, w)
			want := c.write
			if c.moves != "" && w.Kind == flowd.ActionMove {
				want = c.moves
			}
			if !fault.Is(err, want) {
				t.Errorf("%v is %s, want %s", err, fault.KindOf(err), want)
			}
			s.quiet(t, err)
			if c.retry > 0 && fault.RetryAfter(err).Seconds() != c.retry {
				t.Errorf("to be tried again after %v", fault.RetryAfter(err))
			}
			// A renewed token sends what was refused for the old one again.
			if n := x.door.written.Load(); n != 1 && (!c.renews || n != 2) {
				t.Errorf("%d requests to write have come", n)
			}
			x.door.onWrite.Store(nil)
			if c.retry > 0 {
				if err := x.writer.Write(t.Context(), w); !fault.Is(err, fault.RateLimited) || x.door.written.Load() != 1 {
					t.Errorf("asked to wait, and the next write gives %v", err)
				}
			}
			if got, err := x.later().Written(t.Context(), w); s.lookable(w.Kind) && (err != nil || got != c.effect) {
				t.Errorf("written: %t, %v, want %t", got, err, c.effect)
			}
			if isIn(w, x.Standing()) != c.effect {
				t.Errorf("the system has it: %t", !c.effect)
			}
		})
	}
}

// looks: a look that fails says neither yes nor no.
func (s Writer) looks(t *testing.T, w flowd.WriteBack) {
	if !s.lookable(w.Kind) {
		if _, err := s.world(t).writer.Written(t.Context(), w); !errors.Is(err, connectors.ErrCannotLook) {
			t.Errorf("a look gives %v", err)
		}
		return
	}
	for _, c := range mishaps() {
		if c.read == "" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := s.world(t)
			x.door.onRead.Store(&c.does)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.hangs {
				go func() { <-x.door.reached; cancel() }()
			}
			got, err := x.writer.Written(ctx, w)
			if got || !fault.Is(err, c.read) {
				t.Errorf("%t, %v is %s, want %s", got, err, fault.KindOf(err), c.read)
			}
			s.quiet(t, err)
			// What has to be read before a write fails it, and writes nothing.
			if err := x.later().Write(ctx, w); err != nil && !c.hangs && (!fault.Is(err, c.read) || x.door.written.Load() > 1) {
				t.Errorf("a write then gives %v, %d came", err, x.door.written.Load())
			}
		})
	}
}

// cannot: what the source cannot write is refused before anything is sent.
func (s Writer) cannot(t *testing.T) {
	for _, kind := range flowd.ActionKinds() {
		if _, can := s.Writes[kind]; can || !kind.AtATS() {
			continue
		}
		x := s.world(t)
		if x.writer.Can(kind) {
			t.Errorf("can %s", kind)
		}
		w := s.Writes[flowd.ActionNote]
		w.Kind = kind
		if err := x.writer.Write(t.Context(), w); !fault.Is(err, fault.Invalid) || x.door.written.Load() != 0 {
			t.Errorf("%s: %v, %d requests", kind, err, x.door.written.Load())
		}
	}
}

// movedAway: who left the stage is not moved.
func (s Writer) movedAway(t *testing.T, w flowd.WriteBack) {
	w.Kind = flowd.ActionMove
	x := s.world(t)
	x.MoveAway()
	before := x.Standing().Stage
	err := x.writer.Write(t.Context(), w)
	if !fault.Is(err, fault.Conflict) || x.Standing().Stage != before {
		t.Errorf("%v, stands in %q", err, x.Standing().Stage)
	}
	s.quiet(t, err)
	if got, err := x.writer.Written(t.Context(), w); s.lookable(w.Kind) && (got || err != nil) {
		t.Errorf("written: %t, %v", got, err)
	}
}

// together: tags that are added at the same time are all there.
func (s Writer) together(t *testing.T, w flowd.WriteBack) {
	w.Kind = flowd.ActionTag
	x := s.world(t)
	results := make(chan error)
	tags := []string{"one", "two", "three", "four", "five"}
	for _, tag := range tags {
		go func() {
			w := w
			w.Target = tag
			results <- x.writer.Write(t.Context(), w)
		}()
	}
	for range tags {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	for _, tag := range tags {
		if !slices.Contains(x.Standing().Tags, tag) {
			t.Errorf("%q is missing among %q", tag, x.Standing().Tags)
		}
	}
}

// isIn tells whether the application has what a write was to give it.
func isIn(w flowd.WriteBack, at Standing) bool {
	switch w.Kind {
	case flowd.ActionNote:
		return slices.ContainsFunc(at.Notes, func(n string) bool { return strings.HasPrefix(n, w.Text) && strings.HasSuffix(n, w.Mark) })
	case flowd.ActionTag:
		return slices.Contains(at.Tags, w.Target)
	case flowd.ActionField:
		return at.Fields[w.Target] == w.Text
	case flowd.ActionMove:
		return at.Stage == w.Target
	case flowd.ActionLink:
		return slices.Contains(at.Links, w.Text)
	}
	return false
}

func (s Writer) quiet(t *testing.T, err error) {
	t.Helper()
	for _, private := range s.Personal {
		if err != nil && strings.Contains(err.Error(), private) {
			t.Errorf("%q stands in %v", private, err)
		}
	}
}
