package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"

	"flowd/connectors"
)

// hooks tries, from this machine, whether the public address leads to this flowd.
func (e *examination) hooks(ctx context.Context, roots *x509.CertPool) {
	public := strings.TrimSuffix(e.plan.config.Server.PublicURL, "/")
	var called []connectors.Source
	for _, s := range e.plan.sources {
		if s.Receiver != nil && len(s.PathSecrets) == 0 { // a secret is no part of a trial
			called = append(called, s)
		}
	}
	switch {
	case len(called) == 0 && len(e.plan.config.Hireflix.WebhookSecret) == 0:
		return
	case public == "":
		return // told beside Hireflix's webhook
	case !e.isRunning:
		e.add(Unknown, "run flowd doctor again while flowd runs", "whether calls to %s arrive cannot be tried while flowd is down", public)
		return
	}
	client, h := plainClient(roots), &hops{}
	status, body, err := look(h.on(ctx), client, public+"/healthz")
	switch {
	case err != nil:
		e.add(Wrong, "see server.public_url and the proxy in front of server.listen", "%s does not answer: %s", public, because(errors.New("the call fails"), h))
		return
	case status != http.StatusOK || strings.TrimSpace(body) != "ok":
		e.add(Weak, "let the proxy in front pass /healthz on (docs/operating.md)", "%s/healthz is not answered by flowd (HTTP %d)", public, status)
	}
	for _, s := range called {
		status, _, err := look(ctx, client, public+connectors.HookPath+s.Name)
		switch {
		case err == nil && status == http.StatusMethodNotAllowed: // a hook is called with POST
			e.add(Well, "", "calls to %s arrive, tried from this machine", public+connectors.HookPath+s.Name)
		case err == nil:
			e.add(Wrong, "let the proxy in front pass "+connectors.HookPath+" on to server.listen (docs/operating.md)", "calls to %s do not arrive: HTTP %d", public+connectors.HookPath+s.Name, status)
		default:
			e.add(Wrong, "see the proxy in front of server.listen", "calls to %s do not arrive", public+connectors.HookPath+s.Name)
		}
	}
}

func look(ctx context.Context, client *http.Client, address string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	start, err := io.ReadAll(io.LimitReader(resp.Body, 64))
	return resp.StatusCode, string(start), err
}
