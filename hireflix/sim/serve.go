package sim

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP serves POST /me, and the recordings behind share links at GET
// /shared/<token>, which are no part of the journal. It panics with http.ErrAbortHandler, net/http's
// way to close a connection without an answer, when a fault asks for that.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.isDown() {
		s.turnAway(Closed)
		panic(http.ErrAbortHandler)
	}
	if strings.HasPrefix(r.URL.Path, sharedPath) {
		s.serveShared(w, r)
		return
	}
	if r.URL.Path != "/me" {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "POST a query", http.StatusMethodNotAllowed)
		return
	}
	if !s.authorized(r) {
		s.turnAway(Unauthorized)
		unauthorized(w)
		return
	}
	in, status, err := s.read(w, r)
	if err != nil {
		s.turnAway(Truth)
		http.Error(w, err.Error(), status)
		return
	}
	s.serve(w, r, in)
}

// call is one request on its way through the server.
type call struct {
	effect   Effect
	arrivals []*Arrival
	invites  int // resolved so far
	done     map[*Arrival]bool
	base     string // the address that the client called
}

type callKey struct{}

// callFrom finds the call in a resolver, which the library gives no other way
// to know for whom it works.
func callFrom(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// settle enters the result of the request's next invite: mutations run in the
// order of the document. It is called under the server's lock.
func (c *call) settle(took bool, result string) {
	n := 0
	for _, a := range c.arrivals {
		if a.Kind != Invite {
			continue
		}
		if n == c.invites {
			a.Took, a.Result = took, result
		}
		n++
	}
	c.invites++
}

// took enters that a change of an interview or a webhook took effect. Two of
// one kind for one id in one request are alike, whichever runs first. It is
// called under the server's lock.
func (c *call) took(kind Kind, id string) {
	for _, a := range c.arrivals {
		if a.Kind == kind && a.target() == id && !c.done[a] {
			c.done[a], a.Took = true, true
			return
		}
	}
}

func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, in *request) {
	doc, refused := s.service.check(in.Query, in.OperationName, in.Variables)
	operations := []Operation{{Name: in.OperationName, Kind: Invalid}}
	if doc != nil {
		operations = doc.operations()
	}
	c := &call{
		arrivals: s.arrive(operations), effect: s.draw(operations),
		done: make(map[*Arrival]bool), base: baseURL(r),
	}

	var body []byte
	if doc == nil {
		body = s.refusal(refused)
	} else if c.effect.Answer == Truth || c.effect.Answer == UnknownMember || c.effect.Applied {
		if !s.wait(c.effect) {
			s.answered(c, Closed)
			panic(http.ErrAbortHandler)
		}
		body = s.execute(r.Context(), doc, c)
	}
	s.answered(c, c.effect.Answer)
	s.reply(w, r, c.effect, body)
}

// wait lets an effect's delay and gate pass. It is false if the server closed.
func (s *Server) wait(effect Effect) bool {
	if effect.Delay > 0 {
		timer := time.NewTimer(effect.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closed:
			return false
		}
	}
	if effect.Gate != nil {
		select {
		case <-effect.Gate:
		case <-s.closed:
			return false
		}
	}
	return true
}

// execute runs a document to its end, also when the client has gone away: an
// operation that reached the server takes effect.
func (s *Server) execute(ctx context.Context, doc *document, c *call) []byte {
	schema := s.service
	if c.effect.Answer == UnknownMember {
		schema = s.grown
	}
	ctx = context.WithValue(context.WithoutCancel(ctx), callKey{}, c)
	response := schema.exec.Exec(ctx, doc.text, doc.operation.Name, doc.variables)
	return s.graphQL(response.Data, response.Errors)
}

func (s *Server) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

func (s *Server) authorized(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("X-API-KEY")), []byte(s.key)) == 1
}

func (s *Server) arrive(operations []Operation) []*Arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.arrive(s.options.Now(), operations)
}

func (s *Server) answered(c *call, answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.answer(c.arrivals, answer)
}

func (s *Server) turnAway(answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.answer(s.ledger.arrive(s.options.Now(), []Operation{{Kind: Unread}}), answer)
}

func (s *Server) draw(operations []Operation) Effect {
	s.faultMu.Lock()
	defer s.faultMu.Unlock()
	if s.fault == nil {
		return Effect{}
	}
	for _, op := range operations {
		if effect := s.fault(op); effect != (Effect{}) {
			return effect
		}
	}
	return Effect{}
}
