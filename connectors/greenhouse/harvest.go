package greenhouse

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Harvest v3: harvestdocs.greenhouse.io. Versions 1 and 2 were removed in 2026.
const (
	harvestURL = "https://harvest.greenhouse.io"
	tokenURL   = "https://auth.greenhouse.io/token" //nolint:gosec // an address, not a token
)

// harvestConfig is what flowd needs to ask and write by the Harvest API.
type harvestConfig struct {
	ClientID     secret.Source `yaml:"client_id,required"`
	ClientSecret secret.Source `yaml:"client_secret,required"`
	// UserID is the user of Greenhouse under whose name flowd writes (the
	// token's sub); without it the credential's own.
	UserID string `yaml:"user_id"`
	// Notes says who sees the notes.
	Notes string `yaml:"notes" oneof:"public private admin_only"`
	// LinkField is the custom field of type url that takes links.
	LinkField string           `yaml:"link_field,text"`
	URL       *strictyaml.Node `yaml:"url"`
	AuthURL   *strictyaml.Node `yaml:"auth_url"`
	Node      *strictyaml.Node `yaml:",node"`
}

// harvest speaks the Harvest API for one source. It is safe for concurrent use.
type harvest struct {
	client    *connectors.Client
	base      *url.URL
	door      connectors.Door
	notes     string
	linkField string
	fields    connectors.Listing[[]fieldDefinition]
	names     connectors.Listing[[]entry] // by path
	stages    connectors.Listing[[]jobStage]
	tagging   [16]chan struct{} // by candidate: see tag
}

// build makes the roles that need the API.
func (h harvestConfig) build(c connectors.Common) (*harvest, error) {
	if h.Node == nil {
		return nil, connectors.ErrReported
	}
	ok := true
	address := func(node *strictyaml.Node, otherwise string) *url.URL {
		if node == nil {
			u, err := url.Parse(otherwise)
			ok = ok && err == nil
			return u
		}
		u, safe := connectors.CheckURL(node)
		ok = ok && safe
		return u
	}
	base, token := address(h.URL, harvestURL), address(h.AuthURL, tokenURL)
	if h.UserID != "" && !isID(h.UserID) {
		h.Node.Place("user_id").Error("value", "user_id is not the number of a Greenhouse user", "the user's page in Greenhouse has it in its address")
		ok = false
	}
	id, read := connectors.ReadSecret(h.Node.Place("client_id"), h.ClientID, c)
	password, also := connectors.ReadSecret(h.Node.Place("client_secret"), h.ClientSecret, c)
	if !ok || !read || !also {
		return nil, connectors.ErrReported
	}
	params := url.Values{}
	if h.UserID != "" {
		params.Set("sub", h.UserID)
	}
	out := &harvest{
		base: base, door: c.Door, notes: h.Notes, linkField: h.LinkField,
		client: connectors.NewClient(connectors.NewTokenCredential(connectors.TokenOptions{
			URL: token.String(), ID: id, Secret: password, Params: params,
		}), c.Roots),
	}
	if out.notes == "" {
		out.notes = "public"
	}
	for i := range out.tagging {
		out.tagging[i] = make(chan struct{}, 1)
	}
	return out, nil
}

// isID tells whether a text is one of Greenhouse's ids: a number.
func isID(text string) bool {
	return text != "" && len(text) <= 20 && strings.Trim(text, "0123456789") == ""
}

// number checks an id that is about to be sent. What it is of stands in the
// error, itself not.
func number(op, of, id string) (json.Number, error) {
	if !isID(id) {
		return "", fault.New(fault.Invalid, op, "the id of the %s is not one of Greenhouse's", of)
	}
	return json.Number(id), nil
}

// perPage is the most that one page of a listing holds.
const perPage = 500

// page asks for the first page of a listing, newest first, and decodes it. Next
// is the address of the one behind it, or nil.
func (h *harvest) page(ctx context.Context, op, path string, query url.Values, into any) (next *url.URL, err error) {
	query.Set("per_page", strconv.Itoa(perPage))
	u := h.base.JoinPath("v3", path)
	u.RawQuery = query.Encode()
	return h.follow(ctx, op, u, into)
}

// follow asks for the page at an address. The next one's comes in a Link header,
// is to be used as it is, and is refused when it leads to another host: the
// token would go there.
func (h *harvest) follow(ctx context.Context, op string, u *url.URL, into any) (next *url.URL, err error) {
	call := connectors.Call{Op: op, Method: http.MethodGet, URL: u}
	reply, err := h.client.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	if err := reply.Decode(call, into); err != nil {
		return nil, err
	}
	if next, err = connectors.NextPage(h.base, reply.Header); err != nil {
		return nil, fault.Wrap(fault.Unavailable, op, err)
	}
	return next, nil
}

// write sends one change; moves as in connectors.Call.
func (h *harvest) write(ctx context.Context, op, method, path string, body any, moves bool) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fault.New(fault.Invalid, op, "the values cannot be written as JSON")
	}
	_, err = h.client.Do(ctx, connectors.Call{Op: op, Method: method, URL: h.base.JoinPath("v3", path), Body: text, Writes: true, Moves: moves})
	return err
}

// gone is the fault of an application or candidate that the API does not
// show.
func gone(op, what string) error {
	return fault.New(fault.NotFound, op, "the %s is not there, or flowd may not see it", what)
}

// application is the application as it stands now.
func (h *harvest) application(ctx context.Context, op, id string) (harvestApplication, error) {
	n, err := number(op, "application", id)
	if err != nil {
		return harvestApplication{}, err
	}
	var found []harvestApplication
	if _, err := h.page(ctx, op, "applications", url.Values{"ids": {n.String()}}, &found); err != nil {
		return harvestApplication{}, err
	}
	for _, a := range found {
		if a.ID == n {
			return a, nil
		}
	}
	return harvestApplication{}, gone(op, "application")
}

// candidate is the person as they are now.
func (h *harvest) candidate(ctx context.Context, op, id string) (harvestCandidate, error) {
	n, err := number(op, "candidate", id)
	if err != nil {
		return harvestCandidate{}, err
	}
	var found []harvestCandidate
	if _, err := h.page(ctx, op, "candidates", url.Values{"ids": {n.String()}}, &found); err != nil {
		return harvestCandidate{}, err
	}
	for _, c := range found {
		if c.ID == n {
			return c, nil
		}
	}
	return harvestCandidate{}, gone(op, "candidate")
}
