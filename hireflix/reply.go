package hireflix

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// reply is what an answer says beside its data.
type reply struct {
	status     int
	retryAfter time.Duration
	requestID  string
	errors     []graphQLError
	// at is Hireflix's clock when it answered, or zero.
	at time.Time
	// json tells that the body is a JSON object; data that it has a data object;
	// result that a field of the data which acts is not null.
	json, data, result bool
	// message is that of a body that is not GraphQL, such as the
	// {"message":"Unauthorized"} which public clients report for a wrong key. It
	// is compared and never shown.
	message string
}

// graphQLError is an item of errors. Message can quote what was sent: it is
// compared and never shown.
type graphQLError struct {
	message string
	code    string // a number or a word
	path    []json.RawMessage
}

func readReply(resp *http.Response, body []byte, nested bool) reply {
	r := reply{status: resp.StatusCode, retryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	r.requestID = requestID(resp.Header.Get("X-Request-Id"))
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		r.at = at.UTC()
	}
	r.readBody(body, nested)
	return r
}

// readBody never fails: what it cannot read stays empty, and an answer without
// data and errors is a fault of its own.
func (r *reply) readBody(body []byte, nested bool) {
	var envelope struct {
		Data    json.RawMessage `json:"data"`
		Errors  json.RawMessage `json:"errors"`
		Message json.RawMessage `json:"message"`
	}
	if json.Unmarshal(body, &envelope) != nil || !isObject(body) {
		return
	}
	r.json = true
	r.message = strings.ToLower(text(envelope.Message))
	r.data = isObject(envelope.Data)
	r.result = r.data && holds(envelope.Data, nested)
	if isNull(envelope.Errors) {
		return
	}
	var items []json.RawMessage
	if json.Unmarshal(envelope.Errors, &items) != nil {
		items = []json.RawMessage{envelope.Errors} // there are errors, in no known form
	}
	for _, item := range items {
		r.readError(item)
	}
}

// holds tells whether a member of the object is not null; of a nested one,
// whether a member of a member is.
func holds(object json.RawMessage, nested bool) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(object, &members) != nil {
		return !isNull(object) && !nested
	}
	for _, member := range members {
		if nested && holds(member, false) || !nested && !isNull(member) {
			return true
		}
	}
	return false
}

func (r *reply) readError(item json.RawMessage) {
	var known struct {
		Message    json.RawMessage   `json:"message"`
		Code       json.RawMessage   `json:"code"`
		Path       []json.RawMessage `json:"path"`
		RequestID  json.RawMessage   `json:"requestId"`
		Extensions struct {
			Code      json.RawMessage `json:"code"`
			RequestID json.RawMessage `json:"requestId"`
		} `json:"extensions"`
	}
	// A member of another type leaves itself empty and the others filled.
	_ = json.Unmarshal(item, &known)
	e := graphQLError{message: text(known.Message), code: text(known.Code), path: known.Path}
	if e.code == "" {
		e.code = text(known.Extensions.Code)
	}
	r.errors = append(r.errors, e)
	for _, id := range []json.RawMessage{known.RequestID, known.Extensions.RequestID} {
		if found := requestID(text(id)); found != "" {
			r.requestID = found
		}
	}
}

// number is the error's code as a number, or 0.
func (e graphQLError) number() int {
	n, err := strconv.Atoi(e.code)
	if err != nil {
		return 0
	}
	return n
}

// text is a JSON string or number as text, or nothing.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

func isObject(raw []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) }

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9_.:=-]{1,80}$`)

// requestID returns an id as it may be logged: the far side chooses it, so one
// that looks like anything else is dropped.
func requestID(id string) string {
	if requestIDPattern.MatchString(id) {
		return id
	}
	return ""
}

// retryAfter reads the header of that name, which holds seconds or a date
// (RFC 9110, 10.2.3). What it cannot read is no wish.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(header)); err == nil {
		return time.Duration(min(max(seconds, 0), 7*24*3600)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
