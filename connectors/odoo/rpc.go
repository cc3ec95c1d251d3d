package odoo

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

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

// session is what has to be known before the first call.
type session struct {
	version int
	user    int64 // of JSON-RPC
	at      time.Time
}

// keepSession bounds how long it goes unseen that Odoo is of another version.
const keepSession = time.Hour

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

// open returns the session, which one caller at a time asks for.
func (o *odoo) open(ctx context.Context) (*session, error) {
	fresh := func() *session {
		if s := o.session.Load(); s != nil && time.Since(s.at) < keepSession {
			return s
		}
		return nil
	}
	if s := fresh(); s != nil {
		return s, nil
	}
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "log in to Odoo", ctx.Err())
	}
	if s := fresh(); s != nil {
		return s, nil
	}
	s := &session{version: o.version, at: time.Now()}
	if s.version == 0 {
		var err error
		if s.version, err = o.askVersion(ctx); err != nil {
			return nil, err
		}
	}
	if s.version < bearer {
		var err error
		if s.user, err = o.authenticate(ctx); err != nil {
			return nil, err
		}
	}
	o.session.Store(s)
	return s, nil
}

// askVersion asks for Odoo's major version. Who no longer knows JSON-RPC is
// newer than those that need it.
func (o *odoo) askVersion(ctx context.Context) (int, error) {
	const op = "ask Odoo for its version"
	call, err := o.rpc(op, "common", "version")
	if err != nil {
		return 0, err
	}
	reply, err := o.client.Do(ctx, call)
	if fault.Is(err, fault.NotFound) {
		return bearer, nil
	}
	if err != nil {
		return 0, err
	}
	var version struct {
		Info []any `json:"server_version_info"` // [17, 0, 0, "final", 0, ""], or ["saas~17", 4, …]
	}
	if err := o.unwrap(call, reply, &version); err != nil {
		return 0, err
	}
	if len(version.Info) > 0 {
		first, _ := connectors.Text(version.Info[0])
		if n, err := strconv.Atoi(strings.TrimPrefix(first, "saas~")); err == nil && n >= oldest {
			return n, nil
		}
	}
	return 0, fault.New(fault.Invalid, op, "the answer names no version from %d on: check the address", oldest)
}

// authenticate asks for the user's number. Odoo answers false to a login or key
// that it does not know.
func (o *odoo) authenticate(ctx context.Context) (int64, error) {
	const op = "log in to Odoo"
	if o.login == "" {
		return 0, fault.New(fault.Invalid, op, "before version %d Odoo wants to know whose key it is: add login: to the source", bearer)
	}
	call, err := o.rpc(op, "common", "authenticate", o.database, o.login, o.key.Reveal(), map[string]any{})
	if err != nil {
		return 0, err
	}
	reply, err := o.client.Do(ctx, call)
	if err != nil {
		return 0, err
	}
	var answer json.RawMessage
	if err := o.unwrap(call, reply, &answer); err != nil {
		return 0, err
	}
	if user, err := strconv.ParseInt(string(answer), 10, 64); err == nil && user > 0 {
		return user, nil
	}
	return 0, fault.New(fault.Unauthorized, op, "refused: check database, login and key")
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

var errNotJSON = errors.New("it is not JSON, or ends too early")

// readRows reads a list of records, in its JSON-RPC envelope where it has one.
// Its errors quote nothing.
func readRows(r io.Reader, wrapped bool, most int, each func(row) error) (*refusal, error) {
	d := json.NewDecoder(r)
	if !wrapped {
		return nil, readList(d, most, each)
	}
	if t, err := d.Token(); err != nil {
		return nil, errNotJSON
	} else if t != json.Delim('{') {
		return nil, errors.New("it is no answer of JSON-RPC")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		switch name {
		case "result":
			return nil, readList(d, most, each)
		case "error":
			var e refusal
			if err := d.Decode(&e); err != nil {
				return nil, errNotJSON
			}
			return &e, nil
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return nil, errNotJSON
		}
	}
	return nil, errors.New("it has neither a result nor an error")
}

func readList(d *json.Decoder, most int, each func(row) error) error {
	if t, err := d.Token(); err != nil {
		return errNotJSON
	} else if t != json.Delim('[') {
		return errors.New("the result is no list of records")
	}
	for n := 0; d.More(); n++ {
		if n == most {
			return errors.New("it has more than the " + strconv.Itoa(most) + " records that were asked for")
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return errNotJSON
		}
		if !utf8.Valid(raw) {
			return errors.New("record " + strconv.Itoa(n+1) + " is not UTF-8")
		}
		var one row
		if err := json.Unmarshal(raw, &one); err != nil || one == nil {
			return errors.New("record " + strconv.Itoa(n+1) + " is no record")
		}
		if err := each(one); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errNotJSON
	}
	return nil
}
