package odoo

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"

	"flowd/connectors"
	"flowd/internal/fault"
	"flowd/internal/secret"
)

// odoo speaks to one database. It is safe for concurrent use.
type odoo struct {
	client          *connectors.Client
	base            *url.URL
	door            connectors.Door
	database, login string
	key             secret.Value
	version         int // as configured; 0: asked for

	turn    chan struct{} // held by the one who asks for the session
	session atomic.Pointer[session]

	fields connectors.Listing[definitions]
	stages connectors.Listing[[]stage]
}

// request is one call of a method of a model.
type request struct {
	op            string
	model, method string
	ids           []int64 // of the records whose method it is
	args          map[string]any
	writes, moves bool // as in connectors.Call
}

// call carries out a request and decodes what it returns.
func (o *odoo) call(ctx context.Context, r request, into any) error {
	call, wrapped, err := o.prepare(ctx, r)
	if err != nil {
		return err
	}
	reply, err := o.client.Do(ctx, call)
	if err != nil {
		return err
	}
	if wrapped {
		return o.unwrap(call, reply, into)
	}
	return reply.Decode(call, into)
}

// unwrap takes what a method returned out of its JSON-RPC envelope.
func (o *odoo) unwrap(call connectors.Call, reply connectors.Reply, into any) error {
	var envelope struct {
		Result json.RawMessage `json:"result"`
		Error  *refusal        `json:"error"`
	}
	if err := reply.Decode(call, &envelope); err != nil {
		return err
	}
	if envelope.Error != nil {
		return o.refused(call.Op, envelope.Error)
	}
	return connectors.Reply{Body: envelope.Result}.Decode(call, into)
}

// rows carries out a request that returns records and hands over each as it
// comes, at most so many.
func (o *odoo) rows(ctx context.Context, r request, most int, each func(row) error) error {
	call, wrapped, err := o.prepare(ctx, r)
	if err != nil {
		return err
	}
	var no *refusal
	_, err = o.client.Stream(ctx, call, func(body io.Reader) (err error) {
		no, err = readRows(body, wrapped, most, each)
		return err
	})
	if err == nil && no != nil {
		return o.refused(r.op, no)
	}
	return err
}

// prepare makes the call of a request: JSON-RPC with the credential in the body,
// where the answer comes in an envelope, and from version 19 on /json/2 with the
// credential in a header.
func (o *odoo) prepare(ctx context.Context, r request) (call connectors.Call, wrapped bool, err error) {
	s, err := o.open(ctx)
	if err != nil {
		return call, false, err
	}
	args := map[string]any{}
	maps.Copy(args, r.args)
	if s.version < bearer {
		positional := []any{}
		if r.ids != nil {
			positional = append(positional, r.ids)
		}
		if values, ok := args["vals_list"]; ok { // create takes it by place alone
			positional = append(positional, values)
			delete(args, "vals_list")
		}
		call, err = o.rpc(r.op, "object", "execute_kw", o.database, s.user, o.key.Reveal(), r.model, r.method, positional, args)
	} else {
		if r.ids != nil {
			args["ids"] = r.ids
		}
		call, err = post(r.op, o.base.JoinPath("json", "2", r.model, r.method), args)
		call.Header = http.Header{"Authorization": {"bearer " + o.key.Reveal()}, "X-Odoo-Database": {o.database}}
	}
	call.Writes, call.Moves = r.writes, r.moves
	return call, s.version < bearer, err
}

// rpc is a call of JSON-RPC.
func (o *odoo) rpc(op, service, method string, args ...any) (connectors.Call, error) {
	return post(op, o.base.JoinPath("jsonrpc"), map[string]any{
		"jsonrpc": "2.0", "method": "call", "id": 1, "params": map[string]any{"service": service, "method": method, "args": append([]any{}, args...)}, // never null
	})
}

func post(op string, u *url.URL, body any) (connectors.Call, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return connectors.Call{}, fault.New(fault.Invalid, op, "the values cannot be written as JSON")
	}
	return connectors.Call{Op: op, Method: http.MethodPost, URL: u, Body: text}, nil
}

// refusal is the error in an answer of JSON-RPC, which comes with status 200. Its
// message and debug hold people's data and are not read.
type refusal struct {
	Data struct {
		Name string `json:"name"` // the exception, such as odoo.exceptions.AccessDenied
	} `json:"data"`
}

var exceptionName = regexp.MustCompile(`^[A-Za-z0-9_.]{1,80}$`)

// refused classifies a refusal. An exception undoes all that its call did, so
// nothing is uncertain.
func (o *odoo) refused(op string, r *refusal) error {
	name := r.Data.Name
	if !exceptionName.MatchString(name) {
		name = "an error"
	}
	switch short := name[strings.LastIndex(name, ".")+1:]; {
	case short == "AccessDenied" || short == "SessionExpiredException":
		o.session.Store(nil)
		return fault.New(fault.Unauthorized, op, "Odoo answers %s: check database, login and key", name)
	case short == "AccessError":
		return fault.New(fault.Unauthorized, op, "Odoo answers %s: the user of flowd lacks a right", name)
	case short == "MissingError":
		return fault.New(fault.NotFound, op, "Odoo answers %s: it was deleted", name)
	case strings.HasPrefix(name, "psycopg2."):
		return fault.New(fault.Unavailable, op, "Odoo's database answers %s: check the name of the database if this stays", name)
	}
	return fault.New(fault.Invalid, op, "Odoo answers %s: its log says more", name)
}
