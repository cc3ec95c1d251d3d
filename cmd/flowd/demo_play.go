package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

// play sends the day's moves and waits until everything that can end has.
func (s *demoStage) play(ctx context.Context, d *daemon.Daemon, show *demoShow) error {
	hooks := d.HookURL()
	if err := s.prepare(); err != nil {
		return err
	}
	show.say("Somebody invited Gus Lind by hand last week, and the position %q is archived.", "Support screening")
	show.say("The ATS reports moves:")
	half := len(s.moves) / 2
	for i, m := range s.moves[:half] {
		if err := s.deliver(ctx, hooks, fmt.Sprintf("evt-%02d", i+1), m); err != nil {
			return err
		}
	}
	if err := show.until(ctx, show.calm); err != nil {
		return err
	}
	before := s.interviews()
	show.say("\nThe ATS is unsure and delivers three moves again, and reports one move twice:")
	for _, again := range []struct {
		id   string
		move int
	}{{"evt-01", 0}, {"evt-02", 1}, {"evt-03", 2}, {"evt-03-again", 2}} {
		if err := s.deliver(ctx, hooks, again.id, s.moves[again.move]); err != nil {
			return err
		}
	}
	if err := show.until(ctx, show.calm); err != nil {
		return err
	}
	if before != s.interviews() {
		return fmt.Errorf("a move that came again led to an invite: %d interviews became %d", before, s.interviews())
	}
	show.say("   nothing comes of it: Hireflix has %d interviews, as before", before)
	// The plan's invites run out in the middle of the second half.
	s.hireflix.SetQuota(s.interviews() + 3)
	show.say("\nThe account's plan has three invites left, and more people move:")
	for i, m := range s.moves[half:] {
		if err := s.deliver(ctx, hooks, fmt.Sprintf("evt-%02d", half+i+1), m); err != nil {
			return err
		}
		if i > 0 {
			continue
		}
		// The first call takes effect and is never answered: it has to be there
		// before the invites run out.
		if err := show.until(ctx, func(context.Context) (bool, error) { return s.interviews() > before, nil }); err != nil {
			return err
		}
	}
	if err := show.until(ctx, show.stopped); err != nil {
		return err
	}
	show.say("The quota is used up: everything waits in its order, and one invite tries now and then.")
	if err := sleep(ctx, 1500*time.Millisecond); err != nil {
		return err
	}
	show.say("The next period begins at Hireflix:")
	s.hireflix.NextPeriod()
	s.hireflix.SetQuota(-1)
	return show.until(ctx, show.calm)
}

// interviews counts what the account holds, whoever made it.
func (s *demoStage) interviews() int {
	n := 0
	for _, id := range s.positions {
		n += len(s.hireflix.Interviews(id))
	}
	return n
}

// prepare makes the account as awkward as real ones are.
func (s *demoStage) prepare() error {
	if _, err := s.hireflix.InviteByHand(s.positions["AE screening"], sim.Candidate{Email: "gus.lind@example.com", FirstName: "Gus"}); err != nil {
		return err
	}
	if err := s.hireflix.ArchivePosition(s.positions["Support screening"]); err != nil {
		return err
	}
	var once sync.Map
	s.hireflix.SetFault(func(op sim.Operation) sim.Effect {
		if op.Kind != sim.Invite {
			return sim.Effect{}
		}
		if _, done := once.LoadOrStore(op.Email, true); done {
			return sim.Effect{}
		}
		switch op.Email {
		case "lea.moss@example.com":
			return sim.TimeoutAfter()
		case "max.hill@example.com":
			return sim.Effect{Answer: sim.ServerError, Status: http.StatusInternalServerError}
		}
		return sim.Effect{}
	})
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (v *demoShow) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	words := strings.TrimPrefix(text, "\n")
	fmt.Fprintln(v.app.Out, strings.TrimSuffix(text, words)+v.app.paragraph(0, plainText, words))
}

// until prints what changes until the condition holds.
func (v *demoShow) until(ctx context.Context, done func(ctx context.Context) (bool, error)) error {
	for {
		if err := v.changes(ctx); err != nil {
			return err
		}
		ok, err := done(ctx)
		if ok || err != nil {
			return err
		}
		if err := sleep(ctx, 120*time.Millisecond); err != nil {
			return fmt.Errorf("the demo did not end in time: %w", err)
		}
	}
}

// calm: everything is decided and nothing is on its way.
func (v *demoShow) calm(ctx context.Context) (bool, error) {
	var s web.Status
	err := v.api.Get(ctx, "/api/v1/status", nil, &s)
	return s.Undecided == 0 && s.People[flowd.WordWaiting] == 0 && s.People[flowd.WordChecking] == 0, err
}

// stopped: the account's quota stops everything.
func (v *demoShow) stopped(ctx context.Context) (bool, error) {
	var s web.Status
	err := v.api.Get(ctx, "/api/v1/status", nil, &s)
	for _, p := range s.Pauses {
		if p.Reason == flowd.ReasonQuota.InWords() {
			return true, err
		}
	}
	return false, err
}

// changes prints each person whose standing is new since the last look.
func (v *demoShow) changes(ctx context.Context) error {
	entries, err := v.entries(ctx)
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
		line := fmt.Sprintf("%6.1fs  %-11s %s %-19s", time.Since(v.begun).Seconds(), v.cast[e.Application],
			v.app.paint(colourOf(e.Word), fmt.Sprintf("%-21s", e.Word)), to)
		if e.Why != "" {
			line += "  " + v.app.paragraph(64, dim, e.Why)
		}
		fmt.Fprintln(v.app.Out, strings.TrimRight(line, " "))
	}
	return nil
}

// entries is everybody, oldest first.
func (v *demoShow) entries(ctx context.Context) ([]web.Entry, error) {
	var list web.List
	if err := v.api.Get(ctx, "/api/v1/list", url.Values{"show": {"1"}, "limit": {"1000"}}, &list); err != nil {
		return nil, err
	}
	entries := slices.DeleteFunc(list.Entries, func(e web.Entry) bool { return e.Word == "" })
	slices.SortStableFunc(entries, func(x, y web.Entry) int { return strings.Compare(x.Application, y.Application) })
	return entries, nil
}

// ending is the table, and what Hireflix itself counted.
func (v *demoShow) ending(ctx context.Context, s *demoStage) error {
	entries, err := v.entries(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(v.app.Out, "\n%s\n", v.app.paint(bold, "What became of everybody"))
	rows := make([][]cell, 0, len(entries))
	for _, e := range entries {
		row := plainCells(v.cast[e.Application], e.Job, string(e.Word), e.Position, e.Why)
		row[2].colour = colourOf(e.Word)
		rows = append(rows, row)
	}
	if err := v.app.table([]string{"NAME", "JOB", "IS", "POSITION", "WHY"}, rows); err != nil {
		return err
	}
	journal := s.hireflix.Journal()
	invited := s.interviews() - 1 // one was made by hand
	v.say("\n%d deliveries, %d people; Hireflix counts %d invites made by flowd in %d attempts.", s.sent, len(s.moves), invited, journal.Count(sim.Invite))
	if twice := journal.Repeats(); len(twice) > 0 {
		return fmt.Errorf("invited twice: %s", strings.Join(twice, ", "))
	}
	fmt.Fprintln(v.app.Out, v.app.paint(green, "Nobody was invited twice, and nobody was lost."))
	return nil
}
