package sim

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInvite(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_123)
	s, c := start(t, Options{Now: clock(&at)})
	p := add(t, s, Position{Name: "Barista"})
	made := c.invite(input(p, "ada@example.com", "x-1"))
	iv := s.Interviews(p)[0]
	hash := iv.URL[strings.LastIndex(iv.URL, "/")+1:]
	want := map[string]any{
		"__typename": "InterviewType", "id": iv.ID,
		"url": map[string]any{"public": "https://app.hireflix.com/" + hash, "short": "https://hflx.io/c/" + hash},
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("invite: %s", diff)
	}
	wantRow := []map[string]any{{
		"id": iv.ID, "externalId": "x-1", "status": "pending", "answered": false, "createdAt": 1767225600123.0,
		"inviteSource": "api", "candidate": map[string]any{"email": "ada@example.com"},
		"url": map[string]any{
			"public": "https://app.hireflix.com/" + hash, "short": "https://hflx.io/c/" + hash,
			"private": "https://admin.hireflix.com/jobs/" + p + "/interview/" + iv.ID,
		},
	}}
	if diff := cmp.Diff(wantRow, c.lookUp(p, "ada@example.com")); diff != "" {
		t.Errorf("look-up: %s", diff)
	}
	if len(p) != 24 || len(iv.ID) != 24 {
		t.Errorf("ids %q and %q are not 24 digits", p, iv.ID)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	for _, p := range []Position{
		{ID: "open", Name: "Barista"}, {ID: "other", Name: "Cook"},
		{ID: "archived", Archived: true}, {ID: "empty", NoQuestions: true},
	} {
		add(t, s, p)
	}
	c.invite(input("open", "ada@example.com", "x-1"))
	for _, test := range []struct {
		name  string
		input map[string]any
		want  string
	}{
		{"unknown position", input("nowhere", "bob@example.com", ""), "PositionNotFoundError"},
		{"archived position", input("archived", "bob@example.com", ""), "PositionNotReadyToAcceptInvitesError"},
		{"position without questions", input("empty", "bob@example.com", ""), "PositionNotReadyToAcceptInvitesError"},
		{"same address", input("open", "ada@example.com", ""), "InterviewAlreadyExistsInPositionError"},
		{"same address in capitals", input("open", "ADA@Example.com", "x-2"), "InterviewAlreadyExistsInPositionError"},
		{"same externalId", input("open", "bob@example.com", "x-1"), "InterviewExternalIdAlreadyExistsInPositionError"},
		{"both the same", input("open", "ada@example.com", "x-1"), "InterviewAlreadyExistsInPositionError"},
	} {
		if got := c.invite(test.input)["__typename"]; got != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
	if got := c.invite(input("other", "ada@example.com", "x-1"))["__typename"]; got != "InterviewType" {
		t.Errorf("the same person in another position: %v", got)
	}
	if n := s.Mails(); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
}

func TestExternalIDFirst(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{ExternalIDFirst: true})
	p := add(t, s, Position{})
	c.invite(input(p, "ada@example.com", "x-1"))
	got := c.invite(input(p, "ada@example.com", "x-1"))["__typename"]
	if got != "InterviewExternalIdAlreadyExistsInPositionError" {
		t.Errorf("got %v", got)
	}
}

func TestValidation(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	deep := map[string]any{"a": map[string]any{"b": map[string]any{"c": map[string]any{}}}}
	wide := make(map[string]any)
	for _, r := range "abcdefghijklmnopqrstuvwxyz" {
		wide[string(r)] = 1
	}
	for _, test := range []struct {
		name  string
		set   func(in, candidate map[string]any)
		fault string // path; "" is valid
	}{
		{"longest first name", func(_, c map[string]any) { c["firstName"] = " " + strings.Repeat("ä", 50) + " " }, ""},
		{"first name too long", func(_, c map[string]any) { c["firstName"] = strings.Repeat("a", 51) }, "candidate.firstName"},
		{"blank first name", func(_, c map[string]any) { c["firstName"] = " \t" }, "candidate.firstName"},
		{"no last name", func(_, c map[string]any) { delete(c, "lastName") }, ""},
		{"blank last name", func(_, c map[string]any) { c["lastName"] = "" }, "candidate.lastName"},
		{"phone", func(_, c map[string]any) { c["phone"] = "+4930123456" }, ""},
		{"phone without country", func(_, c map[string]any) { c["phone"] = "030123456" }, "candidate.phone"},
		{"phone with spaces", func(_, c map[string]any) { c["phone"] = "+49 30 123456" }, "candidate.phone"},
		{"longest externalId", func(in, _ map[string]any) { in["externalId"] = strings.Repeat("ß", 255) }, ""},
		{"externalId too long", func(in, _ map[string]any) { in["externalId"] = strings.Repeat("x", 256) }, "externalId"},
		{"metadata", func(in, _ map[string]any) { in["metadata"] = map[string]any{"a": []any{map[string]any{}}} }, ""},
		{"metadata too deep", func(in, _ map[string]any) { in["metadata"] = deep }, "metadata"},
		{"metadata too wide", func(in, _ map[string]any) { in["metadata"] = wide }, "metadata"},
		{"metadata no object", func(in, _ map[string]any) { in["metadata"] = []any{1} }, "metadata"},
		{"metadata null", func(in, _ map[string]any) { in["metadata"] = nil }, ""},
	} {
		variables := input(p, strings.ReplaceAll(test.name, " ", "-")+"@example.com", "")
		in := variables["input"].(map[string]any)
		test.set(in, in["candidate"].(map[string]any))
		data := c.answer(member(`... on ValidationError { code name m: message fieldErrors { flattenedPath message } }`), variables)
		got := data["inviteCandidateToInterview"].(map[string]any)
		if test.fault == "" {
			if got["__typename"] != "InterviewType" {
				t.Errorf("%s: %v", test.name, got)
			}
			continue
		}
		faults, _ := got["fieldErrors"].([]any)
		if got["__typename"] != "ValidationError" || len(faults) != 1 || faults[0].(map[string]any)["flattenedPath"] != test.fault {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 31, 23, 59, 0, 0, time.UTC)
	s, c := start(t, Options{Now: clock(&at)})
	p := add(t, s, Position{})
	is := func(email, want string) {
		t.Helper()
		if got := c.invite(input(p, email, ""))["__typename"]; got != want {
			t.Errorf("%s: %v, want %s", email, got, want)
		}
	}
	s.SetQuota(2)
	is("a@example.com", "InterviewType")
	if _, err := s.InviteByHand(p, Candidate{Email: "b@example.com"}); err != nil {
		t.Fatal(err)
	}
	is("c@example.com", "ExceededInvitesThisPeriodError")
	is("a@example.com", "InterviewAlreadyExistsInPositionError")
	s.SetQuota(3)
	is("c@example.com", "InterviewType")
	is("d@example.com", "ExceededInvitesThisPeriodError")
	s.NextPeriod()
	is("d@example.com", "InterviewType")
	s.SetQuota(1)
	is("e@example.com", "ExceededInvitesThisPeriodError")
	at = at.Add(2 * time.Minute)
	is("e@example.com", "InterviewType")
	usage := c.answer(`{ usage { interviews jobs period } }`, nil)["usage"]
	want := map[string]any{"interviews": 1.0, "jobs": 1.0, "period": []any{1801440000000.0, 1803859199999.0}}
	if diff := cmp.Diff(want, usage); diff != "" {
		t.Error(diff)
	}
}

func TestMails(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p, mute := add(t, s, Position{}), add(t, s, Position{NoMessages: true})
	c.invite(input(p, "ada@example.com", ""))
	c.invite(input(mute, "ada@example.com", ""))
	silent := input(p, "bob@example.com", "")
	silent["input"].(map[string]any)["disableNotifications"] = true
	c.invite(silent)
	if s.Mails() != 1 || s.MailsTo("Ada@Example.com") != 1 || s.MailsTo("bob@example.com") != 0 {
		t.Errorf("mails: %d in all, %d, %d", s.Mails(), s.MailsTo("Ada@Example.com"), s.MailsTo("bob@example.com"))
	}
}

func TestManage(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{ID: "65afda7ad66b25c281f30a01", Name: "Barista"})
	byHand, err := s.InviteByHand(p, Candidate{Email: "Ada@example.com", FirstName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.invite(input(p, "ada@example.com", "x-1"))["__typename"]; got != "InterviewAlreadyExistsInPositionError" {
		t.Errorf("invited by hand, then: %v", got)
	}
	if err := s.Answer(byHand.ID); err != nil {
		t.Fatal(err)
	}
	row := c.lookUp(p, "ada@example.com")[0]
	if row["externalId"] != nil || row["inviteSource"] != "manual" || row["answered"] != true || row["status"] != "completed" {
		t.Errorf("looked up %v", row)
	}
	if err := s.Delete(byHand.ID); err != nil {
		t.Fatal(err)
	}
	if got := c.invite(input(p, "ada@example.com", "x-1"))["__typename"]; got != "InterviewType" {
		t.Errorf("after the deletion: %v", got)
	}

	if err := s.ArchivePosition(p); err != nil {
		t.Fatal(err)
	}
	listed := c.answer(`{ positions { id name archived active } }`, nil)["positions"].([]any)[0].(map[string]any)
	if listed["archived"] == nil || listed["active"] != true || listed["id"] != p || listed["name"] != "Barista" {
		t.Errorf("an archived position: %v", listed)
	}
	if err := s.UnarchivePosition(p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Position{{ID: p, Name: "Barista"}}, s.Positions()); diff != "" {
		t.Error(diff)
	}
	if got := c.invite(input(p, "bob@example.com", ""))["__typename"]; got != "InterviewType" {
		t.Errorf("opened again: %v", got)
	}

	for name, err := range map[string]error{
		"archive": s.ArchivePosition("x"), "unarchive": s.UnarchivePosition("x"),
		"answer": s.Answer("x"), "delete": s.Delete("x"),
	} {
		if err == nil {
			t.Errorf("%s of what is not there: no error", name)
		}
	}
	if _, err := s.AddPosition(Position{ID: p}); err == nil {
		t.Error("the same position twice: no error")
	}
	if _, err := s.InviteByHand(p, Candidate{Email: "BOB@example.com"}); err == nil {
		t.Error("the same address twice by hand: no error")
	}
	if s.Interviews("x") != nil {
		t.Error("an unknown position has interviews")
	}
}

func TestInterviewMutations(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	id := c.invite(input(p, "ada@example.com", "x-1"))["id"].(string)
	status := func(query string) any {
		t.Helper()
		c.answer(`mutation { Interview(id: "`+id+`") { `+query+` } }`, nil)
		return c.answer(`{ interview(id: "`+id+`") { status } }`, nil)["interview"].(map[string]any)["status"]
	}
	for _, step := range []struct{ query, want string }{
		{`finalist { id shortlistedAt }`, "finalist"},
		{`archive { id discardedAt }`, "archived"},
		{`archive(archive: false) { id }`, "finalist"},
		{`finalist(finalist: false) { id }`, "pending"},
	} {
		if got := status(step.query); got != step.want {
			t.Errorf("after %s: %v, want %s", step.query, got, step.want)
		}
	}
	c.answer(`mutation { Interview(id: "`+id+`") { delete } }`, nil)
	if len(s.Interviews(p)) != 0 {
		t.Error("the interview is still there")
	}
	if got := c.invite(input(p, "ada@example.com", "x-1"))["__typename"]; got != "InterviewType" {
		t.Errorf("the address and the externalId are not free: %v", got)
	}

	kept := c.invite(input(p, "bob@example.com", ""))["id"].(string)
	for _, test := range []struct {
		query string
		code  int
	}{
		{`mutation { Interview(id: "` + id + `") { delete } }`, 404},
		{`mutation { Position(id: "` + p + `") { delete } }`, 501},
		{`mutation { Position { invite(candidate: {name: "Ada", email: "ada@example.com"}) { id } } }`, 501},
		{`mutation { Position(id: "` + p + `") { archive(archive: true) { id } } }`, 501},
		{`mutation { Interview(id: "` + kept + `") { share(durationInDays: 0) { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { share(durationInDays: 3651) { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { score(score: 4.6) { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { score(score: 5.5) { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { score(score: 0) { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { comment(comment: "") { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { setExternalId(externalId: "") { id } } }`, 400},
		{`mutation { Interview(id: "` + kept + `") { setExternalId(externalId: "x-1") { id } } }`, 409},
		{`mutation { Position { save(position: {name: "Cook", questions: [{title: "Why?"}]}) { id } } }`, 501},
		{`mutation { Webhooks { create(url: "ftp://example.com", events: ["interview.finish"]) { id } } }`, 400},
		{`mutation { Webhooks { create(url: "https://example.com", events: ["interview.started"]) { id } } }`, 400},
		{`mutation { Webhooks { create(url: "https://example.com", events: []) { id } } }`, 400},
		{`mutation { Webhooks { update(id: "x", active: false) { id } } }`, 404},
		{`mutation { Webhooks { delete(id: "x") } }`, 404},
	} {
		h := c.ask(test.query, nil)
		if len(h.Errors) != 1 || h.Errors[0].Code == nil || *h.Errors[0].Code != test.code || len(h.Errors[0].Path) == 0 || h.Data == nil {
			t.Errorf("%s: %s", test.query, h.body)
		}
	}

	archive := func(id string) any {
		data := c.answer(`mutation { archivePosition(input: {id: "`+id+`"}) { __typename ... on PositionNotFoundError { code message name } } }`, nil)
		return data["archivePosition"]
	}
	want := map[string]any{"__typename": "PositionNotFoundError", "code": 404.0, "message": "Position not found", "name": "PositionNotFoundError"}
	if diff := cmp.Diff(want, archive("x")); diff != "" {
		t.Error(diff)
	}
	archive(p)
	if !s.Positions()[0].Archived {
		t.Error("the position is open")
	}
}

// The two spellings that clients of the real API have met.
func TestSpellings(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{NewerStatus: true, QuotedCodes: true})
	p := add(t, s, Position{})
	id := c.invite(input(p, "ada@example.com", ""))["id"].(string)
	if err := s.Answer(id); err != nil {
		t.Fatal(err)
	}
	if got := c.lookUp(p, "ada@example.com")[0]["status"]; got != "to_evaluate" {
		t.Errorf("status %v", got)
	}
	if got := c.invite(input(p, "ada@example.com", ""))["code"]; got != "409" {
		t.Errorf("code %v", got)
	}
}

func TestSameSeedSameIDs(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []Interview {
		at := time.Unix(1_800_000_000, 0)
		s, c := start(t, Options{Seed: seed, Now: clock(&at)})
		p := add(t, s, Position{})
		c.invite(input(p, "ada@example.com", "x-1"))
		c.invite(input(p, "bob@example.com", "x-2"))
		return s.Interviews(p)
	}
	if diff := cmp.Diff(run(7), run(7)); diff != "" {
		t.Errorf("one seed, two runs: %s", diff)
	}
	if run(7)[0].ID == run(8)[0].ID {
		t.Error("two seeds, one id")
	}
}

// Whatever arrives at once, an address and an externalId are invited once.
func TestConcurrentInvites(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{})
	p := add(t, s, Position{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for _, who := range []string{"ada", "bob"} {
				h, err := c.send(body(t, inviteQuery, input(p, who+"@example.com", "x-"+who)))
				if err != nil || len(h.Errors) > 0 {
					t.Errorf("invite: %v", err)
				}
			}
			if _, err := c.send(body(t, lookUpQuery, map[string]any{"id": p, "email": "ada@example.com"})); err != nil {
				t.Errorf("look-up: %v", err)
			}
			s.Interviews(p)
		})
	}
	wg.Wait()
	j := s.Journal()
	if len(s.Interviews(p)) != 2 || j.Took(p, "ada@example.com") != 1 || j.TookExternalID("x-bob") != 1 || s.Mails() != 2 {
		t.Errorf("%d interviews, %d mails", len(s.Interviews(p)), s.Mails())
	}
	if n := j.InviteArrivals("x-ada"); n != 20 {
		t.Errorf("%d arrivals, want 20", n)
	}
}
