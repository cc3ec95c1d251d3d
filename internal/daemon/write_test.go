package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"

	"flowd"
	"flowd/connectors"
	"flowd/engine"
	"flowd/internal/fault"
)

// pad is a source that can write some kinds.
type pad struct {
	can     []flowd.ActionKind
	blind   bool
	written []flowd.WriteBack
}

func (p *pad) Can(kind flowd.ActionKind) bool {
	for _, k := range p.can {
		if k == kind {
			return true
		}
	}
	return false
}

func (p *pad) Write(_ context.Context, w flowd.WriteBack) error {
	p.written = append(p.written, w)
	return nil
}

func (p *pad) Written(context.Context, flowd.WriteBack) (bool, error) {
	if p.blind {
		return false, connectors.ErrCannotLook
	}
	return true, nil
}

// What a source has no way for becomes a note that says it; a move is never one.
func TestWriter_Degrades(t *testing.T) {
	t.Parallel()
	all := []flowd.ActionKind{flowd.ActionNote, flowd.ActionTag, flowd.ActionField, flowd.ActionMove, flowd.ActionLink}
	link := flowd.Action{Kind: flowd.ActionLink, ATS: "ats", Key: "k", Target: "Recording", Text: "https://example.com/v/1", Stage: flowd.Stage{Name: "Video"}}
	move := flowd.Action{Kind: flowd.ActionMove, ATS: "ats", Key: "m", Target: "Review", Stage: flowd.Stage{Name: "Video"}}
	for name, c := range map[string]struct {
		sources []connectors.Source
		action  flowd.Action
		kind    flowd.ActionKind // what is written; empty for a fault
	}{
		"it can":                        {[]connectors.Source{{ATS: "ats", Writer: &pad{can: all}}}, link, flowd.ActionLink},
		"another source of it can":      {[]connectors.Source{{ATS: "ats", Writer: &pad{can: all[:1]}}, {ATS: "ats", Writer: &pad{can: all}}}, link, flowd.ActionLink},
		"it can write notes alone":      {[]connectors.Source{{ATS: "ats"}, {ATS: "ats", Writer: &pad{can: all[:1]}}}, link, flowd.ActionNote},
		"a move where only notes go":    {[]connectors.Source{{ATS: "ats", Writer: &pad{can: all[:1]}}}, move, ""},
		"nobody can":                    {[]connectors.Source{{ATS: "ats"}}, link, ""},
		"another system's do not count": {[]connectors.Source{{ATS: "other", Writer: &pad{can: all}}}, link, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := writer{func() []connectors.Source { return c.sources }}
			out, err := w.Perform(t.Context(), c.action, flowd.Application{ID: "app"})
			if c.kind == "" {
				if !fault.Is(err, fault.Invalid) {
					t.Fatalf("%+v, error %v", out, err)
				}
				return
			}
			var got []flowd.WriteBack
			for _, s := range c.sources {
				if p, ok := s.Writer.(*pad); ok {
					got = append(got, p.written...)
				}
			}
			if err != nil || len(got) != 1 || got[0].Kind != c.kind || got[0].From.Name != "Video" || got[0].Application.ID != "app" {
				t.Fatalf("written %+v, error %v", got, err)
			}
			if c.kind == flowd.ActionNote && (!strings.Contains(got[0].Text, link.Text) || !strings.Contains(got[0].Text, got[0].Mark) || out.Detail == "") {
				t.Errorf("the note says %q, the outcome %q", got[0].Text, out.Detail)
			}
		})
	}
}

func TestWriter_Find(t *testing.T) {
	t.Parallel()
	p := &pad{can: []flowd.ActionKind{flowd.ActionNote}}
	w := writer{func() []connectors.Source { return []connectors.Source{{ATS: "ats", Writer: p}} }}
	note := flowd.Action{Kind: flowd.ActionNote, ATS: "ats", Key: "k", Text: "done"}
	if _, there, err := w.Find(t.Context(), note, flowd.Application{}); err != nil || !there {
		t.Errorf("there %v, error %v", there, err)
	}
	p.blind = true
	if _, _, err := w.Find(t.Context(), note, flowd.Application{}); !errors.Is(err, engine.ErrCannotLook) {
		t.Errorf("error %v", err)
	}
	// A tag may be added twice; as a note it would stand there twice.
	tag := flowd.Action{Kind: flowd.ActionTag, ATS: "ats", Key: "t", Target: "done"}
	if _, _, err := w.Find(t.Context(), tag, flowd.Application{}); !errors.Is(err, engine.ErrTwice) || !errors.Is(err, engine.ErrCannotLook) {
		t.Errorf("error %v", err)
	}
}

// A candidate's link carries the parameters of the configuration and keeps its own.
func TestDressed(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"https://app.hireflix.com/abc", "https://app.hireflix.com/abc?primaryColor=0a7d5a&simple=true"},
		{"https://app.hireflix.com/abc?x=1", "https://app.hireflix.com/abc?primaryColor=0a7d5a&simple=true&x=1"},
		{"", ""},
	} {
		if got := dressed(c[0], map[string]string{"primaryColor": "0a7d5a", "simple": "true"}); got != c[1] {
			t.Errorf("%s becomes %s, want %s", c[0], got, c[1])
		}
	}
	if got := dressed("https://app.hireflix.com/abc", nil); got != "https://app.hireflix.com/abc" {
		t.Errorf("without parameters: %s", got)
	}
}
