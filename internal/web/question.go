package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"flowd"
	"flowd/state"
)

// Question is an event that never happened, to ask the rules about it.
type Question struct {
	Event json.RawMessage `json:"event"`
}

// asked is the event as a person writes it down: the words of a rule's test.
type asked struct {
	Source      string          `json:"source"`
	ATS         string          `json:"ats"`
	Stage       string          `json:"stage"`
	From        string          `json:"from"`
	At          time.Time       `json:"at"`
	Job         flowd.Job       `json:"job"`
	Candidate   flowd.Candidate `json:"candidate"`
	Application struct {
		ID        string         `json:"id"`
		Status    flowd.Status   `json:"status"`
		Source    string         `json:"source"`
		AppliedAt time.Time      `json:"applied_at"`
		Fields    map[string]any `json:"fields"`
	} `json:"application"`
}

// explainEvent asks the serving rules about an event that a person wrote down.
// Nothing is stored.
func (a api) explainEvent(r *http.Request) (any, error) {
	var q Question
	if err := decode(r, &q); err != nil {
		return nil, err
	}
	var in asked
	d := json.NewDecoder(bytes.NewReader(q.Event))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, wrong("the event cannot be read: " + err.Error())
	}
	set := a.Rules()
	if set == nil {
		return nil, &Problem{Status: http.StatusConflict, Text: "no rules can be read: run `flowd check`"}
	}
	ev, facts, err := in.event(a.Info().Sources, a.Now())
	if err != nil {
		return nil, err
	}
	told := state.Told{Event: ev, Facts: facts, Decided: a.Now(), Decisions: a.Decide(set, ev, facts, a.Now())}
	story := a.tell(state.Story{ATS: ev.ATS, Application: facts.Application, Events: []state.Told{told}}, true)
	story.Now = "a question: nothing was stored and nothing goes out"
	return Explanation{Stories: []Story{story}}, nil
}

func (in asked) event(sources []SourceInfo, now time.Time) (flowd.Event, flowd.Facts, error) {
	if in.Stage == "" {
		return flowd.Event{}, flowd.Facts{}, wrong(`the event needs a "stage": the one that was entered`)
	}
	if in.Source == "" && len(sources) > 0 {
		in.Source = sources[0].Name
	}
	if in.ATS == "" {
		in.ATS = in.Source
	}
	if in.At.IsZero() {
		in.At = now
	}
	if in.Application.ID == "" {
		in.Application.ID = "in-question"
	}
	app := flowd.Application{
		ID: in.Application.ID, Job: in.Job, Stage: flowd.Stage{Name: in.Stage}, Candidate: in.Candidate,
		Status: in.Application.Status, Source: in.Application.Source, AppliedAt: in.Application.AppliedAt,
	}
	for name, value := range in.Application.Fields {
		if list, ok := value.([]any); ok {
			var texts []string
			for _, x := range list {
				texts = append(texts, fmt.Sprint(x))
			}
			value = texts
		}
		app.Fields = append(app.Fields, flowd.Field{Key: name, Name: name, Value: value})
	}
	ev := flowd.Event{
		Key: "question", Source: in.Source, ATS: in.ATS, Type: flowd.StageEntered, At: in.At, Received: now,
		Via: flowd.ViaMove, Application: app, From: flowd.Stage{Name: in.From}, Stage: app.Stage,
	}
	return ev, flowd.Facts{Application: app, Previous: ev.From}, nil
}
