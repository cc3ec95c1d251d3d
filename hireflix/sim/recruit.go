package sim

import (
	"errors"
	"math"
	"time"
)

// Shortlist is a recruiter who moves an interview to the shortlisted ones, or
// back to those to evaluate. Shortlisting one that was discarded restores it.
func (s *Server) Shortlist(interviewID string, shortlisted bool) error {
	return s.locked(interviewID, func(iv *interview) error {
		s.account.shortlist(iv, shortlisted)
		return nil
	})
}

// Discard is a recruiter who discards an interview, or restores it to where it
// was before.
func (s *Server) Discard(interviewID string, discarded bool) error {
	return s.locked(interviewID, func(iv *interview) error {
		s.account.discard(iv, discarded)
		return nil
	})
}

// Score is a recruiter's score: 0.5 to 5 in steps of 0.5, or 0 to take it back.
// It is averaged with what the API's score gave.
func (s *Server) Score(interviewID string, value float64) error {
	return s.locked(interviewID, func(iv *interview) error {
		var given *float64
		if value != 0 {
			given = &value
		}
		return s.account.rate(iv, recruiter, given)
	})
}

// Delete removes an interview, as a recruiter can; its address and externalId
// are free again. See [Server.Deleted].
func (s *Server) Delete(interviewID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	iv, err := s.account.interview(interviewID)
	if err != nil {
		return err
	}
	s.remove(iv)
	return nil
}

// remove is called under the server's lock.
func (s *Server) remove(iv *interview) {
	s.account.remove(iv)
	s.tell(EventDelete, iv)
}

// locked is change under the server's lock.
func (s *Server) locked(interviewID string, do func(*interview) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	iv, err := s.account.interview(interviewID)
	if err != nil {
		return err
	}
	return s.change(iv, do)
}

// change changes an interview and tells the webhooks what became different. A
// status that goes back to pending is not told: the vendor lists no such
// status-change (Q7). It is called under the server's lock.
func (s *Server) change(iv *interview, do func(*interview) error) error {
	status, score := iv.status(), iv.score()
	if err := do(iv); err != nil {
		return err
	}
	iv.updated = s.options.Now()
	if is := iv.status(); is != status && is != "pending" {
		s.tell(EventStatusChange, iv)
	}
	if is := iv.score(); (is == nil) != (score == nil) || is != nil && *is != *score {
		s.tell(EventScoreUpdated, iv)
	}
	return nil
}

func (a *account) shortlist(iv *interview, yes bool) {
	iv.shortlisted = time.Time{}
	if yes {
		iv.shortlisted, iv.discarded = a.now(), time.Time{}
	}
}

func (a *account) discard(iv *interview, yes bool) {
	iv.discarded = time.Time{}
	if yes {
		iv.discarded = a.now()
	}
}

// scorer is one of the two people of the team.
type scorer string

const (
	recruiter scorer = "recruiter"
	apiKey    scorer = "api"
)

// teamScore is one scorer's score of an interview.
type teamScore struct {
	by      scorer
	id      string
	value   float64
	created time.Time
	updated time.Time
}

// rate sets one scorer's score; nil clears it.
func (a *account) rate(iv *interview, by scorer, value *float64) error {
	if value != nil && (!(*value >= 0.5 && *value <= 5) || math.Trunc(*value*2) != *value*2) {
		return errors.New("score must be 0.5 to 5 in steps of 0.5")
	}
	now := a.now()
	for i, given := range iv.scores {
		if given.by != by {
			continue
		}
		if value == nil {
			iv.scores = append(iv.scores[:i:i], iv.scores[i+1:]...)
		} else {
			given.value, given.updated = *value, now
		}
		return nil
	}
	if value != nil {
		iv.scores = append(iv.scores, &teamScore{by: by, id: draw(a.side, 24, hexadecimal), value: *value, created: now, updated: now})
	}
	return nil
}

// score is the team's average; nil without scores.
func (iv *interview) score() *float64 {
	if len(iv.scores) == 0 {
		return nil
	}
	sum := 0.0
	for _, given := range iv.scores {
		sum += given.value
	}
	sum /= float64(len(iv.scores))
	return &sum
}

type teamScoreObject struct {
	ID             *string
	ComputedScore  *float64
	OverridenScore *overriddenScoreObject
	Scorer         *memberObject
}

type overriddenScoreObject struct {
	Value                *float64
	CreatedAt, UpdatedAt *timestamp
}

type memberObject struct {
	ID, Name, Email, Type *string
	Deleted               *bool
}

type commentObject struct {
	ID, Value            *string
	Author               *memberObject
	CreatedAt, UpdatedAt *timestamp
}

// object is a member of the team.
func (by scorer) object() *memberObject {
	id, name, gone := "member-"+string(by), string(by), false
	return &memberObject{ID: &id, Name: &name, Deleted: &gone}
}

func (iv *interview) teamScores() *[]*teamScoreObject {
	list := make([]*teamScoreObject, 0, len(iv.scores))
	for _, given := range iv.scores {
		value := given.value
		list = append(list, &teamScoreObject{
			ID: &given.id, Scorer: given.by.object(),
			OverridenScore: &overriddenScoreObject{Value: &value, CreatedAt: stamp(given.created), UpdatedAt: stamp(given.updated)},
		})
	}
	return &list
}
