package connectors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

// Credential is how calls prove who makes them. The zero value proves nothing.
// It is safe for concurrent use.
type Credential struct {
	marks  []func(*http.Request) // what every request carries
	tokens *tokens               // nil where there is no token to get
}

// TokenOptions are what the OAuth grant for client credentials needs.
type TokenOptions struct {
	URL        string
	ID, Secret secret.Value
	Scopes     []string
	Params     url.Values // further fields of the form
	// InForm sends id and secret as fields of the form, not by HTTP Basic.
	InForm bool
}

// NewBasicCredential sends user and password by HTTP Basic. Where a system takes
// its key as the user, the password is the zero value.
func NewBasicCredential(user, password secret.Value) *Credential {
	return &Credential{marks: []func(*http.Request){
		func(r *http.Request) { r.SetBasicAuth(user.Reveal(), password.Reveal()) },
	}}
}

// NewTokenCredential gets bearer tokens as they are needed.
func NewTokenCredential(o TokenOptions) *Credential {
	config := clientcredentials.Config{
		ClientID: o.ID.Reveal(), ClientSecret: o.Secret.Reveal(), TokenURL: o.URL,
		Scopes: o.Scopes, EndpointParams: o.Params, AuthStyle: oauth2.AuthStyleInHeader,
	}
	if o.InForm {
		config.AuthStyle = oauth2.AuthStyleInParams
	}
	return &Credential{tokens: &tokens{config: config, turn: make(chan struct{}, 1)}}
}

// token is a valid token other than the refused one, or "" for a credential
// without tokens.
func (c *Credential) token(ctx context.Context, client *http.Client, refused string) (string, error) {
	if c == nil || c.tokens == nil {
		return "", nil
	}
	return c.tokens.get(ctx, client, refused)
}

// put marks a request.
func (c *Credential) put(r *http.Request, token string) {
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if c == nil {
		return
	}
	for _, mark := range c.marks {
		mark(r)
	}
}

// tokens keeps one token until shortly before its end. One caller at a time
// gets a new one, and the others wait for it as long as their context allows.
type tokens struct {
	config clientcredentials.Config
	turn   chan struct{} // held by the one who looks or gets
	last   *oauth2.Token
}

const (
	tokenOp     = "get a token"
	tokenMargin = time.Minute // before its end a token is used no more
)

func (t *tokens) get(ctx context.Context, client *http.Client, refused string) (string, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", lost(fault.Unavailable, tokenOp, ctx.Err())
	}
	if t.last != nil && t.last.AccessToken != refused && (t.last.Expiry.IsZero() || time.Until(t.last.Expiry) > tokenMargin) {
		return t.last.AccessToken, nil
	}
	t.last = nil
	got, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return "", tokenFault(err)
	}
	if at, ok := got.Extra("expires_at").(string); ok && got.Expiry.IsZero() {
		if end, err := time.Parse(time.RFC3339, at); err == nil {
			got.Expiry = end
		}
	}
	t.last = got
	return got.AccessToken, nil
}

// tokenFault classifies a failure of the token's address. Nothing was written
// yet, whatever happened. The library's words quote the answer.
func tokenFault(err error) *fault.Error {
	var answered *oauth2.RetrieveError
	if !errors.As(err, &answered) || answered.Response == nil {
		return lost(fault.Unavailable, tokenOp, err)
	}
	code := answered.Response.StatusCode
	f := fault.New(fault.Unavailable, tokenOp, "the token's address answers %s", status(code))
	switch {
	case code == http.StatusTooManyRequests:
		f.Kind, f.RetryAfter = fault.RateLimited, retryAfterOf(answered.Response.Header, time.Now())
	case code == http.StatusBadRequest, code == http.StatusUnauthorized, code == http.StatusForbidden:
		f.Kind = fault.Unauthorized
		f.Text += ": check the client's id and secret, and what it may do"
	}
	return f
}
