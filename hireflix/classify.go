package hireflix

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"flowd/internal/fault"
)

// errRefusedBySchema is in the chain of the fault when Hireflix refused the
// document itself, so that nothing ran: it names something that Hireflix does
// not have.
var errRefusedBySchema = errors.New("Hireflix's schema refuses the request")

// fault classifies what became of an exchange; nil is a good answer. What the
// GraphQL library made of it comes last, because that sees the least, and its
// text is never used: it can quote the answer.
func (ex *exchange) fault(decoding error) *fault.Error {
	r := &ex.reply
	if len(r.errors) > 0 && r.status < http.StatusInternalServerError && r.status != http.StatusTooManyRequests && !ex.keyRefused() {
		return ex.finish(ex.fromErrors())
	}
	switch {
	case ex.failure != nil && !ex.sent:
		return ex.finish(ex.why(fault.Unavailable, "nothing was sent: "+inWords(ex.failure)))
	case ex.keyRefused():
		return ex.finish(ex.why(fault.Unauthorized, ex.keyWords()))
	case r.status == http.StatusTooManyRequests:
		return ex.finish(ex.why(fault.RateLimited, "Hireflix answers "+inStatus(r.status)))
	case r.status >= http.StatusInternalServerError || r.status == http.StatusRequestTimeout:
		return ex.finish(ex.why(ex.unsure(), "Hireflix answers "+inStatus(r.status)))
	case r.status >= 400:
		return ex.finish(ex.why(fault.Unavailable, "Hireflix answers "+inStatus(r.status)+": check hireflix.url, and the proxy if there is one"))
	case r.status >= 300:
		return ex.finish(ex.why(fault.Unavailable, "the address answers with a redirect, which is not followed: check hireflix.url"))
	case ex.failure != nil:
		return ex.finish(ex.why(ex.unsure(), inWords(ex.failure)))
	case r.status == 0:
		return ex.finish(ex.why(fault.Internal, "the request could not be built"))
	case !r.json:
		return ex.finish(ex.why(ex.unsure(), "the answer is not JSON: check hireflix.url, and the proxy if there is one"))
	case r.status != http.StatusOK || !r.data:
		return ex.finish(ex.why(ex.unsure(), "the answer holds no data"))
	case decoding != nil && ex.op.mutation:
		return ex.finish(ex.why(fault.Uncertain, "the answer is not of the expected form"))
	case decoding != nil:
		return ex.finish(ex.why(fault.Unknown, "the answer is not of the expected form"))
	}
	return nil
}

// unsure is the kind of a failure that leaves open what happened. A query
// changes nothing, so there it does not matter.
func (ex *exchange) unsure() fault.Kind {
	if ex.op.mutation {
		return fault.Uncertain
	}
	return fault.Unavailable
}

func (ex *exchange) why(kind fault.Kind, words string) *fault.Error {
	return fault.New(kind, ex.op.doing, "%s", words)
}

// finish adds what the answer says about any fault.
func (ex *exchange) finish(f *fault.Error) *fault.Error {
	f.RetryAfter, f.RequestID = ex.reply.retryAfter, ex.reply.requestID
	if f.Err == nil {
		// Only causes whose text is known to hold nothing personal.
		for _, cause := range []error{ErrTooLarge, context.Canceled, context.DeadlineExceeded} {
			if errors.Is(ex.failure, cause) {
				f.Err = cause
				break
			}
		}
	}
	return f
}

// keyRefused tells whether the request was turned away for its key before
// anything of it ran: by the HTTP status, by a body that is not GraphQL, or by
// errors without any data. An error for a part of an answer is not that.
func (ex *exchange) keyRefused() bool {
	r := &ex.reply
	switch {
	case r.result || ex.belowRoot():
		return false
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden:
		return true
	case len(r.errors) > 0:
		return !slices.ContainsFunc(r.errors, func(e graphQLError) bool { return !e.unauthorized() })
	}
	return r.json && !r.data && (strings.Contains(r.message, "unauthorized") || strings.Contains(r.message, "forbidden"))
}

func (ex *exchange) keyWords() string {
	if ex.reply.status == http.StatusOK {
		return "the API key is answered with Unauthorized"
	}
	return "the API key is answered with " + inStatus(ex.reply.status)
}

func (e graphQLError) unauthorized() bool {
	switch e.code {
	case "401", "403", "UNAUTHENTICATED", "FORBIDDEN":
		return true
	}
	return strings.EqualFold(e.message, "unauthorized")
}

// belowRoot tells whether an error lies inside the result of the field that
// acts, which is the root one or, of a nested operation, one below it: that
// field had run by then.
func (ex *exchange) belowRoot() bool {
	acts := 1
	if ex.op.nested {
		acts = 2
	}
	return slices.ContainsFunc(ex.reply.errors, func(e graphQLError) bool { return len(e.path) > acts })
}

// fromErrors classifies a GraphQL answer with errors. The codes are those of
// the older invite (the vendor's guide, Q25: 400, 409, 500) and those that
// servers built on graphql-js give.
func (ex *exchange) fromErrors() *fault.Error {
	if ex.op.mutation && (ex.reply.result || ex.belowRoot()) {
		return ex.why(fault.Uncertain, "a part of the answer failed, so the call itself took effect")
	}
	for _, e := range ex.reply.errors {
		if e.number() >= 500 || e.code == "INTERNAL_SERVER_ERROR" {
			return ex.why(ex.unsure(), "Hireflix reports a fault of its own")
		}
	}
	e := ex.reply.errors[0]
	if field, ok := e.badVariable(); ok {
		return ex.why(fault.Invalid, "Hireflix refuses "+field)
	}
	if e.refusedBySchema() {
		return &fault.Error{Kind: fault.Internal, Op: ex.op.doing, Err: errRefusedBySchema}
	}
	switch e.number() {
	case 400, 422:
		return ex.why(fault.Invalid, "Hireflix refuses "+e.subject())
	case 401, 403:
		return ex.why(fault.Unauthorized, ex.keyWords())
	case 404:
		return ex.why(fault.NotFound, "Hireflix does not know it")
	case 409:
		return ex.why(fault.Conflict, "Hireflix has it already")
	case 429:
		return ex.why(fault.RateLimited, "Hireflix answers error 429")
	}
	return ex.why(fault.Unknown, "Hireflix reports an error that this version does not know")
}

// badVariable tells whether a value was refused while the request was read,
// before anything ran, and which. The wording is graphql-js's, which quotes the
// value; "is not defined" is about a name and so about the schema.
func (e graphQLError) badVariable() (field string, ok bool) {
	bad := strings.HasPrefix(e.message, "Variable ") && strings.Contains(e.message, "got invalid value") || e.code == "BAD_USER_INPUT"
	if !bad || strings.Contains(e.message, "is not defined") || len(e.path) > 0 {
		return "", false
	}
	if missing := missingField.FindStringSubmatch(e.message); missing != nil {
		return fieldInWords("candidate."+missing[1]) + ", which is missing", true
	}
	if at := variablePath.FindStringSubmatch(e.message); at != nil {
		return fieldInWords(at[1]), true
	}
	return "a value of the request", true
}

var (
	variablePath = regexp.MustCompile(`at "input\.([A-Za-z.]+)"`)
	missingField = regexp.MustCompile(`Field "([A-Za-z]+)" of required type`)
)

// schemaWords are how graphql-js begins or words what is wrong with a document.
var schemaWords = []string{
	"Cannot query field", "Unknown type", "Unknown argument", "Unknown fragment", "Unknown directive",
	"must have a selection", "must not have a selection", "can never be of type", "cannot condition on", "conflict",
	"in position expecting type", "is not defined", "is required, but it was not provided", "is required but not provided",
	"cannot be non-input type", "does not exist in", "Expected value of type", "has invalid value", "Syntax Error",
	"is not an input type", "introspection",
}

// refusedBySchema tells whether the document was refused before anything ran.
func (e graphQLError) refusedBySchema() bool {
	if len(e.path) > 0 {
		return false // it ran: such an error belongs to a field
	}
	switch e.code {
	case "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED":
		return true
	}
	return slices.ContainsFunc(schemaWords, func(words string) bool { return strings.Contains(e.message, words) })
}

// subject guesses what a refusal in plain words is about, such as "invalid
// candidate email" (the vendor's guide, Q25).
func (e graphQLError) subject() string {
	message := strings.ToLower(e.message)
	for _, known := range []struct{ word, path string }{
		{"email", "candidate.email"}, {"e-mail", "candidate.email"}, {"phone", "candidate.phone"},
		{"first", "candidate.firstName"}, {"last", "candidate.lastName"}, {"name", "candidate.name"},
	} {
		if strings.Contains(message, known.word) {
			return fieldInWords(known.path)
		}
	}
	return "the request without saying why"
}

// fieldInWords names a field for a person. Of an unknown one nothing is shown:
// the far side chose the text.
func fieldInWords(path string) string {
	switch strings.TrimPrefix(path, "input.") {
	case "candidate.email":
		return "the e-mail address"
	case "candidate.firstName":
		return "the first name"
	case "candidate.lastName":
		return "the last name"
	case "candidate.name":
		return "the name"
	case "candidate.phone":
		return "the phone number"
	case "externalId":
		return "the external id"
	case "positionId":
		return "the position's id"
	}
	return "a field that this version does not know"
}

func inStatus(status int) string {
	if words := http.StatusText(status); words != "" {
		return "HTTP status " + strconv.Itoa(status) + " " + words
	}
	return "HTTP status " + strconv.Itoa(status)
}

// inWords says why a connection failed. net/http's own text can quote what the
// far side sent.
func inWords(err error) string {
	var (
		dns     *net.DNSError
		timeout net.Error
		alert   tls.AlertError
		noTLS   tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, ErrTooLarge):
		return "the answer is beyond the size limit"
	case errors.Is(err, context.Canceled):
		return "stopped before an answer came"
	case errors.As(err, &dns):
		return "the name in hireflix.url cannot be resolved"
	case untrusted(err):
		return "the server's certificate is not trusted: see tls.ca_file if there is a proxy that opens TLS"
	case errors.As(err, &noTLS), errors.As(err, &alert):
		return "no TLS connection came about"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke"
	}
	return "the connection failed"
}

func untrusted(err error) bool {
	var (
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
	)
	return errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid)
}
