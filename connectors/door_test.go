package connectors_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/connectors"
)

func TestDoor_Address(t *testing.T) {
	t.Parallel()
	no, yes := false, true
	const home, work, other, plain = "ada@example.com", "ada@work.example.com", "ada@other.example.com", "ada@plain.example.com"
	for name, c := range map[string]struct {
		addresses []connectors.Address
		allow     bool
		private   bool
		canEmail  *bool
		email     string
		reason    flowd.Reason
	}{
		"personal first":       {addresses: []connectors.Address{{work, "work"}, {plain, ""}, {other, "other"}, {home, "personal"}}, email: home},
		"then other":           {addresses: []connectors.Address{{work, "work"}, {plain, ""}, {other, "other"}}, email: other},
		"then untyped":         {addresses: []connectors.Address{{work, "work"}, {plain, ""}}, email: plain},
		"never work":           {addresses: []connectors.Address{{work, "work"}}, reason: flowd.ReasonWorkAddress},
		"work written oddly":   {addresses: []connectors.Address{{work, " Work "}}, reason: flowd.ReasonWorkAddress},
		"work when allowed":    {addresses: []connectors.Address{{work, "work"}}, allow: true, email: work},
		"work last":            {addresses: []connectors.Address{{work, "work"}, {plain, ""}}, allow: true, email: plain},
		"first of its type":    {addresses: []connectors.Address{{home, "personal"}, {other, "personal"}}, email: home},
		"a real one":           {addresses: []connectors.Address{{"n/a", "personal"}, {"@", ""}, {other, "other"}}, email: other},
		"an odd one over none": {addresses: []connectors.Address{{"n/a", "personal"}}, email: "n/a"},
		"an odd one over work": {addresses: []connectors.Address{{"n/a", "personal"}, {work, "work"}}, email: "n/a"},
		"blanks":               {addresses: []connectors.Address{{" ", "personal"}, {" " + plain + "\n", ""}}, email: plain},
		"none":                 {},
		"must not":             {addresses: []connectors.Address{{home, "personal"}}, canEmail: &no, email: home, reason: flowd.ReasonCannotEmail},
		"may":                  {addresses: []connectors.Address{{home, "personal"}}, canEmail: &yes, email: home},
		"private":              {addresses: []connectors.Address{{home, "personal"}}, canEmail: &no, private: true, email: home, reason: flowd.ReasonPrivate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := flowd.Application{Candidate: flowd.Candidate{CanEmail: c.canEmail}}
			connectors.Door{AllowWorkEmail: c.allow}.Admit(&app, connectors.Visitor{Addresses: c.addresses, Private: c.private})
			if app.Candidate.Email != c.email || app.NoContact != c.reason {
				t.Errorf("%q %q, want %q %q", app.Candidate.Email, app.NoContact, c.email, c.reason)
			}
		})
	}
}

func TestDoor_Normal(t *testing.T) {
	t.Parallel()
	app := flowd.Application{
		ID: " 1 ", Source: " LinkedIn", Tags: []string{" a", " "}, Stage: flowd.Stage{Name: " Video "},
		Job:       flowd.Job{Name: "Cook ", Country: "Österreich"},
		Candidate: flowd.Candidate{FirstName: " Ada ", LastName: "\tExample\n", Email: " ada@example.com ", Language: "German", Country: "nowhere"},
	}
	connectors.Door{}.Admit(&app, connectors.Visitor{})
	want := flowd.Application{
		ID: "1", Source: "LinkedIn", Tags: []string{"a"}, Stage: flowd.Stage{Name: "Video"},
		Job:       flowd.Job{Name: "Cook", Country: "AT"},
		Candidate: flowd.Candidate{FirstName: "Ada", LastName: "Example", Email: "ada@example.com", Language: "de"},
	}
	if diff := cmp.Diff(want, app); diff != "" {
		t.Error(diff)
	}
}

func TestCountry(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"DE": "DE", "de": "DE", "DEU": "DE", "Germany": "DE", " deutschland ": "DE", "Allemagne": "DE",
		"USA": "US", "U.S.A.": "US", "United States": "US", "United States of America": "US", "UK": "GB", "England": "GB",
		"The Netherlands": "NL", "Georgia": "GE", "Côte d’Ivoire": "CI",
		"": "", "ZZ": "", "EU": "", "150": "", "Narnia": "", "us-ca": "", "Germany, Berlin": "",
	} {
		if got := connectors.Country(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"de": "de", "DE": "de", "de_DE": "de-DE", "de-de": "de-DE", "German": "de", "deutsch": "de", "English ": "en", "iw": "he",
		"zh-Hant-TW": "zh-Hant-TW", "": "", "und": "", "xx": "", "Klingon": "", "English (US)": "",
	} {
		if got := connectors.Language(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzPlaces(f *testing.F) {
	for _, s := range []string{"DE", "Germany", "de-DE-u-co-phonebk", "x-private", "150", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c := connectors.Country(s); c != "" && (len(c) != 2 || connectors.Country(c) != c) {
			t.Errorf("country %q of %q", c, s)
		}
		if l := connectors.Language(s); connectors.Language(l) != l {
			t.Errorf("language %q of %q is not stable", l, s)
		}
	})
}
