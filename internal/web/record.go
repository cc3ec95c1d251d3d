package web

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"flowd"
	"flowd/rules"
	"flowd/state"
)

// RecordOrder asks for a test that is made of an event, by the rule files that it
// is for.
type RecordOrder struct {
	Event string       `json:"event"` // its key
	Rule  string       `json:"rule,omitempty"`
	File  string       `json:"file,omitempty"` // the rule file that the test goes into
	Files []rules.File `json:"files"`
}

// record makes a test of an event. The person's values stay here but for those
// that the rules ask for, so it is for those who may see them.
func (a api) record(r *http.Request) (any, error) {
	var o RecordOrder
	d := json.NewDecoder(io.LimitReader(r.Body, maxPlanOrder))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return nil, wrong("the request cannot be read: " + err.Error())
	}
	if g, ok := r.Context().Value(accessKey{}).(Grant); ok && !g.MaySee() {
		return nil, &Problem{Status: http.StatusForbidden, Text: "the token " + g.Name + " may not see people's values, and a recorded event keeps those that the rules ask for: ask for one with `people: true`"}
	}
	if a.Compile == nil {
		return nil, &Problem{Status: http.StatusConflict, Text: "this flowd cannot make tests"}
	}
	set, err := a.Compile(o.Files)
	if err != nil {
		return nil, wrong(err.Error())
	}
	stories, err := a.Store.Story(r.Context(), state.Ref{Event: o.Event})
	if err != nil {
		return nil, err
	}
	for _, s := range stories {
		i := slices.IndexFunc(s.Events, func(t state.Told) bool { return t.Event.Key == o.Event })
		if i < 0 {
			continue
		}
		made, err := rules.Record(set, a.Decide, caseOf(s, s.Events[i], o))
		if err != nil {
			return nil, &Problem{Status: http.StatusConflict, Text: err.Error()}
		}
		return made, nil
	}
	return nil, notFound("there is no event " + o.Event + ": `flowd list events` and `flowd explain` show the keys of those that are kept")
}

// caseOf is the event as it was known when it was decided.
func caseOf(s state.Story, t state.Told, o RecordOrder) rules.Case {
	c := rules.Case{Event: t.Event, Facts: t.Facts, At: t.Decided, Decided: t.Decisions, Rule: o.Rule, File: o.File}
	if c.At.IsZero() {
		c.At = t.Event.Received
	}
	before := slices.DeleteFunc(slices.Clone(s.Rows), func(r state.Row) bool {
		about := t.Event.Interview.ID != "" && r.Interview.ID == t.Event.Interview.ID
		return r.Action.Event == t.Event.Key || !about && r.Created.After(c.At) || r.Action.Kind != flowd.ActionInvite
	})
	c.Facts.Invites = promised(before)
	return c
}
