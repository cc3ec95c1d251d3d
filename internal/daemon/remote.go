package daemon

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"flowd/internal/config"
	"flowd/internal/secret"
	"flowd/internal/web"
)

// Remote is a flowd on another machine and the file that holds the caller's
// personal token. The zero value is the one on this machine.
type Remote struct {
	Server    string
	TokenFile string
}

// Client returns a client of the flowd that is named. Nothing is sent yet. It
// refuses an address at which others could read the token, and a token file that
// others can read.
func (r Remote) Client() (*web.Client, error) {
	base, err := r.address()
	if err != nil {
		return nil, err
	}
	if r.TokenFile == "" {
		return nil, errors.New("--server needs a personal token: name its file with --token-file or FLOWD_TOKEN_FILE")
	}
	token, err := secret.Source{File: r.TokenFile}.Read()
	if err != nil {
		return nil, fmt.Errorf("the personal token: %w", err)
	}
	return web.NewClient(base, token.Reveal(), &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 5 * time.Minute, ForceAttemptHTTP2: true,
	}), nil
}

func (r Remote) address() (string, error) {
	u, err := url.Parse(r.Server)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("--server is the address of a flowd, as https://flowd.acme.example")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("--server is an address alone: the token goes into a file, which --token-file names")
	case u.Scheme == "http" && !config.IsLoopback(u.Host):
		return "", fmt.Errorf("--server %s would send the token unencrypted: write https://", u.Host)
	}
	return strings.TrimSuffix(u.String(), "/"), nil
}

// exchangeTokens lets in whom the configuration names now, and nobody else.
func (d *Daemon) exchangeTokens(c *config.Config) {
	now := grants(c)
	d.grants.Store(&now)
}

// grants are the personal tokens of a configuration.
func grants(c *config.Config) []web.Grant {
	out := make([]web.Grant, len(c.Server.Tokens))
	for i, t := range c.Server.Tokens {
		out[i] = web.Grant{Name: t.Name, Role: web.Role(t.Role), People: t.People, Digest: t.SHA256, Until: t.Expires.Until()}
	}
	return out
}
