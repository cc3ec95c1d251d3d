package sim

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// question is one of a position's questions.
type question struct{ id, title string }

// recording is what a candidate answered. It is replaced and never changed, so
// that what was read of an interview stays what it was.
type recording struct {
	answers []answered
	at      time.Time
	texts   []string // transcripts written by hand; nil if there are none
}

type answered struct {
	question question
	id       string
	seconds  float64
}

// Answer is the candidate who records the interview: interview.finish, and
// interview.status-change with it, are sent. It fails for an interview that is
// answered already; see [Server.AskAgain].
func (s *Server) Answer(interviewID string) error {
	return s.locked(interviewID, func(iv *interview) error {
		if iv.recorded != nil {
			return fmt.Errorf("interview %q is answered already; AskAgain comes first", interviewID)
		}
		iv.completed = s.options.Now()
		if earliest := iv.finished.Add(time.Millisecond); !iv.finished.IsZero() && iv.completed.Before(earliest) {
			iv.completed = earliest // a clock that stands still must not hide that it was recorded again
		}
		iv.finished = iv.completed
		iv.recorded = &recording{at: iv.completed}
		for i, q := range iv.home.questions {
			iv.recorded.answers = append(iv.recorded.answers, answered{
				question: q, id: draw(s.account.side, 24, hexadecimal), seconds: float64(30 + 10*i),
			})
		}
		s.tell(EventFinish, iv)
		return nil
	})
}

// AskAgain is a recruiter who deletes the answers, so that the candidate can
// record again on the same link: the interview is pending again, and the next
// [Server.Answer] finishes it with a later time. The deletion itself sends
// nothing, for none of the vendor's statuses of webhooks is pending (Q7). It
// fails for an interview that is not answered.
func (s *Server) AskAgain(interviewID string) error {
	return s.locked(interviewID, func(iv *interview) error {
		if iv.recorded == nil {
			return fmt.Errorf("interview %q is not answered", interviewID)
		}
		iv.recorded = nil
		iv.completed, iv.shortlisted, iv.discarded = time.Time{}, time.Time{}, time.Time{}
		return nil
	})
}

// Transcribe gives the answers their transcripts now, whatever
// [Options.TranscribeAfter] says: one text for each answer in turn, the last
// one for those that are left. It fails for an interview that is not answered.
func (s *Server) Transcribe(interviewID string, texts ...string) error {
	if len(texts) == 0 {
		return errors.New("no text")
	}
	return s.locked(interviewID, func(iv *interview) error {
		if iv.recorded == nil {
			return fmt.Errorf("interview %q is not answered", interviewID)
		}
		again := *iv.recorded
		again.texts = texts
		iv.recorded = &again
		return nil
	})
}

// thumbnail is a signed link of short life, as all links to media are.
func (iv *interview) thumbnail(now time.Time) *string {
	if iv.recorded == nil || len(iv.recorded.answers) == 0 {
		return nil
	}
	link := media(iv.home, iv.recorded.answers[0].id, "00001-thumbnail.png", now)
	return &link
}

// media is a link to a file that nobody serves. It is another one whenever the
// clock moved, so that one which was kept is seen to be stale (the vendor's
// guide, Q13), and has the characters that a careless encoder spoils.
func media(home *position, answer, file string, now time.Time) string {
	expires := strconv.FormatInt(now.Add(time.Hour).UnixMilli(), 10)
	return "https://media.hireflix.com/" + home.id + "/answer/" + answer + "/" + file +
		"?Expires=" + expires + "&Key-Pair-Id=SIMULATED&Signature=simulated~" + expires + "_"
}

type answeredQuestionObject struct {
	ID, Title, Description, Notes *string
	Answered                      *bool
	Score                         *float64
	Media                         *mediaObject
	Answer                        *answerObject
}

type answerObject struct {
	ID, URL, Thumbnail *string
	Meta               *answerMeta
	Transcription      *transcriptionObject
}

type answerMeta struct{ Duration *float64 }

type transcriptionObject struct {
	LanguageCode, Text *string
	Words              *[]*wordObject
}

type wordObject struct {
	Text       *string
	Start, End *float64
}

type questionObject struct {
	ID, Title, Description, Notes, TranscriptionLanguage *string
	Media                                                *mediaObject
	Retakes, TimeToAnswer, TimeToThink                   *int32
}

func (p *position) questionObjects() *[]*questionObject {
	list := make([]*questionObject, 0, len(p.questions))
	for _, q := range p.questions {
		list = append(list, &questionObject{ID: &q.id, Title: &q.title})
	}
	return &list
}

// answeredQuestions tells what was recorded, as read at a time. A position's
// questions never change, so it needs no lock.
func (s *Server) answeredQuestions(iv *interview, recorded *recording, now time.Time) *[]*answeredQuestionObject {
	list := make([]*answeredQuestionObject, 0, len(iv.home.questions))
	is := recorded != nil
	for i, q := range iv.home.questions {
		asked := &answeredQuestionObject{ID: &q.id, Title: &q.title, Answered: &is}
		if is {
			a := recorded.answers[i]
			video, thumbnail := media(iv.home, a.id, "00001.mp4", now), media(iv.home, a.id, "00001-thumbnail.png", now)
			asked.Answer = &answerObject{
				ID: &a.id, URL: &video, Thumbnail: &thumbnail, Meta: &answerMeta{&a.seconds},
				Transcription: s.transcription(recorded, i, now),
			}
		}
		list = append(list, asked)
	}
	return &list
}

// transcription is null until it is due.
func (s *Server) transcription(r *recording, i int, now time.Time) *transcriptionObject {
	var spoken string
	after := s.options.TranscribeAfter
	switch {
	case len(r.texts) > 0:
		spoken = r.texts[min(i, len(r.texts)-1)]
	case after < 0 || now.Before(r.at.Add(after)):
		return nil
	default:
		spoken = "What there is to say about: " + r.answers[i].question.title
	}
	language := "en"
	split := strings.Fields(spoken)
	words := make([]*wordObject, 0, len(split))
	for n, word := range split {
		each := r.answers[i].seconds / float64(len(split))
		start, end := float64(n)*each, float64(n+1)*each
		words = append(words, &wordObject{Text: &word, Start: &start, End: &end})
	}
	return &transcriptionObject{LanguageCode: &language, Text: &spoken, Words: &words}
}
