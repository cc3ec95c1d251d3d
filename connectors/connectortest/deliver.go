package connectortest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/internal/sign"
)

// sign signs a delivery as the sender does, at a time and with a secret.
func (s Receiver) sign(t testing.TB, at time.Time, x fixture, secret string) http.Header {
	t.Helper()
	if s.Signals {
		return x.Header.Clone()
	}
	v, err := sign.New(s.Scheme)
	if err != nil {
		t.Fatal(err)
	}
	header := x.Header.Clone()
	if _, err := v.Sign(at, header, url.Values{}, x.Body, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	return header
}

func (r *rig) post(header http.Header, body []byte) *httptest.ResponseRecorder {
	return r.postTo("/hooks/conformance", header, body)
}

func (r *rig) postTo(path string, header http.Header, body []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	for name, values := range header {
		req.Header[name] = values
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

func (r *rig) keys() []string {
	var out []string
	for _, b := range r.batches {
		for _, ev := range b.Events {
			out = append(out, ev.Key)
		}
	}
	return out
}

// quiet fails when a log or error holds what it must not.
func (s Receiver) quiet(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		for _, private := range append([]string{Secret}, s.Personal...) {
			if strings.Contains(text, private) {
				t.Errorf("%q stands in %q", private, text)
			}
		}
	}
}

// delivered: a genuine delivery is answered with 200, and repeated it gives the
// same keys, all different from each other and from those of other deliveries.
func (s Receiver) delivered(t *testing.T) {
	all := map[string]string{}
	for _, x := range s.fixtures(t) {
		r := s.rig(t, false)
		for range 2 {
			w := r.post(s.sign(t, Now, x, Secret), x.Body)
			switch want := http.StatusOK; {
			case strings.HasPrefix(x.Name, "bad"):
				if w.Code != http.StatusBadRequest || len(r.held) == 0 {
					t.Errorf("%s: status %d, %d kept", x.Name, w.Code, len(r.held))
				}
			case w.Code != want:
				t.Errorf("%s: status %d", x.Name, w.Code)
			}
		}
		keys := r.keys()
		if first, second := keys[:len(keys)/2], keys[len(keys)/2:]; !cmp.Equal(first, second) {
			t.Errorf("%s: keys %v, and repeated %v", x.Name, first, second)
		}
		for _, key := range keys[:len(keys)/2] {
			if other, taken := all[key]; taken {
				t.Errorf("%s and %s have one key %s", x.Name, other, key)
			}
			all[key] = x.Name
		}
		s.quiet(t, r.log.String(), strings.Join(append(r.held, keys...), "\n"))
	}
	if len(all) == 0 {
		t.Error("no fixture gives an event")
	}
}

// refused: what is not proved to be the sender's is answered with 401, or 503 where
// the sender would give up, and never decoded.
func (s Receiver) refused(t *testing.T) {
	stamped, want := s.Scheme.Timestamp != "", http.StatusUnauthorized
	if slices.Contains(s.Build(t, false).GivesUpOn, want) {
		want = http.StatusServiceUnavailable
	}
	for _, x := range s.fixtures(t) {
		genuine := s.sign(t, Now, x, Secret)
		for name, d := range map[string]struct {
			header http.Header
			body   []byte
			skip   bool
		}{
			"tampered body":   {genuine, bytes.Replace(x.Body, []byte(`"`), []byte(` "`), 1), false},
			"truncated body":  {genuine, x.Body[:len(x.Body)-1], false},
			"wrong secret":    {s.sign(t, Now, x, "d3Jvbmcgc2VjcmV0"), x.Body, false},
			"unsigned":        {x.Header, x.Body, false},
			"stale timestamp": {s.sign(t, Now.Add(-time.Hour), x, Secret), x.Body, !stamped},
			"early timestamp": {s.sign(t, Now.Add(time.Hour), x, Secret), x.Body, !stamped},
		} {
			if d.skip {
				continue
			}
			r := s.rig(t, false)
			if w := r.post(d.header, d.body); w.Code != want || len(r.batches)+len(r.held) > 0 {
				t.Errorf("%s, %s: status %d, %d admitted, %d kept", x.Name, name, w.Code, len(r.batches), len(r.held))
			}
			s.quiet(t, r.log.String())
		}
	}
}

// setup: without a secret a ping is answered, and all else is to come again.
func (s Receiver) setup(t *testing.T) {
	for _, x := range s.fixtures(t) {
		r := s.rig(t, true)
		want := http.StatusServiceUnavailable
		if x.ping() {
			want = http.StatusOK
		}
		if w := r.post(x.Header, x.Body); w.Code != want || len(r.batches)+len(r.held) > 0 {
			t.Errorf("%s: status %d, want %d; %d admitted, %d kept", x.Name, w.Code, want, len(r.batches), len(r.held))
		}
	}
}

// mangled: of a body that is broken in any place comes an error without events,
// or events; never a panic, and never an error that quotes the body.
func (s Receiver) mangled(t *testing.T) {
	source := s.Build(t, false)
	try := func(x fixture, how string, body []byte, mustFail bool) {
		t.Helper()
		b, _, err := source.Receiver.Decode(flowd.Delivery{Source: source.Name, Header: x.Header, Query: url.Values{}, Body: body, Received: Now})
		switch {
		case err != nil && len(b.Events) > 0:
			t.Errorf("%s, %s: events beside the error %v", x.Name, how, err)
		case err == nil && mustFail:
			t.Errorf("%s, %s: decoded", x.Name, how)
		}
		valid(t, b, completes(source))
		if err != nil {
			s.quiet(t, err.Error())
		}
	}
	turn := 0
	for _, x := range s.fixtures(t) {
		if !json.Valid(x.Body) {
			continue
		}
		whole := bytes.TrimSpace(x.Body)
		for n := 0; n < len(whole); n += 1 + len(whole)/100 {
			try(x, "cut off", whole[:n], true)
		}
		try(x, "followed by more", append(slices.Clone(whole), "{}"...), true)
		var tree any
		if err := json.Unmarshal(whole, &tree); err != nil {
			t.Fatal(err)
		}
		leaves(tree, func(set func(any), old any) {
			wrong := []any{nil, "text", "", 4.5, true, []any{"text"}, map[string]any{"a": "b"}}
			set(wrong[turn%len(wrong)]) // one of them each: the fixtures have most members in common
			turn++
			body, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			try(x, "with a value replaced", body, false)
			set(old)
		})
	}
	for _, body := range []string{"", "null", "[]", "{}", `"text"`, "1", "\x00\xff", "\xef\xbb\xbf{}", strings.Repeat("[", 1<<16)} {
		try(fixture{Name: body[:min(len(body), 5)]}, "as a whole", []byte(body), len(body) > 100)
	}
}

// leaves visits every value of a tree with the means to replace it.
func leaves(tree any, visit func(set func(any), old any)) {
	switch v := tree.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			old := v[key]
			leaves(old, visit)
			visit(func(x any) { v[key] = x }, old)
		}
	case []any:
		for i, old := range v {
			leaves(old, visit)
			visit(func(x any) { v[i] = x }, old)
		}
	}
}

// concurrent: Verify and Decode are called by many at once.
func (s Receiver) concurrent(t *testing.T) {
	source := s.Build(t, false)
	var all sync.WaitGroup
	for _, x := range s.fixtures(t) {
		d := flowd.Delivery{Source: source.Name, Header: s.sign(t, Now, x, Secret), Query: url.Values{}, Body: x.Body, Received: Now}
		first, _, firstErr := source.Receiver.Decode(d)
		for range 4 {
			all.Go(func() {
				b, _, err := source.Receiver.Decode(d)
				if err := source.Receiver.Verify(Now, d); err != nil {
					t.Errorf("%s: %v", x.Name, err)
				}
				if !cmp.Equal(first, b) || (err == nil) != (firstErr == nil) {
					t.Errorf("%s decodes differently each time", x.Name)
				}
			})
		}
	}
	all.Wait()
}
