package odoo_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"flowd"
	"flowd/connectors"
	"flowd/connectors/connectortest"
	"flowd/connectors/odoo"
	"flowd/internal/strictyaml"
)

var kind = odoo.Kind()

// without answers 404 to what goes to a path.
func without(h http.Handler, path string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

var suite = connectortest.Receiver{
	Kind: kind, Signals: true,
	Config:   "url: https://odoo.example.com\ndatabase: acme\nversion: 19\nkey: {file: secret}\n",
	Personal: []string{"Rosa Field", "rosa.field@", "901820"},
}

func TestConformance(t *testing.T) {
	t.Parallel()
	suite.Run(t)
}

func FuzzDecode(f *testing.F) { suite.Fuzz(f) }

// What does not fit together is said at its place.
func TestConfig(t *testing.T) {
	t.Parallel()
	const good = "url: https://odoo.example.com\ndatabase: acme\nlogin: flowd\nkey: {env: ODOO_KEY}\n"
	for name, c := range map[string]struct{ section, says string }{
		"good":             {good, ""},
		"of 19":            {"url: https://odoo.example.com\ndatabase: acme\nversion: 19\nkey: {env: ODOO_KEY}\n", ""},
		"polled seldom":    {good + "poll: {every: 10m, on_first_seen: treat_as_move, max_age: 1d}\n", ""},
		"with a hook":      {good + "webhook: {path_secret: {env: ODOO_PATH}}\n", ""},
		"no login":         {"url: https://odoo.example.com\ndatabase: acme\nkey: {env: ODOO_KEY}\n", "whose key it is"},
		"old":              {good + "version: 13\n", "older than 14"},
		"plain http":       {strings.Replace(good, "https", "http", 1), "not encrypted"},
		"no database":      {strings.Replace(good, "database: acme\n", "", 1), "database"},
		"signed hook":      {good + "webhook: {secret: {env: ODOO_HOOK}}\n", "signs nothing"},
		"hook in set-up":   {good + "webhook: {setup: true}\n", "signs nothing"},
		"open hook":        {good + "webhook: {status: 202}\n", "signs nothing"},
		"polled too often": {good + "poll: {every: 1s}\n", "every"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := strictyaml.Parse("source.yaml", []byte("name: odoo\nkind: odoo\n"+c.section), strictyaml.Options{})
			sources := connectors.Kinds{kind}.Build(doc.Root(), connectors.Options{Dir: t.TempDir(), SkipSecrets: true})
			problems := strictyaml.Render(doc.Problems())
			switch {
			case c.says == "" && (len(sources) != 1 || problems != ""):
				t.Error(problems)
			case c.says == "" && (sources[0].Receiver != nil) != strings.Contains(c.section, "webhook"):
				t.Error("a receiver, and no hook; or the other way round")
			case c.says != "" && !strings.Contains(problems, c.says):
				t.Errorf("%d sources, %s", len(sources), problems)
			}
		})
	}
}

// Conditions may read what the kind declares; the fullest record has it all.
func TestMembers(t *testing.T) {
	t.Parallel()
	_, s := at(t, 14)
	b, _, err := s.Poller.Poll(t.Context(), nil)
	if err != nil || len(b.Seen) != 1 {
		t.Fatal(err)
	}
	app := b.Seen[0]
	c := app.Candidate
	told := map[string]bool{
		"application.id": app.ID != "", "application.status": app.Status != "", "application.stage": !app.Stage.IsZero(), "application.url": app.URL != "",
		"application.applied_at": !app.AppliedAt.IsZero(), "application.age": !app.AppliedAt.IsZero(), "application.recruiter": app.Recruiter != "",
		"candidate.id": c.ID != "", "candidate.email": c.Email != "", "candidate.first_name": c.FirstName != "", "candidate.last_name": c.LastName != "",
		"candidate.name": c.FullName() != "", "candidate.phone": c.Phone != "", "candidate.source": app.Source != "", "candidate.tags": len(app.Tags) > 0,
		"candidate.can_email": c.CanEmail != nil, "candidate.language": c.Language != "", "candidate.country": c.Country != "",
		"job.id": app.Job.ID != "", "job.name": app.Job.Name != "", "job.department": app.Job.Department != "", "job.location": app.Job.Location != "",
		"event.at": !app.Entered.IsZero(), "event.via": true, "stage": app.Stage.Name != "", "stage_id": app.Stage.ID != "", "from": true, "field": len(app.Fields) > 0,
	}
	for member, is := range told {
		if declared := slices.Contains(s.Members, member); declared != is {
			t.Errorf("%s is declared: %t, supplied: %t", member, declared, is)
		}
	}
	for _, m := range s.Members {
		if _, ok := told[m]; !ok {
			t.Errorf("%s is declared, and nobody looked", m)
		}
	}
}

// BenchmarkDecode is one webhook, from the body to its end.
func BenchmarkDecode(b *testing.B) {
	source := suite.Build(b, false)
	d := flowd.Delivery{Header: http.Header{}, Query: url.Values{}, Body: []byte(`{"_action":"flowd(#241)","_id":4411,"_model":"hr.applicant","date_last_stage_update":"2026-03-02 09:29:58","stage_id":2,"job_id":7,"partner_name":"Rosa Field"}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := source.Receiver.Decode(d); err != nil {
			b.Fatal(err)
		}
	}
}
