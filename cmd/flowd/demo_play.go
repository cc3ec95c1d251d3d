package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"flowd/hireflix/sim"
)

// invitesGoOut is the first day: everybody moves, and who is to be invited is.
func (s *demoStage) invitesGoOut(ctx context.Context, show *demoShow) error {
	if err := s.prepare(); err != nil {
		return err
	}
	show.say("Somebody invited Gus Lind by hand last week, and the position %q is archived.", "Support screening")
	show.say("The ATS reports moves:")
	half := len(s.cast) / 2
	if err := s.move(s.cast[:half]); err != nil {
		return err
	}
	if err := show.until(ctx, s.calm); err != nil {
		return err
	}
	before := s.interviews()
	show.say("\nThe ATS is unsure and delivers three moves again, and reports one move twice:")
	if err := s.repeat(); err != nil {
		return err
	}
	if err := show.until(ctx, s.calm); err != nil {
		return err
	}
	if before != s.interviews() {
		return fmt.Errorf("a move that came again led to an invite: %d interviews became %d", before, s.interviews())
	}
	show.aside("nothing comes of it: Hireflix has %d interviews, as before", before)
	// The plan's invites run out in the middle of the second half.
	s.hireflix.SetQuota(s.interviews() + 3)
	show.say("\nThe account's plan has three invites left, and more people move:")
	if err := s.move(s.cast[half : half+1]); err != nil {
		return err
	}
	// The first call takes effect and is never answered: it has to be there
	// before the invites run out.
	if err := show.until(ctx, func(context.Context) (bool, error) { return s.interviews() > before, nil }); err != nil {
		return err
	}
	if err := s.move(s.cast[half+1:]); err != nil {
		return err
	}
	if err := show.until(ctx, s.stopped); err != nil {
		return err
	}
	show.say("The quota is used up: everything waits in its order, and one invite tries now and then.")
	if err := sleep(ctx, 500*time.Millisecond); err != nil {
		return err
	}
	show.say("The next period begins at Hireflix:")
	s.hireflix.NextPeriod()
	s.hireflix.SetQuota(-1)
	return show.until(ctx, s.calm)
}

// move lets recruiters move people in the ATS.
func (s *demoStage) move(people []*demoPerson) error {
	for _, p := range people {
		if err := s.ats.Move(p.application, p.stage); err != nil {
			return err
		}
	}
	return nil
}

// repeat is an ATS that is not sure whether it was heard. Everybody's first hook
// told that they applied; that of the n-th move comes after all of them.
func (s *demoStage) repeat() error {
	for n := range 3 {
		s.ats.Repeat(len(s.cast) + n + 1)
	}
	return s.ats.Move(s.cast[2].application, s.cast[2].stage)
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
	if err := s.hireflix.ArchivePosition(s.positions["Support screening"]); err != nil {
		return err
	}
	silent, failing := s.who("Lea").email(), s.who("Max").email()
	var once sync.Map
	s.hireflix.SetFault(func(op sim.Operation) sim.Effect {
		if op.Kind != sim.Invite {
			return sim.Effect{}
		}
		if _, done := once.LoadOrStore(op.Email, true); done {
			return sim.Effect{}
		}
		switch op.Email {
		case silent:
			return sim.TimeoutAfter()
		case failing:
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
