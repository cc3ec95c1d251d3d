package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"flowd/internal/strictyaml"
	"flowd/state"
)

// Question is an event that never happened, to ask the rules about it.
type Question struct {
	// Event is written as a recorded event is, or is the text of a file that holds
	// one; Name is what its problems call it.
	Event json.RawMessage `json:"event"`
	Name  string          `json:"name,omitempty"`
}

// explainEvent asks the serving rules about an event that a person wrote down.
// Nothing is stored.
func (a api) explainEvent(r *http.Request) (any, error) {
	var q Question
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	set := a.Rules()
	if set == nil {
		return nil, &Problem{Status: http.StatusConflict, Text: "no rules can be read: run `flowd check`"}
	}
	source := ""
	if known := a.Info().Sources; len(known) > 0 {
		source = known[0].Name
	}
	data := []byte(q.Event)
	if text := ""; json.Unmarshal(data, &text) == nil {
		data = []byte(text)
	}
	ev, facts, problems := set.Suppose(nameOf(q.Name, "the event"), data, source, a.Now())
	if strictyaml.HasErrors(problems) {
		return nil, wrong("the event cannot be read:\n" + strings.TrimRight(strictyaml.Render(problems), "\n"))
	}
	told := state.Told{Event: ev, Facts: facts, Decided: a.Now(), Decisions: a.Decide(set, ev, facts, a.Now())}
	story := a.tell(state.Story{ATS: ev.ATS, Application: facts.Application, Events: []state.Told{told}}, true, "")
	story.Now, story.Until = "a question: nothing was stored and nothing goes out", time.Time{}
	return Explanation{Stories: []Story{story}}, nil
}
