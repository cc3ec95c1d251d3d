package hireflix

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shurcooL/graphql"

	"flowd/internal/fault"
	"flowd/internal/secret"
)

// DefaultURL is the endpoint for holders of an API key (the vendor's guide, Q2).
const DefaultURL = "https://api.hireflix.com/me"

// Options configure a client.
type Options struct {
	URL string // DefaultURL when empty
	// Key reads the API key from where it is kept. It is called by New, by
	// ReloadKey, and once after each answer that refuses the key. Its errors
	// must not hold the key.
	Key func() (secret.Value, error)
	// Timeout bounds one HTTP exchange, its answer's body included.
	Timeout time.Duration
	RootCAs *x509.CertPool // nil trusts the system's
	// Transport replaces the connections to Hireflix, as in tests; RootCAs is
	// then not used.
	Transport http.RoundTripper
	// MaxAnswer bounds an answer in bytes; 4 MiB when 0.
	MaxAnswer int64
	// Notice is told, in words and each thing once, what no call fails for and a
	// person should still hear of: that Hireflix's schema is not the expected
	// one. Nil tells nobody.
	Notice func(text string)
}

// Validate reports the first setting that cannot work.
func (o Options) Validate() error {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("hireflix: url is no http or https address")
	case u.User != nil:
		return errors.New("hireflix: url holds a user or password; the key goes in api_key")
	case o.Key == nil:
		return errors.New("hireflix: a key is needed")
	case o.Timeout <= 0:
		return errors.New("hireflix: timeout must be above zero")
	case o.MaxAnswer < 0:
		return errors.New("hireflix: the limit of an answer is negative")
	}
	return nil
}

// Client talks to one Hireflix account. Its methods are safe for concurrent use.
type Client struct {
	opts  Options
	http  *http.Client
	gql   *graphql.Client
	pause func(context.Context, time.Duration) error // between two tries of a query

	renewing sync.Mutex
	key      atomic.Pointer[secret.Value]

	rich    atomic.Bool  // the invite's full selection is confirmed; see Introspect
	listing atomic.Int64 // the first of the listings that Hireflix has not refused
	sweep   atomic.Int64 // the same of the sweep's
	single  atomic.Int64 // the same of the ways to read one interview
	told    sync.Map     // notices given
}

// New returns a client. It reads the key and sends nothing.
func New(opts Options) (*Client, error) {
	if opts.URL == "" {
		opts.URL = DefaultURL
	}
	if opts.MaxAnswer == 0 {
		opts.MaxAnswer = 4 << 20
	}
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	if opts.Transport == nil {
		opts.Transport = newTransport(opts.RootCAs)
	}
	c := &Client{opts: opts, pause: sleep}
	c.http = &http.Client{
		Transport: &recorder{next: opts.Transport, limit: opts.MaxAnswer},
		// A redirect would carry the key to another place, and a 302 would make
		// the POST a GET. The 3xx itself is the answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c.gql = graphql.NewClient(opts.URL, c.http)
	if _, err := c.ReloadKey(); err != nil {
		return nil, fmt.Errorf("hireflix: %w", err)
	}
	return c, nil
}

// Close gives up idle connections. Calls under way are not disturbed.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ReloadKey reads the key again and tells whether it changed. On an error the
// key in use stays.
func (c *Client) ReloadKey() (changed bool, err error) {
	c.renewing.Lock()
	defer c.renewing.Unlock()
	return c.readKey()
}

func (c *Client) readKey() (changed bool, err error) {
	fresh, err := c.opts.Key()
	switch {
	case err != nil:
		return false, err
	case fresh.IsZero():
		return false, errors.New("the API key is empty")
	case strings.ContainsFunc(fresh.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }):
		return false, errors.New("the API key holds spaces, line breaks or characters that no HTTP header can carry")
	}
	old := c.key.Swap(&fresh)
	return old == nil || !old.Equal(fresh), nil
}

// renewKey tells whether there is another key than the refused one. Of many
// calls that were refused together, one reads it again.
func (c *Client) renewKey(refused *secret.Value) (bool, error) {
	c.renewing.Lock()
	defer c.renewing.Unlock()
	if !c.key.Load().Equal(*refused) {
		return true, nil
	}
	return c.readKey()
}

// operation is one of the things the client asks for.
type operation struct {
	name     string // the operationName on the wire
	doing    string // in words, for errors
	mutation bool
	// nested tells that the field which acts stands below the root field, as in
	// Interview(id) { delete }: the root alone says nothing of the effect.
	nested bool
}

// send carries an operation out, and once more if the key was refused and there
// is a new one by now.
//
// That repetition is safe for a mutation too: only an answer without any result
// counts as refusal (see exchange.keyRefused), so the server looked at the key
// and at nothing else, and the second request is the first one that can take
// effect. Should that ever be wrong, the second one meets its own external id.
func send[T any](ctx context.Context, c *Client, op operation, variables map[string]any) (T, *exchange, error) {
	value, ex, err := sendOnce[T](ctx, c, op, variables)
	if !ex.keyRefused() {
		return value, ex, err
	}
	renewed, keyErr := c.renewKey(ex.key)
	switch {
	case keyErr != nil:
		f := fault.New(fault.Unauthorized, op.doing, "Hireflix refuses the API key, and reading it again failed: %v", keyErr)
		f.RequestID = ex.reply.requestID
		return value, ex, f
	case !renewed:
		return value, ex, err
	}
	return sendOnce[T](ctx, c, op, variables)
}

// sendOnce is one HTTP exchange. The result starts empty, so that nothing of an
// earlier answer remains in it.
func sendOnce[T any](ctx context.Context, c *Client, op operation, variables map[string]any) (T, *exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	ex := &exchange{op: op, key: c.key.Load(), began: time.Now().UTC()}
	ctx = context.WithValue(ctx, exchangeKey{}, ex)
	var value T
	var err error
	if op.mutation {
		err = c.gql.Mutate(ctx, &value, variables)
	} else {
		err = c.gql.Query(ctx, &value, variables)
	}
	if f := ex.fault(err); f != nil {
		var none T // what came beside an error is not to be trusted
		return none, ex, f
	}
	return value, ex, nil
}

// notice tells a person something once.
func (c *Client) notice(text string) {
	if _, known := c.told.LoadOrStore(text, true); !known && c.opts.Notice != nil {
		c.opts.Notice(text)
	}
}
