package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"flowd"
	"flowd/state"
)

// EraseOrder makes flowd forget a person, in every system that told of them.
type EraseOrder struct {
	Who     string `json:"who"`
	By      string `json:"by"`
	Why     string `json:"why,omitempty"`
	Preview bool   `json:"preview,omitempty"`
	Show    bool   `json:"show,omitempty"`
}

// Erasure is what was, or would be, forgotten.
type Erasure struct {
	Applications []Entry `json:"applications"`
	// Interviews stand at Hireflix, where flowd deletes nobody's answers: they are
	// deleted there by hand.
	Interviews []Interview `json:"interviews"`
	// Compacted tells that the state was rewritten, so that nothing erased is left
	// in its unused parts.
	Compacted bool     `json:"compacted"`
	Notes     []string `json:"notes"`
}

// erase forgets a person. The event that says so is admitted and decided here,
// not by the engine's loop: what follows, the rewriting of the state, must find
// the person gone.
func (a api) erase(r *http.Request) (any, error) {
	var o EraseOrder
	if err := decode(r, &o); err != nil {
		return nil, err
	}
	switch {
	case o.Who == "":
		return nil, wrong("say whom to forget")
	case o.By == "":
		return nil, wrong("say who gives the order")
	}
	ctx := r.Context()
	stories, err := a.everything(ctx, o.Who)
	if err != nil {
		return nil, err
	}
	if len(stories) == 0 {
		return nil, notFound("flowd knows nobody by that, or has forgotten them already")
	}
	out := Erasure{Applications: []Entry{}, Interviews: []Interview{}, Notes: []string{
		"Who is on the do-not-contact list stays on it: that file is yours.",
		"The ATS still has the person: erase them there too, or it tells flowd of them again.",
	}}
	var events []flowd.Event
	for _, s := range stories {
		app := s.Application
		e := Entry{Word: "forgotten", ATS: s.ATS, Application: app.ID, Candidate: app.Candidate.ID,
			Job: nameOf(app.Job.Name, app.Job.ID), Stage: nameOf(app.Stage.Name, app.Stage.ID)}
		e.Name, e.Email = shown(app.Candidate, o.Show)
		out.Applications = append(out.Applications, e)
		out.Interviews = append(out.Interviews, interviewsOf(s)...)
		key, _ := orderKey(s, orderBase("erase", s.ATS, app.ID))
		events = append(events, flowd.Event{
			Key: key, ATS: s.ATS, Type: flowd.ApplicationAnonymized, Application: flowd.Application{ID: app.ID},
			Order: flowd.Order{By: o.By, Why: o.Why},
		})
	}
	if o.Preview {
		return out, nil
	}
	if _, err := a.order(ctx, events); err != nil {
		return nil, err
	}
	if err := a.forget(ctx, events, o); err != nil {
		return nil, err
	}
	a.Log.Info().Str("order", "erase").Str("by", o.By).Int("applications", len(events)).Msg("order")
	left := a.compact(ctx)
	if out.Compacted = left == ""; !out.Compacted {
		out.Notes = append(out.Notes, left)
	}
	out.Notes = append(out.Notes, "Backups from before hold the person until they are deleted.")
	return out, nil
}

// compact rewrites the state without what was erased, and says why it could not,
// or "": the person is forgotten all the same.
func (a api) compact(ctx context.Context) string {
	const still = "what was erased may be read from its unused parts until they are used again"
	compactor, ok := a.Store.(state.Compactor)
	if !ok {
		return "This state cannot be rewritten: " + still + "."
	}
	if err := compactor.Compact(ctx); err != nil {
		return "The state could not be rewritten: " + still + ". Erase one of the applications again, by its id. (" + err.Error() + ")"
	}
	return ""
}

// forget decides the events of an erasure. The engine may have been faster.
func (a api) forget(ctx context.Context, events []flowd.Event, o EraseOrder) error {
	digest := ""
	if set := a.Rules(); set != nil {
		digest = set.Digest()
	}
	for _, ev := range events {
		_, err := a.Store.Commit(ctx, state.Commitment{
			Event: ev.Key, Forget: true,
			Decisions: []flowd.Decision{{Event: ev.Key, RuleSet: digest, Verdict: flowd.Skipped, Reason: flowd.ReasonForgotten, Because: o.Why}},
			Cancel:    &state.Cancellation{Reason: flowd.ReasonForgotten, Detail: "the person was erased"},
		}, a.Now())
		if err != nil && !errors.Is(err, state.ErrDecided) {
			return err
		}
	}
	return nil
}

// everything is every story of a person, wherever: what the reference names, and
// whatever has the same address or is the same candidate.
func (a api) everything(ctx context.Context, x string) ([]state.Story, error) {
	stories, err := a.lookUp(ctx, x)
	if err != nil {
		return nil, err
	}
	type id struct{ ats, application string }
	seen := map[id]bool{}
	asked := map[state.Ref]bool{}
	var out []state.Story
	for len(stories) > 0 {
		s := stories[0]
		stories = stories[1:]
		if seen[id{s.ATS, s.Application.ID}] || s.Application.ID == "" {
			continue
		}
		seen[id{s.ATS, s.Application.ID}] = true
		out = append(out, s)
		c := s.Application.Candidate
		if ref := (state.Ref{Email: strings.ToLower(c.Email)}); c.Email != "" && !asked[ref] {
			asked[ref] = true
			more, err := a.Store.Story(ctx, ref)
			if err != nil {
				return nil, err
			}
			stories = append(stories, more...)
		}
		if ref := (state.Ref{Candidate: c.ID}); c.ID != "" && !asked[ref] {
			asked[ref] = true
			more, err := a.Store.Story(ctx, ref)
			if err != nil {
				return nil, err
			}
			for _, m := range more {
				if m.ATS == s.ATS { // another system's ids are its own
					stories = append(stories, m)
				}
			}
		}
	}
	return out, nil
}

// Dossier is everything that flowd holds of a person.
type Dossier struct {
	At       time.Time `json:"at"`
	Holdings []Holding `json:"held"`
	// People are complete, of an export alone.
	People []Exported `json:"people,omitempty"`
}

// Holding is one kind of data that is kept.
type Holding struct {
	What  string    `json:"what"`
	Since time.Time `json:"since,omitzero"`
	Until string    `json:"until"` // in words
}

// Exported is one application with its person.
type Exported struct {
	Story
	Person flowd.Candidate `json:"person"`
	Fields []flowd.Field   `json:"fields"`
	Tags   []string        `json:"tags"`
}

func (a api) privacy(r *http.Request) (any, error) {
	x := strings.TrimSpace(r.URL.Query().Get("x"))
	if x == "" {
		return nil, wrong("say whom: an address, a candidate or an application")
	}
	stories, err := a.everything(r.Context(), x)
	if err != nil {
		return nil, err
	}
	if len(stories) == 0 {
		return nil, notFound("flowd knows nobody by that, or has forgotten them already")
	}
	out := Dossier{At: a.Now(), Holdings: a.holdings(stories)}
	if r.URL.Query().Get("export") == "" {
		return out, nil
	}
	for _, s := range stories {
		out.People = append(out.People, Exported{
			Story: a.tell(s, true, ""), Person: s.Application.Candidate, Fields: s.Application.Fields, Tags: s.Application.Tags,
		})
	}
	return out, nil
}
