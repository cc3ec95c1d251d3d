package web_test

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"flowd"
	"flowd/internal/web"
)

// A text is looked for in every page, and only in what the reader sees.
func TestAPI_ListByText(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 30 {
		d.move(fmt.Sprintf("app-%d", n), []string{"LinkedIn", "Referral"}[n%2])
	}
	d.move("finn", "LinkedIn", flowd.Field{Name: "Notice period", Value: "soon"})
	count := func(q url.Values) int {
		q.Set("limit", "4")
		seen := map[string]bool{}
		for range 50 {
			var list web.List
			if err := d.client.Get(t.Context(), "/api/v1/list", q, &list); err != nil {
				t.Fatal(err)
			}
			for _, e := range list.Entries {
				if seen[e.Application] {
					t.Errorf("%s is listed twice", e.Application)
				}
				seen[e.Application] = true
			}
			if list.Next == "" {
				return len(seen)
			}
			q.Set("after", list.Next)
		}
		t.Fatal("the pages never end")
		return 0
	}
	for _, c := range []struct {
		text, show string
		want       int
	}{
		{"app-7", "", 1}, {"APP-7", "", 1}, {"app-2", "", 11}, {"by phone", "", 15}, {"app-7 phone", "", 1}, {"app-8 phone", "", 0},
		{"Rosa", "", 0}, {"Rosa", "1", 31}, {"finn@example.com", "", 0}, {"finn@example.com", "1", 1}, {"nowhere", "", 0}, {"  ", "", 31},
	} {
		q := url.Values{"text": {c.text}}
		if c.show != "" {
			q.Set("show", c.show)
		}
		if got := count(q); got != c.want {
			t.Errorf("%q with show %q: %d entries, want %d", c.text, c.show, got, c.want)
		}
	}
}

// What a candidate typed is text in a spreadsheet, too.
func TestSheet_DisarmsFormulas(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	sheet, err := web.NewSheet(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{`=HYPERLINK("http://evil.example","x")`, "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "Ida Pine"} {
		if err := sheet.Add([]web.Entry{{Name: name, Email: "x@example.com"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, armed := range []string{",=", ",+", ",-", ",@", ",\"=", ",\"\t", ",\"\r", ",\"\n"} {
		if strings.Contains(out.String(), armed) {
			t.Errorf("a cell begins with %q:\n%s", armed[1:], out.String())
		}
	}
	if !strings.Contains(out.String(), ",Ida Pine,x@example.com,") {
		t.Errorf("an ordinary name changed:\n%s", out.String())
	}
}
