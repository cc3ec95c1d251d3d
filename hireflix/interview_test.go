package hireflix

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/fault"
)

func TestInterview(t *testing.T) {
	t.Parallel()
	for name, hidden := range map[string][]string{
		"whole": nil, "without discardedAt": {"discardedAt: Timestamp"}, "without score": {"score: InterviewScore"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t, without(t, sim.Schema, hidden...), sim.Options{})
			c := a.client(t)
			out, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Answer(out.Interview.ID); err != nil {
				t.Fatal(err)
			}
			before := len(a.Journal().Arrivals)
			for range 2 {
				seen, there, err := c.Interview(t.Context(), out.Interview.ID)
				if err != nil || !there || !seen.Interview.Answered || seen.Interview.Status != flowd.InterviewToEvaluate ||
					seen.Interview.ExternalID != invitation().Key.ExternalID() || seen.Candidate.Email != "ada.lovestone@example.com" {
					t.Errorf("there %v %+v, error %v", there, seen, err)
				}
				if name == "whole" && (seen.Interview.Position != (flowd.Position{ID: "pos-1", Name: "Engineer"}) || seen.Candidate.FirstName != "Adalyn") {
					t.Errorf("%+v", seen)
				}
			}
			if n, most := len(a.Journal().Arrivals)-before, 2+2*len(hidden); n > most {
				t.Errorf("%d requests: what is refused is not remembered", n)
			}
			if _, there, err := c.Interview(t.Context(), "no-such-id"); there || err != nil {
				t.Errorf("there %v, error %v", there, err)
			}
		})
	}
}

func TestInterview_Answers(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]fault.Kind{
		`{"data":{"interview":null}}`: "",
		`{"data":{"interview":null},"errors":[{"message":"nobody","code":404,"path":["interview"]}]}`: "",
		`{"data":{"interview":{"id":null}}}`: fault.Unknown,
		`{"data":{"interview":null},"errors":[{"message":"broken","code":500,"path":["interview"]}]}`: fault.Unavailable,
		`{"message":"Unauthorized"}`: fault.Unauthorized,
	} {
		_, there, err := serve(t, answer(http.StatusOK, body)).Interview(t.Context(), "i1")
		wantFault(t, err, kind)
		if there {
			t.Errorf("%s: there", body)
		}
	}
}

func TestTranscriptAndDuration(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{TranscribeAfter: -1})
	c := a.client(t)
	made, err := a.InviteByHand("pos-1", sim.Candidate{Email: "ada.lovestone@example.com", FirstName: "Adalyn"})
	if err != nil {
		t.Fatal(err)
	}
	check := func(wantReady bool, wantText string, wantDuration time.Duration) {
		t.Helper()
		text, ready, err := c.Transcript(t.Context(), made.ID)
		if err != nil || ready != wantReady || text != wantText {
			t.Errorf("%q, ready %v, error %v; want %q, %v", text, ready, err, wantText, wantReady)
		}
		if d, err := c.Duration(t.Context(), made.ID); err != nil || d != wantDuration {
			t.Errorf("duration %s, error %v; want %s", d, err, wantDuration)
		}
	}
	check(false, "", 0)
	if err := a.Answer(made.ID); err != nil {
		t.Fatal(err)
	}
	check(false, "", 70*time.Second)
	if err := a.Transcribe(made.ID, "I am one of the cast.", "It is near."); err != nil {
		t.Fatal(err)
	}
	check(true, "Who are you?\nI am one of the cast.\n\nWhy this job?\nIt is near.", 70*time.Second)
	_, _, err = c.Transcript(t.Context(), "no-such-id")
	wantFault(t, err, fault.NotFound)
	_, err = c.Duration(t.Context(), "no-such-id")
	wantFault(t, err, fault.NotFound)
}

func TestTranscript_Answers(t *testing.T) {
	t.Parallel()
	for questions, want := range map[string]struct {
		text  string
		ready bool
	}{
		`null`: {"", false}, `[]`: {"", false}, `[null]`: {"", false}, `[{"answer":null}]`: {"", false},
		`[{"title":"A","answer":{"transcription":{"text":"x"}}},{"title":"B","answer":{"transcription":null}}]`: {"A\nx", false},
		`[{"title":"A","answer":{"transcription":{"text":"x"}}},{"title":"B","answer":null}]`:                   {"A\nx", true},
		`[{"title":null,"answer":{"transcription":{"text":" x "}}}]`:                                            {"x", true},
		`[{"title":"A","answer":{"transcription":{"text":null}}}]`:                                              {"", true}, // silence
	} {
		text, ready, err := serve(t, answer(http.StatusOK, `{"data":{"interview":{"questions":`+questions+`}}}`)).Transcript(t.Context(), "i1")
		if err != nil || text != want.text || ready != want.ready {
			t.Errorf("%s: %q, ready %v, error %v", questions, text, ready, err)
		}
	}
}

// TestDuration_Unit: seconds, unless that would be longer than anybody talks.
func TestDuration_Unit(t *testing.T) {
	t.Parallel()
	for durations, want := range map[[2]string]time.Duration{
		{"63.4", "20"}: 83400 * time.Millisecond, {"63400", "9000"}: 72400 * time.Millisecond, {`"12.5"`, "null"}: 12500 * time.Millisecond,
		{"-4", `"x"`}: 0, {"1e12", "0"}: 0,
	} {
		d, err := serve(t, answer(http.StatusOK, `{"data":{"interview":{"questions":[{"answer":{"meta":{"duration":`+durations[0]+`}}},{"answer":{"meta":null}},{"answer":{"meta":{"duration":`+durations[1]+`}}}]}}}`)).Duration(t.Context(), "i1")
		if err != nil || d != want {
			t.Errorf("%v: %s, error %v, want %s", durations, d, err, want)
		}
	}
}

func TestTracking(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{})
	if _, err := a.AddPosition(sim.Position{ID: "mute", Name: "Mute", NoMessages: true}); err != nil {
		t.Fatal(err)
	}
	c := a.client(t)
	for position, want := range map[string]int{"pos-1": 1, "mute": 0} {
		order := invitation()
		order.Position.ID = position
		out, err := NewDriver(c).Perform(t.Context(), order, of(ada))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.Tracking(t.Context(), out.Interview.ID); err != nil || n != want {
			t.Errorf("%s: %d messages, error %v, want %d", position, n, err, want)
		}
	}
	_, err := c.Tracking(t.Context(), "no-such-id")
	wantFault(t, err, fault.NotFound)
	_, err = serve(t, answer(http.StatusOK, `{"data":{"interview":{"tracking":null}}}`)).Tracking(t.Context(), "i1")
	wantFault(t, err, fault.Unknown) // not told is not none
	_, err = newAccount(t, without(t, sim.Schema, "tracking: "), sim.Options{}).client(t).Tracking(t.Context(), "i1")
	wantFault(t, err, fault.Unknown)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for name, hidden := range map[string][]string{"period": nil, "no period": {"period: "}} {
		a := newAccount(t, without(t, sim.Schema, hidden...), sim.Options{Now: func() time.Time { return now }})
		c := a.client(t)
		if _, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada)); err != nil {
			t.Fatal(err)
		}
		u, err := c.Usage(t.Context())
		if err != nil || u.Invites != 1 || (name == "period") == u.From.IsZero() || u.From.After(now) || name == "period" && u.To.Before(now) {
			t.Errorf("%s: %+v, error %v", name, u, err)
		}
	}
	_, err := newAccount(t, without(t, sim.Schema, "usage: Usage"), sim.Options{}).client(t).Usage(t.Context())
	wantFault(t, err, fault.Unknown)
	for body, kind := range map[string]fault.Kind{
		`{"data":{"usage":null}}`:                                       fault.Unknown,
		`{"data":{"usage":{"interviews":"many"}}}`:                      fault.Unknown,
		`{"data":{"usage":{"interviews":-1,"period":[]}}}`:              fault.Unknown,
		`{"data":{"usage":{"interviews":12,"period":[2,1]}}}`:           "",
		`{"data":{"usage":{"interviews":12,"period":null}}}`:            "",
		`{"message":"Forbidden"}`:                                       fault.Unauthorized,
		`{"errors":[{"message":"broken","code":500,"path":["usage"]}]}`: fault.Unavailable,
	} {
		u, err := serve(t, answer(http.StatusOK, body)).Usage(t.Context())
		wantFault(t, err, kind)
		if kind == "" && (u.Invites != 12 || !u.From.IsZero()) || kind != "" && u != (Usage{}) {
			t.Errorf("%s: %+v", body, u)
		}
	}
}

func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{})
	got, err := a.client(t).WebhookSecret(t.Context())
	if err != nil || got.Reveal() != a.Secret() {
		t.Errorf("error %v, equal %v", err, got.Reveal() == a.Secret())
	}
	_, err = serve(t, answer(http.StatusOK, `{"data":{"webhookSecretKey":null}}`)).WebhookSecret(t.Context())
	wantFault(t, err, fault.NotFound)
	_, err = newAccount(t, without(t, sim.Schema, "webhookSecretKey"), sim.Options{}).client(t).WebhookSecret(t.Context())
	wantFault(t, err, fault.Unknown)
	if err != nil && !strings.Contains(err.Error(), "newer version") {
		t.Errorf("error %v", err)
	}
}
