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

// about is an action about an interview.
func about(kind flowd.ActionKind, interview string) flowd.Action {
	return flowd.Action{
		Key: flowd.ReactionKey(kind, "ats", "app-1", "", interview), Kind: kind, Mode: flowd.Live,
		Application: "app-1", Interview: interview, Position: flowd.Position{ID: "pos-1"},
	}
}

// withInterview is an account with one interview of ours.
func withInterview(t *testing.T, sdl string, opts sim.Options) (a account, d *Driver, id string) {
	t.Helper()
	a = newAccount(t, sdl, opts)
	d = NewDriver(a.client(t))
	out, err := d.Perform(t.Context(), invitation(), of(ada))
	if err != nil {
		t.Fatal(err)
	}
	return a, d, out.Interview.ID
}

// changes counts what took effect, whatever was asked.
func (a account) changes(kinds ...sim.Kind) (n int) {
	for _, arrival := range a.Journal().Arrivals {
		for _, kind := range kinds {
			if arrival.Kind == kind && arrival.Took {
				n++
			}
		}
	}
	return n
}

func TestMark(t *testing.T) {
	t.Parallel()
	for kind, want := range map[flowd.ActionKind]flowd.InterviewStatus{
		flowd.ActionShortlist: flowd.InterviewShortlisted, flowd.ActionDiscard: flowd.InterviewDiscarded,
	} {
		for _, newerWords := range []bool{false, true} {
			a, d, id := withInterview(t, sim.Schema, sim.Options{NewerStatus: newerWords})
			if err := a.Answer(id); err != nil {
				t.Fatal(err)
			}
			order := about(kind, id)
			if _, found, err := d.Find(t.Context(), order, flowd.Application{}); found || err != nil {
				t.Fatalf("%s: found %v before, error %v", kind, found, err)
			}
			for range 2 { // the second time nothing is sent: it would only come back as a webhook
				out, err := d.Perform(t.Context(), order, flowd.Application{})
				if err != nil || out.State != flowd.Done || out.Interview.ID != id || out.Interview.Status != want || !out.Interview.Answered {
					t.Fatalf("%s: %+v, error %v", kind, out, err)
				}
			}
			if n := a.changes(sim.Finalist, sim.Archive); n != 1 {
				t.Errorf("%s: %d changes", kind, n)
			}
			if got, found, err := d.Find(t.Context(), order, flowd.Application{}); !found || err != nil || got.Status != want {
				t.Errorf("%s: found %v %+v, error %v", kind, found, got, err)
			}
		}
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	a, d, id := withInterview(t, sim.Schema, sim.Options{})
	order := about(flowd.ActionWithdraw, id)
	if _, found, err := d.Find(t.Context(), order, flowd.Application{}); found || err != nil {
		t.Fatalf("found %v, error %v", found, err)
	}
	out, err := d.Perform(t.Context(), order, flowd.Application{})
	if err != nil || out.State != flowd.Done || !out.Interview.Deleted || out.Interview.ExternalID != invitation().Key.ExternalID() {
		t.Fatalf("%+v, error %v", out, err)
	}
	if len(a.Interviews("pos-1")) != 0 || len(a.Deleted()) != 1 {
		t.Error("it is there still")
	}
	if got, found, err := d.Find(t.Context(), order, flowd.Application{}); !found || err != nil || !got.Deleted || got.ID != id {
		t.Errorf("found %v %+v, error %v", found, got, err)
	}
	out, err = d.Perform(t.Context(), order, flowd.Application{})
	if err != nil || out.State != flowd.Done || !out.Interview.Deleted {
		t.Errorf("again: %+v, error %v", out, err)
	}
	if n := a.changes(sim.Delete); n != 1 {
		t.Errorf("%d deletions", n)
	}
}

// TestWithdraw_NeverAnAnswer gives each sign of an answer.
func TestWithdraw_NeverAnAnswer(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(account, string) error{
		"answered": func(a account, id string) error { return a.Answer(id) },
		"answered and discarded": func(a account, id string) error {
			if err := a.Answer(id); err != nil {
				return err
			}
			return a.Discard(id, true)
		},
		"shortlisted": func(a account, id string) error { return a.Shortlist(id, true) },
		"scored":      func(a account, id string) error { return a.Score(id, 2) },
	} {
		for _, hidden := range [][]string{nil, {"shortlistedAt:"}, {"answered: Boolean"}} {
			a, d, id := withInterview(t, without(t, sim.Schema, hidden...), sim.Options{})
			if err := do(a, id); err != nil {
				t.Fatal(err)
			}
			out, err := d.Perform(t.Context(), about(flowd.ActionWithdraw, id), flowd.Application{})
			if hidden != nil && hidden[0] == "answered: Boolean" {
				// Every way to read it is refused, so nothing is deleted blindly.
				if err == nil {
					t.Errorf("%s: %+v without reading", name, out)
				}
			} else if err != nil || out.State != flowd.Cancelled || out.Reason != flowd.ReasonAnsweredSince || out.Interview.ID != id || out.Interview.Deleted {
				t.Errorf("%s, without %v: %+v, error %v", name, hidden, out, err)
			}
			if a.Journal().Count(sim.Delete) != 0 {
				t.Errorf("%s, without %v: a deletion was sent", name, hidden)
			}
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	a, d, id := withInterview(t, sim.Schema, sim.Options{})
	if err := a.Answer(id); err != nil {
		t.Fatal(err)
	}
	order := about(flowd.ActionShare, id)
	if _, found, err := d.Find(t.Context(), order, flowd.Application{}); found || err != nil {
		t.Fatalf("found %v, error %v", found, err)
	}
	var first string
	for range 2 {
		out, err := d.Perform(t.Context(), order, flowd.Application{})
		if err != nil || out.State != flowd.Done || out.Interview.ID != id {
			t.Fatalf("%+v, error %v", out, err)
		}
		shared := a.Interviews("pos-1")[0].Shared
		if first == "" {
			first = shared.URL
		}
		if shared.URL != first || shared.Expires.Before(time.Now().Add(74*day)) || shared.Expires.After(time.Now().Add(76*day)) {
			t.Errorf("shared %+v, first was %s", shared, first)
		}
		if strings.Contains(out.Detail, "/shared/") {
			t.Errorf("the link is in the detail %q", out.Detail)
		}
	}
	if _, found, err := d.Find(t.Context(), order, flowd.Application{}); !found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
	c := d.client
	for _, tc := range []struct {
		days  int
		least time.Duration
		fresh bool
	}{{75, 70 * day, false}, {75, 80 * day, true}, {200, 100 * day, true}, {0, 150 * day, false}, {30, 300 * day, true}} {
		before := a.Interviews("pos-1")[0].Shared
		url, until, err := c.Share(t.Context(), id, tc.days, tc.least)
		is := a.Interviews("pos-1")[0].Shared
		if err != nil || url != is.URL || until.UnixMilli() != is.Expires.UnixMilli() {
			t.Errorf("%+v: %s until %s, error %v; there is %+v", tc, url, until, err, is)
		}
		if (is.URL != before.URL) != tc.fresh {
			t.Errorf("%+v: a new link %v", tc, is.URL != before.URL)
		}
	}
	_, _, err := c.Share(t.Context(), "no-such-id", 75, day)
	wantFault(t, err, fault.NotFound)
}

// TestShare_Renewed replaces what will have ended too soon.
func TestShare_Renewed(t *testing.T) {
	t.Parallel()
	_, d, id := withInterview(t, sim.Schema, sim.Options{})
	order := about(flowd.ActionShare, id)
	short, _, err := d.client.Share(t.Context(), id, 5, day)
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := d.Find(t.Context(), order, flowd.Application{}); found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
	if _, err := d.Perform(t.Context(), order, flowd.Application{}); err != nil {
		t.Fatal(err)
	}
	url, until, err := d.client.Share(t.Context(), id, 75, day)
	if err != nil || url == short || until.Before(time.Now().Add(74*day)) {
		t.Errorf("%s until %s, error %v", url, until, err)
	}
}

// TestShare_EndUnknown: of a link whose end is not told nobody knows whether it
// lives, so that whoever needs one gets a new one.
func TestShare_EndUnknown(t *testing.T) {
	t.Parallel()
	sdl := sim.Schema
	at := strings.Index(sdl, "type ExternalLink {")
	_, d, id := withInterview(t, sdl[:at]+strings.Replace(sdl[at:], "  expires: Timestamp\n", "", 1), sim.Options{})
	first, until, err := d.client.Share(t.Context(), id, 75, day)
	if err != nil || until.Before(time.Now().Add(74*day)) {
		t.Fatalf("%s until %s, error %v", first, until, err)
	}
	if second, _, err := d.client.Share(t.Context(), id, 75, day); err != nil || second == first {
		t.Errorf("%s again, error %v", second, err)
	}
	if _, found, err := d.Find(t.Context(), about(flowd.ActionShare, id), flowd.Application{}); !found || err != nil {
		t.Errorf("found %v, error %v", found, err)
	}
}

// TestKinds_Gone: an interview that is not there any more ends the action, and
// holds neither a position nor a queue.
func TestKinds_Gone(t *testing.T) {
	t.Parallel()
	for _, kind := range []flowd.ActionKind{flowd.ActionShare, flowd.ActionShortlist, flowd.ActionDiscard} {
		a, d, id := withInterview(t, sim.Schema, sim.Options{})
		if err := a.Delete(id); err != nil {
			t.Fatal(err)
		}
		out, err := d.Perform(t.Context(), about(kind, id), flowd.Application{})
		if err != nil || out.State != flowd.Cancelled || out.Reason != flowd.ReasonGone || out.Interview.ID != id || !out.Interview.Deleted {
			t.Errorf("%s: %+v, error %v", kind, out, err)
		}
		if _, found, err := d.Find(t.Context(), about(kind, id), flowd.Application{}); found || err != nil {
			t.Errorf("%s: found %v, error %v", kind, found, err)
		}
	}
}

// TestKinds_GoneMeanwhile loses the interview between the look and the call.
func TestKinds_GoneMeanwhile(t *testing.T) {
	t.Parallel()
	for kind, want := range map[flowd.ActionKind]flowd.ActionState{
		flowd.ActionShare: flowd.Cancelled, flowd.ActionShortlist: flowd.Cancelled,
		flowd.ActionDiscard: flowd.Cancelled, flowd.ActionWithdraw: flowd.Done,
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body := make([]byte, 4096)
			n, _ := r.Body.Read(body)
			switch sent := string(body[:n]); {
			case strings.Contains(sent, "mutation "):
				answer(http.StatusOK, `{"data":{"Interview":null},"errors":[{"message":"Interview not found","code":404,"path":["Interview"]}]}`)(w, r)
			case strings.Contains(sent, "externalLink"):
				answer(http.StatusOK, `{"data":{"interview":{"externalLink":null}}}`)(w, r)
			default:
				answer(http.StatusOK, `{"data":{"interview":{"id":"i1","status":"pending","answered":false}}}`)(w, r)
			}
		})
		out, err := NewDriver(c).Perform(t.Context(), about(kind, "i1"), flowd.Application{})
		if err != nil || out.State != want || !out.Interview.Deleted {
			t.Errorf("%s: %+v, error %v", kind, out, err)
		}
	}
}

// TestKinds_Faults: a change is sent once, and what leaves open whether it took
// effect is uncertain; looking then tells.
func TestKinds_Faults(t *testing.T) {
	t.Parallel()
	kinds := map[flowd.ActionKind]sim.Kind{
		flowd.ActionShare: sim.Share, flowd.ActionShortlist: sim.Finalist, flowd.ActionDiscard: sim.Archive, flowd.ActionWithdraw: sim.Delete,
	}
	for kind, arrives := range kinds {
		for name, tc := range map[string]struct {
			effect sim.Effect
			kind   fault.Kind
			took   bool
		}{
			"closed before": {sim.Effect{Answer: sim.Closed}, fault.Uncertain, false},
			"closed after":  {sim.Effect{Answer: sim.Closed, Applied: true}, fault.Uncertain, true},
			"error before":  {sim.Effect{Answer: sim.ServerError}, fault.Uncertain, false},
			"error after":   {sim.Effect{Answer: sim.InternalError, Applied: true}, fault.Uncertain, true},
			"login page":    {sim.Effect{Answer: sim.NotJSON}, fault.Uncertain, false},
			"too fast":      {sim.Effect{Answer: sim.RateLimited}, fault.RateLimited, false},
			"key refused":   {sim.Effect{Answer: sim.Unauthorized}, fault.Unauthorized, false},
		} {
			a, d, id := withInterview(t, sim.Schema, sim.Options{})
			a.SetFault(sim.On(arrives, sim.Script(tc.effect)))
			_, err := d.Perform(t.Context(), about(kind, id), flowd.Application{})
			wantFault(t, err, tc.kind)
			if n := a.Journal().Count(arrives); n > 1 {
				t.Errorf("%s, %s: sent %d times", kind, name, n)
			}
			_, found, err := d.Find(t.Context(), about(kind, id), flowd.Application{})
			if err != nil || found != tc.took {
				t.Errorf("%s, %s: found %v, error %v, want %v", kind, name, found, err, tc.took)
			}
		}
	}
}

// TestKinds_Answers are answers that no simulator gives.
func TestKinds_Answers(t *testing.T) {
	t.Parallel()
	failed := func(code string) string {
		return `{"data":{"Interview":{"finalist":null}},"errors":[{"message":"no","code":` + code + `,"path":["Interview","finalist"]}]}`
	}
	for body, kind := range map[string]fault.Kind{
		`{"data":{"Interview":null}}`:              fault.Uncertain,
		`{"data":{"Interview":{"finalist":null}}}`: fault.Uncertain,
		`{"data":{}}`: fault.Uncertain,
		failed("400"): fault.Invalid, // of the field itself: it did not run
		failed("401"): fault.Unauthorized,
		failed("409"): fault.Unknown,
		failed("500"): fault.Uncertain,
		failed("7"):   fault.Unknown,
		`{"errors":[{"message":"Cannot query field \"finalist\" on type \"InterviewNestedMutation\"."}]}`:                              fault.Unknown,
		`{"data":{"Interview":{"finalist":{"id":"i1"}}},"errors":[{"message":"no","code":400,"path":["Interview","finalist","url"]}]}`: fault.Uncertain,
	} {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent := make([]byte, 4096)
			n, _ := r.Body.Read(sent)
			if strings.Contains(string(sent[:n]), "mutation ") {
				answer(http.StatusOK, body)(w, r)
				return
			}
			answer(http.StatusOK, `{"data":{"interview":{"id":"i1","status":"completed","answered":true}}}`)(w, r)
		})
		out, err := NewDriver(c).Perform(t.Context(), about(flowd.ActionShortlist, "i1"), flowd.Application{})
		if fault.KindOf(err) != kind {
			t.Errorf("%s: %+v, %v; want %s", body, out, err, kind)
		}
		wantDiscreet(t, err)
	}
}

// TestWithdraw_Answer: an answer that is no clear yes is looked after.
func TestWithdraw_Answer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, deletes string
		gone          bool
		kind          fault.Kind
	}{
		{"null, gone", `{"data":{"Interview":{"delete":null}}}`, true, ""},
		{"null, there", `{"data":{"Interview":{"delete":null}}}`, false, fault.Uncertain},
		{"false, there", `{"data":{"Interview":{"delete":false}}}`, false, fault.Uncertain},
		{"true", `{"data":{"Interview":{"delete":true}}}`, false, ""},
		{"its id", `{"data":{"Interview":{"delete":"i1"}}}`, false, ""},
		{"an object", `object`, false, ""},
	} {
		deleted := false
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent := make([]byte, 4096)
			n, _ := r.Body.Read(sent)
			switch text := string(sent[:n]); {
			case tc.deletes == "object" && strings.Contains(text, "FlowdDeleteObject"):
				answer(http.StatusOK, `{"data":{"Interview":{"delete":{"__typename":"InterviewType"}}}}`)(w, r)
			case tc.deletes == "object" && strings.Contains(text, "mutation "):
				answer(http.StatusOK, `{"errors":[{"message":"Field \"delete\" of type \"InterviewType\" must have a selection of subfields."}]}`)(w, r)
			case strings.Contains(text, "mutation "):
				deleted = tc.gone
				answer(http.StatusOK, tc.deletes)(w, r)
			case deleted:
				answer(http.StatusOK, `{"data":{"interview":null}}`)(w, r)
			default:
				answer(http.StatusOK, `{"data":{"interview":{"id":"i1","status":"pending","answered":false}}}`)(w, r)
			}
		})
		out, err := NewDriver(c).Perform(t.Context(), about(flowd.ActionWithdraw, "i1"), flowd.Application{})
		if fault.KindOf(err) != tc.kind || err == nil && (out.State != flowd.Done || !out.Interview.Deleted) {
			t.Errorf("%s: %+v, error %v", tc.name, out, err)
		}
	}
}

func TestDriver_OtherActions(t *testing.T) {
	t.Parallel()
	d := NewDriver(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		t.Error("something was sent")
		w.WriteHeader(http.StatusTeapot)
	}))
	for _, order := range []flowd.Action{about(flowd.ActionNote, "i1"), about(flowd.ActionNotify, "i1"), about(flowd.ActionWithdraw, ""), about(flowd.ActionShare, "")} {
		_, err := d.Perform(t.Context(), order, flowd.Application{})
		wantFault(t, err, fault.Internal)
		_, found, err := d.Find(t.Context(), order, flowd.Application{})
		wantFault(t, err, fault.Internal)
		if found {
			t.Errorf("%s found", order.Kind)
		}
	}
}

// TestPerform_Silent: who is to be written to by the ATS alone never gets
// Hireflix's e-mail, whatever the schema knows.
func TestPerform_Silent(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, rich bool) {
		a := newAccount(t, sim.Schema, sim.Options{})
		order := invitation()
		order.Silent = true
		out, err := NewDriver(introspected(t, a.client(t), rich)).Perform(t.Context(), order, of(ada))
		if err != nil || out.State != flowd.Done || a.Mails() != 0 {
			t.Errorf("%+v, %d mails, error %v", out, a.Mails(), err)
		}
	})
	c := serve(t, answer(http.StatusOK, `{"errors":[{"message":"Variable \"$input\" got invalid value {}; Field \"disableNotifications\" is not defined by type \"InviteCandidateToInterviewInput\"."}]}`))
	c.rich.Store(true)
	order := invitation()
	order.Silent = true
	_, err := NewDriver(c).Perform(t.Context(), order, of(ada))
	wantFault(t, err, fault.Internal)
	if !strings.Contains(err.Error(), "without its e-mail") || !c.rich.Load() {
		t.Errorf("rich %v, error %v", c.rich.Load(), err)
	}
}
