package hireflix

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"flowd"
	"flowd/internal/secret"
	"flowd/internal/sign"
)

// The events of Hireflix's webhooks; there are no others (the vendor's guide,
// Q6).
const (
	hookCreate  = "interview.create"
	hookFinish  = "interview.finish"
	hookStatus  = "interview.status-change"
	hookDelete  = "interview.delete"
	hookScored  = "interview.score-updated"
	maxHookID   = 128
	maxAhead    = 5 * time.Minute // that Hireflix's clock may be ahead of ours
	hookDecodes = "Hireflix's webhook"
)

// WebhookScheme is how Hireflix signs: base64 of the HMAC-SHA256 of the body as
// sent (the vendor's documentation on validating webhooks). Nothing signed says
// when it was sent, so that a repetition is known by its content alone.
func WebhookScheme() sign.Scheme {
	return sign.Scheme{Signature: "header:x-hireflix-signature", Encoding: "base64"}
}

// Webhook receives what Hireflix calls; it is a source like those of an ATS. It
// is immutable and safe for concurrent use.
type Webhook struct {
	verifier *sign.Verifier
	secrets  [][]byte
}

// NewWebhook returns a receiver that believes what one of the secrets signed.
// There is one secret an account; several serve its exchange. None, or an empty
// one, is refused.
func NewWebhook(secrets ...secret.Value) (*Webhook, error) {
	verifier, err := sign.New(WebhookScheme())
	if err != nil {
		return nil, err
	}
	w := &Webhook{verifier: verifier}
	for _, s := range secrets {
		if err := verifier.CheckSecret([]byte(s.Reveal())); err != nil {
			return nil, err
		}
		w.secrets = append(w.secrets, []byte(s.Reveal()))
	}
	if len(w.secrets) == 0 {
		return nil, sign.ErrNoSecret
	}
	return w, nil
}

// Verify tells whether the body was signed with one of the secrets. The time is
// not needed: Hireflix signs none.
func (w *Webhook) Verify(now time.Time, d flowd.Delivery) error {
	return w.verifier.Verify(now, d.Header, d.Query, d.Body, w.secrets...)
}

// Decode makes one sighting of a delivery, and none of an event of another name.
// What the sighting tells depends on the body alone, so that a body that comes
// twice tells nothing new. It is strict about what it cannot do without, the
// event's name and the interview's id, and takes whatever else it can read: the
// vendor's samples differ among themselves. Its errors show nothing of the body.
func (w *Webhook) Decode(d flowd.Delivery) (flowd.Batch, *flowd.Reply, error) {
	var in struct {
		Event json.RawMessage `json:"event"`
		Data  json.RawMessage `json:"data"`
		Date  instant         `json:"date"`
	}
	if !isObject(d.Body) || json.Unmarshal(d.Body, &in) != nil {
		return flowd.Batch{}, nil, errors.New(hookDecodes + " is not a JSON object")
	}
	event := text(in.Event)
	switch event {
	case hookCreate, hookFinish, hookStatus, hookDelete, hookScored:
	case "":
		return flowd.Batch{}, nil, errors.New(hookDecodes + " names no event")
	default:
		return flowd.Batch{}, nil, nil
	}
	var seen hookInterview
	if err := json.Unmarshal(in.Data, &seen); err != nil && !otherType(err) || !isObject(in.Data) {
		return flowd.Batch{}, nil, errors.New(hookDecodes + " holds no interview")
	}
	if !usableID(string(seen.ID)) {
		return flowd.Batch{}, nil, errors.New(hookDecodes + " holds an interview without a usable id")
	}
	at := in.Date.at
	if at.IsZero() || !d.Received.IsZero() && at.After(d.Received.Add(maxAhead)) {
		at = d.Received // a date far ahead would make all that follows seem old
	}
	sighting := seen.sighting(at)
	sighting.Interview.Deleted = sighting.Interview.Deleted || event == hookDelete
	if event == hookFinish && !sighting.Interview.Answered {
		sighting.Interview.Answered = true
		sighting.Interview.Status = standing(status(seen.Status), seen.Archived, seen.Finalist, true)
	}
	return flowd.Batch{Source: flowd.Untied, ATS: flowd.Untied, Sightings: []flowd.Sighting{sighting}}, nil, nil
}

// hookInterview is the interview of a webhook (the vendor's guide, Q6). The
// thumbnail is not read: it is a link of short life.
type hookInterview struct {
	ID         word    `json:"id"`
	ExternalID word    `json:"externalId"`
	Status     word    `json:"status"`
	CreatedAt  instant `json:"createdAt"`
	Answered   instant `json:"answered"`
	Completed  instant `json:"completed"`
	Deleted    instant `json:"deleted"`
	Archived   instant `json:"archived"`
	Finalist   instant `json:"finalist"`
	Position   struct {
		ID   word `json:"id"`
		Name word `json:"name"`
	} `json:"position"`
	Candidate struct {
		Name      word `json:"name"`
		FirstName word `json:"firstName"`
		LastName  word `json:"lastName"`
		Email     word `json:"email"`
		Phone     word `json:"phone"`
	} `json:"candidate"`
	Score hookScore `json:"score"`
	URL   struct {
		Public  word `json:"public"`
		Short   word `json:"short"`
		Private word `json:"private"`
	} `json:"url"`
}

// hookScore is the average in an object, as documented, or alone.
type hookScore struct{ value float64 }

// UnmarshalJSON implements json.Unmarshaler.
func (s *hookScore) UnmarshalJSON(raw []byte) error {
	var in struct {
		Value word `json:"value"`
	}
	if !isObject(raw) || json.Unmarshal(raw, &in) != nil {
		in.Value = word(text(raw))
	}
	s.value = score(in.Value)
	return nil
}

func (h hookInterview) sighting(at time.Time) flowd.Sighting {
	answered := h.Answered.happened || h.Completed.happened
	return flowd.Sighting{
		Interview: flowd.Interview{
			ID: string(h.ID), ExternalID: string(h.ExternalID),
			Position: flowd.Position{ID: string(h.Position.ID), Name: strings.TrimSpace(string(h.Position.Name))},
			Status:   standing(status(h.Status), h.Archived, h.Finalist, answered),
			Answered: answered, CompletedAt: h.Completed.at, Score: h.Score.value,
			Deleted: h.Deleted.happened, CreatedAt: h.CreatedAt.at,
			PublicURL: link(h.URL.Public), ShortURL: link(h.URL.Short), PrivateURL: link(h.URL.Private),
		},
		Candidate: flowd.Candidate{
			Email:     strings.TrimSpace(string(h.Candidate.Email)),
			FirstName: strings.TrimSpace(string(h.Candidate.FirstName)),
			LastName:  strings.TrimSpace(string(h.Candidate.LastName)),
			Name:      strings.TrimSpace(string(h.Candidate.Name)),
			Phone:     strings.TrimSpace(string(h.Candidate.Phone)),
		},
		At: at,
	}
}

// otherType tells whether all that is wrong is a member of another type: it is
// left empty, and the others are read.
func otherType(err error) bool {
	_, ok := errors.AsType[*json.UnmarshalTypeError](err)
	return ok
}

// usableID bounds an id that is stored as a key. The vendor's own samples hold
// ids that are not 24 hexadecimal digits, so that their form is not checked.
func usableID(id string) bool {
	return id != "" && len(id) <= maxHookID && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}
