package hireflix

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"flowd"
	"flowd/hireflix/sim"
	"flowd/internal/fault"
)

// account is a simulated account with the position of invitation().
type account struct {
	*sim.Server
	url string
}

func newAccount(t testing.TB, sdl string, opts sim.Options) account {
	t.Helper()
	opts.Key, opts.Hang = testKey, 10*time.Second
	server, err := sim.NewWithSchema(sdl, opts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.AddPosition(sim.Position{ID: "pos-1", Name: "Engineer"}); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	t.Cleanup(server.Close)
	return account{server, web.URL + "/me"}
}

// without removes fields, each by the start of its line, with their
// descriptions.
func without(t testing.TB, sdl string, fields ...string) string {
	t.Helper()
	lines := strings.Split(sdl, "\n")
	for _, field := range fields {
		at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), field) })
		if at < 0 {
			t.Fatalf("the schema has no line %q", field)
		}
		from := at
		if strings.HasPrefix(strings.TrimSpace(lines[at-1]), `"`) {
			from--
		}
		lines = slices.Delete(lines, from, at+1)
	}
	return strings.Join(lines, "\n")
}

func (a account) client(t testing.TB) *Client { return newTestClient(t, options(a.url)) }

// both runs a test with the minimal and with the rich invite.
func both(t *testing.T, test func(t *testing.T, rich bool)) {
	for name, rich := range map[string]bool{"minimal": false, "rich": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, rich)
		})
	}
}

func introspected(t *testing.T, c *Client, want bool) *Client {
	t.Helper()
	if !want {
		return c
	}
	if detailed, err := c.Introspect(t.Context()); err != nil || !detailed {
		t.Fatalf("detailed %v, error %v", detailed, err)
	}
	return c
}

func TestPerform_Invites(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, rich bool) {
		a := newAccount(t, sim.Schema, sim.Options{})
		driver := NewDriver(introspected(t, a.client(t), rich))
		out, err := driver.Perform(t.Context(), invitation(), of(ada))
		if err != nil {
			t.Fatal(err)
		}
		there := a.Interviews("pos-1")
		if len(there) != 1 {
			t.Fatalf("%d interviews", len(there))
		}
		made := there[0]
		if made.Email != "ada.lovestone@example.com" || made.FirstName != "Adalyn" || made.LastName != "Lovestone" ||
			made.Phone != "+12015550123" || made.ExternalID != invitation().Key.ExternalID() {
			t.Errorf("Hireflix got %+v", made)
		}
		if out.State != flowd.Done || out.Detail != "" || out.Interview.ID != made.ID || out.Interview.ExternalID != made.ExternalID ||
			out.Interview.PublicURL != made.URL || !strings.HasPrefix(out.Interview.ShortURL, "https://") {
			t.Errorf("outcome %+v", out)
		}
		if rich && (out.Interview.PrivateURL == "" || out.Interview.Status != flowd.InterviewPending || out.Interview.CreatedAt.IsZero()) {
			t.Errorf("outcome %+v", out)
		}
	})
}

func TestPerform_SaysWhatWasDropped(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{})
	someone := ada
	someone.Phone, someone.Country = "201 555 0123", ""
	out, err := NewDriver(a.client(t)).Perform(t.Context(), invitation(), of(someone))
	if err != nil {
		t.Fatal(err)
	}
	if out.Detail != "phone dropped: not an international number" || a.Interviews("pos-1")[0].Phone != "" {
		t.Errorf("detail %q, phone %q", out.Detail, a.Interviews("pos-1")[0].Phone)
	}
}

func TestPerform_Members(t *testing.T) {
	t.Parallel()
	byHand := sim.Candidate{Email: "Ada.Lovestone@example.com", FirstName: "Adalyn"}
	for name, tc := range map[string]struct {
		prepare func(*testing.T, account, *Driver)
		effect  sim.Effect // of the invite
		kind    fault.Kind
	}{
		"address exists": {prepare: func(t *testing.T, a account, _ *Driver) {
			if _, err := a.InviteByHand("pos-1", byHand); err != nil {
				t.Fatal(err)
			}
		}, kind: fault.Conflict},
		"external id exists": {prepare: func(t *testing.T, _ account, d *Driver) {
			other := ada
			other.Email = "ada.other@example.com"
			if _, err := d.Perform(t.Context(), invitation(), of(other)); err != nil {
				t.Fatal(err)
			}
		}, kind: fault.Conflict},
		"quota": {prepare: func(_ *testing.T, a account, _ *Driver) { a.SetQuota(0) }, kind: fault.Quota},
		"archived": {prepare: func(t *testing.T, a account, _ *Driver) {
			if err := a.ArchivePosition("pos-1"); err != nil {
				t.Fatal(err)
			}
		}, kind: fault.NotReady},
		"unknown member": {effect: sim.Effect{Answer: sim.UnknownMember}, kind: fault.Unknown},
		"rate": {effect: sim.Effect{Answer: sim.RateLimited, RetryAfter: 7 * time.Second},
			kind: fault.RateLimited},
		"fault before it took effect": {effect: sim.Effect{Answer: sim.ServerError}, kind: fault.Uncertain},
		"fault after it took effect":  {effect: sim.Effect{Answer: sim.ServerError, Applied: true}, kind: fault.Uncertain},
		"internal error":              {effect: sim.Effect{Answer: sim.InternalError}, kind: fault.Uncertain},
		"closed":                      {effect: sim.Refuse(), kind: fault.Uncertain},
		"not json":                    {effect: sim.Effect{Answer: sim.NotJSON, Applied: true}, kind: fault.Uncertain},
		"oversized":                   {effect: sim.Effect{Answer: sim.Oversized, Applied: true}, kind: fault.Uncertain},
		"unauthorized":                {effect: sim.Effect{Answer: sim.Unauthorized}, kind: fault.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, rich bool) {
				a := newAccount(t, sim.Schema, sim.Options{QuotedCodes: rich})
				driver := NewDriver(introspected(t, a.client(t), rich))
				if tc.prepare != nil {
					tc.prepare(t, a, driver)
				}
				a.SetFault(sim.On(sim.Invite, sim.Script(tc.effect)))
				before := len(a.Journal().Arrivals)
				out, err := driver.Perform(t.Context(), invitation(), of(ada))
				wantFault(t, err, tc.kind)
				if out.State != "" {
					t.Errorf("an outcome beside the error: %+v", out)
				}
				if arrived := len(a.Journal().Arrivals) - before; arrived != 1 {
					t.Errorf("%d requests arrived, want 1", arrived)
				}
				if tc.kind == fault.RateLimited && fault.RetryAfter(err) != 7*time.Second {
					t.Errorf("Retry-After is %s", fault.RetryAfter(err))
				}
			})
		})
	}
}

func TestPerform_NoSuchPosition(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, rich bool) {
		a := newAccount(t, sim.Schema, sim.Options{})
		driver := NewDriver(introspected(t, a.client(t), rich))
		action := invitation()
		action.Position.ID = "gone"
		_, err := driver.Perform(t.Context(), action, of(ada))
		wantFault(t, err, fault.NotFound)
		if _, found, err := driver.Find(t.Context(), action, of(ada)); found || err != nil {
			t.Errorf("found %v, error %v", found, err)
		}
	})
}

func TestPerform_RefusesBeforeSending(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{})
	driver := NewDriver(a.client(t))
	nameless, wrong, other := ada, ada, invitation()
	nameless.FirstName, nameless.LastName = " ", "-"
	wrong.Email = "ada lovestone@example.com"
	other.Kind = flowd.ActionDecide
	_, err := driver.Perform(t.Context(), invitation(), of(nameless))
	wantFault(t, err, fault.Invalid)
	_, err = driver.Perform(t.Context(), invitation(), of(wrong))
	wantFault(t, err, fault.Invalid)
	_, err = driver.Perform(t.Context(), other, of(ada))
	wantFault(t, err, fault.Internal)
	if n := len(a.Journal().Arrivals); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestPerform_FallsBackToMinimal changes the schema behind a client that has
// confirmed the rich invite.
func TestPerform_FallsBackToMinimal(t *testing.T) {
	t.Parallel()
	old := newAccount(t, sim.Schema, sim.Options{})
	changed := newAccount(t, without(t, sim.Schema, "flattenedPath:"), sim.Options{})
	target := &switching{to: old.Server}
	server := httptest.NewServer(target)
	t.Cleanup(server.Close)
	opts := options(server.URL + "/me")
	var notices []string
	opts.Notice = func(text string) { notices = append(notices, text) }
	c := newTestClient(t, opts)
	introspected(t, c, true)
	target.set(changed.Server)
	driver := NewDriver(c)
	for i, email := range []string{"ada.one@example.com", "ada.two@example.com"} {
		action, someone := invitation(), ada
		action.Key, someone.Email = flowd.InviteKey("ats", email, "pos-1", 1), email
		if _, err := driver.Perform(t.Context(), action, of(someone)); err != nil {
			t.Fatalf("invite %d: %v", i, err)
		}
	}
	var kinds []sim.Kind
	for _, arrival := range changed.Journal().Arrivals {
		kinds = append(kinds, arrival.Kind)
	}
	if want := []sim.Kind{sim.Invalid, sim.Invite, sim.Invite}; !slices.Equal(kinds, want) {
		t.Errorf("arrived %v, want %v", kinds, want)
	}
	if len(notices) != 1 {
		t.Errorf("notices: %q", notices)
	}
}

// switching is a server that can become another one.
type switching struct {
	mu sync.Mutex
	to http.Handler
}

func (s *switching) set(to http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
}

func (s *switching) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	to := s.to
	s.mu.Unlock()
	to.ServeHTTP(w, r)
}

func TestPerform_MinimalRefusedBySchema(t *testing.T) {
	t.Parallel()
	sdl := strings.ReplaceAll(sim.Schema, "InviteCandidateToInterviewInput", "InviteInput")
	a := newAccount(t, sdl, sim.Options{})
	_, err := NewDriver(a.client(t)).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Internal)
	if !strings.Contains(err.Error(), "newer version") {
		t.Errorf("does not say what to do: %v", err)
	}
	if id := requestIDOf(err); id == "" {
		t.Error("no request id")
	}
}

// TestIntrospect_Refuses gives it schemas in which one thing of the rich invite
// is different: each of them would make every rich invite fail.
func TestIntrospect_Refuses(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]string{
		"member gone":       "| PositionNotReadyToAcceptInvitesError",
		"path gone":         "flattenedPath:",
		"field errors gone": "fieldErrors:",
		"link gone":         "private: String",
		"time gone":         "createdAt: Timestamp",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sdl := sim.Schema
			if name == "time gone" { // the interview's, not the position's
				before, after, _ := strings.Cut(sdl, "type InterviewType {")
				sdl = before + "type InterviewType {" + without(t, after, gone)
			} else {
				sdl = without(t, sdl, gone)
			}
			a := newAccount(t, sdl, sim.Options{})
			c := a.client(t)
			if detailed, err := c.Introspect(t.Context()); detailed || err != nil {
				t.Errorf("detailed %v, error %v", detailed, err)
			}
			if _, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada)); err != nil {
				t.Errorf("the minimal invite fails: %v", err)
			}
		})
	}
}

func TestIntrospect_Failing(t *testing.T) {
	t.Parallel()
	a := newAccount(t, sim.Schema, sim.Options{Fault: func(op sim.Operation) sim.Effect {
		if op.Kind == sim.Introspection {
			return sim.Effect{Answer: sim.ServerError}
		}
		return sim.Effect{}
	}})
	c := a.client(t)
	detailed, err := c.Introspect(t.Context())
	wantFault(t, err, fault.Unavailable)
	if detailed {
		t.Error("confirmed all the same")
	}
	if _, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada)); err != nil {
		t.Errorf("the minimal invite fails: %v", err)
	}
}

// TestRich_NamesTheField shows what the rich invite is for.
func TestRich_NamesTheField(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(http.StatusOK, `{"data":{"inviteCandidateToInterview":{"__typename":"ValidationError","code":"400","validationMessage":"bad",
		"fieldErrors":[{"flattenedPath":"candidate.phone","fieldMessage":"+12015550123 is bad"},{"flattenedPath":"adalyn@example.com","fieldMessage":null}]}}}`))
	c.rich.Store(true)
	_, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada))
	wantFault(t, err, fault.Invalid)
	if want := "invite: Hireflix refuses the phone number, a field that this version does not know"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// TestEveryRequestIsGolden drives the client through the simulator and compares
// what it sends with the golden file: no operation is missing there.
func TestEveryRequestIsGolden(t *testing.T) {
	t.Parallel()
	known := golden(t)
	for _, hidden := range [][]string{
		nil, {"completedAt: Timestamp"}, {"interviewList("}, {"interviewList(", "paginatedInterviews("},
	} {
		sdl := without(t, sim.Schema, hidden...)
		a := newAccount(t, sdl, sim.Options{})
		sent := &texts{next: http.DefaultTransport}
		opts := options(a.url)
		opts.Transport = sent
		c := newTestClient(t, opts)
		driver := NewDriver(c)
		for range 2 {
			if _, _, err := driver.Find(t.Context(), invitation(), of(ada)); err != nil {
				t.Fatalf("without %v: %v", hidden, err)
			}
			if _, err := driver.Perform(t.Context(), invitation(), of(ada)); err != nil && !fault.Is(err, fault.Conflict) {
				t.Fatal(err)
			}
			if _, err := c.Positions(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Introspect(t.Context()); err != nil {
				t.Fatal(err)
			}
			sendForReal(t, c)
		}
		for _, text := range sent.seen {
			if !slices.Contains(known, text) {
				t.Errorf("not in %s: %s", operationsFile, text)
			}
		}
	}
}

// sendForReal asks and does what follows an invite.
func sendForReal(t *testing.T, c *Client) {
	t.Helper()
	page, _, _, err := c.Sweep(t.Context(), "pos-1", "")
	if err != nil || len(page) == 0 {
		t.Fatalf("%d sightings, error %v", len(page), err)
	}
	id := page[0].Interview.ID
	for _, ask := range []func() error{
		func() error { _, _, err := c.Transcript(t.Context(), id); return err },
		func() error { _, err := c.Duration(t.Context(), id); return err },
		func() error { _, err := c.Tracking(t.Context(), id); return err },
		func() error { _, err := c.Usage(t.Context()); return err },
		func() error { _, err := c.WebhookSecret(t.Context()); return err },
		func() error { _, err := c.EnsureWebhook(t.Context(), hookAddress, true); return err },
	} {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []flowd.ActionKind{flowd.ActionShare, flowd.ActionDiscard, flowd.ActionWithdraw} {
		if _, err := NewDriver(c).Perform(t.Context(), about(kind, id), flowd.Application{}); err != nil {
			t.Fatal(err)
		}
	}
}

func requestIDOf(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.RequestID
	}
	return ""
}

// echo keeps what a request carried.
type echo struct {
	mu     sync.Mutex
	header http.Header
	body   []byte
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.header = r.Header.Clone()
	e.body, _ = io.ReadAll(r.Body)
	answer(http.StatusOK, `{"data":{"inviteCandidateToInterview":{"__typename":"InterviewType","id":"i1"}}}`)(w, r)
}

func TestPerform_OnTheWire(t *testing.T) {
	t.Parallel()
	wire := &echo{}
	c := serve(t, wire.ServeHTTP)
	if _, err := NewDriver(c).Perform(t.Context(), invitation(), of(ada)); err != nil {
		t.Fatal(err)
	}
	if got := wire.header.Get("X-API-KEY"); got != testKey {
		t.Errorf("X-API-KEY is %q", got)
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Authorization"} {
		if got, there := wire.header[name]; there {
			t.Errorf("%s is sent: %q", name, got)
		}
	}
	if !bytes.Contains(wire.body, []byte(`"operationName":"FlowdInvite"`)) {
		t.Errorf("no operationName in %s", wire.body)
	}
	input := `"input":{"positionId":"pos-1","candidate":{"email":"ada.lovestone@example.com","firstName":"Adalyn","lastName":"Lovestone","phone":"+12015550123"},"externalId":"` + invitation().Key.ExternalID() + `"}`
	if !bytes.Contains(wire.body, []byte(input)) {
		t.Errorf("input is not %s\nin %s", input, wire.body)
	}
}
