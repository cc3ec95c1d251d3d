package sim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// arrival numbers count up by two: an arrival's answer comes before the next
// arrival unless a row says otherwise.
func journalOf(arrivals ...Arrival) Journal {
	for i := range arrivals {
		arrivals[i].Arrived = 2*i + 1
		if arrivals[i].Answered == 0 && arrivals[i].Answer != Silence {
			arrivals[i].Answered = 2*i + 2
		}
		if arrivals[i].Position == "" {
			arrivals[i].Position = "p"
		}
	}
	return Journal{Arrivals: arrivals}
}

func TestBlindResends(t *testing.T) {
	t.Parallel()
	invite := Arrival{Operation: Operation{Kind: Invite, Email: "ada@example.com", ExternalID: "x-1"}}
	look := Arrival{Operation: Operation{Kind: LookUp, Email: "ADA@example.com"}}
	with := func(a Arrival, change func(*Arrival)) Arrival {
		change(&a)
		return a
	}
	lost := with(invite, func(a *Arrival) { a.Answer = Silence })
	for _, test := range []struct {
		name     string
		arrivals []Arrival
		blind    bool
	}{
		{"once", []Arrival{invite}, false},
		{"again at once", []Arrival{lost, invite}, true},
		{"again after a look", []Arrival{lost, look, invite}, false},
		{"a look before both", []Arrival{look, lost, invite}, true},
		{"one look for two repeats", []Arrival{lost, look, lost, invite}, true},
		{"two looks for two repeats", []Arrival{lost, look, lost, look, invite}, false},
		{"a look at everyone in the position", []Arrival{lost, with(look, func(a *Arrival) { a.Email = "" }), invite}, false},
		{"a look for someone else", []Arrival{lost, with(look, func(a *Arrival) { a.Email = "bob@example.com" }), invite}, true},
		{"a look in another position", []Arrival{lost, with(look, func(a *Arrival) { a.Position = "q" }), invite}, true},
		{"a look that was not answered", []Arrival{lost, with(look, func(a *Arrival) { a.Answer = Silence }), invite}, true},
		{"a look that was answered with an error", []Arrival{lost, with(look, func(a *Arrival) { a.Answer = ServerError }), invite}, true},
		{"a look that was answered too late", []Arrival{lost, with(look, func(a *Arrival) { a.Answered = 9 }), invite}, true},
		{"after a wrong key", []Arrival{with(invite, func(a *Arrival) { a.Answer = Unauthorized }), invite}, false},
		{"after a wrong key with effect", []Arrival{with(invite, func(a *Arrival) { a.Answer = Unauthorized; a.Took = true }), invite}, true},
		{"another externalId", []Arrival{lost, with(invite, func(a *Arrival) { a.ExternalID = "x-2" })}, false},
		{"refused by the schema's rules", []Arrival{{Operation: Operation{Kind: Invalid}}, invite}, false},
	} {
		var want []string
		if test.blind {
			want = []string{"x-1"}
		}
		if diff := cmp.Diff(want, journalOf(test.arrivals...).BlindResends()); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// The same over HTTP, so that the clock of arrivals is seen to work.
func TestJournalOfALookBetween(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Fault: On(Invite, Script(Effect{Answer: Closed, Applied: true}, Effect{}, Refuse(), Effect{}))})
	p := add(t, s, Position{})
	send := func(externalID string) {
		_, _ = c.send(body(t, inviteQuery, input(p, externalID+"@example.com", externalID))) // some connections close
	}
	send("looked")
	c.lookUp(p, "looked@example.com")
	send("looked")
	send("blind")
	send("blind")
	j := s.Journal()
	if diff := cmp.Diff([]string{"blind"}, j.BlindResends()); diff != "" {
		t.Error(diff)
	}
	if j.InviteArrivals("looked") != 2 || j.TookExternalID("looked") != 1 || j.TookExternalID("blind") != 1 || j.Count(LookUp) != 1 {
		t.Errorf("journal %+v", j.Arrivals)
	}
	if got := j.Arrivals[2].Result; got != "InterviewAlreadyExistsInPositionError" {
		t.Errorf("the second invite: %s", got)
	}
	for i := 1; i < len(j.Arrivals); i++ {
		if before, after := j.Arrivals[i-1], j.Arrivals[i]; before.Answered >= after.Arrived || before.Request+1 != after.Request {
			t.Errorf("%+v is not before %+v", before, after)
		}
	}
	if j.Repeats() != nil {
		t.Errorf("repeats %v", j.Repeats())
	}
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	for range 2 {
		id := c.invite(input(p, "Ada@example.com", ""))["id"].(string)
		if err := s.Delete(id); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{p + " ada@example.com"}, s.Journal().Repeats()); diff != "" {
		t.Error(diff)
	}
}

// A long run forgets its oldest arrivals and says so.
func TestRemember(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{Remember: 10})
	for range 25 {
		c.answer(`{ positions { id } }`, nil)
	}
	j := s.Journal()
	if len(j.Arrivals) > 10 || len(j.Arrivals)+j.Dropped != 25 || j.Arrivals[len(j.Arrivals)-1].Request != 25 {
		t.Errorf("%d arrivals, %d dropped", len(j.Arrivals), j.Dropped)
	}
}

// What an operation is, read from documents in the forms clients send.
func TestOperations(t *testing.T) {
	t.Parallel()
	s := New(Options{})
	for _, test := range []struct {
		query     string
		variables map[string]any
		want      []Operation
	}{
		{inviteQuery, input("p", "ada@example.com", "x-1"), []Operation{
			{Name: "InviteCandidateToInterview", Kind: Invite, Field: "inviteCandidateToInterview", Position: "p", Email: "ada@example.com", ExternalID: "x-1"}}},
		{lookUpQuery, map[string]any{"id": "p", "email": "ada@example.com"}, []Operation{
			{Kind: LookUp, Field: "position", Position: "p", Email: "ada@example.com"}}},
		{`{ position(id: "p") { ...F } } fragment F on Position { ... { interviewList(input: {filter: {email: {regex: "^ada"}}, pagination: {limit: 1, direction: FORWARD}, sort: []}) { total } } }`, nil, []Operation{
			{Kind: LookUp, Field: "position", Position: "p"}}},
		{`{ a: position(id: "p") { interviews { id } } b: position(id: "q") { paginatedInterviews { total } } c: position(id: "r") { name } }`, nil, []Operation{
			{Kind: LookUp, Field: "position", Position: "p"}, {Kind: LookUp, Field: "position", Position: "q"}, {Kind: Other, Field: "position", Position: "r"}}},
		{`query Names { positions { id } positions { name } usage { users } }`, nil, []Operation{
			{Name: "Names", Kind: Positions, Field: "positions"}, {Name: "Names", Kind: Other, Field: "usage"}}},
		{`{ __schema { queryType { name } } }`, nil, []Operation{{Kind: Introspection, Field: "__schema"}}},
		{`mutation { Interview(id: "i") { delete } }`, nil, []Operation{{Kind: Delete, Field: "Interview", Interview: "i"}}},
		{`mutation Two($yes: Boolean!) { Interview(id: "i") { share(labels: ["a"]) { id } finalist(finalist: $yes) { id } } b: Interview(id: "j") { score(score: null) { id } archive { id } } }`,
			map[string]any{"yes": false}, []Operation{
				{Name: "Two", Kind: Share, Field: "Interview", Interview: "i", Argument: "75"},
				{Name: "Two", Kind: Finalist, Field: "Interview", Interview: "i", Argument: "false"},
				{Name: "Two", Kind: Score, Field: "Interview", Interview: "j", Argument: "null"},
				{Name: "Two", Kind: Archive, Field: "Interview", Interview: "j", Argument: "true"}}},
		{`mutation { Webhooks { create(url: "https://example.com/h", events: ["interview.finish"]) { id } delete(id: "w") } Interview(id: "i") { __typename } }`, nil, []Operation{
			{Kind: CreateWebhook, Field: "Webhooks", Argument: "https://example.com/h"},
			{Kind: DeleteWebhook, Field: "Webhooks", Webhook: "w"},
			{Kind: Other, Field: "Interview", Interview: "i"}}},
		{`{ interview(id: "i") { id } webhookLogs(id: "w") { id } webhookSecretKey }`, nil, []Operation{
			{Kind: ReadInterview, Field: "interview", Interview: "i"},
			{Kind: ReadWebhooks, Field: "webhookLogs", Webhook: "w"}, {Kind: ReadWebhooks, Field: "webhookSecretKey"}}},
	} {
		doc, errs := s.service.check(test.query, "", test.variables)
		if doc == nil {
			t.Errorf("%s: %v", test.query, errs)
			continue
		}
		if diff := cmp.Diff(test.want, doc.operations()); diff != "" {
			t.Errorf("%s: %s", test.query, diff)
		}
	}
}
