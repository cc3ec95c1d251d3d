package web_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
	"flowd/state"
)

// serve replaces the desk's rules.
func (d *desk) serve(text string) {
	d.t.Helper()
	set, problems := rules.Compile([]rules.File{{Name: "rules.yaml", Data: []byte(text)}}, rules.Options{})
	if strictyaml.HasErrors(problems) {
		d.t.Fatal(strictyaml.Render(problems))
	}
	d.set, _, _ = set.Bind([]flowd.Position{{ID: "pos-ae", Name: "AE screening"}, {ID: "pos-b", Name: "B"}}, nil)
}

// The tree of a condition shows what was read: names, addresses and numbers only
// to whom they may be shown.
func TestAPI_MasksPeopleInTheTree(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.serve(`version: 1
owner: ops
rules:
  - id: video
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
    if: candidate.email endsWith "example.com" and candidate.first_name == "Rosa" and candidate.name != "" and not (candidate.last_name == "Fields") and field("Desk") == "north"
`)
	d.move("rosa", "LinkedIn", flowd.Field{Name: "Desk", Value: "north"})
	text := d.raw("/api/v1/explain", url.Values{"x": {"rosa"}})
	for _, personal := range []string{"rosa@example.com", `\"Rosa\"`, "Rosa Field", `\"Field\"`} {
		if i := strings.Index(text, `"value":"`+personal); i >= 0 || strings.Contains(text, "rosa@") {
			t.Errorf("the tree shows %s: %s", personal, text)
		}
	}
	if !strings.Contains(text, `\"north\"`) {
		t.Errorf("the tree hides what is nobody's name: %s", text)
	}
	if text := d.raw("/api/v1/explain", url.Values{"x": {"rosa"}, "show": {"1"}}); !strings.Contains(text, `\"rosa@example.com\"`) {
		t.Errorf("the tree hides the address although asked: %s", text)
	}
}

const clashRules = `version: 1
owner: ops
rules:
  - id: one
    stage: Video
    pairs: [{job: AE, position: pos-ae}]
  - id: two
    stage: Video
    pairs: [{job: AE, position: pos-b}]
`

// The key of a list is one line's: an order about it touches no other line of
// the same person.
func TestAPI_AnOrderByKeyIsAboutOneLine(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.serve(clashRules)
	d.move("rosa", "LinkedIn")
	held := d.list(url.Values{"state": {"held"}})
	if len(held) != 2 {
		t.Fatalf("%d lines are held, want the two rules that disagree", len(held))
	}
	var list web.List
	order := web.Order{Verb: state.Release, Who: held[0].Key, By: "tester"}
	if err := d.client.Post(t.Context(), "/api/v1/amend", order, &list); err != nil {
		t.Fatal(err)
	}
	if left := d.list(url.Values{"state": {"held"}}); len(left) != 1 || left[0].Key != held[1].Key {
		t.Errorf("the order about %s left %+v", held[0].Key, left)
	}
}

// Which of two positions is meant, an order that names neither does not say: it is
// refused, until the rules choose, and chance sends nothing.
func TestAPI_AReleaseDoesNotChooseBetweenRules(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.serve(clashRules)
	d.move("rosa", "LinkedIn")
	for _, order := range []web.Order{{Who: "rosa@example.com"}, {Reason: "conflict"}} {
		order.Verb, order.By = state.Release, "tester"
		var list web.List
		if err := d.client.Post(t.Context(), "/api/v1/amend", order, &list); err == nil || !strings.Contains(err.Error(), "two rules name different positions") {
			t.Errorf("%+v: %v, %d lines", order, err, len(list.Entries))
		}
	}
	if held := d.list(url.Values{"state": {"held"}}); len(held) != 2 {
		t.Errorf("%d lines are held, want both", len(held))
	}
	var list web.List
	one := web.Order{Verb: state.Release, Rule: "one", By: "tester"}
	if err := d.client.Post(t.Context(), "/api/v1/amend", one, &list); err != nil || len(list.Entries) != 1 {
		t.Errorf("one of the two: %v, %d lines", err, len(list.Entries))
	}

	d.move("finn", "LinkedIn")
	d.serve(strings.ReplaceAll(clashRules, "stage: Video", "stage: Video\n    group: ae"))
	mended := web.Order{Verb: state.Release, Who: "finn@example.com", By: "tester"}
	if err := d.client.Post(t.Context(), "/api/v1/amend", mended, &list); err != nil || len(list.Entries) != 2 {
		t.Errorf("after the rules were mended: %v, %d lines", err, len(list.Entries))
	}
}

// Who cancelled somebody by mistake can take it back.
func TestAPI_ReleasesWhatAPersonCancelled(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	var list web.List
	for _, verb := range []state.Verb{state.Cancel, state.Release} {
		if err := d.client.Post(t.Context(), "/api/v1/amend", web.Order{Verb: verb, Who: "rosa", By: "tester"}, &list); err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
	}
	if waiting := d.list(url.Values{"state": {"waiting"}}); len(waiting) != 1 {
		t.Errorf("after cancelling and releasing: %+v", waiting)
	}
}

// A pause stands above an order about one person, and the person at the keyboard
// hears that nothing happened.
func TestAPI_AnOrderThatChangesNothingSaysSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.move("rosa", "LinkedIn")
	var stops []web.Stop
	if err := d.client.Post(t.Context(), "/api/v1/pause", web.PauseOrder{Rule: "video", By: "tester"}, &stops); err != nil {
		t.Fatal(err)
	}
	var list web.List
	err := d.client.Post(t.Context(), "/api/v1/amend", web.Order{Verb: state.Release, Who: "rosa", By: "tester"}, &list)
	if err == nil || !strings.Contains(err.Error(), "resume") {
		t.Errorf("releasing what a pause holds: %v; want what to do", err)
	}
}

// Resuming a rule that does not exist is a slip, unless an old pause names it.
func TestAPI_ResumeOfASlip(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var stops []web.Stop
	if err := d.client.Post(t.Context(), "/api/v1/pause", web.PauseOrder{Rule: "vidoe", Resume: true, By: "tester"}, &stops); err == nil || !strings.Contains(err.Error(), "video") {
		t.Errorf("a rule that does not exist was resumed: %v", err)
	}
	if err := d.client.Post(t.Context(), "/api/v1/pause", web.PauseOrder{Rule: "video", By: "tester"}, &stops); err != nil {
		t.Fatal(err)
	}
	d.serve(clashRules) // the rule is gone, its pause is not
	if err := d.client.Post(t.Context(), "/api/v1/pause", web.PauseOrder{Rule: "video", Resume: true, By: "tester"}, &stops); err != nil || len(stops) != 0 {
		t.Errorf("the pause of a rule that is gone: %v, left %+v", err, stops)
	}
}

// A large state takes longer to send than an ordinary answer may.
func TestAPI_BackupOutlastsTheWriteTimeout(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	o := d.options()
	o.Store = snapshots{o.Store}
	srv := httptest.NewUnstartedServer(web.Admin(o))
	srv.Config.WriteTimeout = time.Nanosecond
	srv.Start()
	t.Cleanup(srv.Close)
	var got bytes.Buffer
	n, err := web.NewClient(srv.URL, "", http.DefaultTransport).Download(t.Context(), "/api/v1/backup", &got)
	if err != nil || n != int64(len(snapshot)) || got.String() != snapshot {
		t.Errorf("%d bytes: %v", n, err)
	}
}

const snapshot = "a copy of the state"

type snapshots struct{ state.Store }

func (snapshots) Snapshot(_ context.Context, w io.Writer) (int64, error) {
	n, err := io.WriteString(w, snapshot)
	return int64(n), err
}
