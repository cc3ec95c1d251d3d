package bolt

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flowd"
	"flowd/state"
)

// whole is an event with nothing left out.
func whole() *event {
	ev := history(7, day.Add(123456789))
	ev.Source, ev.ATS, ev.Received, ev.MergedInto = "hook", "ats", day, "c-9"
	ev.From, ev.Stage = flowd.Stage{ID: "1", Name: "Phone"}, flowd.Stage{Name: "Video", Kind: "interview"}
	ev.Application.Stage = flowd.Stage{Name: "Offer"}
	ev.Application.Job.Tags = []string{"a", ""}
	ev.Application.NoContact = flowd.ReasonPrivate
	ev.Application = state.Public(ev.Application)
	ev.Application.Alternative = true
	ev.Interview = wholeInterview()
	ev.Order = flowd.Order{By: "kim", Why: "why", Batch: "b", Position: flowd.Position{ID: "p", Name: "P"}, Again: true, Invite: "key"}
	return &event{
		Event: ev, number: 300, private: 7, raw: 1 << 40, before: 299, decided: time.Date(1969, 7, 20, 20, 17, 40, 1, time.UTC),
		facts: flowd.Facts{Application: ev.Application, Previous: flowd.Stage{ID: "2"}, Novelty: flowd.Superseded},
		made: []decision{
			{Decision: flowd.Decision{Event: ev.Key, Rule: "r1", RuleSet: "s", Verdict: flowd.Matched}, rows: []uint64{1, 1 << 33}},
			{Decision: flowd.Decision{Event: ev.Key, Rule: "r2", RuleSet: "s", Verdict: flowd.Unmatched, Reason: flowd.ReasonUnless, Because: "wörds"}},
			{Decision: flowd.Decision{Event: ev.Key, RuleSet: "t", Verdict: "invented"}},
		},
	}
}

func wholeInterview() flowd.Interview {
	return flowd.Interview{ID: "i", ExternalID: "x", Position: flowd.Position{ID: "p", Name: "P"}, Status: flowd.InterviewShortlisted, Answered: true,
		CompletedAt: day, Again: true, Score: 3.5, Duration: 90 * time.Second, Deleted: true, CreatedAt: day, PublicURL: "u", ShortURL: "v", PrivateURL: "w"}
}

func wholeSighted() *state.Sighted {
	return &state.Sighted{
		Seen:     state.Seen{Interview: wholeInterview(), At: day, Ties: []state.Tie{{Interview: "i", ATS: "a", Application: "1", By: "kim", Why: "why"}}},
		StatusAt: day.Add(1), AnsweredAt: day.Add(2), ScoreAt: day.Add(3), Finished: true,
		Owner: state.Owner{ATS: "a", Application: "2"}, Forgotten: true,
	}
}

func wholeRow() *row {
	a := flowd.Action{
		Key: "some key", Kind: flowd.ActionInvite, Mode: flowd.Shadow, Rule: "r", Event: "e", ATS: "ats", Source: "hook",
		Application: "1", Candidate: "c", Job: flowd.Job{ID: "j"}, Stage: flowd.Stage{ID: "s"}, Position: flowd.Position{ID: "p", Name: "P"},
		Generation: 3, Claims: []flowd.Claim{"x", flowd.StageClaim("ats", "1", "s")}, NotBefore: day, Reason: flowd.ReasonError, Detail: "d",
		HeldFirst: true, Step: 2, After: "the one before", Interview: "other", Target: "t", Text: "words", Silent: true, Days: 75, Personal: true,
	}
	e := &row{number: 9, event: 4, before: 8}
	e.Entry = state.Entry{
		Row: state.Row{
			Action: a, State: flowd.Leased, Reason: flowd.ReasonRetry, Detail: "detail", Due: day, Created: day, Updated: day, Attempts: 2,
			Interview: wholeInterview(),
			RequestID: "q", SharedWith: "other",
			Steps: []state.Step{{At: day, State: flowd.Due, Reason: flowd.ReasonCap, Detail: "x", By: "kim", RequestID: "q"}, {State: "invented"}},
		},
		Promised: day, Leases: 5, Fence: 1 << 50, Until: day, Sent: day, Followed: true,
	}
	return e
}

func wholePerson() *person {
	yes, no := true, false
	return &person{key: "k", place: "somewhere", Person: state.Person{
		Candidate: flowd.Candidate{ID: "c", Email: "e@example.com", FirstName: "F", LastName: "L", Name: "N", Phone: "P",
			Country: "DE", Language: "de", Tags: []string{"t"}, CanEmail: &yes, IsInternal: &no, OriginalID: "o"},
		Applications: []string{"1", "2"},
		Private: []state.Private{{Application: "1", Version: 3, Recruiter: "r@example.com", OriginalID: "o", URL: "u", Tags: []string{"t"}, Fields: []flowd.Field{
			{Key: "k", Name: "n", Type: "t"}, {Value: "text"}, {Value: -1.5}, {Value: true}, {Value: false}, {Value: []string{"a", "b"}},
		}}},
	}}
}

func TestRecords_RoundTrip(t *testing.T) {
	t.Parallel()
	opts := cmp.Options{cmp.AllowUnexported(event{}, decision{}, row{}, person{}, application{}), cmpopts.IgnoreFields(row{}, "was")}
	for _, want := range []*event{whole(), {number: 1}} {
		got, err := decodeEvent(want.number, want.encode())
		if diff := cmp.Diff(want, got, opts); diff != "" || err != nil {
			t.Errorf("event: %v\n%s", err, diff)
		}
	}
	for _, want := range []*row{wholeRow(), {number: 1, Entry: state.Entry{Row: state.Row{Action: flowd.Action{Mode: flowd.Live}}}}} {
		got, err := decodeRow(want.number, want.encode())
		if diff := cmp.Diff(want, got, opts); diff != "" || err != nil {
			t.Errorf("row: %v\n%s", err, diff)
		}
	}
	for _, want := range []*person{wholePerson(), {key: "x"}} {
		got, err := decodePerson(want.key, want.encode())
		if diff := cmp.Diff(want, got, opts); diff != "" || err != nil {
			t.Errorf("person: %v\n%s", err, diff)
		}
	}
	for _, want := range []*state.Sighted{wholeSighted(), {}} {
		got, err := decodeSighted(encodeSighted(want))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("interview: %v\n%s", err, diff)
		}
	}
	want := &application{known: state.Known{Application: whole().Application, Changed: day, Entered: day.Add(1), Told: day.Add(2)}, moves: true, private: 1, person: "p", lastEvent: 2, lastRow: 3}
	got, err := decodeApplication(want.encode())
	if diff := cmp.Diff(want, got, opts); diff != "" || err != nil {
		t.Errorf("application: %v\n%s", err, diff)
	}
}

// What a record holds of derived keys is the derivation: it must lead back.
func TestRecords_DerivedKeys(t *testing.T) {
	t.Parallel()
	e := wholeRow()
	for _, key := range []flowd.IdempotencyKey{
		flowd.InviteKey("ats", "1", "p", 3), flowd.InviteKey("ats", "1", "p", 2), flowd.DecideKey("e", "r"), flowd.DecideKey("e", "other"),
		flowd.ShadowKey(flowd.InviteKey("ats", "1", "p", 3), "r"),
	} {
		e.Action.Key, e.Interview.ExternalID = key, key.ExternalID()
		got, err := decodeRow(9, e.encode())
		if err != nil || got.Action.Key != key || got.Interview.ExternalID != key.ExternalID() {
			t.Errorf("key %q became %q, external id %q (%v)", key, got.Action.Key, got.Interview.ExternalID, err)
		}
	}
}

// A damaged record is an error or another record, never a panic and never an
// allocation beyond its size.
func FuzzDecode(f *testing.F) {
	f.Add(whole().encode())
	f.Add(wholeRow().encode())
	f.Add(wholePerson().encode())
	f.Add(encodeSighted(wholeSighted()))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := decodeEvent(1, b); err == nil {
			again, err := decodeEvent(1, e.encode())
			if diff := cmp.Diff(e, again, cmp.AllowUnexported(event{}, decision{}), cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" || err != nil {
				t.Fatalf("an event does not survive: %v\n%s", err, diff)
			}
		}
		_, _ = decodeRow(1, b)
		_, _ = decodeSighted(b)
		_, _ = decodePerson("k", b)
		_, _ = decodeApplication(b)
		_, _ = decodeSource(b)
		_, _ = decodeQuarantined(b)
		_, _ = decodeDocument(b)
		_, _ = decodeField(b)
	})
}

// BenchmarkEncode compares an event's record with JSON.
func BenchmarkEncode(b *testing.B) {
	e := whole()
	b.Run("record", func(b *testing.B) {
		n := 0
		for b.Loop() {
			r := e.encode()
			n = len(r)
			if _, err := decodeEvent(1, r); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n), "bytes")
	})
	type plain struct {
		flowd.Event
		Facts     flowd.Facts
		Decided   time.Time
		Decisions []flowd.Decision
	}
	p := plain{Event: e.Event, Facts: flowd.Facts{Previous: e.facts.Previous}, Decided: e.decided}
	for _, d := range e.made {
		p.Decisions = append(p.Decisions, d.Decision)
	}
	b.Run("json", func(b *testing.B) {
		n := 0
		for b.Loop() {
			r, err := json.Marshal(p)
			if err != nil {
				b.Fatal(err)
			}
			n = len(r)
			var back plain
			if err := json.Unmarshal(r, &back); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n), "bytes")
	})
}
