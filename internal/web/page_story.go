package web

import (
	"net/http"
	"net/url"
	"time"

	"flowd"
)

// storyPage is `flowd explain` for a browser.
type storyPage struct {
	Explanation
	Ref   string
	Show  bool
	Hide  string // the same page without names
	Names string // the same page with names
}

func (p *pages) story(w http.ResponseWriter, r *http.Request, g Grant) {
	body := storyPage{Ref: r.PathValue("ref"), Show: r.URL.Query().Get("show") != ""}
	q, words := url.Values{"x": {body.Ref}}, []string{"flowd", "explain", body.Ref}
	if body.Show {
		q.Set("show", "1")
		words = append(words, "--show")
	}
	body.Hide = "/people/" + url.PathEscape(body.Ref)
	if g.MaySee() {
		body.Names = body.Hide + "?show=1"
	}
	var err error
	if body.Explanation, err = ask[Explanation](r, p.explain, q); err != nil {
		p.problem(w, r, err)
		return
	}
	title := "One person"
	if len(body.Stories) == 0 {
		title = "Rule " + body.Ref
	}
	p.render(w, http.StatusOK, "story", frame{Title: title, Place: "/people", Command: commandLine(words...), Grant: g, Body: body})
}

// minutes is how long an interview took.
func minutes(d time.Duration) string {
	d = d.Round(time.Second)
	whole := plural(int(d.Minutes()), "minute", "minutes")
	if rest := int(d.Seconds()) % 60; rest > 0 {
		return whole + ", " + plural(rest, "second", "seconds")
	}
	return whole
}

// Says is what a step says to people: a row that was decided again is told by
// the row that came of it.
func (s RecordStep) Says() string {
	text := string(s.Word)
	switch flowd.ActionState(s.State) {
	case flowd.Replaced:
		return s.Why
	case flowd.Leased:
		text = "on its way to Hireflix"
	}
	if s.Why != "" {
		text += " (" + s.Why + ")"
	}
	return text
}

// Heading is what an action is, in words.
func (r Record) Heading() string {
	to := func(text string) string {
		if r.Target == "" {
			return text
		}
		return text + ": " + r.Target
	}
	switch r.Kind {
	case flowd.ActionInvite:
		return "Invite to " + r.Position
	case flowd.ActionTie:
		return "An interview that no application is known for"
	case flowd.ActionTimer:
		return "Wait, then decide again"
	case flowd.ActionNote:
		return "A note in the ATS"
	case flowd.ActionTag:
		return to("A tag in the ATS")
	case flowd.ActionField:
		return to("A field in the ATS")
	case flowd.ActionMove:
		return to("A move in the ATS")
	case flowd.ActionLink:
		return to("A link in the ATS")
	case flowd.ActionShare:
		return "Share the recording"
	case flowd.ActionShortlist:
		return "Shortlist in Hireflix"
	case flowd.ActionDiscard:
		return "Discard in Hireflix"
	case flowd.ActionWithdraw:
		return "Take the invite back"
	case flowd.ActionNotify:
		return to("Tell somebody")
	}
	return "A decision"
}
