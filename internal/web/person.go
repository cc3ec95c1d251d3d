package web

import (
	"context"
	"fmt"
	"strings"

	"flowd"
	"flowd/state"
)

// InviteRow names one application: by its id, or by a person who has one alone
// that is open. The first that is set counts: Application, Candidate, Email, Who.
type InviteRow struct {
	Line        int    `json:"line,omitempty"` // of the sender's file
	Who         string `json:"who,omitempty"`  // any of the others, or a key of the list
	Email       string `json:"email,omitempty"`
	Candidate   string `json:"candidate,omitempty"`
	Application string `json:"application,omitempty"`
	ATS         string `json:"ats,omitempty"`
	Position    string `json:"position,omitempty"` // name or id; the rules' map says it else
}

// named tells what the row calls its person.
func (row InviteRow) named() string {
	for _, x := range []string{row.Application, row.Candidate, row.Email, row.Who} {
		if x = strings.TrimSpace(x); x != "" {
			return x
		}
	}
	return ""
}

// application is the one that a row means, or why there is none, in words.
func (a api) application(ctx context.Context, row InviteRow) (s state.Story, problem string, err error) {
	x := row.named()
	if x == "" {
		return s, "nobody is named", nil
	}
	var stories []state.Story
	safe, _ := flowd.SafeID(x)
	switch {
	case row.Application != "":
		stories, err = a.Store.Story(ctx, state.Ref{Application: safe})
	case row.Candidate != "":
		stories, err = a.Store.Story(ctx, state.Ref{Candidate: safe})
	case row.Email != "":
		stories, err = a.Store.Story(ctx, state.Ref{Email: x})
	default:
		stories, problem, err = a.anyone(ctx, x)
	}
	if err != nil || problem != "" {
		return s, problem, err
	}
	key := named(stories, x)
	var fit []state.Story
	for _, of := range stories {
		if of.ATS == flowd.Untied || row.ATS != "" && of.ATS != row.ATS || key != "" && !holds(of, key) {
			continue
		}
		fit = append(fit, of)
	}
	s, problem = chosen(fit)
	return s, problem, nil
}

// anyone is whom a reference of any kind names. An id that is one person's
// application and another one's candidate names nobody.
func (a api) anyone(ctx context.Context, x string) ([]state.Story, string, error) {
	stories, err := a.lookUp(ctx, x)
	if err != nil || strings.Contains(x, "@") {
		return stories, "", err
	}
	applications, err := a.Store.Story(ctx, state.Ref{Application: x})
	if err != nil || len(applications) == 0 {
		return stories, "", err
	}
	candidates, err := a.Store.Story(ctx, state.Ref{Candidate: x})
	for _, c := range candidates {
		if c.ATS != applications[0].ATS || c.Application.Candidate.ID != applications[0].Application.Candidate.ID {
			return nil, "is an application and, of somebody else, a candidate: give it in a file, under the header application or candidate", err
		}
	}
	return stories, "", err
}

func holds(s state.Story, key flowd.IdempotencyKey) bool {
	for _, row := range s.Rows {
		if row.Action.Key == key {
			return true
		}
	}
	return false
}

// chosen is the only application, else the only open one.
func chosen(stories []state.Story) (state.Story, string) {
	switch len(stories) {
	case 0:
		return state.Story{}, "flowd knows nobody by that: it learns of people when their ATS tells of them"
	case 1:
		return stories[0], ""
	}
	var open []state.Story
	for _, s := range stories {
		if !ended(s.Application) {
			open = append(open, s)
		}
	}
	switch len(open) {
	case 0:
		return state.Story{}, "all of the person's applications have ended"
	case 1:
		return open[0], ""
	}
	var list []string
	for _, s := range open[:min(len(open), maxNamed)] {
		list = append(list, fmt.Sprintf("%s in %s (%s)", s.Application.ID, s.ATS, nameOf(s.Application.Job.Name, s.Application.Job.ID)))
	}
	return state.Story{}, fmt.Sprintf("has %d open applications: name one of %s", len(open), strings.Join(list, ", "))
}

// maxNamed bounds how many choices a sentence lists.
const maxNamed = 5

func ended(app flowd.Application) bool { return app.Status != "" && app.Status != flowd.StatusActive }

// unwelcome is why an application cannot be invited whatever a person orders, in
// words, or "".
func (a api) unwelcome(app flowd.Application, address string) string {
	switch {
	case app.Alternative:
		return flowd.ReasonAlternative.InWords()
	case ended(app):
		return why(flowd.ReasonEnded, string(app.Status))
	case app.NoContact != "" && (address == "" || app.NoContact != flowd.ReasonNoEmail && app.NoContact != flowd.ReasonWorkAddress):
		return app.NoContact.InWords()
	case app.Candidate.CanEmail != nil && !*app.Candidate.CanEmail:
		return flowd.ReasonCannotEmail.InWords()
	}
	if address == "" {
		address = app.Candidate.Email
	}
	switch {
	case address == "":
		return flowd.ReasonNoEmail.InWords()
	case a.Bar == nil:
		return ""
	}
	return a.Bar(address).InWords()
}
