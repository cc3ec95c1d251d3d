package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/sign"
)

// Webhook posts JSON to a system of the operator's own, signed by Standard
// Webhooks 1.0, so that the receiver knows who sent it and which it has had.
type Webhook struct {
	URL    func() (secret.Value, error)
	Secret func() (secret.Value, error) // base64, with or without whsec_
	HTTP   *http.Client                 // of NewClient
}

// webhookBody has the members that Standard Webhooks recommends: what happened,
// when, and the data.
type webhookBody struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      webhookData `json:"data"`
}

type webhookData struct {
	ID      string `json:"id"`
	Owner   string `json:"owner,omitempty"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Facts   []Fact `json:"facts"`
}

// Send implements Channel.
func (w Webhook) Send(ctx context.Context, m Message) error {
	const op = "notify by webhook"
	m, err := m.tidy(op)
	if err != nil {
		return err
	}
	key, err := w.Secret()
	if err != nil {
		return fault.Wrap(fault.Unavailable, op, err)
	}
	now := time.Now().UTC()
	body, err := json.Marshal(webhookBody{"flowd.notification", now.Truncate(time.Second), webhookData{m.Key, m.Owner, m.Subject, m.Text, m.Facts}})
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	scheme, err := sign.New(sign.StandardWebhooks())
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	header := jsonHeader()
	header.Set("Webhook-Id", m.Key)
	if _, err := scheme.Sign(now, header, nil, body, []byte(key.Reveal())); err != nil {
		return fault.New(fault.Invalid, op, "the secret is not one of Standard Webhooks; write whsec_ and base64")
	}
	return call{op, http.MethodPost, w.URL, header, body}.do(ctx, w.HTTP)
}
