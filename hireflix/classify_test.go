package hireflix

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd/internal/fault"
)

// personal is what servers put into their messages. It must not come out.
const personal = `Adalyn Lovestone <ada.lovestone@example.com> +12015550123 ` + testKey

// TestClassify has every class of answer to an invite and to a query.
func TestClassify(t *testing.T) {
	t.Parallel()
	item := func(members string) string {
		return `{"errors":[{"message":"` + personal + `","requestId":"9ef6782e79f05876a3c222806d259910",` + members + `}],"data":{"inviteCandidateToInterview":null}}`
	}
	none := fault.Kind("")
	for name, tc := range map[string]struct {
		status        int
		body          string
		invite, query fault.Kind
	}{
		"legacy 400":             {200, item(`"code":400,"path":["inviteCandidateToInterview"]`), fault.Invalid, fault.Invalid},
		"legacy 409":             {200, item(`"code":409,"path":["inviteCandidateToInterview"]`), fault.Conflict, fault.Conflict},
		"409 in extensions":      {200, item(`"extensions":{"code":409}`), fault.Conflict, fault.Conflict},
		"409 as a string":        {200, item(`"code":"409"`), fault.Conflict, fault.Conflict},
		"legacy 500":             {200, item(`"code":500,"path":["inviteCandidateToInterview"]`), fault.Uncertain, fault.Unavailable},
		"apollo's internal":      {200, item(`"extensions":{"code":"INTERNAL_SERVER_ERROR"}`), fault.Uncertain, fault.Unavailable},
		"404":                    {200, item(`"code":404`), fault.NotFound, fault.NotFound},
		"429 in errors":          {200, item(`"code":429`), fault.RateLimited, fault.RateLimited},
		"401 in errors":          {200, item(`"code":401`), fault.Unauthorized, fault.Unauthorized},
		"unauthenticated":        {200, item(`"extensions":{"code":"UNAUTHENTICATED"}`), fault.Unauthorized, fault.Unauthorized},
		"unknown code":           {200, item(`"code":418`), fault.Unknown, fault.Unknown},
		"no code":                {200, item(`"path":["inviteCandidateToInterview"]`), fault.Unknown, fault.Unknown},
		"a part failed":          {200, item(`"code":400,"path":["inviteCandidateToInterview","url"]`), fault.Uncertain, fault.Invalid},
		"a part refused":         {200, item(`"code":401,"path":["inviteCandidateToInterview","url"]`), fault.Uncertain, fault.Unauthorized},
		"several":                {200, `{"errors":[{"message":"a","code":400},{"message":"b","code":503}]}`, fault.Uncertain, fault.Unavailable},
		"errors and data":        {200, `{"errors":[{"message":"x","code":409}],"data":{"inviteCandidateToInterview":{"__typename":"InterviewType","id":"i"}}}`, fault.Uncertain, fault.Conflict},
		"errors are no list":     {200, `{"errors":{"message":"x"},"data":null}`, fault.Unknown, fault.Unknown},
		"errors of odd types":    {200, `{"errors":[{"message":1,"code":{},"path":"x","extensions":"y"},null,7]}`, fault.Unknown, fault.Unknown},
		"empty errors":           {200, `{"errors":[],"data":{"inviteCandidateToInterview":{"__typename":"InterviewType","id":"i"}}}`, none, fault.Unknown},
		"cannot query":           {200, `{"errors":[{"message":"Cannot query field \"x\" on type \"` + personal + `\".","code":400}]}`, fault.Internal, fault.Internal},
		"cannot query, http 400": {400, `{"errors":[{"message":"Cannot query field","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`, fault.Internal, fault.Internal},
		"bad variable":           {200, `{"errors":[{"message":"Variable \"$input\" got invalid value \"` + personal + `\" at \"input.candidate.email\"; Expected type \"EmailAddress\".","code":400}]}`, fault.Invalid, fault.Invalid},
		"missing variable":       {200, `{"errors":[{"message":"Variable \"$input\" got invalid value {} at \"input.candidate\"; Field \"lastName\" of required type \"String!\" was not provided."}]}`, fault.Invalid, fault.Invalid},
		"unknown input field":    {200, `{"errors":[{"message":"Variable \"$input\" got invalid value {}; Field \"externalId\" is not defined by type \"X\"."}]}`, fault.Internal, fault.Internal},
		"unauthorized, 200":      {200, `{"message":"Unauthorized"}`, fault.Unauthorized, fault.Unauthorized},
		"unauthorized, 401":      {401, `{"message":"Unauthorized ` + personal + `"}`, fault.Unauthorized, fault.Unauthorized},
		"forbidden":              {403, ``, fault.Unauthorized, fault.Unauthorized},
		"429":                    {429, `{"message":"` + personal + `"}`, fault.RateLimited, fault.RateLimited},
		"500":                    {500, personal, fault.Uncertain, fault.Unavailable},
		"502 of a proxy":         {502, `<html>` + personal, fault.Uncertain, fault.Unavailable},
		"503":                    {503, ``, fault.Uncertain, fault.Unavailable},
		"500 with errors":        {500, item(`"code":400`), fault.Uncertain, fault.Unavailable},
		"408":                    {408, ``, fault.Uncertain, fault.Unavailable},
		"404 of the address":     {404, personal, fault.Unavailable, fault.Unavailable},
		"413":                    {413, ``, fault.Unavailable, fault.Unavailable},
		"204":                    {204, ``, fault.Uncertain, fault.Unavailable},
		"not json":               {200, `<html>` + personal, fault.Uncertain, fault.Unavailable},
		"empty":                  {200, ``, fault.Uncertain, fault.Unavailable},
		"json and more":          {200, `{"data":{"inviteCandidateToInterview":null}} ` + personal, fault.Uncertain, fault.Unavailable},
		"a list":                 {200, `[]`, fault.Uncertain, fault.Unavailable},
		"no data":                {200, `{}`, fault.Uncertain, fault.Unavailable},
		"other message":          {200, `{"message":"` + personal + `"}`, fault.Uncertain, fault.Unavailable},
		"data is null":           {200, `{"data":null}`, fault.Uncertain, fault.Unavailable},
		"unknown field":          {200, `{"data":{"` + personal + `":1}}`, fault.Uncertain, fault.Unknown},
		"other shape":            {200, `{"data":{"inviteCandidateToInterview":[1],"positions":{"id":"` + personal + `"}}}`, fault.Uncertain, fault.Unknown},
		"result is null":         {200, `{"data":{"inviteCandidateToInterview":null}}`, fault.Uncertain, fault.Unknown},
		"no typename":            {200, `{"data":{"inviteCandidateToInterview":{}}}`, fault.Uncertain, fault.Unknown},
		"no id":                  {200, `{"data":{"inviteCandidateToInterview":{"__typename":"InterviewType","id":null}}}`, fault.Uncertain, fault.Unknown},
		"unknown member":         {200, `{"data":{"inviteCandidateToInterview":{"__typename":"` + personal + `"}}}`, fault.Unknown, fault.Unknown},
		"invalid, not said what": {200, `{"data":{"inviteCandidateToInterview":{"__typename":"ValidationError"}}}`, fault.Invalid, fault.Unknown},
		"positions":              {200, `{"data":{"positions":[]}}`, fault.Uncertain, none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			arrivals := map[string]int{}
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				var in struct{ OperationName string }
				if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
					t.Error(err)
				}
				mu.Lock()
				arrivals[in.OperationName]++
				mu.Unlock()
				w.Header().Set("Retry-After", "3600")
				answer(tc.status, tc.body)(w, r)
			})
			_, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
			wantFault(t, err, tc.invite)
			mu.Lock()
			defer mu.Unlock()
			if n := arrivals[opInvite.name]; n != 1 {
				t.Errorf("the invite was sent %d times", n)
			}
			if wish := fault.RetryAfter(err); err != nil && wish != time.Hour {
				t.Errorf("Retry-After is %s", wish)
			}
			if strings.Contains(tc.body, "9ef6782e") && tc.status == 200 && requestIDOf(err) != "9ef6782e79f05876a3c222806d259910" {
				t.Errorf("request id is %q", requestIDOf(err))
			}
		})
		t.Run(name+", query", func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, answer(tc.status, tc.body)).Positions(t.Context())
			wantFault(t, err, tc.query)
		})
	}
}

func TestClassify_Words(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		`invalid candidate email`: "invite: Hireflix refuses the e-mail address (request r-12345678)",
		`bad phone`:               "invite: Hireflix refuses the phone number (request r-12345678)",
		`no`:                      "invite: Hireflix refuses the request without saying why (request r-12345678)",
		`Variable \"$input\" got invalid value {} at \"input.candidate\"; Field \"lastName\" of required type \"String!\" was not provided.`: "invite: Hireflix refuses the last name, which is missing (request r-12345678)",
		`Variable \"$input\" got invalid value \"x\" at \"input.candidate.email\"; Expected type`:                                            "invite: Hireflix refuses the e-mail address (request r-12345678)",
		`Variable \"$input\" got invalid value \"x\"`:                                                                                        "invite: Hireflix refuses a value of the request (request r-12345678)",
	} {
		c := serve(t, answer(http.StatusOK, `{"errors":[{"message":"`+message+`","code":400,"requestId":"r-12345678"}]}`))
		_, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", message, err, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "-7": 0, "soon": 0, "1.5": 0,
		"99999999999":                   7 * 24 * time.Hour,
		"999999999999999999999999":      0,
		"Sun, 01 Mar 2026 12:01:00 GMT": time.Minute,
		"Sun, 01 Mar 2026 11:59:00 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestRequestID_OnlyWhatLooksLikeOne(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"9ef6782e79f05876a3c222806d259910": "9ef6782e79f05876a3c222806d259910",
		"ada@example.com":                  "",
		"two words":                        "",
		strings.Repeat("a", 81):            "",
	} {
		if got := requestID(id); got != want {
			t.Errorf("%q: %q", id, got)
		}
	}
}

// FuzzAnswer gives the client any answer: it never panics, never shows what the
// answer said, and never takes an invite for done without an interview's id.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		invitedAnswer, `{"message":"Unauthorized"}`, `{"data":{"positions":[{"id":"p","name":null,"archived":1761566424331}]}}`,
		`{"errors":[{"message":"invalid candidate email","code":400,"path":["Position","invite"],"requestId":"9e"}],"data":{"Position":{"invite":null}}}`,
		`{"data":{"inviteCandidateToInterview":{"__typename":"ValidationError","fieldErrors":[{"flattenedPath":"candidate.phone"}]}}}`,
		`{"data":{"position":{"interviewList":{"results":[{"id":"i","candidate":null,"url":{"public":7},"answered":true,"createdAt":1.7e12}]}}}}`,
		`{"data":{"position":null}}`, `{"data":{"__schema":{"mutationType":null}}}`, `[[[[`, `{"data":{"positions":[[],null,{}]}}`,
	} {
		f.Add(200, []byte(seed))
	}
	f.Add(500, []byte(`{}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			status = 200
		}
		opts := options("http://hireflix.example.com/me")
		opts.Transport = canned{status, body}
		c := newTestClient(t, opts)
		for _, rich := range []bool{false, true} {
			c.rich.Store(rich)
			out, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
			if (err == nil) != (out.Interview.ID != "") {
				t.Errorf("outcome %+v, error %v", out, err)
			}
			wantDiscreet(t, withoutRequestID(err))
		}
		_, found, err := NewDriver(c).Find(t.Context(), invitation(), of(ada))
		if found && err != nil {
			t.Error("found beside an error")
		}
		wantDiscreet(t, withoutRequestID(err))
		_, err = c.Positions(t.Context())
		wantDiscreet(t, withoutRequestID(err))
		_, err = c.Introspect(t.Context())
		wantDiscreet(t, withoutRequestID(err))
	})
}

// withoutRequestID takes out the one thing of an answer that is shown. It looks
// like an id, and ids may spell anything.
func withoutRequestID(err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		f.RequestID = ""
	}
	return err
}

// canned answers without a network.
type canned struct {
	status int
	body   []byte
}

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(c.body))}, nil
}
