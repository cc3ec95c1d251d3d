package daemon

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Where on the way a call fails is told, and nothing where an answer came.
func TestHops(t *testing.T) {
	t.Parallel()
	well := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(well.Close)
	strange := httptest.NewUnstartedServer(http.NotFoundHandler())
	strange.Config.ErrorLog = log.New(io.Discard, "", 0)
	strange.StartTLS()
	t.Cleanup(strange.Close)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shut := "http://" + ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for _, c := range []struct{ name, url, want string }{
		{"an answer", well.URL, ""},
		{"an unknown authority", strange.URL, "127.0.0.1 has a certificate of an authority that this machine does not trust: name it under tls.ca_file"},
		{"nobody listens", shut, "there is no connection to 127.0.0.1:"},
		{"no TLS there", strings.Replace(plain.URL, "http:", "https:", 1), "no encrypted connection to 127.0.0.1 comes about (TLS)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := &hops{}
			_, _, err := look(h.on(t.Context()), plainClient(nil), c.url)
			if got := h.words(); !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") || (err != nil) != (c.want != "") {
				t.Errorf("%q (%v)", got, err)
			}
		})
	}
}

// A clock that is not like the far side's is told by how much, and how bad that is.
func TestDoctor_Clock(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		ahead  time.Duration // of the far side
		health Health
		want   string
	}{
		{"alike", 0, "", ""},
		{"a little behind", 90 * time.Second, Weak, "1m30s behind that of the ATS"},
		{"far ahead", -10 * time.Minute, Wrong, "10m0s ahead of that of the ATS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", time.Now().Add(c.ahead).UTC().Format(http.TimeFormat))
			}))
			t.Cleanup(srv.Close)
			e, h := &examination{}, &hops{}
			if _, _, err := look(h.on(t.Context()), plainClient(nil), srv.URL); err != nil {
				t.Fatal(err)
			}
			e.clock(t.Context(), "the ATS", h, plainClient(nil))
			switch {
			case c.want == "" && len(e.list) == 0:
			case len(e.list) != 1 || e.list[0].Health != c.health:
				t.Errorf("found %+v", e.list)
			default:
				// By a second or two: that is how exact a Date is, and how long a call takes.
				span, _, _ := strings.Cut(strings.TrimPrefix(e.list[0].What, "this machine's clock is "), " ")
				got, err := time.ParseDuration(span)
				if _, rest, _ := strings.Cut(c.want, " "); err != nil || (got-c.ahead.Abs()).Abs() > 10*time.Second || !strings.Contains(e.list[0].What, rest) {
					t.Errorf("found %+v", e.list)
				}
			}
		})
	}
	e := &examination{}
	if e.clock(t.Context(), "the ATS", &hops{}, plainClient(nil)); len(e.list) != 0 {
		t.Errorf("without a call: %+v", e.list)
	}
}
