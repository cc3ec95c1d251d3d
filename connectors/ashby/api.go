package ashby

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// The API as its reference at developers.ashbyhq.com has it: every call is a POST
// of JSON, and what is refused mostly comes with status 200.
const apiURL = "https://api.ashbyhq.com"

// apiConfig is what flowd needs to ask and write.
type apiConfig struct {
	Key secret.Source `yaml:"key,required"`
	// Notes says who sees the notes.
	Notes string `yaml:"notes" oneof:"public private"`
	// LinkField is the custom field of type URL that takes links.
	LinkField string `yaml:"link_field,text"`
	// ArchiveReason is the reason, as people see it or its id, for which a move to an
	// archived stage archives.
	ArchiveReason string           `yaml:"archive_reason,text"`
	URL           *strictyaml.Node `yaml:"url"`
	Node          *strictyaml.Node `yaml:",node"`
}

// api speaks to Ashby for one source. It is safe for concurrent use.
type api struct {
	client        *connectors.Client
	base          *url.URL
	door          connectors.Door
	private       bool
	linkField     string
	archiveReason string

	departments, locations connectors.Listing[[]place]

	plans   connectors.Listing[[]stage] // by id
	fields  connectors.Listing[[]definition]
	tags    connectors.Listing[[]titled]
	reasons connectors.Listing[[]reason]
}

func (cfg apiConfig) build(c connectors.Common) (*api, error) {
	if cfg.Node == nil {
		return nil, connectors.ErrReported
	}
	base, err := url.Parse(apiURL)
	safe := err == nil
	if cfg.URL != nil {
		base, safe = connectors.CheckURL(cfg.URL)
	}
	key, read := connectors.ReadSecret(cfg.Node.Place("key"), cfg.Key, c)
	if !safe || !read {
		return nil, connectors.ErrReported
	}
	return &api{
		client: connectors.NewClient(connectors.NewBasicCredential(key, secret.Value{}), c.Roots),
		base:   base, door: c.Door, private: cfg.Notes == "private", linkField: cfg.LinkField, archiveReason: cfg.ArchiveReason,
	}, nil
}

// envelope is what stands in every answer beside its results.
type envelope struct {
	Success *bool `json:"success"`
	Info    struct {
		Code      string `json:"code"`
		RequestID string `json:"requestId"`
	} `json:"errorInfo"`
	Errors any `json:"errors"` // texts or objects with a code: older answers have no errorInfo

	More  bool   `json:"moreDataAvailable"`
	Next  string `json:"nextCursor"`
	Token string `json:"syncToken"`
}

// call makes the call of an endpoint.
func (a *api) call(op, endpoint string, in map[string]any, writes bool) (connectors.Call, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return connectors.Call{}, fault.New(fault.Invalid, op, "the values cannot be written as JSON")
	}
	return connectors.Call{
		Op: op, Method: http.MethodPost, URL: a.base.JoinPath(endpoint), Body: body, Writes: writes,
		Header: http.Header{"Accept": {"application/json; version=1"}},
	}, nil
}

// do carries out a call. The envelope is a part of what the answer is decoded into.
func (a *api) do(ctx context.Context, call connectors.Call, into any, e *envelope) error {
	reply, err := a.client.Do(ctx, call)
	if err != nil {
		return err
	}
	if err := reply.Decode(call, into); err != nil {
		return err
	}
	return e.refused(call)
}

// ask calls an endpoint that returns one thing.
func ask[T any](ctx context.Context, a *api, op, endpoint string, in map[string]any) (T, error) {
	var out struct {
		envelope
		Results T `json:"results"`
	}
	call, err := a.call(op, endpoint, in, false)
	if err != nil {
		return out.Results, err
	}
	err = a.do(ctx, call, &out, &out.envelope)
	return out.Results, err
}

// change calls an endpoint that changes something; moves as in connectors.Call. What
// it returns is not needed.
func (a *api) change(ctx context.Context, op, endpoint string, in map[string]any, moves bool) error {
	var out envelope
	call, err := a.call(op, endpoint, in, true)
	if err != nil {
		return err
	}
	call.Moves = moves
	return a.do(ctx, call, &out, &out)
}

const (
	perPage  = 100 // the most that Ashby gives
	maxPages = 50
)

// pages reads page after page until take has enough. It returns false where there
// are too many.
func pages[T any](ctx context.Context, a *api, op, endpoint string, in map[string]any, take func([]T) (enough bool)) (bool, error) {
	body := map[string]any{"limit": perPage}
	maps.Copy(body, in)
	for range maxPages {
		call, err := a.call(op, endpoint, body, false)
		if err != nil {
			return false, err
		}
		var page struct {
			envelope
			Results []T `json:"results"`
		}
		if err := a.do(ctx, call, &page, &page.envelope); err != nil {
			return false, err
		}
		if take(page.Results) || !page.More {
			return true, nil
		}
		if page.Next == "" || page.Next == body["cursor"] {
			return false, errEndless(op)
		}
		body["cursor"] = page.Next
	}
	return false, nil
}

// list reads all pages of what seldom changes.
func list[T any](ctx context.Context, a *api, op, endpoint string, in map[string]any) ([]T, error) {
	var all []T
	whole, err := pages(ctx, a, op, endpoint, in, func(page []T) bool {
		all = append(all, page...)
		return false
	})
	switch {
	case err != nil:
		return nil, err
	case !whole:
		return nil, fault.New(fault.Invalid, op, "the listing is longer than %d entries", maxPages*perPage)
	}
	return all, nil
}

// errEndless is of a listing that says that more follows, and not where, or the
// same page again.
func errEndless(op string) error {
	return fault.New(fault.Unavailable, op, "nextCursor does not lead on: the listing would never end")
}

// code is what Ashby calls a refusal.
type code string

func (c code) Error() string { return "Ashby answers " + string(c) }

// codeForm is what codes look like. Their messages are for people and may quote
// what was sent.
var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func (e envelope) code() code {
	found := e.Info.Code
	if list, ok := e.Errors.([]any); ok && found == "" && len(list) > 0 {
		switch first := list[0].(type) {
		case string:
			found = first
		case map[string]any:
			found, _ = first["code"].(string)
		}
	}
	if !codeForm.MatchString(found) {
		return "an error without a code"
	}
	return code(found)
}

// refused is what an answer of status 200 refuses; nil for one that does not.
func (e envelope) refused(call connectors.Call) error {
	unclear := fault.Unavailable
	if call.Writes {
		unclear = fault.Uncertain
	}
	switch {
	case e.Success == nil:
		return fault.New(unclear, call.Op, "the answer is not of the expected form: success is missing")
	case *e.Success:
		return nil
	}
	c := e.code()
	f := fault.Wrap(c.kind(unclear), call.Op, c)
	if f.Kind == fault.Unauthorized {
		f.Text = "check the API key and its permissions"
	}
	if requestID.MatchString(e.Info.RequestID) {
		f.RequestID = e.Info.RequestID
	}
	return f
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,80}$`)

// kind classifies a refusal. What a fault of Ashby's own left behind is not
// known; all else says that nothing was done.
func (c code) kind(unclear fault.Kind) fault.Kind {
	switch text := string(c); {
	case strings.HasSuffix(text, "not_found"):
		return fault.NotFound
	case strings.Contains(text, "permission"), strings.Contains(text, "unauthorized"), strings.Contains(text, "forbidden"):
		return fault.Unauthorized
	case strings.Contains(text, "limit_exceeded"), strings.Contains(text, "too_many_requests"):
		return fault.RateLimited
	case c.lostPlace():
		return fault.Unavailable
	case strings.Contains(text, "internal"), strings.Contains(text, "server"), strings.Contains(text, "timeout"), strings.Contains(text, "unavailable"):
		return unclear
	}
	return fault.Invalid
}

// lostToken tells that a syncToken cannot be used any more, or that more has
// changed since than Ashby tells of.
func (c code) lostToken() bool {
	return c == "sync_token_expired" || c == "sync_token_invalid" || c == "incremental_sync_too_large"
}

// lostPlace tells that a cursor cannot be used any more.
func (c code) lostPlace() bool {
	return c == "next_cursor_expired" || c == "invalid_next_cursor" || c == "cursor_invalid"
}

// codeOf is the code in an error's chain, or "".
func codeOf(err error) code {
	c, _ := errors.AsType[code](err)
	return c
}
