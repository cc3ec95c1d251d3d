package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The bodies are compared as bytes: the order of the vendor's samples counts
// for whoever signs what JSON.stringify makes of them.
func TestEventBodies(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_123)
	for _, test := range []struct {
		name    string
		options Options
		who     Candidate
		want    string
	}{
		{"newer", Options{}, Candidate{Email: "Mira.Muster@example.com", FirstName: "Mira", LastName: "<Muster> & Co", Phone: "+4930123456"},
			`"candidate":{"name":"Mira <Muster> & Co","firstName":"Mira","lastName":"<Muster> & Co","email":"Mira.Muster@example.com","phone":"+4930123456"}`},
		{"one name", Options{}, Candidate{Email: "mira@example.com", FirstName: "Mira\u2028\\u2028"},
			`"candidate":{"name":"Mira` + "\u2028" + `\\u2028","firstName":"Mira` + "\u2028" + `\\u2028","lastName":null,"email":"mira@example.com","phone":null}`},
		{"older", Options{OlderBodies: true}, Candidate{Email: "mira@example.com", FirstName: "Mira", LastName: "Muster"},
			`"candidate":{"name":"Mira Muster","email":"mira@example.com","phone":null}`},
	} {
		test.options.Now = clock(&at)
		test.options.NewerStatus = true // which is of the API alone
		s, _ := start(t, test.options)
		p := add(t, s, Position{ID: "65afda7ad66b25c281f30a01", Name: "Barista"})
		iv, err := s.InviteByHand(p, test.who)
		try(t, err)
		hash := iv.URL[strings.LastIndex(iv.URL, "/")+1:]
		short := "https://hflx.io/c/" + hash
		if test.options.OlderBodies {
			short = "hflx.io/c/" + hash
		}
		want := `{"event":"interview.create","data":{"id":"` + iv.ID + `","position":{"id":"` + p + `","name":"Barista"},"externalId":null,` +
			`"status":"pending","hash":"` + hash + `","createdAt":1767225600123,` + test.want + `,"score":{"value":null},` +
			`"completed":null,"deleted":null,"archived":null,"finalist":null,"answered":false,"thumbnail":null,` +
			`"url":{"public":"https://app.hireflix.com/` + hash + `","short":"` + short + `","private":"https://admin.hireflix.com/jobs/` + p + `/interview/` + iv.ID + `"}},` +
			`"date":1767225600123}`
		body, signature, err := s.Signed(EventCreate, iv.ID)
		try(t, err)
		if diff := cmp.Diff(want, string(body)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		if signature != s.Sign(body) {
			t.Errorf("%s: signature %q", test.name, signature)
		}
	}
}

// A signature made elsewhere, so that the algorithm is not compared with itself:
// printf '{"event":"interview.create"}' | openssl dgst -sha256 -hmac a-secret -binary | base64
func TestSign(t *testing.T) {
	t.Parallel()
	s := New(Options{WebhookSecret: "a-secret"})
	if got := s.Sign([]byte(`{"event":"interview.create"}`)); got != "ugtYHHRLMepIIhn5yqKbbK7X+Mm9EC7hPbcXcvEXkN4=" || s.Secret() != "a-secret" {
		t.Errorf("signature %q, secret %q", got, s.Secret())
	}
	if a, b := New(Options{Seed: 1}).Secret(), New(Options{Seed: 2}).Secret(); a == b || len(a) < 32 {
		t.Errorf("drawn secrets %q and %q", a, b)
	}
	p := add(t, s, Position{})
	iv, err := s.InviteByHand(p, Candidate{Email: "ada@example.com"})
	try(t, err)
	try(t, s.Delete(iv.ID))
	if body, _, err := s.Signed(EventDelete, iv.ID); err != nil || !strings.Contains(string(body), iv.ID) {
		t.Errorf("a deleted interview: %s, %v", body, err)
	}
	for _, bad := range [][2]string{{EventCreate, "x"}, {"interview.started", iv.ID}} {
		if _, _, err := s.Signed(bad[0], bad[1]); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

// What happens to an interview, and what the webhooks say of it.
func TestEvents(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at)})
	p := add(t, s, Position{})
	r := receive(t, s)
	if _, err := s.Subscribe(r.url); err != nil {
		t.Fatal(err)
	}
	var id string
	mutate := func(what string) {
		t.Helper()
		c.answer(`mutation { Interview(id: "`+id+`") { `+what+` } }`, nil)
	}
	const finished, changed = "interview.finish ", "interview.status-change "
	for _, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"invited", func() { id = c.invite(input(p, "ada@example.com", "x-1"))["id"].(string) }, []string{"interview.create pending"}},
		{"invited again", func() { c.invite(input(p, "ada@example.com", "x-1")) }, nil},
		{"shared", func() { mutate(`share { id }`) }, nil},
		{"answered", func() { try(t, s.Answer(id)) }, []string{finished + "completed", changed + "completed"}},
		{"commented", func() { mutate(`comment(comment: "Good") { id }`) }, nil},
		{"other external id", func() { mutate(`setExternalId(externalId: "x-2") { id }`) }, nil},
		{"shortlisted", func() { mutate(`finalist { id }`) }, []string{changed + "finalist"}},
		{"shortlisted again", func() { try(t, s.Shortlist(id, true)) }, nil},
		{"not shortlisted", func() { mutate(`finalist(finalist: false) { id }`) }, []string{changed + "completed"}},
		{"discarded", func() { try(t, s.Discard(id, true)) }, []string{changed + "archived"}},
		{"discarded, then shortlisted", func() { try(t, s.Shortlist(id, true)) }, []string{changed + "finalist"}},
		{"discarded through the API", func() { mutate(`archive { id }`) }, []string{changed + "archived"}},
		{"restored", func() { mutate(`archive(archive: false) { id }`) }, []string{changed + "finalist"}},
		{"scored", func() { try(t, s.Score(id, 4)) }, []string{"interview.score-updated finalist"}},
		{"scored the same", func() { try(t, s.Score(id, 4)) }, nil},
		{"scored through the API", func() { mutate(`score(score: 3) { id }`) }, []string{"interview.score-updated finalist"}},
		{"asked again", func() { try(t, s.AskAgain(id)) }, nil},
		{"answered again", func() { try(t, s.Answer(id)) }, []string{finished + "completed", changed + "completed"}},
		{"transcribed", func() { try(t, s.Transcribe(id, "Hello")) }, nil},
		{"deleted", func() { mutate(`delete`) }, []string{"interview.delete completed"}},
		{"invited by hand", func() {
			_, err := s.InviteByHand(p, Candidate{Email: "ada@example.com", FirstName: "Ada"})
			try(t, err)
		}, []string{"interview.create pending"}},
	} {
		before := len(r.all(s))
		step.do()
		if diff := cmp.Diff(append([]string{}, step.want...), words(r.all(s)[before:])); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}

	all := r.all(s)
	by := func(event string, nth int) map[string]any {
		for _, one := range all {
			if one.Event == event {
				if nth == 0 {
					return one.Data
				}
				nth--
			}
		}
		t.Fatalf("no %s", event)
		return nil
	}
	first, second := by(EventFinish, 0), by(EventFinish, 1)
	if first["completed"] != 1767225600000.0 || second["completed"].(float64) <= 1767225600000.0 || first["answered"] != true || first["thumbnail"] == nil {
		t.Errorf("finished %v, then %v", first, second)
	}
	if first["externalId"] != "x-1" || second["externalId"] != "x-2" {
		t.Errorf("external ids %v, %v", first["externalId"], second["externalId"])
	}
	if a, b := by(EventScoreUpdated, 0)["score"].(map[string]any)["value"], by(EventScoreUpdated, 1)["score"].(map[string]any)["value"]; a != 4.0 || b != 3.5 {
		t.Errorf("scores %v, %v", a, b)
	}
	if gone := by(EventDelete, 0); gone["deleted"] != 1767225600000.0 || gone["completed"] == nil {
		t.Errorf("deleted %v", gone)
	}
	for _, one := range all {
		if one.Date != 1767225600000.0 {
			t.Errorf("%s of %v", one.Event, one.Date)
		}
	}
}
