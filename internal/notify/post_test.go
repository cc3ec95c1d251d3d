package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"flowd/internal/fault"
	"flowd/internal/notify"
	"flowd/internal/secret"
	"flowd/internal/sign"
)

const hookToken = "T0AAAA-B0BBBB-secretpath"

var message = notify.Message{
	Key: "notice-1", Owner: "sales-ops", Subject: "flowd: people of <sales-video> are held",
	Text:  "3 people wait & <!channel> *now* for `you`.\nhttps://flowd.example.com/x?a=1&b=2.",
	Facts: []notify.Fact{{Label: "To do", Value: "flowd list --held"}},
}

func source(text string) func() (secret.Value, error) {
	return func() (secret.Value, error) { return secret.New(text), nil }
}

// sentTo runs send against a server that answers with status, and returns what
// arrived.
func sentTo(t *testing.T, answer http.HandlerFunc, send func(client *http.Client, url func() (secret.Value, error)) error) (body string, header http.Header, err error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		body, header = string(raw), r.Header
		answer(w, r)
	}))
	defer server.Close()
	err = send(notify.NewClient(nil), source(server.URL+"/services/"+hookToken))
	return body, header, err
}

func ok(http.ResponseWriter, *http.Request) {}

func TestSlack_Escapes(t *testing.T) {
	t.Parallel()
	send := func(m notify.Message) map[string]any {
		body, _, err := sentTo(t, ok, func(c *http.Client, url func() (secret.Value, error)) error {
			return notify.Slack{URL: url, HTTP: c}.Send(t.Context(), m)
		})
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]any
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := send(message)
	want := "flowd: people of &lt;sales-video&gt; are held\n" +
		"3 people wait &amp; &lt;!channel&gt; *now* for `you`.\nhttps://flowd.example.com/x?a=1&amp;b=2.\n\nTo do: flowd list --held"
	if got["text"] != want || got["mrkdwn"] != false || got["unfurl_links"] != false {
		t.Errorf("got %v", got)
	}
	table := message
	table.Table = true
	got = send(table)
	text, _ := got["text"].(string)
	if got["mrkdwn"] != true || strings.Count(text, "```") != 2 || !strings.Contains(text, "for 'you'") || strings.Contains(text, "<!") {
		t.Errorf("a table gets out of its block: %q", text)
	}
}

func TestTeams_Card(t *testing.T) {
	t.Parallel()
	send := func(m notify.Message) string {
		body, _, err := sentTo(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) },
			func(c *http.Client, url func() (secret.Value, error)) error {
				return notify.Teams{URL: url, HTTP: c}.Send(t.Context(), m)
			})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	var card struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type, Version string
				Body          []struct {
					Type    string
					Inlines []struct {
						Type, Text   string
						SelectAction *struct{ Type, URL string }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(send(message)), &card); err != nil {
		t.Fatal(err)
	}
	content := card.Attachments[0].Content
	if card.Type != "message" || card.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || content.Type != "AdaptiveCard" {
		t.Errorf("not a card: %+v", card)
	}
	var lines, opens []string
	for _, b := range content.Body {
		var line string
		for _, run := range b.Inlines {
			if b.Type != "RichTextBlock" || run.Type != "TextRun" {
				t.Errorf("%s of %s may be read as Markdown", run.Type, b.Type)
			}
			line += run.Text
			if run.SelectAction != nil {
				opens = append(opens, run.SelectAction.URL)
			}
		}
		lines = append(lines, line)
	}
	want := message.Subject + "\n" + message.Text + "\nTo do: flowd list --held"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(opens) != 1 || opens[0] != "https://flowd.example.com/x?a=1&b=2" {
		t.Errorf("links: %q", opens)
	}
	long := message
	long.Text = strings.Repeat("a line of a long text\n", 700)
	if n := len(send(long)); n > 28<<10 || n < 8<<10 {
		t.Errorf("a long text makes a card of %d bytes; Teams takes 28 KB", n)
	}
}

func TestWebhook_Signed(t *testing.T) {
	t.Parallel()
	const key = "whsec_Zmxvd2Qtbm90aWZ5LXRlc3Qta2V5LTAwMQ=="
	odd := message
	odd.Key = "notice of \r\nX-Evil: 1.é"
	for _, m := range []notify.Message{message, odd} {
		body, header, err := sentTo(t, ok, func(c *http.Client, url func() (secret.Value, error)) error {
			return notify.Webhook{URL: url, Secret: source(key), HTTP: c}.Send(t.Context(), m)
		})
		if err != nil {
			t.Fatal(err)
		}
		scheme, err := sign.New(sign.StandardWebhooks())
		if err != nil {
			t.Fatal(err)
		}
		if err := scheme.Verify(time.Now(), header, nil, []byte(body), []byte(key)); err != nil {
			t.Error(err)
		}
		if err := scheme.Verify(time.Now(), header, nil, []byte(body+" "), []byte(key)); !errors.Is(err, sign.ErrMismatch) {
			t.Errorf("the body is not signed: %v", err)
		}
		var got struct {
			Type      string
			Timestamp time.Time
			Data      struct{ ID, Owner, Subject, Text string }
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		id := header.Get("webhook-id")
		if got.Data.ID != id || got.Data.Text != m.Text || got.Data.Owner != "sales-ops" || got.Timestamp.IsZero() || got.Type != "flowd.notification" {
			t.Errorf("got %+v", got)
		}
		if strings.ContainsAny(id, ". \r\n") || m.Key == "notice-1" && id != "notice-1" {
			t.Errorf("the id %q", id)
		}
	}
	_, _, err := sentTo(t, ok, func(c *http.Client, url func() (secret.Value, error)) error {
		return notify.Webhook{URL: url, Secret: source("not base64!"), HTTP: c}.Send(t.Context(), message)
	})
	if !fault.Is(err, fault.Invalid) || strings.Contains(err.Error(), "not base64") {
		t.Errorf("a secret that is none: %v", err)
	}
}

// Every answer has its kind, and no fault shows the URL or the message.
func TestPost_Faults(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "7")
			http.Error(w, "bad "+r.URL.Path, code)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   fault.Kind
	}{
		"accepted":      {status(http.StatusAccepted), ""},
		"bad payload":   {status(http.StatusBadRequest), fault.Invalid},
		"token refused": {status(http.StatusForbidden), fault.Unauthorized},
		"no such hook":  {status(http.StatusNotFound), fault.NotFound},
		"gone":          {status(http.StatusGone), fault.NotFound},
		"too fast":      {status(http.StatusTooManyRequests), fault.RateLimited},
		"overloaded":    {status(http.StatusServiceUnavailable), fault.Unavailable},
		"failed inside": {status(http.StatusInternalServerError), fault.Uncertain},
		"hung up": {func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, fault.Uncertain},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				panic("the redirect was followed")
			}
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := sentTo(t, c.answer, func(client *http.Client, url func() (secret.Value, error)) error {
				return notify.Slack{URL: url, HTTP: client}.Send(t.Context(), message)
			})
			if fault.KindOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), hookToken) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "sales-video")) {
				t.Errorf("the fault shows what it must not: %v", err)
			}
			if c.want == fault.RateLimited && fault.RetryAfter(err) != 7*time.Second {
				t.Errorf("Retry-After is %v", fault.RetryAfter(err))
			}
		})
	}
}

func TestPost_Unsent(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		url  string
		want fault.Kind
		says string
	}{
		"nobody there":     {t.Context(), closed.URL + "/" + hookToken, fault.Unavailable, "reached"},
		"unknown issuer":   {t.Context(), untrusted.URL + "/" + hookToken, fault.Unavailable, "certificate"},
		"in the clear":     {t.Context(), "http://hooks.example.com/" + hookToken, fault.Invalid, "https://"},
		"no URL":           {t.Context(), hookToken, fault.Invalid, "https://"},
		"another protocol": {t.Context(), "file:///etc/" + hookToken, fault.Invalid, "https://"},
		"a broken one":     {t.Context(), "https://%zz/" + hookToken, fault.Invalid, "https://"},
		"given up before":  {gone, closed.URL + "/" + hookToken, fault.Unavailable, "given up"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := notify.Teams{URL: source(c.url), HTTP: notify.NewClient(nil)}.Send(c.ctx, message)
			if !fault.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), hookToken) {
				t.Errorf("got %v, want %s that says %q", err, c.want, c.says)
			}
		})
	}
	failing := func() (secret.Value, error) { return secret.Value{}, errors.New("secret file x is empty") }
	if err := (notify.Slack{URL: failing, HTTP: notify.NewClient(nil)}).Send(t.Context(), message); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a secret that cannot be read: %v", err)
	}
	if err := (notify.Slack{URL: source(closed.URL), HTTP: notify.NewClient(nil)}).Send(t.Context(), notify.Message{}); !fault.Is(err, fault.Internal) {
		t.Errorf("a message without a key: %v", err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The monitor hears nothing while something is wrong.
func TestHeartbeat_OnlyWhileHealthy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls, reports atomic.Int32
		var sick atomic.Bool
		beat := notify.Heartbeat{
			URL: source("https://monitor.example.com/" + hookToken), Every: 5 * time.Minute,
			Healthy: func(context.Context) error {
				if sick.Load() {
					return errors.New("no source brings anything")
				}
				return nil
			},
			Report: func(err error) {
				if err != nil {
					reports.Add(1)
				}
			},
			HTTP: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method != http.MethodGet || r.URL.Path != "/"+hookToken {
					t.Errorf("%s of another address", r.Method)
				}
				calls.Add(1)
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			})},
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); beat.Run(ctx) }()
		check := func(after time.Duration, wantCalls, wantReports int32) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if calls.Load() != wantCalls || reports.Load() != wantReports {
				t.Errorf("%d calls and %d reports, want %d and %d", calls.Load(), reports.Load(), wantCalls, wantReports)
			}
		}
		check(time.Second, 1, 0)
		check(10*time.Minute, 3, 0)
		sick.Store(true)
		check(15*time.Minute, 3, 3)
		sick.Store(false)
		check(5*time.Minute, 4, 3)
		cancel()
		<-done
	})
}

func FuzzSlackAndTeams(f *testing.F) {
	f.Add("subject", "text with ``` and <!here> & https://a.example/b\u202e", true)
	f.Add("*a* _b_", "\x00\xff\n\n", false)
	f.Fuzz(func(t *testing.T, subject, text string, table bool) {
		var body []byte
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			var err error
			if body, err = io.ReadAll(r.Body); err != nil {
				return nil, err
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})}
		m := notify.Message{Key: subject + "k", Subject: subject, Text: text, Table: table}
		if err := (notify.Slack{URL: source("https://a.example/"), HTTP: client}).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		var slack struct {
			Text   string
			Mrkdwn bool
		}
		if err := json.Unmarshal(body, &slack); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(slack.Text, "<>\x00\u202e") || slack.Mrkdwn && strings.Count(slack.Text, "`") != 6 {
			t.Errorf("not plain: %q", slack.Text)
		}
		if err := (notify.Teams{URL: source("https://a.example/"), HTTP: client}).Send(t.Context(), m); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		if len(body) > 28<<10 || !json.Valid(body) {
			t.Errorf("a card of %d bytes", len(body))
		}
	})
}
