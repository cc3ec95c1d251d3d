package sim

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// member wraps selections on the members of the invite's union.
func member(selections string) string {
	return `mutation($input: InviteCandidateToInterviewInput!) {
	inviteCandidateToInterview(input: $input) { __typename ` + selections + ` } }`
}

// refusedDocuments is what a graphql-js server refuses before anything runs.
var refusedDocuments = []struct {
	name      string
	query     string
	variables map[string]any
	want      string
}{
	{
		name:      "message unaliased over members that differ in nullability",
		query:     member(`... on PositionNotFoundError { message } ... on ValidationError { message }`),
		variables: input("p", "ada@example.com", ""),
		want:      `different aliases`,
	},
	{
		name: "the same through named fragments",
		query: member(`...A ...B`) + ` fragment A on ExceededInvitesThisPeriodError { message }
			fragment B on PositionNotReadyToAcceptInvitesError { message }`,
		variables: input("p", "ada@example.com", ""),
		want:      `different aliases`,
	},
	{
		name:      "one alias for two types",
		query:     member(`... on InterviewType { x: id } ... on ValidationError { x: code }`),
		variables: input("p", "ada@example.com", ""),
		want:      `different aliases`,
	},
	{
		name:  "one answer from two arguments",
		query: `{ interview(id: "a") { id } interview(id: "b") { hash } }`,
		want:  `different aliases`,
	},
	{
		name:      "ID! for String!",
		query:     `query($id: ID!) { position(id: $id) { id } }`,
		variables: map[string]any{"id": "p"},
		want:      `Variable "$id" of type "ID!" used in position expecting type "String!".`,
	},
	{
		name:      "String for String!",
		query:     `query($id: String) { position(id: $id) { id } }`,
		variables: map[string]any{"id": "p"},
		want:      `Variable "$id" of type "String" used in position expecting type "String!".`,
	},
	{
		name:      "String! for EmailAddress!",
		query:     `mutation($e: String!) { inviteCandidateToInterview(input: {positionId: "p", candidate: {email: $e, firstName: "Ada"}}) { __typename } }`,
		variables: map[string]any{"e": "ada@example.com"},
		want:      `used in position expecting type "EmailAddress!"`,
	},
	{
		name:      "unknown type of a variable",
		query:     `mutation($input: InviteInput!) { inviteCandidateToInterview(input: $input) { __typename } }`,
		variables: input("p", "ada@example.com", ""),
		want:      `Unknown type "InviteInput"`,
	},
	{
		name:      "unknown member of the union",
		query:     member(`... on CandidateBlockedError { code }`),
		variables: input("p", "ada@example.com", ""),
		want:      `Unknown type "CandidateBlockedError"`,
	},
	{
		name:      "a type that is no member of the union",
		query:     member(`... on Position { id }`),
		variables: input("p", "ada@example.com", ""),
		want:      `can never be of type "Position"`,
	},
	{
		name:      "a field on the union itself",
		query:     member(`code`),
		variables: input("p", "ada@example.com", ""),
		want:      `Cannot query field "code" on type "InviteCandidateToInterviewResult"`,
	},
	{name: "unknown field", query: `{ positions { id colour } }`, want: `Cannot query field "colour" on type "Position"`},
	{name: "unknown root field", query: `{ interviews { id } }`, want: `Cannot query field "interviews" on type "Query"`},
	{name: "unknown argument", query: `{ position(id: "p", archived: true) { id } }`, want: `Unknown argument "archived"`},
	{name: "missing argument", query: `{ position { id } }`, want: `argument "id" of type "String!" is required`},
	{name: "argument of another type", query: `{ position(id: 7) { id } }`, want: `String cannot represent a non string value: 7`},
	{name: "unknown filter", query: `{ position(id: "p") { interviewList(input: {filter: {externalId: {equal: "x"}}, pagination: {limit: 1, direction: FORWARD}, sort: []}) { total } } }`, want: `Field "externalId" is not defined by type "InterviewListFilterInput"`},
	{name: "missing sort", query: `{ position(id: "p") { interviewList(input: {pagination: {limit: 1, direction: FORWARD}}) { total } } }`, want: `"InterviewListInput.sort" of required type "[InterviewListSortInput!]!" was not provided`},
	{name: "enum as string", query: `{ position(id: "p") { interviewList(input: {pagination: {limit: 1, direction: "FORWARD"}, sort: []}) { total } } }`, want: `cannot represent non-enum value`},
	{name: "unknown enum value", query: `{ position(id: "p") { interviewList(input: {pagination: {limit: 1, direction: FORWARD}, sort: [{field: updatedAt, direction: DESC}]}) { total } } }`, want: `Value "updatedAt" does not exist in "InterviewSortField!" enum`},
	{name: "object without selection", query: `{ positions }`, want: `must have a selection of subfields`},
	{name: "selection on a scalar", query: `{ positions { id { x } } }`, want: `must not have a selection`},
	{name: "unused variable", query: `query($x: String) { positions { id } }`, want: `Variable "$x" is never used`},
	{name: "undefined variable", query: `{ position(id: $id) { id } }`, want: `Variable "$id" is not defined`},
	{name: "unused fragment", query: `{ positions { id } } fragment F on Position { id }`, want: `Fragment "F" is never used`},
	{name: "endless fragment", query: `{ positions { ...F } } fragment F on Position { ...F }`, want: `Cannot spread fragment "F" within itself`},
	{name: "two anonymous operations", query: `{ positions { id } } { usage { users } }`, want: `anonymous operation must be the only defined operation`},
	{name: "unknown directive", query: `{ positions @cached { id } }`, want: `Unknown directive "@cached"`},
	{name: "not GraphQL", query: `positions please`, want: `Unexpected Name "positions"`},
	{
		name:      "missing field in a variable",
		query:     inviteQuery,
		variables: map[string]any{"input": map[string]any{"positionId": "p"}},
		want:      `must be defined`,
	},
	{
		name:      "unknown field in a variable",
		query:     inviteQuery,
		variables: map[string]any{"input": map[string]any{"positionId": "p", "language": "de", "candidate": map[string]any{"email": "ada@example.com", "firstName": "Ada"}}},
		want:      `unknown field`,
	},
	{
		name:      "number for String! in a variable",
		query:     inviteQuery,
		variables: map[string]any{"input": map[string]any{"positionId": 7, "candidate": map[string]any{"email": "ada@example.com", "firstName": "Ada"}}},
		want:      `String`,
	},
	{
		name:      "string for Int! in a variable",
		query:     `query($n: Int!) { position(id: "p") { interviewList(input: {pagination: {limit: $n, direction: FORWARD}, sort: []}) { total } } }`,
		variables: map[string]any{"n": "10"},
		want:      `not unmarshal "10"`,
	},
	{name: "missing variable", query: inviteQuery, want: `must be defined`},
	{
		name:      "no address",
		query:     inviteQuery,
		variables: input("p", "ada at example.com", ""),
		want:      `Variable "$input" got invalid value "ada at example.com" at "input.candidate.email"; Expected type "EmailAddress".`,
	},
	{
		name: "a bad address beside a good one",
		query: `mutation { a: inviteCandidateToInterview(input: {positionId: "p", candidate: {email: "ada@example.com", firstName: "Ada"}}) { __typename }
			b: inviteCandidateToInterview(input: {positionId: "p", candidate: {email: "bob", firstName: "Bob"}}) { __typename } }`,
		want: `not a valid email address`,
	},
	{
		name:  "no address, as a literal",
		query: `mutation { inviteCandidateToInterview(input: {positionId: "p", candidate: {email: "ada@", firstName: "Ada"}}) { __typename } }`,
		want:  `not a valid email address`,
	},
}

func TestRefusedDocuments(t *testing.T) {
	t.Parallel()
	for _, test := range refusedDocuments {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, Options{})
			add(t, s, Position{ID: "p"})
			h := c.ask(test.query, test.variables)
			if h.status != http.StatusOK || h.Data != nil || len(h.Errors) == 0 {
				t.Fatalf("status %d: %s", h.status, h.body)
			}
			item := h.Errors[0]
			if !strings.Contains(string(h.body), strings.ReplaceAll(test.want, `"`, `\"`)) {
				t.Errorf("want %q in %s", test.want, h.body)
			}
			if item.Code == nil || *item.Code != 400 || !regexp.MustCompile("^[0-9a-f]{32}$").MatchString(item.RequestID) {
				t.Errorf("code and requestId of %s", h.body)
			}
			if n := len(s.Interviews("p")); n != 0 {
				t.Errorf("%d interviews were made", n)
			}
		})
	}
}

// richInvite selects every member, with an alias for each message.
const richInvite = `
	... on InterviewType { id hash status externalId url { public short private } position { id name } userMetadata }
	... on InterviewAlreadyExistsInPositionError { code name m1: message }
	... on InterviewExternalIdAlreadyExistsInPositionError { code name m2: message }
	... on ExceededInvitesThisPeriodError { code name m3: message }
	... on PositionNotFoundError { code name m4: message }
	... on PositionNotReadyToAcceptInvitesError { code name m5: message }
	... on ValidationError { code name m6: message fieldErrors { flattenedPath message } }
	... on HireflixError { code }`

func TestAcceptedDocuments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		query     string
		variables map[string]any
	}{
		{"the vendor's example, message unaliased in two members", member(`... on InterviewType { id }
			... on InterviewAlreadyExistsInPositionError { code message }
			... on ExceededInvitesThisPeriodError { code message }`), input("p", "ada@example.com", "")},
		{"every member", member(richInvite), input("p", "ada@example.com", "x")},
		{"everything inline", `mutation { inviteCandidateToInterview(input: {positionId: "p", externalId: "x",
			metadata: {team: "kitchen", tags: ["a", 1, true, null]}, disableNotifications: true,
			candidate: {email: "ada@example.com", firstName: "Ada", lastName: null, phone: "+4930123456"}}) { __typename ... on InterviewType { userMetadata } } }`, nil},
		{"an address as a variable", `mutation($e: EmailAddress!) { inviteCandidateToInterview(input: {positionId: "p", candidate: {email: $e, firstName: "Ada"}}) { __typename } }`, map[string]any{"e": "ada@example.com"}},
		{"a look-up", lookUpQuery, map[string]any{"id": "p", "email": "ada@example.com"}},
		{"a filter as a variable", `query($in: InterviewListInput!) { position(id: "p") { interviewList(input: $in) { total } } }`, map[string]any{"in": map[string]any{
			"filter": map[string]any{}, "pagination": map[string]any{"limit": 5, "direction": "FORWARD"},
			"sort": []any{map[string]any{"field": "createdAt", "direction": "DESC"}}}}},
		{"positions", `{ positions { id name archived active tags createdAt description questions { id media { url } } } }`, nil},
		{"what is not simulated is null", `{ info { company { logs { audit(pagination: {skip: 0, limit: 1}) { total } } } user { email } }
			Template(type: "email") { list { id } get(id: "x") { name } } webhooks { id } webhook(id: "x") { url } webhookSecretKey
			webhookLogs(id: "x") { request } permissions apiKeys { apiKey } themes { id } theme(id: "x") { name } positionTags
			usage { interviews jobs themes users period } interview(id: "x") { steps(stepIndex: 1) { question { url } } questions { answer { meta { duration } transcription { words { start } } } } } }`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, Options{})
			add(t, s, Position{ID: "p", Name: "Barista"})
			c.answer(test.query, test.variables)
		})
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	data := c.answer(`{ __type(name: "InviteCandidateToInterviewResult") { kind possibleTypes { name fields { name type { kind name ofType { name } } } } } __schema { queryType { name } mutationType { name } } }`, nil)
	union := data["__type"].(map[string]any)
	if union["kind"] != "UNION" || len(union["possibleTypes"].([]any)) != 7 {
		t.Fatalf("got %v", union)
	}
	if n := s.Journal().Count(Introspection); n != 2 {
		t.Errorf("%d arrivals of introspection, want one for each root field", n)
	}
}

// What the schema says of itself holds no trace of how it came about.
func TestSchemaText(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"DOCUMENTED", "SEEN", "INFERRED", "name ?", "#"} {
		if strings.Contains(Schema, word) {
			t.Errorf("%q is in the schema", word)
		}
	}
}

// An edited schema is how a client meets an API that differs from what it was
// written for.
func TestNewWithSchema(t *testing.T) {
	t.Parallel()
	edited := strings.Replace(Schema, "  fieldErrors: [FieldError!]\n", "", 1)
	if edited == Schema {
		t.Fatal("nothing was edited")
	}
	s, err := NewWithSchema(edited, Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := serve(t, s).ask(member(richInvite), input("p", "ada@example.com", ""))
	if len(h.Errors) == 0 || !strings.Contains(h.Errors[0].Message, `Cannot query field "fieldErrors"`) {
		t.Errorf("got %s", h.body)
	}
	for _, broken := range []string{"type Query {", "type Query { weather: String }\n" + strings.Replace(Schema, "type Query {", "type Q {", 1), Schema + "extend type Query { weather: String }"} {
		if _, err := NewWithSchema(broken, Options{}); err == nil {
			t.Errorf("no error for a schema that cannot be served")
		}
	}
}
