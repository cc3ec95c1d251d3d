package state

import (
	"time"

	"flowd"
)

// Sighted is what a store remembers of an interview between its sightings. The
// zero value is an interview never heard of. Its methods are pure, so that no
// two back ends can differ, and in whichever order sightings with distinct times
// come, what is known in the end is the same.
type Sighted struct {
	// Seen has in Ties only those that were given by Tie: the others follow from
	// the ledger.
	Seen
	// The times of the newest sightings that told of each: not every one does.
	StatusAt, AnsweredAt, ScoreAt time.Time
	// Finished tells that a finish was noted, whatever became of its answers.
	Finished bool
	// Owner is the application whose events of this interview have its plain key.
	Owner Owner
	// Forgotten tells that the person of an untied interview was erased: what
	// Hireflix says of them is not kept again.
	Forgotten bool
}

// Owner is an application by its ids. The zero value is none.
type Owner struct{ ATS, Application string }

// Key is the identity of an interview event for one application. The first
// application, or untied interview, that an event of the interview goes to has
// the plain key for ever, and every other one a key of its own: so each learns of
// one fact once at most, whatever is tied later.
func (s *Sighted) Key(ev flowd.Event, to Owner) string {
	if s.Owner == (Owner{}) {
		s.Owner = to
	}
	key := ev.Interview.EventKey(ev.Type)
	if s.Owner != to {
		key += "/" + to.ATS + "/" + to.Application
	}
	return key
}

// See takes in a sighting and returns what is new about the interview, as events
// that name no application yet. Empty parts of a sighting mean "not said": an
// interview without answers says so together with its status.
func (s *Sighted) See(seen flowd.Sighting) []flowd.Event {
	said, at := instants(seen.Interview), Instant(seen.At)
	first := s.Interview.ID == ""
	s.fill(said, before(at, s.At))
	var news []flowd.Event
	tell := func(t flowd.EventType, when time.Time) {
		if when.IsZero() {
			when = at
		}
		news = append(news, flowd.Event{Type: t, At: when})
	}
	if first && !said.Deleted {
		tell(flowd.InterviewInvited, said.CreatedAt)
	}
	finished := s.answered(said, at)
	if finished {
		tell(flowd.InterviewFinished, said.CompletedAt)
	}
	if s.status(said, at) {
		tell(flowd.InterviewStatusChanged, time.Time{})
	}
	if said.Score != 0 && !before(at, s.ScoreAt) {
		s.ScoreAt = at
		if said.Score != s.Interview.Score {
			s.Interview.Score = said.Score
			tell(flowd.InterviewScored, time.Time{})
		}
	}
	if said.Deleted && !s.Interview.Deleted {
		s.Interview.Deleted = true
		tell(flowd.InterviewDeleted, time.Time{})
	}
	if at.After(s.At) {
		s.At = at
	}
	for i := range news {
		news[i].Interview = s.Interview
		if news[i].Type == flowd.InterviewFinished { // perhaps of answers that are gone by now
			news[i].Interview.Answered = true
		}
	}
	return news
}

// answered takes in whether there are answers, and tells whether they are news:
// the first ones, or those of a candidate who recorded again.
func (s *Sighted) answered(said flowd.Interview, at time.Time) (news bool) {
	is, current := &s.Interview, !before(at, s.AnsweredAt)
	if !said.Answered {
		if said.Status != "" && current {
			is.Answered, s.AnsweredAt = false, at
		}
		return false
	}
	gone := s.Finished && !is.Answered && current
	known, completed := is.CompletedAt, said.CompletedAt
	switch {
	case !s.Finished:
		news = true
	case completed.IsZero() && gone: // again, at a time that is not said
		completed, news = at, true
	case known.IsZero() && gone:
		news = true
	case known.IsZero(), completed.IsZero(), completed.Equal(known):
	default:
		news, is.Again = completed.After(known), true
	}
	is.Again = is.Again || news && s.Finished
	if completed.After(known) {
		is.CompletedAt = completed
	}
	s.Finished = true
	if current {
		is.Answered, s.AnsweredAt = true, at
	}
	return news
}

// status takes in where the interview stands, and tells whether a recruiter has
// changed that: that it was answered is no change of status.
func (s *Sighted) status(said flowd.Interview, at time.Time) (news bool) {
	if said.Status == "" || before(at, s.StatusAt) {
		return false
	}
	was := s.Interview.Status
	s.Interview.Status, s.StatusAt = said.Status, at
	return was != said.Status && (judged(was) || judged(said.Status))
}

func judged(s flowd.InterviewStatus) bool {
	return s == flowd.InterviewShortlisted || s == flowd.InterviewDiscarded
}

// Learn takes over what an attempt told of an interview: as it was made, which
// may be long before anything that was seen of it.
func (s *Sighted) Learn(made flowd.Interview) {
	made = instants(made)
	unheard := s.Interview.ID == ""
	s.fill(made, !unheard)
	if unheard {
		s.Interview.Status, s.Interview.Score, s.Interview.Deleted = made.Status, made.Score, made.Deleted
		s.Interview.Again, s.Interview.CompletedAt = made.Again, made.CompletedAt
		s.Interview.Answered, s.Finished = made.Answered, made.Answered
		s.At = made.CreatedAt
	}
}

// Did takes over what flowd itself did to an interview, so that its echo is no
// news. What the driver tells stands above what the kind of the action says.
func (s *Sighted) Did(kind flowd.ActionKind, told flowd.Interview, now time.Time) {
	status := told.Status
	switch {
	case kind == flowd.ActionShortlist && status == "":
		status = flowd.InterviewShortlisted
	case kind == flowd.ActionDiscard && status == "":
		status = flowd.InterviewDiscarded
	case kind == flowd.ActionWithdraw || told.Deleted:
		s.Interview.Deleted = true
	}
	if status != "" {
		s.Interview.Status, s.StatusAt = status, Instant(now)
	}
}

// fill takes over what does not change: what is newer stands above what is
// known, what is older only fills gaps.
func (s *Sighted) fill(said flowd.Interview, older bool) {
	is := &s.Interview
	is.ID = pick(is.ID, said.ID, older)
	is.ExternalID = pick(is.ExternalID, said.ExternalID, older)
	is.Position.ID = pick(is.Position.ID, said.Position.ID, older)
	is.Position.Name = pick(is.Position.Name, said.Position.Name, older)
	is.Duration = pick(is.Duration, said.Duration, older)
	is.CreatedAt = pickTime(is.CreatedAt, said.CreatedAt, older)
	is.PublicURL = pick(is.PublicURL, said.PublicURL, older)
	is.ShortURL = pick(is.ShortURL, said.ShortURL, older)
	is.PrivateURL = pick(is.PrivateURL, said.PrivateURL, older)
}

func instants(i flowd.Interview) flowd.Interview {
	i.CreatedAt, i.CompletedAt = Instant(i.CreatedAt), Instant(i.CompletedAt)
	i.Position.Archived = false
	return i
}

// before compares times of which either may be unknown: then nothing is said to
// be older.
func before(t, than time.Time) bool { return !t.IsZero() && !than.IsZero() && t.Before(than) }
