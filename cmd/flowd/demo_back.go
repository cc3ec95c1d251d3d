package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
)

// resultsComeBack is the second day: people answer and are judged, and each side
// learns what happened on the other.
func (s *demoStage) resultsComeBack(ctx context.Context, show *demoShow) error {
	rough := sim.Policy{Seed: 4, Double: 0.5, Reorder: 0.4, Within: 2, Hold: 50 * time.Millisecond}
	s.hireflix.Deliver(rough)
	s.unanswered(s.who("Max"))
	show.say("\nThe next day six candidates answer. Hireflix's webhooks come twice or in the wrong order, and those about Pia Noor never; " +
		"the ATS takes the note on Max Hill and does not answer:")
	for _, first := range []string{"Ada", "Ben", "Max", "Quin", "Tess", "Pia"} {
		if first == "Pia" {
			s.hireflix.Deliver(sim.Policy{Lose: 1})
		}
		if err := s.hireflix.Answer(s.interview(first).ID); err != nil {
			return err
		}
	}
	s.hireflix.Deliver(rough)
	if err := show.until(ctx, s.reviewed("Ada", "Max", "Quin", "Tess")); err != nil {
		return err
	}
	if err := s.hireflix.Flush(ctx); err != nil {
		return err
	}
	show.say("\nflowd is stopped and started again. At each start, and every ten minutes, it looks for itself:")
	if err := s.stop(); err != nil {
		return err
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := show.until(ctx, s.reviewed("Pia")); err != nil {
		return err
	}
	show.say("\nIn Hireflix Ada Birch is scored and shortlisted. In the ATS Quin Blum is moved to %q, and Sam Thorn, who has not answered, is rejected:", stageOnsite)
	ada := s.interview("Ada").ID
	for _, err := range []error{
		s.hireflix.Score(ada, 4.5), s.hireflix.Shortlist(ada, true),
		s.ats.Move(s.who("Quin").application, stageOnsite), s.ats.Reject(s.who("Sam").application),
	} {
		if err != nil {
			return err
		}
	}
	if err := show.until(ctx, s.judged); err != nil {
		return err
	}
	show.aside("Quin Blum is shortlisted in Hireflix, too, and nothing of it echoes")
	return s.click(ctx, show)
}

// unanswered lets the ATS take the first note on somebody and say nothing.
func (s *demoStage) unanswered(p *demoPerson) {
	said := false
	s.ats.SetFault(func(_ int, r *http.Request) atssim.Fault {
		if said || r.URL.Path != "/api/applications/"+p.application+"/notes" {
			return atssim.Fault{}
		}
		said = true
		return atssim.Fault{Lose: true}
	})
}

// interview is the interview of somebody, as Hireflix has it.
func (s *demoStage) interview(first string) sim.Interview {
	for _, id := range s.positions {
		for _, iv := range s.hireflix.Interviews(id) {
			if iv.Email == s.who(first).email() {
				return iv
			}
		}
	}
	return sim.Interview{}
}

// reviewed: what the first reaction rule does last is done, for each of them.
func (s *demoStage) reviewed(names ...string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		for _, first := range names {
			if s.ats.Application(s.who(first).application).Stage.Name != stageReview {
				return false, nil
			}
		}
		return s.calm(ctx)
	}
}

// judged: each side knows what recruiters did on the other.
func (s *demoStage) judged(ctx context.Context) (bool, error) {
	ada := s.ats.Application(s.who("Ada").application)
	if ada.Stage.Name != stageOnsite || ada.Fields["Interview score"] == "" || s.interview("Quin").ShortlistedAt.IsZero() {
		return false, nil
	}
	held, err := s.holds(ctx, s.who("Sam").application)
	if !held || err != nil {
		return false, err
	}
	return s.calm(ctx)
}

// click opens the link to the recording that stands in the ATS, as a recruiter
// does. It has to lead to Hireflix.
func (s *demoStage) click(ctx context.Context, show *demoShow) error {
	note := strings.Join(s.ats.Application(s.who("Ada").application).Notes, " ")
	before, link, found := strings.Cut(note, "http://"+s.listen+"/v/")
	if !found {
		return fmt.Errorf("the note on Ada Birch holds no link: %s", note)
	}
	token := strings.Fields(link)[0]
	s.recording = "http://" + s.listen + "/v/" + token
	at, err := follow(ctx, s.recording)
	if err != nil {
		return err
	}
	if at != s.interview("Ada").Shared.URL {
		return fmt.Errorf("the link in the ATS leads to %s", at)
	}
	show.aside("the note on Ada Birch reads %q, and the link opens the recording at Hireflix", before+"/v/"+token[:min(len(token), 8)]+"…")
	return nil
}

// follow opens an address as a browser does and tells where it led.
func follow(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Timeout: 5 * time.Second}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // where it led is known
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s", resp.Request.URL, resp.Status)
	}
	return resp.Request.URL.String(), nil
}

// changed is what flowd changed in the ATS about somebody, by the ATS's own
// journal, as a person reads it.
func changed(writes []atssim.Write) string {
	words := make([]string, 0, len(writes))
	for _, w := range writes {
		switch w.Kind {
		case "notes":
			words = append(words, "note")
		case "tags":
			words = append(words, "tag "+w.Target)
		case "links":
			words = append(words, "link")
		case "fields":
			words = append(words, w.Target+" "+w.Text)
		case "move":
			words = append(words, "→ "+w.Target)
		}
	}
	return strings.Join(words, " · ")
}

// twice are the changes that the ATS carried out more than once.
func twice(writes []atssim.Write) []string {
	var out []string
	for i, w := range writes {
		if slices.Contains(writes[:i], w) {
			out = append(out, w.Application+" "+w.Kind+" "+w.Target)
		}
	}
	return out
}
