package daemon_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"flowd"
	"flowd/connectors/connectortest/atssim"
	"flowd/hireflix/sim"
	"flowd/internal/web"
)

const twoWayRules = `version: 1
owner: ops
rules:
  - id: video
    description: Whoever reaches the video stage is invited; the ATS writes the mail.
    stage: "Video interview"
    mail: none
    pairs:
      - {job: "Account Executive", position: "AE screening"}
  - id: link
    description: The ATS's own template sends the link.
    trigger: {event: interview.invited, of: [video]}
    actions:
      - ats.field: {name: "Interview link", value: "${candidate_link}"}
  - id: chosen
    description: Who is shortlisted in Hireflix goes on in the ATS.
    trigger: {event: interview.status_changed, of: [video], status: shortlisted}
    actions:
      - ats.move: {to: "Offer"}
  - id: offered
    description: Who goes on in the ATS is shortlisted in Hireflix.
    trigger: {event: stage.entered, stage: "Offer"}
    actions:
      - hireflix.shortlist
`

// What one side does reaches the other once, and never comes back; an invite
// without Hireflix's mail still has its link in the ATS; and an interview that is
// open when its application ends is taken back.
func TestWayBack_TwoWays(t *testing.T) {
	t.Parallel()
	b := newBackWorld(t, twoWayRules, "  concurrency: 4\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n")
	b.append("when_application_ends: {do: withdraw, after: 1s}\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.connect(ctx, sim.Policy{Seed: 3, Double: 0.5})
	b.start(b.options())

	ids := make([]string, 3)
	for n := range ids {
		id, err := b.ats.AddApplication("j1", atssim.Person{Email: person{n: n}.email(), FirstName: "Person"})
		if err == nil {
			err = b.ats.Move(id, "Video interview")
		}
		if err != nil {
			t.Fatal(err)
		}
		ids[n] = id
	}
	of := func(n int) sim.Interview {
		for _, iv := range b.hireflix.Interviews(b.positions["AE screening"]) {
			if iv.Email == (person{n: n}).email() {
				return iv
			}
		}
		return sim.Interview{}
	}
	for n := range ids {
		eventually(t, "the link stands in the ATS", func() bool {
			iv := of(n)
			return iv.ID != "" && b.ats.Application(ids[n]).Fields["Interview link"] == iv.URL
		})
		if of(n).Mailed {
			t.Errorf("Hireflix wrote to candidate %d", n)
		}
	}
	for n := range 2 {
		if err := b.hireflix.Answer(of(n).ID); err != nil {
			t.Fatal(err)
		}
	}
	// The team decides in Hireflix, and in the ATS.
	if err := b.hireflix.Shortlist(of(0).ID, true); err != nil {
		t.Fatal(err)
	}
	if err := b.ats.Move(ids[1], "Offer"); err != nil {
		t.Fatal(err)
	}
	// And one withdraws, who has not answered.
	gone := of(2).ID
	if err := b.ats.Withdraw(ids[2]); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both sides agree", func() bool {
		return b.ats.Application(ids[0]).Stage.Name == "Offer" && of(1).Status == "finalist" && of(2).ID == ""
	})
	if err := b.hireflix.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	eventually(t, "every echo has come in", func() bool { return b.hireflix.Pending() == 0 && b.ats.Undelivered() == 0 })

	journal := b.hireflix.Journal()
	if n := journal.Count(sim.Finalist); n != 1 {
		t.Errorf("flowd shortlisted %d times, want once: what Hireflix told needs no answer", n)
	}
	if n := journal.ChangesTook(sim.Delete, gone); n != 1 {
		t.Errorf("the open interview was taken back %d times", n)
	}
	moves := 0
	for _, w := range b.ats.Writes() {
		if w.Kind == "move" {
			moves++
		}
	}
	if moves != 1 || b.ats.Application(ids[1]).Stage.Name != "Offer" || !slices.Contains([]string{"completed", "finalist"}, of(0).Status) {
		t.Errorf("flowd moved %d times; the first is %s at Hireflix", moves, of(0).Status)
	}
}

// Who is interviewed in positions that no rule leads to is none of flowd's
// business, and whoever is in one that it uses is listed for a person.
func TestWayBack_Strangers(t *testing.T) {
	t.Parallel()
	b := newBackWorld(t, wayBackRules, "  concurrency: 4\n  rate: 0\n  timeout: 2s\n  settle: 200ms\n  quota_probe: 300ms\n")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.connect(ctx, sim.Policy{})
	d := b.start(b.options())
	// What stood there before flowd first looked is none of its business either.
	eventually(t, "the first look", func() bool {
		return strings.Contains(metricsOf(t, d), `flowd_poll_last_success_timestamp_seconds{source="hireflix"}`)
	})
	for position, email := range map[string]string{"Sales screening": "stranger@example.com", "AE screening": "guest@example.com"} {
		if _, err := b.hireflix.InviteByHand(b.positions[position], sim.Candidate{Email: email, FirstName: "Sam"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.hireflix.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	var list web.List
	eventually(t, "the guest is listed", func() bool {
		return b.api().Get(ctx, "/api/v1/list", url.Values{"state": {"held"}, "show": {"true"}}, &list) == nil && len(list.Entries) == 1
	})
	if e := list.Entries[0]; e.Email != "guest@example.com" || e.Reason != flowd.ReasonUntied {
		t.Errorf("listed is %+v", e)
	}
	var told any
	if err := b.api().Get(ctx, "/api/v1/explain", url.Values{"x": {"stranger@example.com"}}, &told); err == nil {
		t.Errorf("the stranger is known: %v", told)
	}
}
