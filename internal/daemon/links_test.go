package daemon_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
	"flowd/internal/web"
)

// A link to a recording leads on while the interview is there, and to a page that
// says why once it was revoked, the interview deleted or the person erased.
func TestLinks_LeadOnAndEnd(t *testing.T) {
	t.Parallel()
	b := newBackWorld(t, wayBackRules, "  concurrency: 4\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.connect(ctx, sim.Policy{})
	b.start(b.options())
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	open := func(link string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Location")
	}
	// finished invites somebody, lets them answer, and returns the link in their
	// profile.
	finished := func(n int) (id, interview, link string) {
		t.Helper()
		id, err := b.ats.AddApplication("j1", atssim.Person{Email: person{n: n}.email(), FirstName: "Person"})
		if err == nil {
			err = b.ats.Move(id, "Video interview")
		}
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the invite", func() bool {
			for _, iv := range b.hireflix.Interviews(b.positions["AE screening"]) {
				if iv.Email == (person{n: n}).email() {
					interview = iv.ID
				}
			}
			return interview != "" && b.ats.Application(id).Fields["Interview link"] != ""
		})
		if err := b.hireflix.Answer(interview); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the link", func() bool { link = b.ats.Application(id).Links["Recording"]; return link != "" })
		return id, interview, link
	}

	id, _, link := finished(1)
	if status, to := open(link); status != http.StatusFound || !strings.HasPrefix(to, b.url) {
		t.Fatalf("the link answers %d and leads to %s", status, to)
	}
	if note := b.ats.Application(id).Notes[0]; !strings.Contains(note, link) {
		t.Errorf("the note has another link: %s", note)
	}
	if status, _ := open(link[:len(link)-1] + map[bool]string{true: "A", false: "B"}[link[len(link)-1] != 'A']); status != http.StatusNotFound {
		t.Errorf("an altered link answers %d", status)
	}
	var revoked web.Revoked
	if err := b.api().Post(ctx, "/api/v1/revoke", web.RevokeOrder{Who: id, By: "ana"}, &revoked); err != nil || revoked.Interviews != 1 {
		t.Fatalf("revoked %+v, error %v", revoked, err)
	}
	if status, to := open(link); status != http.StatusGone || to != "" {
		t.Errorf("a revoked link answers %d and leads to %q", status, to)
	}

	_, interview, link := finished(2)
	if err := b.hireflix.Delete(interview); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the link ends with the interview", func() bool { status, _ := open(link); return status == http.StatusGone })

	id, _, link = finished(3)
	if err := b.ats.Delete(id); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the link ends with the person", func() bool { status, _ := open(link); return status == http.StatusGone })
	mustNotHold(t, "the log", b.log.String(), "/v/AQ", "candidate-000", strings.TrimPrefix(link, "http://"+b.listen+"/v/"))
}
