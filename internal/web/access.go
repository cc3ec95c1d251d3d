package web

import (
	"context"
	"crypto/subtle"
	"net"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// accessKey is under which a request's context holds the Grant it came with.
type accessKey struct{}

// here is the grant of this machine's own token, and of a command's own process:
// whoever can read the file beside the state can read the state as well. It has
// no name, because the order says who gave it.
func here() Grant { return Grant{Role: RoleAdmin} }

// guard lets only a request through whose token opens what it asks for. The
// comparison takes the same time whatever is wrong.
func (a api) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		g, refused := a.admitted(given)
		if refused == nil {
			refused = g.refuses(needs(r.Method, r.URL.Path), r.URL.Query().Get("show") != "")
		}
		if refused != nil {
			fail(w, refused.Status, refused.Text)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), accessKey{}, g)))
	})
}

// admitted is what a token opens.
func (a api) admitted(token string) (Grant, *Problem) {
	local := a.Token == "" && a.Tokens == nil // a handler in the command's own process
	if local || a.Token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(a.Token)) == 1 {
		return here(), nil
	}
	if a.Tokens != nil {
		if g, ok := holder(token, a.Tokens()); ok {
			if !a.Now().Before(g.Until) {
				return Grant{}, &Problem{Status: http.StatusUnauthorized, Text: "the token " + g.Name + " ended with " +
					g.Until.Add(-time.Second).UTC().Format(time.DateOnly) + ": ask for a new one"}
			}
			return g, nil
		}
	}
	return Grant{}, &Problem{Status: http.StatusUnauthorized, Text: "the token is missing, wrong, or was taken away"}
}

// needs is the least role for a request: reading is for viewers, and whatever
// changes something for operators, unless it is said here.
func needs(method, path string) Role {
	switch {
	case strings.HasPrefix(path, "/api/v1/backup"), strings.HasPrefix(path, "/api/v1/privacy"):
		return RoleAdmin
	case method == http.MethodGet, method == http.MethodHead, path == "/api/v1/explain", path == "/api/v1/plan", path == "/api/v1/record":
		return RoleViewer
	}
	return RoleOperator
}

// refuses says why a request is not for this token, or nil.
func (g Grant) refuses(need Role, show bool) *Problem {
	switch {
	case !g.Role.covers(need):
		return &Problem{Status: http.StatusForbidden, Text: "the token " + g.Name + " has the role " + string(g.Role) + ", and this is for the role " + string(need)}
	case show && !g.MaySee():
		return &Problem{Status: http.StatusForbidden, Text: "the token " + g.Name + " may not see names and addresses: leave out --show, or ask for one with `people: true`"}
	}
	return nil
}

// sign writes the token's name over the By of an order: who gave it is what the
// token says, whatever the sender claims. It happens where every order is read,
// so that none can leave it out.
func sign(r *http.Request, order any) {
	g, _ := r.Context().Value(accessKey{}).(Grant)
	v := reflect.Indirect(reflect.ValueOf(order))
	if g.Name == "" || v.Kind() != reflect.Struct {
		return
	}
	if by := v.FieldByName("By"); by.IsValid() && by.Kind() == reflect.String {
		by.SetString(g.Name)
	}
}

// fromHere guards what this machine may read without a token: monitors speak
// none, and nothing of a person is in it.
func (a api) fromHere(next http.Handler) http.Handler {
	guarded := a.guard(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}
