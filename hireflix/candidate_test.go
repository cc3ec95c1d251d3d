package hireflix

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"flowd"
	"flowd/internal/fault"
)

func TestNormalise_Names(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ab ", 30)
	for name, tc := range map[string]struct {
		first, last, full string
		wantFirst         string
		wantLast          string
		note              string
	}{
		"both":                      {first: " Adalyn ", last: "\tLovestone\n", wantFirst: "Adalyn", wantLast: "Lovestone"},
		"both beat the full name":   {first: "A", last: "B", full: "C D", wantFirst: "A", wantLast: "B"},
		"first alone":               {first: "Adalyn", wantFirst: "Adalyn"},
		"last alone":                {last: "Lovestone", wantFirst: "Lovestone"},
		"full":                      {full: "Adalyn Lovestone", wantFirst: "Adalyn", wantLast: "Lovestone"},
		"full of many":              {full: "Adalyn  van der  Stone", wantFirst: "Adalyn", wantLast: "van der Stone"},
		"full of one":               {full: "Adalyn", wantFirst: "Adalyn"},
		"full the other way round":  {full: "van der Stone, Adalyn May", wantFirst: "Adalyn May", wantLast: "van der Stone"},
		"a comma and nothing":       {full: "Adalyn,", wantFirst: "Adalyn,"},
		"last and full":             {last: "Lovestone", full: "Adalyn Lovestone", wantFirst: "Adalyn", wantLast: "Lovestone"},
		"last and the same as full": {last: "Lovestone", full: "Lovestone", wantFirst: "Lovestone"},
		"placeholder":               {first: "-", last: "Lovestone", wantFirst: "Lovestone"},
		"control characters":        {first: "Ada\x00lyn\u200b", last: "Love\nstone", wantFirst: "Adalyn\u200b", wantLast: "Love stone"},
		"not UTF-8":                 {first: "Ada\xfflyn", wantFirst: "Adalyn"},
		"exactly 50":                {first: strings.Repeat("é", 50), wantFirst: strings.Repeat("é", 50)},
		"51":                        {first: strings.Repeat("é", 51), wantFirst: strings.Repeat("é", 50), note: "name shortened to 50 characters"},
		"26 of two units":           {first: strings.Repeat("𝔸", 26), wantFirst: strings.Repeat("𝔸", 25), note: "name shortened to 50 characters"},
		"cut at a space":            {first: "A", last: long, wantFirst: "A", wantLast: strings.TrimSpace(long[:50]), note: "name shortened to 50 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, notes, err := normalise(flowd.Candidate{Email: "a@example.com", FirstName: tc.first, LastName: tc.last, Name: tc.full}, "")
			if err != nil {
				t.Fatal(err)
			}
			if p.FirstName != tc.wantFirst || p.LastName != tc.wantLast || strings.Join(notes, "; ") != tc.note {
				t.Errorf("got %q %q, notes %q", p.FirstName, p.LastName, notes)
			}
		})
	}
	for _, empty := range []flowd.Candidate{{}, {FirstName: " ", LastName: "-", Name: "."}, {Name: ", "}} {
		empty.Email = "a@example.com"
		_, _, err := normalise(empty, "")
		wantFault(t, err, fault.Invalid)
	}
}

func TestNormalise_Address(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		" Ada.Lovestone@Example.COM ": "ada.lovestone@example.com",
		"a+b_c'd@x-y.example.com":     "a+b_c'd@x-y.example.com",
		"":                            "", "ada": "", "ada@": "", "@example.com": "", "ada@localhost": "",
		"a..b@example.com": "", ".a@example.com": "", "a b@example.com": "", `"a b"@example.com`: "",
		"Ada <ada@example.com>": "", "a@example.com, b@example.com": "", "a@[127.0.0.1]": "", "ada@exämple.com": "", "adä@example.com": "",
		"a@-example.com": "", "a@example..com": "", "a@example.com\nBcc: b@example.com": "",
		strings.Repeat("a", 250) + "@example.com": "",
	} {
		got, problem := address(raw)
		if got != want || (want == "") != (problem != "") {
			t.Errorf("%q: %q, %q", raw, got, problem)
		}
		_, _, err := normalise(flowd.Candidate{Email: raw, FirstName: "A"}, "")
		if want == "" {
			wantFault(t, err, fault.Invalid)
		}
	}
}

func TestNormalise_Phone(t *testing.T) {
	t.Parallel()
	const international, invalid = "phone dropped: not an international number", "phone dropped: not a valid number"
	for _, tc := range []struct{ raw, country, job, want, note string }{
		{"", "", "", "", ""},
		{" +1 (201) 555-0123 ", "", "", "+12015550123", ""},
		{"+1 201 555 0123", "DE", "", "+12015550123", ""},
		{"(201) 555-0123", "US", "", "+12015550123", ""},
		{"(201) 555-0123", "us", "", "+12015550123", ""},
		{"(201) 555-0123", "", "US", "+12015550123", ""},
		{"030 123456", "DE", "US", "+4930123456", ""},
		{"0049 30 123456", "", "", "+4930123456", ""},
		{"0049 30 123456", "FR", "", "+4930123456", ""},
		{"+1 201 555 0123 ext. 7", "", "", "+12015550123", ""},
		{"(201) 555-0123", "", "", "", international},
		{"(201) 555-0123", "XX", "", "", international},
		{"call me", "", "", "", international},
		{"call me", "US", "", "", invalid},
		{"+1 201", "", "", "", invalid},
		{"123", "US", "", "", invalid},
		{"+1 201 555 0123 / +1 201 555 0124", "US", "", "", invalid},
		{strings.Repeat("1", 300), "US", "", "", "phone dropped: not a phone number"},
		{"+1\xff2015550123", "US", "", "", "phone dropped: not a phone number"},
	} {
		p, notes, err := normalise(flowd.Candidate{Email: "a@example.com", FirstName: "A", Phone: tc.raw, Country: tc.country}, tc.job)
		if err != nil || p.Phone != tc.want || strings.Join(notes, "; ") != tc.note {
			t.Errorf("%q in %q/%q: %q, notes %q, error %v", tc.raw, tc.country, tc.job, p.Phone, notes, err)
		}
	}
}

// FuzzNormalise: whatever comes in, what goes out is within Hireflix's rules.
func FuzzNormalise(f *testing.F) {
	f.Add("ada@example.com", "Adalyn", "Lovestone", "", "+12015550123", "US", "")
	f.Add("a@b.example.com", "", "", "Stone, Ada", "0049 30 123456", "", "DE")
	f.Add("A@example.com", "\u200b", "-", ",", "tel:+1-201-555-0123;ext=7", "zz", "us")
	f.Add("", "\xff", strings.Repeat("𝔸", 60), " ", "１２３", "", "")
	f.Fuzz(func(t *testing.T, email, first, last, full, phone, country, job string) {
		p, _, err := normalise(flowd.Candidate{Email: email, FirstName: first, LastName: last, Name: full, Phone: phone, Country: country}, job)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("kind %s", fault.KindOf(err))
			}
			return
		}
		for _, name := range []string{p.FirstName, p.LastName} {
			if n := len(utf16.Encode([]rune(name))); n > maxName || strings.TrimSpace(name) != name || !utf8.ValidString(name) {
				t.Errorf("name %q", name)
			}
		}
		if p.FirstName == "" || !emailPattern.MatchString(p.Email) {
			t.Errorf("first name %q, address %q", p.FirstName, p.Email)
		}
		if p.Phone != "" && (!strings.HasPrefix(p.Phone, "+") || len(p.Phone) < 8 || len(p.Phone) > 16 || strings.Trim(p.Phone[1:], "0123456789") != "") {
			t.Errorf("phone %q", p.Phone)
		}
	})
}
