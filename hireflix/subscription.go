package hireflix

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/shurcooL/graphql"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

// Subscription is how Hireflix's webhook for one address stands.
type Subscription string

// Incomplete lacks some of the five events; the last two are what EnsureWebhook
// did.
const (
	SubscriptionActive     Subscription = "active"
	SubscriptionMissing    Subscription = "missing"
	SubscriptionInactive   Subscription = "inactive"
	SubscriptionIncomplete Subscription = "incomplete"
	SubscriptionCreated    Subscription = "created"
	SubscriptionRepaired   Subscription = "repaired"
)

var (
	opWebhooks            = operation{name: "FlowdWebhooks", doing: "list the webhooks"}
	opWebhookSecret       = operation{name: "FlowdWebhookSecret", doing: "read the webhooks' secret"}
	opWebhookCreate       = operation{name: "FlowdWebhookCreate", doing: "create a webhook", mutation: true, nested: true}
	opWebhookCreateObject = operation{name: "FlowdWebhookCreateObject", doing: "create a webhook", mutation: true, nested: true}
	opWebhookUpdate       = operation{name: "FlowdWebhookUpdate", doing: "repair a webhook", mutation: true, nested: true}
)

type webhooksQuery struct{ Webhooks []subscribed }

type subscribed struct {
	ID     word
	URL    word
	Events []word
	Active instant
}

// The guide shows create without a selection (Q23.1), and a connector with one.
// The events are written in the document: the type of their list is not known.
type webhookCreate struct {
	Webhooks struct {
		Create word `graphql:"create(url: $url, events: [\"interview.create\", \"interview.finish\", \"interview.status-change\", \"interview.delete\", \"interview.score-updated\"])"`
	} `graphql:"Webhooks"`
}

type webhookCreateObject struct {
	Webhooks struct {
		Create *struct{ ID word } `graphql:"create(url: $url, events: [\"interview.create\", \"interview.finish\", \"interview.status-change\", \"interview.delete\", \"interview.score-updated\"])"`
	} `graphql:"Webhooks"`
}

type webhookUpdate struct {
	Webhooks struct {
		Update *struct{ ID word } `graphql:"update(id: $id, url: $url, active: true, events: [\"interview.create\", \"interview.finish\", \"interview.status-change\", \"interview.delete\", \"interview.score-updated\"])"`
	} `graphql:"Webhooks"`
}

func hookEvents() []word {
	return []word{hookCreate, hookFinish, hookStatus, hookDelete, hookScored}
}

// EnsureWebhook looks whether Hireflix calls an address for all five events. With
// fix it creates the webhook or repairs the one that is there, looks again, and
// says which of the two it did; one that a repair is refused for is joined by a
// new one, and what then comes twice tells nothing new. Webhooks to other
// addresses are not touched.
//
// A fault.Unknown says that Hireflix's schema has no list of webhooks: then
// nothing is created, because nobody could tell what is there, and a person has
// to look in Hireflix.
func (c *Client) EnsureWebhook(ctx context.Context, address string, fix bool) (Subscription, error) {
	stands, id, err := c.subscription(ctx, address)
	if err != nil || !fix || stands == SubscriptionActive {
		return stands, err
	}
	did := SubscriptionCreated
	if stands != SubscriptionMissing {
		did = SubscriptionRepaired
		err = c.updateWebhook(ctx, id, address)
	}
	if stands == SubscriptionMissing || errors.Is(err, errRefusedBySchema) {
		err = c.createWebhook(ctx, address)
	}
	if err != nil {
		return stands, err
	}
	if stands, _, err = c.subscription(ctx, address); err != nil || stands != SubscriptionActive {
		if err == nil {
			err = fault.New(fault.Unknown, opWebhookCreate.doing, "Hireflix took the call and the webhook is %s still: look at Account, Webhooks there", stands)
		}
		return stands, err
	}
	return did, nil
}

// subscription returns the best of the webhooks to an address.
func (c *Client) subscription(ctx context.Context, address string) (best Subscription, id string, err error) {
	answer, err := query[webhooksQuery](ctx, c, opWebhooks, nil)
	if err != nil {
		return "", "", told(opWebhooks, err)
	}
	if answer.Webhooks == nil {
		return "", "", fault.New(fault.Unknown, opWebhooks.doing, "the answer holds no list of webhooks")
	}
	rank := []Subscription{SubscriptionMissing, SubscriptionInactive, SubscriptionIncomplete, SubscriptionActive}
	best = SubscriptionMissing
	for _, hook := range answer.Webhooks {
		if !sameAddress(string(hook.URL), address) {
			continue
		}
		if is := hook.stands(); slices.Index(rank, is) > slices.Index(rank, best) {
			best, id = is, string(hook.ID)
		}
	}
	return best, id, nil
}

func (s subscribed) stands() Subscription {
	switch {
	case !s.Active.happened:
		return SubscriptionInactive
	case slices.ContainsFunc(hookEvents(), func(e word) bool { return !slices.Contains(s.Events, e) }):
		return SubscriptionIncomplete
	}
	return SubscriptionActive
}

func (c *Client) createWebhook(ctx context.Context, address string) error {
	variables := map[string]any{"url": graphql.String(address)}
	_, _, err := send[webhookCreate](ctx, c, opWebhookCreate, variables)
	if errors.Is(err, errRefusedBySchema) {
		_, _, err = send[webhookCreateObject](ctx, c, opWebhookCreateObject, variables)
	}
	return unconflicted(told(opWebhookCreate, err))
}

// updateWebhook returns a refusal by the schema as it is.
func (c *Client) updateWebhook(ctx context.Context, id, address string) error {
	_, _, err := send[webhookUpdate](ctx, c, opWebhookUpdate, map[string]any{"id": graphql.String(id), "url": graphql.String(address)})
	return unconflicted(err)
}

// sameAddress compares as a server would: without regard to the case of the
// host, and to a slash at the end.
func sameAddress(a, b string) bool {
	clean := func(raw string) string {
		u, err := url.Parse(strings.TrimSpace(raw))
		if err != nil {
			return raw
		}
		u.Scheme, u.Host, u.Path = strings.ToLower(u.Scheme), strings.ToLower(u.Host), strings.TrimRight(u.Path, "/")
		return u.String()
	}
	return clean(a) == clean(b)
}

type webhookSecretQuery struct{ WebhookSecretKey word }

// WebhookSecret reads the secret that signs the webhooks of the account; there
// is one for all of them. It is for a person who sets flowd up.
func (c *Client) WebhookSecret(ctx context.Context) (secret.Value, error) {
	answer, err := query[webhookSecretQuery](ctx, c, opWebhookSecret, nil)
	if err != nil {
		return secret.Value{}, told(opWebhookSecret, err)
	}
	if answer.WebhookSecretKey == "" {
		return secret.Value{}, fault.New(fault.NotFound, opWebhookSecret.doing, "Hireflix has none yet: see Account, Webhooks there")
	}
	return secret.New(string(answer.WebhookSecretKey)), nil
}
