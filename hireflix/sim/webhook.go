package sim

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
)

// Webhook is a subscription to events as it stands.
type Webhook struct {
	ID, URL, External string
	Events            []string
	Active            bool
}

type webhook struct {
	Webhook
	number int // counts the webhooks from 1
}

// Subscribe creates a webhook, as someone can in the admin, and returns its id.
// Without events it gets all five. It fails for what is no http URL and for an
// unknown event.
func (s *Server) Subscribe(url string, wanted ...string) (id string, err error) {
	if len(wanted) == 0 {
		wanted = events
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.account.subscribe(url, "", wanted)
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

// Unsubscribe deletes a webhook. What is queued for it is still sent.
func (s *Server) Unsubscribe(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.account.unsubscribe(id) {
		return fmt.Errorf("no webhook %q", id)
	}
	return nil
}

// Webhooks lists the webhooks in the order they were created.
func (s *Server) Webhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Webhook, 0, len(s.account.webhooks))
	for _, w := range s.account.webhooks {
		copied := w.Webhook
		copied.Events = slices.Clone(w.Events)
		list = append(list, copied)
	}
	return list
}

// mostWebhooks bounds what one event sends.
const mostWebhooks = 100

func (a *account) subscribe(url, external string, wanted []string) (*webhook, error) {
	if err := errors.Join(webhookURL(url), webhookEvents(wanted)); err != nil {
		return nil, err
	}
	if len(a.webhooks) >= mostWebhooks {
		return nil, fmt.Errorf("there are %d webhooks already", mostWebhooks)
	}
	a.hooked++
	made := &webhook{number: a.hooked, Webhook: Webhook{
		ID: draw(a.side, 24, hexadecimal), URL: url, External: external, Events: slices.Clone(wanted), Active: true,
	}}
	a.webhooks = append(a.webhooks, made)
	return made, nil
}

func (a *account) unsubscribe(id string) bool {
	before := len(a.webhooks)
	a.webhooks = slices.DeleteFunc(a.webhooks, func(w *webhook) bool { return w.ID == id })
	return len(a.webhooks) < before
}

func (a *account) webhook(id string) *webhook {
	if i := slices.IndexFunc(a.webhooks, func(w *webhook) bool { return w.ID == id }); i >= 0 {
		return a.webhooks[i]
	}
	return nil
}

func webhookURL(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return errors.New("url must be an http or https URL")
	}
	return nil
}

func webhookEvents(wanted []string) error {
	if len(wanted) == 0 {
		return errors.New("a webhook needs at least one event")
	}
	for _, event := range wanted {
		if !slices.Contains(events, event) {
			return fmt.Errorf("no event %q", event)
		}
	}
	return nil
}

type webhookObject struct {
	ID, URL, External, Owner *string
	Events                   *[]string
	Active                   *bool
}

func (w *webhook) object() *webhookObject {
	id, url, wanted, active := w.ID, w.URL, slices.Clone(w.Events), w.Active
	return &webhookObject{ID: &id, URL: &url, External: optional(w.External), Events: &wanted, Active: &active}
}

func (q *query) Webhooks() *[]*webhookObject {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	list := make([]*webhookObject, 0, len(q.server.account.webhooks))
	for _, w := range q.server.account.webhooks {
		list = append(list, w.object())
	}
	return &list
}

func (q *query) Webhook(args struct{ ID string }) *webhookObject {
	q.server.mu.Lock()
	defer q.server.mu.Unlock()
	if w := q.server.account.webhook(args.ID); w != nil {
		return w.object()
	}
	return nil
}

func (q *query) WebhookSecretKey() *string {
	secret := q.server.Secret()
	return &secret
}

// webhooksMutation changes webhooks.
type webhooksMutation struct{ server *Server }

func (m *webhooksMutation) Create(ctx context.Context, args struct {
	URL      string
	Events   []string
	External *string
}) (*webhookObject, error) {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	made, err := m.server.account.subscribe(args.URL, value(args.External), args.Events)
	if err != nil {
		return nil, badRequest(err.Error())
	}
	callFrom(ctx).took(CreateWebhook, "")
	return made.object(), nil
}

func (m *webhooksMutation) Update(ctx context.Context, args struct {
	ID     string
	URL    *string
	Events *[]string
	Active *bool
}) (*webhookObject, error) {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	w := m.server.account.webhook(args.ID)
	if w == nil {
		return nil, &problem{404, "Webhook not found"}
	}
	changed := w.Webhook
	if args.URL != nil {
		changed.URL = *args.URL
	}
	if args.Events != nil {
		changed.Events = slices.Clone(*args.Events)
	}
	if args.Active != nil {
		changed.Active = *args.Active
	}
	if err := errors.Join(webhookURL(changed.URL), webhookEvents(changed.Events)); err != nil {
		return nil, badRequest(err.Error())
	}
	w.Webhook = changed
	callFrom(ctx).took(UpdateWebhook, args.ID)
	return w.object(), nil
}

func (m *webhooksMutation) Delete(ctx context.Context, args struct{ ID string }) (*bool, error) {
	m.server.mu.Lock()
	defer m.server.mu.Unlock()
	if !m.server.account.unsubscribe(args.ID) {
		return nil, &problem{404, "Webhook not found"}
	}
	callFrom(ctx).took(DeleteWebhook, args.ID)
	done := true
	return &done, nil
}
