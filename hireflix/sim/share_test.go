package sim

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// share asks for a link as the vendor's guide shows it, Q4.
func (c *caller) share(id, arguments string) string {
	c.t.Helper()
	data := c.answer(`mutation { Interview(id: "`+id+`") { share`+arguments+` { externalId externalLink { url } } } }`, nil)
	return data["Interview"].(map[string]any)["share"].(map[string]any)["externalLink"].(map[string]any)["url"].(string)
}

// open clicks a link.
func open(t *testing.T, method, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	try(t, err)
	response, err := http.DefaultClient.Do(request)
	try(t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	try(t, err)
	return response.StatusCode, string(page)
}

func TestShare(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_767_225_600_000)
	s, c := start(t, Options{Now: clock(&at)})
	p := add(t, s, Position{Name: "Barista", Questions: []string{"Latte?"}})
	iv, err := s.InviteByHand(p, Candidate{Email: "ada@example.com", FirstName: "<b>Ada</b>", LastName: "Example"})
	try(t, err)
	try(t, s.Answer(iv.ID))
	is := func(name, url string, want int) {
		t.Helper()
		if got, page := open(t, http.MethodGet, url); got != want {
			t.Errorf("%s: status %d, want %d: %s", name, got, want, page)
		}
	}
	link := func() any {
		return c.answer(`{ interview(id: "`+iv.ID+`") { externalLink { url expires labels interviewId positionId } } }`, nil)["interview"].(map[string]any)["externalLink"]
	}
	if link() != nil || s.Interviews(p)[0].Shared != (Shared{}) {
		t.Error("shared before it was")
	}

	first := c.share(iv.ID, `(durationInDays: 2, labels: ["ats"])`)
	expires := at.AddDate(0, 0, 2)
	want := map[string]any{"url": first, "expires": float64(expires.UnixMilli()), "labels": []any{"ats"}, "interviewId": iv.ID, "positionId": p}
	if diff := cmp.Diff(want, link()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Shared{URL: first, Expires: expires}, s.Interviews(p)[0].Shared); diff != "" {
		t.Error(diff)
	}
	status, page := open(t, http.MethodGet, first)
	if status != http.StatusOK || !strings.Contains(page, "&lt;b&gt;Ada&lt;/b&gt; Example, Barista") || !strings.Contains(page, "Latte?") {
		t.Errorf("status %d: %s", status, page)
	}
	if status, _ := open(t, http.MethodHead, first); status != http.StatusOK {
		t.Errorf("HEAD: status %d", status)
	}
	if status, _ := open(t, http.MethodPost, first); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", status)
	}

	at = expires.Add(-time.Millisecond)
	is("before its end", first, http.StatusOK)
	at = expires
	is("at its end", first, http.StatusGone)
	if diff := cmp.Diff(want, link()); diff != "" {
		t.Errorf("expired and still readable: %s", diff)
	}

	second := c.share(iv.ID, "")
	if want := at.AddDate(0, 0, 75); second == first || !s.Interviews(p)[0].Shared.Expires.Equal(want) {
		t.Errorf("shared again: %+v", s.Interviews(p)[0].Shared)
	}
	third := c.share(iv.ID, "")
	is("replaced", second, http.StatusGone)
	is("the newest", third, http.StatusOK)
	is("one character changed", third[:len(third)-1]+"x", http.StatusNotFound)

	for _, want := range []bool{true, false} {
		if got := c.answer(`mutation { Interview(id: "`+iv.ID+`") { removeShare } }`, nil)["Interview"].(map[string]any)["removeShare"]; got != want {
			t.Errorf("removed: %v, want %v", got, want)
		}
	}
	is("removed", third, http.StatusGone)
	if link() != nil {
		t.Error("removed and still readable")
	}
	last := c.share(iv.ID, "")
	try(t, s.Delete(iv.ID))
	is("the interview deleted", last, http.StatusGone)

	before := len(s.Journal().Arrivals)
	is("nonsense", strings.TrimSuffix(c.url, "/me")+"/shared/", http.StatusNotFound)
	if after := len(s.Journal().Arrivals); after != before {
		t.Errorf("the page is in the journal: %d arrivals, %d before", after, before)
	}
}

func TestSharedURL(t *testing.T) {
	t.Parallel()
	s, c := start(t, Options{SharedURL: "https://shared.hireflix.com/interview/"})
	iv, err := s.InviteByHand(add(t, s, Position{}), Candidate{Email: "ada@example.com"})
	try(t, err)
	token, found := strings.CutPrefix(c.share(iv.ID, ""), "https://shared.hireflix.com/interview/")
	if !found || len(token) != 36 {
		t.Errorf("token %q", token)
	}
	if status, _ := open(t, http.MethodGet, strings.TrimSuffix(c.url, "/me")+"/shared/"+token); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}
