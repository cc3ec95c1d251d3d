package odoo

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"flowd/connectors"
	"flowd/internal/fault"
)

// session is what has to be known before the first call.
type session struct {
	version int
	user    int64 // of JSON-RPC
	at      time.Time
}

// keepSession bounds how long it goes unseen that Odoo is of another version.
const keepSession = time.Hour

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
