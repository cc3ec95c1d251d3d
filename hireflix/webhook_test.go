package hireflix

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/secret"
	"flowd/internal/sign"
)

const hookSecret = "a-secret-of-these-tests-alone"

// finishBody is a body as the vendor's guide shows it, of an invented person. It
// has the characters that encoding it anew would change.
const finishBody = `{"event":"interview.finish","data":{"id":"64f0c0ffee00000000000001","position":{"id":"64f0c0ffee000000000000aa","name":"Diseñador/a «Señor» <R&D>"},` +
	`"externalId":"flowd1-abc","status":"completed","hash":"Hq7Lm2Xx","createdAt":1690000000000,` +
	`"candidate":{"name":"Zoë Ñandú <Ω> & co","email":"zoe.nandu@example.com","phone":null},"score":{"value":null},` +
	`"completed":1690003600000,"deleted":null,"archived":null,"finalist":null,"answered":true,` +
	`"thumbnail":"https://media.example.com/x.png?Expires=1&Signature=A~b-_",` +
	`"url":{"public":"https://app.hireflix.com/Hq7Lm2Xx","short":"hflx.io/c/Hq7Lm2Xx","private":"https://admin.hireflix.com/jobs/a/interview/b"}},"date":1690003600100}`

func sumOf(body, key string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return mac.Sum(nil)
}

func newWebhook(t testing.TB, secrets ...string) *Webhook {
	t.Helper()
	values := make([]secret.Value, 0, len(secrets))
	for _, s := range secrets {
		values = append(values, secret.New(s))
	}
	hook, err := NewWebhook(values...)
	if err != nil {
		t.Fatal(err)
	}
	return hook
}

func TestWebhook_Verify(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(sumOf(finishBody, hookSecret))
	var compact map[string]any
	if err := json.Unmarshal([]byte(finishBody), &compact); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(compact)
	if err != nil {
		t.Fatal(err)
	}
	pretty, err := json.MarshalIndent(compact, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	with := func(values ...string) http.Header { return http.Header{"X-Hireflix-Signature": values} }
	for name, tc := range map[string]struct {
		header http.Header
		body   string
		want   error
	}{
		"good":                {with(good), finishBody, nil},
		"without padding":     {with(strings.TrimRight(good, "=")), finishBody, nil},
		"re-marshalled":       {with(good), string(again), sign.ErrMismatch},
		"pretty-printed":      {with(good), string(pretty), sign.ErrMismatch},
		"a space more":        {with(good), finishBody + " ", sign.ErrMismatch},
		"truncated":           {with(good), finishBody[:len(finishBody)-1], sign.ErrMismatch},
		"other secret":        {with(base64.StdEncoding.EncodeToString(sumOf(finishBody, hookSecret+"x"))), finishBody, sign.ErrMismatch},
		"empty secret":        {with(base64.StdEncoding.EncodeToString(sumOf(finishBody, ""))), finishBody, sign.ErrMismatch},
		"hex":                 {with(hex.EncodeToString(sumOf(finishBody, hookSecret))), finishBody, sign.ErrMalformed},
		"31 bytes":            {with(base64.StdEncoding.EncodeToString(sumOf(finishBody, hookSecret)[:31])), finishBody, sign.ErrMalformed},
		"33 bytes":            {with(base64.StdEncoding.EncodeToString(append(sumOf(finishBody, hookSecret), 0))), finishBody, sign.ErrMalformed},
		"not base64":          {with("!" + good[1:]), finishBody, sign.ErrMalformed},
		"empty header":        {with(""), finishBody, sign.ErrMissing},
		"no header":           {nil, finishBody, sign.ErrMissing},
		"two headers":         {with(good, good), finishBody, sign.ErrMalformed},
		"a list of two":       {with(good + "," + good), finishBody, sign.ErrMalformed},
		"prefix of a scheme":  {with("sha256=" + good), finishBody, sign.ErrMalformed},
		"empty body":          {with(good), "", sign.ErrMismatch},
		"sum of another body": {with(base64.StdEncoding.EncodeToString(sumOf("", hookSecret))), finishBody, sign.ErrMismatch},
	} {
		err := newWebhook(t, hookSecret).Verify(time.Now(), flowd.Delivery{Header: tc.header, Body: []byte(tc.body)})
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		if err != nil && (strings.Contains(err.Error(), hookSecret) || strings.Contains(err.Error(), "zoe")) {
			t.Errorf("%s: the error shows too much: %v", name, err)
		}
	}
}

// TestWebhook_Secrets: while the secret is exchanged two are right, and no
// receiver is made that anybody could sign for.
func TestWebhook_Secrets(t *testing.T) {
	t.Parallel()
	hook := newWebhook(t, "the-new-one", hookSecret)
	for key, want := range map[string]bool{hookSecret: true, "the-new-one": true, "another": false} {
		d := flowd.Delivery{Body: []byte(finishBody), Header: http.Header{}}
		d.Header.Set("x-hireflix-signature", base64.StdEncoding.EncodeToString(sumOf(finishBody, key)))
		if err := hook.Verify(time.Now(), d); (err == nil) != want {
			t.Errorf("signed with %s: %v", key, err)
		}
	}
	for name, secrets := range map[string][]secret.Value{"none": nil, "empty": {secret.New("")}, "one empty": {secret.New("x"), {}}} {
		if _, err := NewWebhook(secrets...); !errors.Is(err, sign.ErrNoSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWebhook_Decode(t *testing.T) {
	t.Parallel()
	b, reply, err := newWebhook(t, hookSecret).Decode(flowd.Delivery{Body: []byte(finishBody)})
	if err != nil || reply != nil || len(b.Sightings) != 1 || b.Source != "hireflix" || b.ATS != flowd.Untied || len(b.Events) > 0 || b.Baseline {
		t.Fatalf("batch %+v, reply %v, error %v", b, reply, err)
	}
	want := flowd.Sighting{
		Interview: flowd.Interview{
			ID: "64f0c0ffee00000000000001", ExternalID: "flowd1-abc",
			Position: flowd.Position{ID: "64f0c0ffee000000000000aa", Name: "Diseñador/a «Señor» <R&D>"},
			Status:   flowd.InterviewToEvaluate, Answered: true, CompletedAt: time.UnixMilli(1690003600000).UTC(),
			CreatedAt: time.UnixMilli(1690000000000).UTC(),
			PublicURL: "https://app.hireflix.com/Hq7Lm2Xx", ShortURL: "https://hflx.io/c/Hq7Lm2Xx",
			PrivateURL: "https://admin.hireflix.com/jobs/a/interview/b",
		},
		Candidate: flowd.Candidate{Email: "zoe.nandu@example.com", Name: "Zoë Ñandú <Ω> & co"},
		At:        time.UnixMilli(1690003600100).UTC(),
	}
	if !reflect.DeepEqual(b.Sightings[0], want) {
		t.Errorf("got  %+v\nwant %+v", b.Sightings[0], want)
	}
}

// TestWebhook_Lenient gives each member in the forms in which it was seen, or
// may come one day.
func TestWebhook_Lenient(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	type result struct {
		status   flowd.InterviewStatus
		answered bool
		score    float64
		deleted  bool
	}
	pending := result{status: flowd.InterviewPending}
	for body, want := range map[string]result{
		`{"event":"interview.create","data":{"id":"i1"}}`: pending,
		`{"event":"interview.create","data":{"id":7}}`:    pending,
		`{"event":"interview.create","data":{"id":"i1","status":"pending","answered":false,"completed":null,"archived":false,"finalist":0}}`: pending,
		`{"event":"interview.create","data":{"id":"i1","position":null,"candidate":null,"url":null,"score":null}}`:                           pending,
		`{"event":"interview.create","data":{"id":"i1","position":"p","candidate":[],"url":3,"score":{}}}`:                                   pending,
		`{"event":"interview.create","data":{"id":"i1","status":{"a":1},"answered":[],"createdAt":{}}}`:                                      pending,
		`{"event":"interview.finish","data":{"id":"i1"}}`:                                                                                    {flowd.InterviewToEvaluate, true, 0, false},
		`{"event":"interview.finish","data":{"id":"i1","status":"finalist","answered":true}}`:                                                {flowd.InterviewShortlisted, true, 0, false},
		`{"event":"interview.status-change","data":{"id":"i1","status":"completed","answered":true,"completed":1690003600000}}`:              {flowd.InterviewToEvaluate, true, 0, false},
		`{"event":"interview.status-change","data":{"id":"i1","status":"to_evaluate","completed":1690003600000}}`:                            {flowd.InterviewToEvaluate, true, 0, false},
		`{"event":"interview.status-change","data":{"id":"i1","status":"archived","archived":1690003600000}}`:                                {flowd.InterviewDiscarded, false, 0, false},
		`{"event":"interview.status-change","data":{"id":"i1","status":"novel","archived":true,"answered":true}}`:                            {flowd.InterviewDiscarded, true, 0, false},
		`{"event":"interview.status-change","data":{"id":"i1","status":"novel","finalist":"1690003600000"}}`:                                 {flowd.InterviewShortlisted, false, 0, false},
		`{"event":"interview.score-updated","data":{"id":"i1","status":"completed","answered":true,"score":{"value":4.5}}}`:                  {flowd.InterviewToEvaluate, true, 4.5, false},
		`{"event":"interview.score-updated","data":{"id":"i1","status":"completed","answered":true,"score":{"value":"3.66666666"}}}`:         {flowd.InterviewToEvaluate, true, 3.67, false},
		`{"event":"interview.score-updated","data":{"id":"i1","status":"completed","answered":true,"score":4}}`:                              {flowd.InterviewToEvaluate, true, 4, false},
		`{"event":"interview.score-updated","data":{"id":"i1","status":"completed","answered":true,"score":{"value":null}}}`:                 {flowd.InterviewToEvaluate, true, 0, false},
		`{"event":"interview.score-updated","data":{"id":"i1","status":"completed","answered":true,"score":{"value":1e400}}}`:                {flowd.InterviewToEvaluate, true, 0, false},
		`{"event":"interview.delete","data":{"id":"i1","status":"completed","answered":true}}`:                                               {flowd.InterviewToEvaluate, true, 0, true},
		`{"event":"interview.score-updated","data":{"id":"i1","deleted":1690003600000}}`:                                                     {flowd.InterviewPending, false, 0, true},
	} {
		b, reply, err := newWebhook(t, hookSecret).Decode(flowd.Delivery{Body: []byte(body), Received: received})
		if err != nil || reply != nil || len(b.Sightings) != 1 {
			t.Errorf("%s: %+v, reply %v, error %v", body, b, reply, err)
			continue
		}
		seen := b.Sightings[0]
		if got := (result{seen.Interview.Status, seen.Interview.Answered, seen.Interview.Score, seen.Interview.Deleted}); got != want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", body, got, want)
		}
		if !seen.At.Equal(received) {
			t.Errorf("%s: seen at %s, without a date it is when it was received", body, seen.At)
		}
	}
}

func TestWebhook_OfNoConcern(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"event":"interview.started","data":{"id":"i1"}}`, `{"event":"position.create"}`, `{"event":"INTERVIEW.FINISH","data":{"id":"i1"}}`} {
		b, reply, err := newWebhook(t, hookSecret).Decode(flowd.Delivery{Body: []byte(body)})
		if err != nil || reply != nil || len(b.Sightings) > 0 {
			t.Errorf("%s: %+v, error %v", body, b, err)
		}
	}
}

func TestWebhook_Undecodable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null`, `[]`, `7`, `"x"`, `{`, finishBody[:200], finishBody + finishBody, `<html>`, "\x00",
		`{}`, `{"event":null,"data":{"id":"i1"}}`, `{"event":{},"data":{"id":"i1"}}`,
		`{"event":"interview.finish"}`, `{"event":"interview.finish","data":null}`, `{"event":"interview.finish","data":[]}`,
		`{"event":"interview.finish","data":"ada@example.com"}`,
		`{"event":"interview.finish","data":{}}`, `{"event":"interview.finish","data":{"id":null}}`, `{"event":"interview.finish","data":{"id":""}}`,
		`{"event":"interview.finish","data":{"id":{"x":1}}}`, `{"event":"interview.finish","data":{"id":"a b"}}`, `{"event":"interview.finish","data":{"id":"ü"}}`,
		`{"event":"interview.finish","data":{"id":"` + strings.Repeat("x", maxHookID+1) + `"}}`,
	} {
		b, _, err := newWebhook(t, hookSecret).Decode(flowd.Delivery{Body: []byte(body)})
		if err == nil || len(b.Sightings) > 0 {
			t.Errorf("%.60s: %+v, error %v", body, b, err)
		}
		wantDiscreet(t, err)
	}
}

// TestWebhook_OfTheSimulator takes what a whole life of an interview sends, in
// both forms of the body, and compares it with what a look tells.
func TestWebhook_OfTheSimulator(t *testing.T) {
	t.Parallel()
	for _, opts := range []sim.Options{{}, {OlderBodies: true, NewerStatus: true}} {
		a := newAccount(t, sim.Schema, opts)
		c := a.client(t)
		hook := newWebhook(t, a.Secret())
		out, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
		if err != nil {
			t.Fatal(err)
		}
		id := out.Interview.ID
		for _, step := range []struct {
			event string
			do    func() error
		}{
			{sim.EventCreate, func() error { return nil }},
			{sim.EventFinish, func() error { return a.Answer(id) }},
			{sim.EventStatusChange, func() error { return nil }},
			{sim.EventScoreUpdated, func() error { return a.Score(id, 3.5) }},
			{sim.EventStatusChange, func() error { return a.Shortlist(id, true) }},
			{sim.EventStatusChange, func() error { return a.Discard(id, true) }},
		} {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			body, signature, err := a.Signed(step.event, id)
			if err != nil {
				t.Fatal(err)
			}
			d := flowd.Delivery{Body: body, Header: http.Header{sim.SignatureHeader: {signature}}}
			if err := hook.Verify(time.Now(), d); err != nil {
				t.Fatal(err)
			}
			b, _, err := hook.Decode(d)
			if err != nil || len(b.Sightings) != 1 {
				t.Fatalf("%+v, error %v", b, err)
			}
			looked, there, err := c.Interview(t.Context(), id)
			if err != nil || !there {
				t.Fatalf("there %v, error %v", there, err)
			}
			if told := b.Sightings[0]; !reflect.DeepEqual(told.Interview, looked.Interview) || told.Candidate.Email != looked.Candidate.Email {
				t.Errorf("%s tells  %+v\na look tells %+v", step.event, told.Interview, looked.Interview)
			}
		}
		if err := a.Delete(id); err != nil {
			t.Fatal(err)
		}
		body, _, err := a.Signed(sim.EventDelete, id)
		if err != nil {
			t.Fatal(err)
		}
		if b, _, err := hook.Decode(flowd.Delivery{Body: body}); err != nil || len(b.Sightings) != 1 || !b.Sightings[0].Interview.Deleted {
			t.Errorf("%+v, error %v", b, err)
		}
	}
}

func FuzzWebhook_Decode(f *testing.F) {
	for _, body := range []string{
		finishBody, `{"event":"interview.create","data":{"id":"i1","archived":true,"score":4}}`, `{"event":"x"}`, `[]`, ``,
		`{"event":"interview.delete","data":{"id":1,"score":{"value":"4,5"},"url":{"public":"javascript:alert(1)"}},"date":1e300}`,
	} {
		f.Add([]byte(body))
	}
	hook := newWebhook(f, hookSecret)
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		d := flowd.Delivery{Body: body, Received: received}
		b, reply, err := hook.Decode(d)
		again, _, _ := hook.Decode(d)
		if !reflect.DeepEqual(b, again) {
			t.Fatalf("decoded twice: %+v and %+v", b, again)
		}
		if reply != nil || len(b.Sightings) > 1 || err != nil && len(b.Sightings) > 0 {
			t.Fatalf("%+v, reply %v, error %v", b, reply, err)
		}
		for _, s := range b.Sightings {
			if !usableID(s.Interview.ID) || s.At.IsZero() || s.Interview.Status == "" || !(s.Interview.Score >= 0 && s.Interview.Score <= 100) {
				t.Fatalf("%+v", s)
			}
			for _, url := range []string{s.Interview.PublicURL, s.Interview.ShortURL, s.Interview.PrivateURL} {
				if url != "" && !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
					t.Fatalf("link %q", url)
				}
			}
		}
	})
}

// A date far ahead would make all that follows seem old: the arrival counts.
func TestWebhook_DateAhead(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w, err := NewWebhook(secret.New("a-secret-of-the-tests"))
	if err != nil {
		t.Fatal(err)
	}
	for ahead, want := range map[time.Duration]time.Time{time.Minute: received.Add(time.Minute), time.Hour: received, -time.Hour: received.Add(-time.Hour)} {
		body := fmt.Appendf(nil, `{"event":"interview.create","data":{"id":"i1"},"date":%d}`, received.Add(ahead).UnixMilli())
		b, _, err := w.Decode(flowd.Delivery{Body: body, Received: received})
		if err != nil || len(b.Sightings) != 1 || !b.Sightings[0].At.Equal(want) {
			t.Errorf("%s ahead: %+v, error %v", ahead, b.Sightings, err)
		}
	}
}
