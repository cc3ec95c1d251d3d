package sim

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// reply says what the effect leaves of the truth.
func (s *Server) reply(w http.ResponseWriter, r *http.Request, effect Effect, truth []byte) {
	switch effect.Answer {
	case Closed:
		panic(http.ErrAbortHandler)
	case Silence:
		timer := time.NewTimer(s.options.Hang)
		defer timer.Stop()
		select {
		case <-r.Context().Done():
		case <-timer.C:
		case <-s.closed:
		}
		panic(http.ErrAbortHandler)
	case RateLimited:
		if effect.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(effect.RetryAfter.Seconds()))))
		}
		write(w, http.StatusTooManyRequests, "application/json", []byte(`{"message":"Too many requests"}`))
	case ServerError:
		write(w, or(effect.Status, http.StatusInternalServerError), "application/json", []byte(`{"message":"Internal server error"}`))
	case InternalError:
		write(w, http.StatusOK, "application/json", s.failure(500, "Internal server error"))
	case Unauthorized:
		unauthorized(w)
	case NotJSON:
		write(w, or(effect.Status, http.StatusOK), "text/html; charset=utf-8", []byte("<!doctype html><title>Just a moment</title><p>Checking the connection.\n"))
	case Oversized:
		oversized(w, or(effect.Bytes, 8<<20))
	default:
		write(w, http.StatusOK, "application/json", truth)
	}
}

func or(given, otherwise int) int {
	if given > 0 {
		return given
	}
	return otherwise
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone; nothing is left to say to it
}

// unauthorized is not a GraphQL answer: there is no data and there are no
// errors, as a public client of the real API recorded.
func unauthorized(w http.ResponseWriter) {
	write(w, http.StatusUnauthorized, "application/json", []byte(`{"message":"Unauthorized"}`))
}

// oversized writes at least size bytes of one JSON document, until the client
// has had enough.
func oversized(w http.ResponseWriter, size int) {
	w.Header().Set("Content-Type", "application/json")
	chunk := strings.Repeat("x", 32<<10)
	_, err := io.WriteString(w, `{"data":{"filler":"`)
	for ; size > 0 && err == nil; size -= len(chunk) {
		_, err = io.WriteString(w, chunk)
	}
	if err == nil {
		_, _ = io.WriteString(w, `"}}`)
	}
}

// errorItem is an item of errors as the vendor's guide shows it (Q25).
type errorItem struct {
	Message   string `json:"message"`
	Code      int    `json:"code"`
	Path      []any  `json:"path,omitempty"`
	RequestID string `json:"requestId"`
}

// graphQL writes a result. Data is left out when the request was refused as a
// whole, which is when an error has no path.
func (s *Server) graphQL(data json.RawMessage, errs []*gqlerrors.QueryError) []byte {
	items := make([]errorItem, 0, len(errs))
	for _, e := range errs {
		item := errorItem{Message: e.Message, Code: 500, Path: e.Path}
		var known *problem
		if errors.As(e.ResolverError, &known) {
			item.Code = known.code
		} else if len(e.Path) == 0 {
			item.Code = 400
			data = nil
		}
		items = append(items, item)
	}
	return s.encode(data, items)
}

func (s *Server) refusal(errs gqlerror.List) []byte {
	items := make([]errorItem, 0, len(errs))
	for _, e := range errs {
		items = append(items, errorItem{Message: e.Message, Code: 400})
	}
	return s.encode(nil, items)
}

func (s *Server) failure(code int, message string) []byte {
	return s.encode(nil, []errorItem{{Message: message, Code: code}})
}

func (s *Server) encode(data json.RawMessage, items []errorItem) []byte {
	if len(items) > 0 {
		s.mu.Lock()
		id := s.account.hex(32)
		s.mu.Unlock()
		for i := range items {
			items[i].RequestID = id
		}
	}
	body, err := json.Marshal(struct {
		Errors []errorItem     `json:"errors,omitempty"`
		Data   json.RawMessage `json:"data,omitempty"`
	}{items, data})
	if err != nil { // only if the GraphQL library wrote no JSON
		return []byte(`{"errors":[{"message":"result is not JSON","code":500}]}`)
	}
	return body
}
