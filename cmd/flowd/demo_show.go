package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
	"flowd/internal/web"
)

// demoShow prints what became of each person, as it happens.
type demoShow struct {
	app    *app
	stage  *demoStage
	seen   map[string]string
	writes int // of the ATS's journal that were shown
	begun  time.Time
}

func (v *demoShow) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	words := strings.TrimPrefix(text, "\n")
	fmt.Fprintln(v.app.Out, strings.TrimSuffix(text, words)+v.app.paragraph(0, plainText, words))
}

// aside is said below what it is about.
func (v *demoShow) aside(format string, args ...any) {
	fmt.Fprintln(v.app.Out, "   "+v.app.paragraph(3, plainText, fmt.Sprintf(format, args...)))
}

// until prints what changes until the condition holds.
func (v *demoShow) until(ctx context.Context, done func(ctx context.Context) (bool, error)) error {
	for {
		ok, err := done(ctx)
		if err == nil {
			err = v.changes(ctx)
		}
		if ok || err != nil {
			return err
		}
		if err := sleep(ctx, 120*time.Millisecond); err != nil {
			return fmt.Errorf("the demo did not end in time: %w", err)
		}
	}
}

func (s *demoStage) status(ctx context.Context) (out web.Status, err error) {
	return out, s.api.Get(ctx, "/api/v1/status", nil, &out)
}

// calm: everything is told and decided, and nobody is on the way.
func (s *demoStage) calm(ctx context.Context) (bool, error) {
	if s.ats.Undelivered() > 0 || s.hireflix.Pending() > 0 {
		return false, nil
	}
	now, err := s.status(ctx)
	return now.Undecided == 0 && now.People[flowd.WordWaiting] == 0 && now.People[flowd.WordChecking] == 0, err
}

// stopped: the account's quota stops everything.
func (s *demoStage) stopped(ctx context.Context) (bool, error) {
	now, err := s.status(ctx)
	return slices.ContainsFunc(now.Pauses, func(p web.Stop) bool { return p.Reason == flowd.ReasonQuota.InWords() }), err
}

// holds tells whether something about an application waits for a person.
func (s *demoStage) holds(ctx context.Context, application string) (bool, error) {
	entries, err := s.entries(ctx)
	return slices.ContainsFunc(entries, func(e web.Entry) bool { return e.Application == application && e.Word == flowd.WordHeld }), err
}

// entries is everybody, in the order of their applications.
func (s *demoStage) entries(ctx context.Context) ([]web.Entry, error) {
	var list web.List
	if err := s.api.Get(ctx, "/api/v1/list", url.Values{"show": {"1"}, "limit": {"1000"}}, &list); err != nil {
		return nil, err
	}
	entries := slices.DeleteFunc(list.Entries, func(e web.Entry) bool { return e.Word == "" })
	slices.SortStableFunc(entries, func(x, y web.Entry) int { return strings.Compare(x.Application, y.Application) })
	return entries, nil
}

// changes prints each person whose standing is new since the last look, and what
// the ATS was told meanwhile.
func (v *demoShow) changes(ctx context.Context) error {
	entries, err := v.stage.entries(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		now := string(e.Word) + "|" + e.Why
		key := e.Event + "|" + e.Key
		if v.seen[key] == now || e.Key == "" && e.Word == flowd.WordWaiting { // not decided yet: soon it says more
			continue
		}
		v.seen[key] = now
		to := e.Position
		if to != "" {
			to = "→ " + to
		}
		v.line(e.Application, colourOf(e.Word), string(e.Word), to, e.Why)
	}
	fresh := v.stage.ats.Writes()[v.writes:]
	v.writes += len(fresh)
	for _, of := range byApplication(fresh) {
		v.line(of[0].Application, green, "written to the ATS", changed(of), "")
	}
	return nil
}

func (v *demoShow) line(application string, c colour, word, to, why string) {
	line := fmt.Sprintf("%6.1fs  %-11s %s %-19s", time.Since(v.begun).Seconds(), v.stage.called(application), v.app.paint(c, fmt.Sprintf("%-21s", word)), to)
	if why != "" {
		line += "  " + v.app.paragraph(64, dim, why)
	}
	fmt.Fprintln(v.app.Out, strings.TrimRight(line, " "))
}

// byApplication groups changes by whom they are about, in their order.
func byApplication(writes []atssim.Write) [][]atssim.Write {
	var out [][]atssim.Write
	for _, w := range writes {
		i := slices.IndexFunc(out, func(of []atssim.Write) bool { return of[0].Application == w.Application })
		if i < 0 {
			out, i = append(out, nil), len(out)
		}
		out[i] = append(out[i], w)
	}
	return out
}

// ending is what became of everybody, and what Hireflix and the ATS themselves
// counted.
func (s *demoStage) ending(ctx context.Context, v *demoShow) error {
	entries, err := s.entries(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(v.app.Out, "\n%s\n", v.app.paint(bold, "What became of everybody"))
	rows := make([][]cell, 0, len(entries))
	for _, e := range entries {
		row := plainCells(s.called(e.Application), string(e.Word), e.Position, s.ats.Application(e.Application).Stage.Name, e.Why)
		row[1].colour = colourOf(e.Word)
		rows = append(rows, row)
	}
	if err := v.app.table([]string{"NAME", "IS", "POSITION", "STAGE", prose}, rows); err != nil {
		return err
	}
	return s.sums(v)
}

// sums are counted by the simulators: flowd's own word would prove nothing.
func (s *demoStage) sums(v *demoShow) error {
	journal, writes := s.hireflix.Journal(), s.ats.Writes()
	finished := 0
	for _, id := range s.positions {
		for _, iv := range s.hireflix.Interviews(id) {
			if iv.Answered {
				finished++
			}
		}
	}
	lost, doubled, astray := 0, 0, 0
	for _, d := range s.hireflix.Deliveries() {
		switch {
		case d.Lost:
			lost++
		case d.Copy > 1:
			doubled++
		case d.Reordered:
			astray++
		}
	}
	v.say("\nThe ATS made %d deliveries about %d people. Hireflix counts %d invites made by flowd, in %d attempts.",
		s.ats.Delivered(), len(s.cast), s.interviews()-1, journal.Count(sim.Invite)) // one was made by hand
	v.say("Of its webhooks %d were lost, %d came twice and %d out of order. %d people have finished; the ATS counts %d changes made by flowd about %d of them, in %d attempts.",
		lost, doubled, astray, finished, len(writes), len(byApplication(writes)), s.ats.Arrivals())
	if again := slices.Concat(journal.Repeats(), journal.RepeatedChanges(), twice(writes)); len(again) > 0 {
		return fmt.Errorf("done twice: %s", strings.Join(again, ", "))
	}
	fmt.Fprintln(v.app.Out, v.app.paint(green, "Nobody was invited twice, nothing was written twice, and nobody was lost."))
	return nil
}
