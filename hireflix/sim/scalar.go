package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// timestamp is epoch milliseconds, the unit of every time in the API (the
// vendor's guide, Q6).
type timestamp int64

func stamp(t time.Time) *timestamp {
	if t.IsZero() {
		return nil
	}
	ms := timestamp(t.UnixMilli())
	return &ms
}

// ImplementsGraphQLType names the scalar for the library.
func (timestamp) ImplementsGraphQLType(name string) bool { return name == "Timestamp" }

// UnmarshalGraphQL refuses: no input of the schema is a Timestamp.
func (*timestamp) UnmarshalGraphQL(any) error {
	return errors.New("a Timestamp is never given")
}

// emailAddress is checked when a request is read, before anything runs.
type emailAddress string

// emailPattern is that of HTML's <input type=email>, which the scalar of this
// name in the graphql-scalars library uses.
var emailPattern = regexp.MustCompile(
	"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?" +
		`(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$`)

// ImplementsGraphQLType names the scalar for the library.
func (emailAddress) ImplementsGraphQLType(name string) bool { return name == "EmailAddress" }

// UnmarshalGraphQL accepts an address. Its error quotes the value, as the real
// scalar's does, so that a client is seen to keep such texts out of its logs.
func (e *emailAddress) UnmarshalGraphQL(input any) error {
	if fault := addressFault(input); fault != "" {
		return errors.New(fault)
	}
	*e = emailAddress(input.(string))
	return nil
}

// addressFault says in the real scalar's words what is wrong with an address.
func addressFault(input any) string {
	text, ok := input.(string)
	switch {
	case !ok:
		return fmt.Sprintf("Value is not string: %v", input)
	case !emailPattern.MatchString(text):
		return "Value is not a valid email address: " + text
	}
	return ""
}

// jsonValue is any JSON value.
type jsonValue struct{ value any }

// ImplementsGraphQLType names the scalar for the library.
func (jsonValue) ImplementsGraphQLType(name string) bool { return name == "JSON" }

// UnmarshalGraphQL keeps the value as it was decoded.
func (j *jsonValue) UnmarshalGraphQL(input any) error {
	j.value = input
	return nil
}

// MarshalJSON writes the value back.
func (j jsonValue) MarshalJSON() ([]byte, error) { return json.Marshal(j.value) }

// errorCode is a number in the vendor's example and a string in a connector's
// catalogue, so the server can be told to write either.
type errorCode struct {
	number int
	quoted bool
}

// ImplementsGraphQLType names the scalar for the library.
func (errorCode) ImplementsGraphQLType(name string) bool { return name == "ErrorCode" }

// UnmarshalGraphQL refuses: no input of the schema is an ErrorCode.
func (*errorCode) UnmarshalGraphQL(any) error {
	return errors.New("an ErrorCode is never given")
}

// MarshalJSON writes the number, quoted on demand.
func (c errorCode) MarshalJSON() ([]byte, error) {
	text := strconv.Itoa(c.number)
	if c.quoted {
		text = strconv.Quote(text)
	}
	return []byte(text), nil
}
