package sim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The events that webhooks are sent for (the vendor's guide, Q6).
const (
	EventCreate       = "interview.create"
	EventFinish       = "interview.finish"
	EventStatusChange = "interview.status-change"
	EventDelete       = "interview.delete"
	EventScoreUpdated = "interview.score-updated"
)

var events = []string{EventCreate, EventFinish, EventStatusChange, EventDelete, EventScoreUpdated}

// SignatureHeader is the header in which a webhook's signature is sent.
const SignatureHeader = "X-Hireflix-Signature"

// envelope is the body of a webhook, in the order of the vendor's samples.
type envelope struct {
	Event string     `json:"event"`
	Data  eventData  `json:"data"`
	Date  *timestamp `json:"date"`
}

type eventData struct {
	ID         string        `json:"id"`
	Position   eventPosition `json:"position"`
	ExternalID *string       `json:"externalId"`
	Status     string        `json:"status"`
	Hash       string        `json:"hash"`
	CreatedAt  *timestamp    `json:"createdAt"`
	Candidate  any           `json:"candidate"`
	Score      eventScore    `json:"score"`
	Completed  *timestamp    `json:"completed"`
	Deleted    *timestamp    `json:"deleted"`
	Archived   *timestamp    `json:"archived"`
	Finalist   *timestamp    `json:"finalist"`
	Answered   bool          `json:"answered"`
	Thumbnail  *string       `json:"thumbnail"`
	URL        eventURL      `json:"url"`
}

type eventPosition struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type olderCandidate struct {
	Name  string  `json:"name"`
	Email string  `json:"email"`
	Phone *string `json:"phone"`
}

type newerCandidate struct {
	Name      string  `json:"name"`
	FirstName string  `json:"firstName"`
	LastName  *string `json:"lastName"`
	Email     string  `json:"email"`
	Phone     *string `json:"phone"`
}

type eventScore struct {
	Value *float64 `json:"value"`
}

type eventURL struct {
	Public  *string `json:"public"`
	Short   *string `json:"short"`
	Private *string `json:"private"`
}

// eventBody writes what a webhook says of an interview at a moment. The status
// is always in the older words, whatever the API answers.
func (s *Server) eventBody(event string, iv *interview, at time.Time) ([]byte, error) {
	urls := iv.urls()
	data := eventData{
		ID: iv.id, Position: eventPosition{iv.home.id, iv.home.name}, ExternalID: optional(iv.externalID),
		Status: iv.status(), Hash: iv.hash, CreatedAt: stamp(iv.created), Score: eventScore{iv.score()},
		Completed: stamp(iv.completed), Deleted: stamp(iv.deleted), Archived: stamp(iv.discarded), Finalist: stamp(iv.shortlisted),
		Answered: !iv.completed.IsZero(), Thumbnail: iv.thumbnail(at),
		URL:       eventURL{urls.Public, urls.Short, urls.Private},
		Candidate: newerCandidate{iv.fullName(), iv.firstName, optional(iv.lastName), iv.email, optional(iv.phone)},
	}
	if s.options.OlderBodies {
		data.Candidate = olderCandidate{iv.fullName(), iv.email, optional(iv.phone)}
		bare := strings.TrimPrefix(*urls.Short, "https://")
		data.URL.Short = &bare
	}
	return compact(envelope{event, data, stamp(at)})
}

// rawSeparators undoes the one escape that encoding/json cannot be kept from.
// An escaped backslash is passed over, so that it does not lose its other half.
var rawSeparators = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")

// compact writes JSON as JSON.stringify does, which is what the vendor signs:
// without spaces, and with < > & and line separators as they are.
func compact(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return []byte(rawSeparators.Replace(strings.TrimSuffix(out.String(), "\n"))), nil
}

// Secret is the one secret that signs the webhooks of the account.
func (s *Server) Secret() string { return s.secret }

// Sign returns what a webhook with this body has in its [SignatureHeader]:
// base64 of HMAC-SHA256 over the bytes as they are.
func (s *Server) Sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(s.secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Signed is the webhook that an event of an interview would be sent with now,
// for a test that posts it by itself. Interviews that were deleted are known,
// too.
func (s *Server) Signed(event, interviewID string) (body []byte, signature string, err error) {
	if !slices.Contains(events, event) {
		return nil, "", fmt.Errorf("no event %q", event)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	iv, err := s.account.interview(interviewID)
	if err != nil {
		i := slices.IndexFunc(s.account.deleted, func(gone *interview) bool { return gone.id == interviewID })
		if i < 0 {
			return nil, "", err
		}
		iv = s.account.deleted[i]
	}
	if body, err = s.eventBody(event, iv, s.options.Now()); err != nil {
		return nil, "", err
	}
	return body, s.Sign(body), nil
}

// tell queues an event for the webhooks that want it. It is called under the
// server's lock, so that what is sent is what was true.
func (s *Server) tell(event string, iv *interview) {
	at := s.options.Now()
	for _, w := range s.account.webhooks {
		if !w.Active || !slices.Contains(w.Events, event) {
			continue
		}
		s.post.queue(notice{
			webhook: w.ID, number: w.number, url: w.URL, event: event, at: at,
			interview: iv.id, position: iv.home.id, email: fold(iv.email),
			body: func(at time.Time) ([]byte, error) { return s.eventBody(event, iv, at) },
		})
	}
}
