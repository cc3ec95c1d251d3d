package daemon

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/hireflix"
	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// setupDoc is where everything is told that has to be set up in Hireflix.
const setupDoc = "docs/hireflix-setup.md"

// hireflix tries the key and goes through what has to be set up there.
func (e *examination) hireflix(ctx context.Context) {
	c := e.plan.config
	o, err := clientOptions(c)
	if err != nil {
		e.add(Wrong, "", "%v", err)
		return
	}
	client, err := hireflix.New(o)
	if err != nil {
		e.add(Wrong, "see hireflix.api_key in "+c.File, "%v", err)
		return
	}
	defer client.Close()
	h := &hops{}
	positions, err := client.Positions(h.on(ctx))
	switch {
	case fault.Is(err, fault.Unauthorized):
		e.add(Wrong, "put a valid key where hireflix.api_key points to", "Hireflix refuses the key")
		return
	case err != nil:
		e.add(Wrong, "see whether this machine reaches "+c.Hireflix.URL, "Hireflix cannot be asked: %s", because(err, h))
		return
	}
	e.add(Well, "", "Hireflix takes the key and has %s", counted(len(positions), "position", "positions"))
	e.clock(ctx, "Hireflix", h, plainClient(o.RootCAs))
	e.positions(positions)
	e.schema(ctx, client)
	e.webhook(ctx, client)
	e.secret(ctx, client)
	e.quota(ctx, client)
	e.unseen(positions)
}

// positions are those of the rules: there, and open.
func (e *examination) positions(known []flowd.Position) {
	if e.plan.rules == nil {
		return
	}
	pins, err := readNames(lockFile(e.plan.config.Rules.Path))
	if err != nil {
		e.add(Weak, "", "%v", err)
	}
	_, _, problems := e.plan.rules.Bind(known, pins)
	for _, p := range under(e.plan.config.Rules.Path, problems) {
		health := Weak
		if p.Severity == strictyaml.Error {
			health = Wrong
		}
		e.add(health, p.Hint, "%s:%d: %s", p.File, p.Line, p.Message)
	}
}

// schema is whether each answer of an invite can be told exactly.
func (e *examination) schema(ctx context.Context, client *hireflix.Client) {
	switch detailed, err := client.Introspect(ctx); {
	case err != nil:
		e.add(Unknown, "", "Hireflix does not show its schema: invites work, and refusals are told in fewer words")
	case !detailed:
		e.add(Weak, "", "Hireflix's schema is not the one that flowd knows: invites work, and refusals are told in fewer words")
	default:
		e.add(Well, "", "every answer that Hireflix gives to an invite is known")
	}
}

// secret is whether Hireflix signs with what flowd was given.
func (e *examination) secret(ctx context.Context, client *hireflix.Client) {
	from := e.plan.config.Hireflix.WebhookSecret
	if len(from) == 0 || e.plan.webhook == nil {
		return // told with the webhook
	}
	theirs, err := client.WebhookSecret(ctx)
	if err != nil {
		e.add(Unknown, "compare it with the one in Hireflix, under Account, Webhooks", "Hireflix does not tell the secret that it signs with")
		return
	}
	same := slices.ContainsFunc(from, func(s secret.Source) bool {
		ours, err := s.Read()
		return err == nil && ours.Equal(theirs)
	})
	if !same {
		e.add(Wrong, "copy the secret from Hireflix (Account, Webhooks) to where hireflix.webhook_secret points", "Hireflix signs with another secret than flowd has: its calls are refused")
		return
	}
	e.add(Well, "", "Hireflix signs with the secret that flowd has")
}

func (e *examination) quota(ctx context.Context, client *hireflix.Client) {
	used, err := client.Usage(ctx)
	if err != nil {
		e.add(Unknown, "look in Hireflix how many invites the plan has, and how many are used: "+setupDoc, "Hireflix does not say how many invites of the period are used")
		return
	}
	until := ""
	if !used.To.IsZero() {
		until = ", until " + used.To.UTC().Format("2 Jan 2006")
	}
	e.add(Well, "", "%s of the period are used%s; how many the plan has Hireflix does not tell", counted(used.Invites, "invite", "invites"), until)
}

// unseen is what no API tells.
func (e *examination) unseen(known []flowd.Position) {
	names := ""
	if e.plan.rules != nil {
		var used []string
		for _, p := range e.plan.rules.PositionsUsed() {
			for _, k := range known {
				if k.ID == p.ID {
					p.Name = k.Name
				}
			}
			used = append(used, fmt.Sprintf("%q", nameOrID(p.Name, p.ID)))
		}
		slices.Sort(used)
		const shown = 5
		names = strings.Join(used[:min(len(used), shown)], ", ")
		if more := len(used) - shown; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
	}
	if names == "" {
		names = "each position that rules name"
	}
	e.add(Unknown, "look at Messages of each: with an empty box Hireflix takes the invite and sends nothing ("+setupDoc+"#messages)", "whether the Messages box is filled cannot be seen from here: %s", names)
	e.add(Unknown, "look at Reminders of each ("+setupDoc+"#reminders)", "whether candidates are reminded cannot be seen from here")
	e.add(Unknown, "look at the notifications of whoever made the key ("+setupDoc+"#internal-notifications)", "whom Hireflix writes to about answers cannot be seen from here")
}

// webhook is whether Hireflix calls, and whether its calls are taken.
func (e *examination) webhook(ctx context.Context, client *hireflix.Client) {
	c := e.plan.config
	if len(c.Hireflix.WebhookSecret) == 0 {
		e.add(Weak, "copy the secret from Hireflix (Account, Webhooks) into a file and name it under hireflix.webhook_secret",
			"Hireflix's calls are not taken, because hireflix.webhook_secret is missing: flowd looks itself, as often as hireflix.sweep says")
	} else if e.plan.webhook == nil {
		e.add(Wrong, "see hireflix.webhook_secret in "+c.File, "the secret of Hireflix's webhooks cannot be read")
	}
	base, err := url.Parse(c.Server.PublicURL)
	switch {
	case c.Server.PublicURL == "":
		e.add(Weak, "set server.public_url to the https address under which the internet reaches server.listen",
			"Hireflix cannot be told where to call, because server.public_url is missing")
		return
	case err != nil || base.Host == "":
		e.add(Wrong, "write it as https://flowd.acme.example", "server.public_url is not an address")
		return
	}
	address := strings.TrimSuffix(c.Server.PublicURL, "/") + connectors.HookPath + flowd.Untied
	state, err := client.EnsureWebhook(ctx, address, e.fix)
	switch {
	case fault.Is(err, fault.Unknown):
		e.add(Weak, "look in Hireflix, under Account, Webhooks, whether "+address+" is called for all five events", "Hireflix does not tell which webhooks it has")
	case err != nil:
		e.add(Wrong, "create it in Hireflix, under Account, Webhooks: "+address+", all five events", "Hireflix's webhook is %s and could not be mended: %v", nameOrID(string(state), "unknown"), err)
	case state == hireflix.SubscriptionCreated || state == hireflix.SubscriptionRepaired:
		e.add(Well, "", "Hireflix's webhook to %s was %s", address, state)
	case state != hireflix.SubscriptionActive:
		e.add(Wrong, "flowd doctor --fix mends it", "Hireflix's webhook to %s is %s", address, state)
	default:
		e.add(Well, "", "Hireflix calls %s for all five events", address)
	}
}
