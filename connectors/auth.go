package connectors

import (
	"net/http"
	"net/url"

	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Auth is the section that says how calls to a source's system are made known.
// Bearer, basic and oauth2 exclude each other; header and query may stand beside
// them.
type Auth struct {
	Bearer *secret.Source   `yaml:"bearer"`
	Basic  *basicAuth       `yaml:"basic"`
	OAuth2 *oauthSection    `yaml:"oauth2"`
	Header []namedSecret    `yaml:"header"`
	Query  []namedSecret    `yaml:"query"`
	Node   *strictyaml.Node `yaml:",node"`
}

type basicAuth struct {
	User     open             `yaml:"user,required"`
	Password *open            `yaml:"password"`
	Node     *strictyaml.Node `yaml:",node"`
}

type namedSecret struct {
	Name  string           `yaml:"name,required"`
	Value secret.Source    `yaml:"value,required"`
	Node  *strictyaml.Node `yaml:",node"`
}

type oauthSection struct {
	TokenURL     string            `yaml:"token_url,required"`
	ClientID     open              `yaml:"client_id,required"`
	ClientSecret secret.Source     `yaml:"client_secret,required"`
	Scopes       []string          `yaml:"scopes"`
	Style        string            `yaml:"style" oneof:"basic form"`
	Params       map[string]string `yaml:"params"`
	Node         *strictyaml.Node  `yaml:",node"`
}

// open is a text that is no secret in itself, such as a user's name, and may be
// kept where secrets are all the same.
type open struct {
	text  string
	place *secret.Source
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (o *open) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Mapping {
		o.place = &secret.Source{}
		n.Decode(o.place)
		return
	}
	n.DecodeText(&o.text)
}

func (o open) read(node *strictyaml.Node, c Common) (secret.Value, bool) {
	if o.place == nil {
		return secret.New(o.text), !node.Broken()
	}
	return ReadSecret(node, *o.place, c)
}

// QueryNames are the parts that the section adds to each address. What a system
// says of its own addresses may repeat them.
func (a *Auth) QueryNames() []string {
	names := make([]string, len(a.Query))
	for i, q := range a.Query {
		names[i] = q.Name
	}
	return names
}

// Credential reads the section's secrets. Problems are reported on its nodes.
func (a *Auth) Credential(c Common) (*Credential, error) {
	if a == nil {
		return &Credential{}, nil
	}
	if a.Node == nil {
		return nil, ErrReported
	}
	given := 0
	for _, there := range []bool{a.Bearer != nil, a.Basic != nil, a.OAuth2 != nil} {
		if there {
			given++
		}
	}
	if given > 1 {
		a.Node.Error("auth", "auth says in several ways who calls", "keep one of bearer, basic and oauth2")
		return nil, ErrReported
	}
	out := &Credential{}
	ok := true
	mark := func(read bool, put func(*http.Request)) {
		ok = ok && read
		out.marks = append(out.marks, put)
	}
	switch {
	case a.OAuth2 != nil:
		tokens, read := a.OAuth2.credential(c)
		out, ok = tokens, read
	case a.Bearer != nil:
		token, read := ReadSecret(a.Node.Get("bearer"), *a.Bearer, c)
		mark(read, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.Reveal()) })
	case a.Basic != nil && a.Basic.Node != nil:
		user, read := a.Basic.User.read(a.Basic.Node.Place("user"), c)
		password, also := secret.Value{}, true
		if node := a.Basic.Node.Get("password"); a.Basic.Password != nil {
			if len(a.Basic.Password.text) > 1 {
				node.Error("secret", "a password stands here itself", "write {file: PATH} or {env: NAME}; where any password will do, a single letter such as x")
				return nil, ErrReported
			}
			password, also = a.Basic.Password.read(node, c)
		}
		mark(read && also, func(r *http.Request) { r.SetBasicAuth(user.Reveal(), password.Reveal()) })
	}
	for _, h := range a.Header {
		value, read := h.read(c)
		mark(read, func(r *http.Request) { r.Header.Set(h.Name, value.Reveal()) })
	}
	for _, q := range a.Query {
		value, read := q.read(c)
		mark(read, func(r *http.Request) {
			if r.URL.RawQuery != "" {
				r.URL.RawQuery += "&"
			}
			r.URL.RawQuery += url.QueryEscape(q.Name) + "=" + url.QueryEscape(value.Reveal())
		})
	}
	return out, reported(ok)
}

func (s namedSecret) read(c Common) (secret.Value, bool) {
	if s.Node == nil {
		return secret.Value{}, false
	}
	return ReadSecret(s.Node.Place("value"), s.Value, c)
}

func (o *oauthSection) credential(c Common) (*Credential, bool) {
	if o.Node == nil {
		return &Credential{}, false
	}
	_, ok := CheckURL(o.Node.Get("token_url"))
	id, read := o.ClientID.read(o.Node.Place("client_id"), c)
	password, also := ReadSecret(o.Node.Place("client_secret"), o.ClientSecret, c)
	params := url.Values{}
	for name, value := range o.Params {
		params.Set(name, value)
	}
	return NewTokenCredential(TokenOptions{
		URL: o.TokenURL, ID: id, Secret: password, Scopes: o.Scopes, Params: params, InForm: o.Style == "form",
	}), ok && read && also
}

// ReadSecret reads a secret where it is kept and reports one that cannot be read
// at its node. It reads nothing where the command does not need it.
func ReadSecret(node *strictyaml.Node, place secret.Source, c Common) (secret.Value, bool) {
	if c.SkipSecrets {
		return secret.Value{}, node == nil || !node.Broken()
	}
	return readSecret(node, place, c)
}
