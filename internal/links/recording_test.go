package links

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"flowd/hireflix"
	"flowd/hireflix/sim"
	"flowd/internal/secret"
)

// TestRecording clicks through to the recording in a simulated account: anew
// after what Hireflix shared has ended, and in vain after the interview is gone.
func TestRecording(t *testing.T) {
	t.Parallel()
	account := sim.New(sim.Options{})
	t.Cleanup(account.Close)
	there := httptest.NewServer(account)
	t.Cleanup(there.Close)
	if _, err := account.AddPosition(sim.Position{ID: "pos-1", Name: "Engineer"}); err != nil {
		t.Fatal(err)
	}
	made, err := account.InviteByHand("pos-1", sim.Candidate{Email: "ada.lovestone@example.com", FirstName: "Adalyn"})
	if err != nil {
		t.Fatal(err)
	}
	if err := account.Answer(made.ID); err != nil {
		t.Fatal(err)
	}
	client, err := hireflix.New(hireflix.Options{
		URL: there.URL + "/me", Timeout: 10 * time.Second,
		Key: func() (secret.Value, error) { return secret.New(sim.DefaultKey), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	s := signer(t, key)
	h, err := NewHandler(Options{
		Signer: s, Allow: Hosts(there.URL), Log: zerolog.Nop(),
		Lookup: func(context.Context, Claim) (Target, error) { return Alive, nil },
		Mint: func(ctx context.Context, interview string) (string, error) {
			url, _, err := client.Share(ctx, interview, 75, 24*time.Hour)
			return url, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	link, err := s.URL(web.URL, Claim{Interview: made.ID, ATS: "ats", Application: "app-1"})
	if err != nil {
		t.Fatal(err)
	}
	// click follows the redirect, as a browser does.
	click := func() (status int, at string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Request.URL.String()
	}
	status, first := click()
	if status != http.StatusOK || first == link {
		t.Fatalf("status %d at %s", status, first)
	}
	if status, again := click(); status != http.StatusOK || again != first {
		t.Errorf("status %d at %s, where %s lives", status, again, first)
	}
	if _, _, err := client.Share(t.Context(), made.ID, 1, 1000*24*time.Hour); err != nil { // ends within a day
		t.Fatal(err)
	}
	if status, renewed := click(); status != http.StatusOK || renewed == first {
		t.Errorf("status %d at %s", status, renewed)
	}
	if err := account.Delete(made.ID); err != nil {
		t.Fatal(err)
	}
	if status, at := click(); status != http.StatusGone || at != link {
		t.Errorf("status %d at %s", status, at)
	}
}
