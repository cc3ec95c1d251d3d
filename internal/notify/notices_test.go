package notify_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"flowd/internal/fault"
	"flowd/internal/notify"
)

// shelf is a Memory that also counts.
type shelf struct {
	doc  []byte
	kept int
	err  error
}

func (s *shelf) Load(context.Context) ([]byte, error) { return s.doc, s.err }
func (s *shelf) Keep(_ context.Context, doc []byte) error {
	if s.err == nil {
		s.doc = append([]byte(nil), doc...)
		s.kept++
	}
	return s.err
}

// post is what was sent, and the error of the next sends.
type post struct {
	sent []notify.Message
	err  error
}

func (p *post) send(_ context.Context, owner string, m notify.Message) error {
	m.Owner = owner
	p.sent = append(p.sent, m)
	return p.err
}

// subjects returns what was sent since the last call.
func (p *post) subjects() string {
	var out []string
	for _, m := range p.sent {
		out = append(out, m.Subject)
	}
	p.sent = nil
	return strings.Join(out, "; ")
}

var (
	monday   = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	archived = notify.Notice{
		Cause: notify.Cause{Kind: notify.KindPosition, Subject: "pos_1", Owner: "sales-ops"},
		Name:  "AE screening", Text: "It is archived at Hireflix. Its people wait in order.", Count: 3, Command: "flowd list --held",
	}
)

const (
	begins = "flowd: the position AE screening accepts no invites"
	still  = "flowd: still: the position AE screening accepts no invites"
	over   = "flowd: over: the position AE screening accepts no invites"
)

func open(t *testing.T, p *post, m notify.Memory) *notify.Notices {
	t.Helper()
	n, err := notify.NewNotices(t.Context(), p.send, m)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// One message when it begins, one a day, one when it is over, through restarts
// at every step.
func TestNotices_OnceACause(t *testing.T) {
	t.Parallel()
	for _, restarts := range []bool{false, true} {
		p, m := &post{}, &shelf{}
		n := open(t, p, m)
		for _, step := range []struct {
			after  time.Duration
			stands bool
			want   string
		}{
			{0, true, begins},
			{time.Minute, true, ""},
			{23 * time.Hour, true, ""},
			{24 * time.Hour, true, still},
			{25 * time.Hour, true, ""},
			{48 * time.Hour, true, still},
			{49 * time.Hour, false, over},
			{49*time.Hour + time.Minute, false, ""},
			{49*time.Hour + 2*time.Minute, true, ""}, // back at once
			{49*time.Hour + 3*time.Minute, false, ""},
			{49*time.Hour + 30*time.Minute, true, ""},
			{50*time.Hour + time.Minute, true, begins}, // and stays
			{51 * time.Hour, false, over},
			{53 * time.Hour, false, ""},
			{54 * time.Hour, true, begins},
		} {
			if restarts {
				n = open(t, p, m)
			}
			var all []notify.Notice
			if step.stands {
				all = append(all, archived)
			}
			if err := n.Look(t.Context(), monday.Add(step.after), all); err != nil {
				t.Fatal(err)
			}
			if got := p.subjects(); got != step.want {
				t.Errorf("restarts %v, after %v: %q, want %q", restarts, step.after, got, step.want)
			}
		}
	}
}

// However many people are concerned, there is one message; another owner or
// position is another cause.
func TestNotices_NotOncePerPerson(t *testing.T) {
	t.Parallel()
	p := &post{}
	m := &shelf{}
	n := open(t, p, m)
	for i := range 200 {
		notice := archived
		notice.Count = i + 1
		if err := n.Raise(t.Context(), monday.Add(time.Duration(i)*time.Second), notice); err != nil {
			t.Fatal(err)
		}
	}
	other := archived
	other.Owner = "people-ops"
	if err := n.Raise(t.Context(), monday, other); err != nil {
		t.Fatal(err)
	}
	if len(p.sent) != 2 || p.sent[0].Owner != "sales-ops" || p.sent[1].Owner != "people-ops" || p.sent[0].Key == p.sent[1].Key {
		t.Fatalf("sent %+v", p.sent)
	}
	if want := (notify.Fact{Label: "To do", Value: "flowd list --held"}); p.sent[0].Facts[2] != want || p.sent[0].Text != archived.Text {
		t.Errorf("got %+v", p.sent[0])
	}
	if standing := n.Standing(); len(standing) != 2 || standing[1].Count+standing[0].Count != 203 {
		t.Errorf("standing: %+v", standing)
	}
	kept := m.kept
	if err := n.Raise(t.Context(), monday.Add(time.Hour), other); err != nil || m.kept != kept {
		t.Errorf("nothing has changed, and the memory was written %d times: %v", m.kept-kept, err)
	}
	if err := n.Clear(t.Context(), monday.Add(2*time.Hour), other.Cause); err != nil || len(n.Standing()) != 1 {
		t.Errorf("cleared: %+v, %v", n.Standing(), err)
	}
	if last := p.sent[len(p.sent)-1]; last.Text != "This is over. It lasted 2 hours." {
		t.Errorf("at the end: %q", last.Text)
	}
}

// What did not go out is tried again with the same key, and not at every look.
func TestNotices_ChannelFails(t *testing.T) {
	t.Parallel()
	p, m := &post{err: fault.New(fault.Unavailable, "test", "no")}, &shelf{}
	n := open(t, p, m)
	if err := n.Raise(t.Context(), monday, archived); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
	first := p.sent[0].Key
	n = open(t, p, m)
	if err := n.Raise(t.Context(), monday.Add(time.Minute), archived); err != nil || len(p.sent) != 1 {
		t.Errorf("tried again at once: %d, %v", len(p.sent), err)
	}
	p.err = nil
	if err := n.Raise(t.Context(), monday.Add(10*time.Minute), archived); err != nil || len(p.sent) != 2 || p.sent[1].Key != first {
		t.Errorf("after ten minutes: %+v, %v", p.sent, err)
	}
	p.subjects()
	// The end fails first, too, and the cause comes back before anybody heard.
	p.err = fault.New(fault.Unavailable, "test", "no")
	if err := n.Clear(t.Context(), monday.Add(time.Hour), archived.Cause); err == nil {
		t.Error("a failed message is no error")
	}
	p.subjects()
	p.err = nil
	if err := n.Raise(t.Context(), monday.Add(61*time.Minute), archived); err != nil || p.subjects() != "" {
		t.Errorf("what nobody was told the end of begins again: %v", err)
	}
	if err := n.Clear(t.Context(), monday.Add(2*time.Hour), archived.Cause); err != nil || p.subjects() != over {
		t.Errorf("the end: %v", err)
	}
}

// Where one of several channels fails for good, the others hear the whole story
// and nothing twice.
func TestNotices_OneOfSeveralFails(t *testing.T) {
	t.Parallel()
	good, bad := &channel{}, &channel{err: fault.New(fault.Invalid, "test", "no")}
	router := notify.New(notify.Options{Owners: map[string][]notify.Channel{"sales-ops": {good, bad}}})
	n, err := notify.NewNotices(t.Context(), router.Send, &shelf{})
	if err != nil {
		t.Fatal(err)
	}
	for minutes := 0; minutes <= 25*60; minutes += 5 {
		err := n.Raise(t.Context(), monday.Add(time.Duration(minutes)*time.Minute), archived)
		if told := minutes%(24*60) == 0; told != (err != nil) {
			t.Fatalf("after %d minutes: %v", minutes, err)
		}
	}
	if err := n.Clear(t.Context(), monday.Add(26*time.Hour), archived.Cause); !errors.Is(err, notify.ErrPartly) {
		t.Errorf("got %v", err)
	}
	if good.got.Load() != 3 {
		t.Errorf("the good channel got %d messages, want the beginning, the next day and the end", good.got.Load())
	}
}

func TestNotices_Memory(t *testing.T) {
	t.Parallel()
	if _, err := notify.NewNotices(t.Context(), new(post).send, &shelf{err: errors.New("no store")}); err == nil {
		t.Error("a memory that cannot be read counts as empty")
	}
	if _, err := notify.NewNotices(t.Context(), new(post).send, &shelf{doc: []byte("{")}); err == nil {
		t.Error("a broken memory counts as empty")
	}
	// That the store cannot be written is said all the same.
	p, m := &post{}, &shelf{}
	n := open(t, p, m)
	m.err = errors.New("disk full")
	store := notify.Notice{Cause: notify.Cause{Kind: notify.KindStore, Owner: "default"}}
	if err := n.Raise(t.Context(), monday, store); !errors.Is(err, m.err) || p.subjects() != "flowd: flowd cannot write its state" {
		t.Errorf("got %v", err)
	}
	if err := n.Raise(t.Context(), monday.Add(time.Minute), store); !errors.Is(err, m.err) || p.subjects() != "" {
		t.Errorf("said twice, or %v", err)
	}
	m.err = nil
	var errs []error
	for i := range 250 {
		c := archived
		c.Subject = fmt.Sprint(i)
		errs = append(errs, n.Raise(t.Context(), monday, c))
	}
	if err := errors.Join(errs...); err == nil || len(n.Standing()) != 200 {
		t.Errorf("%d causes stand: %v", len(n.Standing()), err)
	}
}

// Each kind has words of its own, with and without a name.
func TestKinds_Words(t *testing.T) {
	t.Parallel()
	seen := map[string]notify.Kind{}
	for _, k := range notify.Kinds() {
		p := &post{}
		n := open(t, p, &shelf{})
		for _, subject := range []string{"", "thing"} {
			if err := n.Raise(t.Context(), monday, notify.Notice{Cause: notify.Cause{Kind: k, Subject: subject, Owner: "o"}}); err != nil {
				t.Fatal(err)
			}
			got := p.subjects()
			if other, twice := seen[got]; twice && other != k || strings.Contains(got, string(k)+":") || strings.HasSuffix(got, ": "+string(k)) {
				t.Errorf("%s reads %q", k, got)
			}
			seen[got] = k
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "less than a minute", time.Minute: "1 minute", 59 * time.Minute: "59 minutes", time.Hour: "1 hour",
		90 * time.Minute: "1 hour 30 minutes", 7*time.Hour + 5*time.Minute: "7 hours", 49 * time.Hour: "2 days",
	} {
		if got := notify.Span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

// A reminder is said once, through restarts, and its end not at all; when it
// comes up again it is another one.
func TestNotices_Reminder(t *testing.T) {
	t.Parallel()
	p, m := &post{}, &shelf{}
	review := notify.Notice{Cause: notify.Cause{Kind: notify.KindReview, Subject: "interns", Owner: "sales-ops"}, Once: true}
	const said = "flowd: interns is to be looked at again"
	for _, step := range []struct {
		after  time.Duration
		stands bool
		want   string
	}{
		{0, true, said}, {time.Minute, true, ""}, {30 * time.Hour, true, ""}, {90 * 24 * time.Hour, true, ""},
		{91 * 24 * time.Hour, false, ""}, {200 * 24 * time.Hour, true, said}, {201 * 24 * time.Hour, true, ""},
	} {
		n := open(t, p, m)
		var all []notify.Notice
		if step.stands {
			all = append(all, review)
		}
		if err := n.Look(t.Context(), monday.Add(step.after), all); err != nil {
			t.Fatal(err)
		}
		if got := p.subjects(); got != step.want {
			t.Errorf("after %v: %q, want %q", step.after, got, step.want)
		}
	}
}

// A link to decide by is sent with the message and stands in no memory; it may be
// another one at each look.
func TestNotices_LinkIsNotKept(t *testing.T) {
	t.Parallel()
	var p post
	var m shelf
	n, err := notify.NewNotices(t.Context(), p.send, &m)
	if err != nil {
		t.Fatal(err)
	}
	asks := archived
	for i := range 3 {
		asks.Link = fmt.Sprintf("https://flowd.example.com/a/token-%d", i)
		if err := n.Raise(t.Context(), monday.Add(time.Duration(i)*time.Minute), asks); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.sent) != 1 || !strings.HasSuffix(p.sent[0].Text, "\nhttps://flowd.example.com/a/token-0") {
		t.Errorf("sent %+v", p.sent)
	}
	if m.kept != 2 || strings.Contains(string(m.doc), "token") { // before and after the one message
		t.Errorf("kept %d times: %s", m.kept, m.doc)
	}
	p.sent = nil
	if err := n.Raise(t.Context(), monday.Add(25*time.Hour), asks); err != nil || len(p.sent) != 1 || !strings.Contains(p.sent[0].Text, "token-2") {
		t.Errorf("the next day: %+v, %v", p.sent, err)
	}
	p.sent = nil
	if err := n.Clear(t.Context(), monday.Add(26*time.Hour), asks.Cause); err != nil || len(p.sent) != 1 || strings.Contains(p.sent[0].Text, "https://") {
		t.Errorf("when it is over: %+v, %v", p.sent, err)
	}
}
