package sim

import (
	"context"
	"errors"
	"unicode/utf8"
)

// interviewMutation changes one interview.
type interviewMutation struct {
	server *Server
	id     string
}

// change does what one mutation asks and enters it in the journal, in the same
// critical section.
func (m *interviewMutation) change(ctx context.Context, kind Kind, do func(*account, *interview) error) (*interviewObject, error) {
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	iv, err := s.account.interview(m.id)
	if err != nil { // deleted by the same request
		return nil, &problem{404, "Interview not found"}
	}
	if err := s.change(iv, func(iv *interview) error { return do(s.account, iv) }); err != nil {
		var known *problem
		if errors.As(err, &known) {
			return nil, known
		}
		return nil, badRequest(err.Error())
	}
	callFrom(ctx).took(kind, m.id)
	return s.newInterviewObject(iv), nil
}

func (m *interviewMutation) Delete(ctx context.Context) (*bool, error) {
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	iv, err := s.account.interview(m.id)
	if err != nil {
		return nil, &problem{404, "Interview not found"}
	}
	s.remove(iv)
	callFrom(ctx).took(Delete, m.id)
	done := true
	return &done, nil
}

func (m *interviewMutation) Archive(ctx context.Context, args struct{ Archive bool }) (*interviewObject, error) {
	return m.change(ctx, Archive, func(a *account, iv *interview) error {
		a.discard(iv, args.Archive)
		return nil
	})
}

func (m *interviewMutation) Finalist(ctx context.Context, args struct{ Finalist bool }) (*interviewObject, error) {
	return m.change(ctx, Finalist, func(a *account, iv *interview) error {
		a.shortlist(iv, args.Finalist)
		return nil
	})
}

func (m *interviewMutation) Score(ctx context.Context, args struct{ Score *float64 }) (*interviewObject, error) {
	return m.change(ctx, Score, func(a *account, iv *interview) error {
		return a.rate(iv, apiKey, args.Score)
	})
}

// Comment adds a comment, which sends no webhook (the vendor's guide, Q6).
func (m *interviewMutation) Comment(ctx context.Context, args struct{ Comment string }) (*interviewObject, error) {
	return m.change(ctx, Comment, func(a *account, iv *interview) error {
		if args.Comment == "" {
			return errors.New("a comment cannot be empty")
		}
		id, now := draw(a.side, 24, hexadecimal), stamp(a.now())
		iv.comments = append(iv.comments, &commentObject{
			ID: &id, Value: &args.Comment, Author: apiKey.object(), CreatedAt: now, UpdatedAt: now,
		})
		return nil
	})
}

// SetExternalID keeps to the rule of invites: once in a position.
func (m *interviewMutation) SetExternalID(ctx context.Context, args struct{ ExternalID string }) (*interviewObject, error) {
	return m.change(ctx, SetExternalID, func(_ *account, iv *interview) error {
		if n := utf8.RuneCountInString(args.ExternalID); n < 1 || n > 255 {
			return errors.New("external id must be 1 to 255 characters")
		}
		if other, taken := iv.home.byExternal[args.ExternalID]; taken && other != iv {
			return &problem{409, "Interview external id already exists in position"}
		}
		delete(iv.home.byExternal, iv.externalID)
		iv.externalID = args.ExternalID
		iv.home.byExternal[iv.externalID] = iv
		return nil
	})
}
