package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// Explanation is the whole story behind a reference, or a rule.
type Explanation struct {
	Rule    string  `json:"rule,omitempty"` // a rule in words, when X was one
	Stories []Story `json:"stories"`
}

// Story is one person at one application.
type Story struct {
	Name        string `json:"name,omitempty"`
	Email       string `json:"email,omitempty"`
	ATS         string `json:"ats"`
	Application string `json:"application"`
	Candidate   string `json:"candidate,omitempty"`
	Job         string `json:"job,omitempty"`
	Stage       string `json:"stage,omitempty"`
	Status      string `json:"status,omitempty"`
	URL         string `json:"url,omitempty"`
	Now         string `json:"now"` // where the person stands, in words
	// Until is when what the person waits for is looked at again; zero where that
	// hangs on something else.
	Until   time.Time `json:"until,omitzero"`
	Events  []Moment  `json:"events"`
	Actions []Record  `json:"actions"`
	// Interviews are what is known of them, with their results.
	Interviews []Interview `json:"interviews"`
}

// Moment is one event and what was decided on it.
type Moment struct {
	At        time.Time `json:"at"`
	Received  time.Time `json:"received,omitzero"`
	Event     string    `json:"event"`
	Type      string    `json:"type"`
	From      string    `json:"from,omitempty"`
	Stage     string    `json:"stage,omitempty"`
	MovedBy   string    `json:"moved_by,omitempty"`
	Undecided bool      `json:"undecided,omitempty"`
	Answers   []Answer  `json:"answers"`
	// Seen is how the interview stood, of events about one; Order is what a person
	// wanted, with By, Why and Batch.
	Seen  string `json:"seen,omitempty"`
	Order string `json:"order,omitempty"`
	By    string `json:"by,omitempty"`
	Why   string `json:"why,omitempty"`
	Batch string `json:"batch,omitempty"`
}

// Answer is one rule's answer, with its condition as a tree where the rules of
// that day are still kept.
type Answer struct {
	Rule     string             `json:"rule,omitempty"`
	Verdict  flowd.Verdict      `json:"verdict"`
	Why      string             `json:"why,omitempty"`
	RuleSet  string             `json:"rule_set"`
	Tree     *rules.Explanation `json:"tree,omitempty"`
	Position string             `json:"position,omitempty"`
	// Since is what became of the rule after that day, in words; empty where it is
	// the same.
	Since string `json:"since,omitempty"`
}

// Record is one action with its history.
type Record struct {
	Entry
	// After is the key of the action that must end well before this one begins.
	After string       `json:"after,omitempty"`
	Steps []RecordStep `json:"steps"`
}

// RecordStep is one change of an action.
type RecordStep struct {
	At      time.Time  `json:"at"`
	Word    flowd.Word `json:"word"`
	State   string     `json:"state"`
	Why     string     `json:"why,omitempty"`
	By      string     `json:"by,omitempty"`
	Request string     `json:"request,omitempty"`
}

func (a api) explain(r *http.Request) (any, error) {
	x := strings.TrimSpace(r.URL.Query().Get("x"))
	if x == "" {
		return nil, wrong("say whom or what: an address, candidate, application, event, interview or rule")
	}
	if set := a.Rules(); set != nil {
		if words, ok := set.Describe(x); ok {
			now, err := a.owed(r.Context(), x)
			return Explanation{Rule: words + now, Stories: []Story{}}, err
		}
	}
	stories, err := a.stories(r, x)
	if err != nil {
		return nil, err
	}
	if len(stories) == 0 {
		return nil, notFound("nothing is known of " + x + ": flowd never heard of it, or what it knew is past its retention")
	}
	out := Explanation{Stories: []Story{}}
	show, transcript := r.URL.Query().Get("show") != "", r.URL.Query().Get("transcript") != ""
	switch {
	case transcript && !show:
		return nil, wrong("a transcript is what the candidate said: add --show")
	case transcript && a.Transcript == nil:
		return nil, &Problem{Status: http.StatusConflict, Text: "only a running flowd asks Hireflix for a transcript: start it with `flowd run`"}
	}
	stopped, err := a.stopped(r)
	if err != nil {
		return nil, err
	}
	for _, s := range stories {
		told := a.tell(s, show, stopped)
		if transcript {
			if err := a.transcripts(r.Context(), told.Interviews); err != nil {
				return nil, err
			}
		}
		out.Stories = append(out.Stories, told)
	}
	return out, nil
}

// owed is what a rule still owes and why nothing of it goes out, in a line; ""
// where there is nothing to say.
func (a api) owed(ctx context.Context, rule string) (string, error) {
	counts, err := a.Store.Counts(ctx, a.Now())
	if err != nil {
		return "", err
	}
	var said []string
	pauses, err := a.Store.Pause(ctx, state.PauseChange{}, a.Now())
	for _, p := range pauses {
		if p.Scope == state.ScopeRule(rule) {
			said = append(said, "paused ("+why(p.Reason, p.Detail)+")")
		}
	}
	held, waiting := 0, 0
	for s, n := range counts.Pending[rule] {
		if s == flowd.Held {
			held += n
		} else {
			waiting += n
		}
	}
	if waiting > 0 {
		said = append(said, fmt.Sprintf("%d %s", waiting, flowd.WordWaiting))
	}
	if held > 0 {
		said = append(said, fmt.Sprintf("%d %s", held, flowd.WordHeld))
	}
	if len(said) == 0 {
		return "", err
	}
	return "Now: " + strings.Join(said, ", ") + ".\n", err
}

// stories looks a reference up as each of the things it can be, the likeliest
// first.
func (a api) stories(r *http.Request, x string) ([]state.Story, error) {
	return a.lookUp(r.Context(), x)
}

func (a api) lookUp(ctx context.Context, x string) ([]state.Story, error) {
	refs := []state.Ref{
		{Application: x}, {Candidate: x}, {Interview: x}, {Event: x}, {ExternalID: x}, {Short: x},
	}
	if strings.Contains(x, "@") {
		safe, _ := flowd.SafeID(x)
		refs = []state.Ref{{Email: x}, {Candidate: safe}, {Application: safe}}
	}
	for _, ref := range refs {
		stories, err := a.Store.Story(ctx, ref)
		if err != nil || len(stories) > 0 {
			return stories, err
		}
	}
	return nil, nil
}
