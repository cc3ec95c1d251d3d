package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flowd"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// seen is an event of an interview that the rule "ours" invited to.
func seen(kind flowd.EventType, change func(*flowd.Event, *flowd.Facts)) (flowd.Event, flowd.Facts) {
	interview := flowd.Interview{ID: "i1", Position: flowd.Position{ID: "p1", Name: "AE screening"}, Status: flowd.InterviewToEvaluate,
		Answered: true, CreatedAt: monday.Add(-48 * time.Hour), CompletedAt: monday}
	if kind == flowd.InterviewInvited {
		interview.Status, interview.Answered, interview.CompletedAt = flowd.InterviewPending, false, time.Time{}
	}
	ev, facts := entered(video, nil)
	ev.Type, ev.Source, ev.Via, ev.Interview = kind, "hireflix", "", interview
	facts.Invites = []flowd.Invite{
		{Key: "k0", Rule: "before", State: flowd.Done, Interview: flowd.Interview{ID: "i0"}},
		{Key: "k1", Rule: "ours", State: flowd.Done, Position: interview.Position, Interview: interview},
		{Key: "k2", Rule: "waits", State: flowd.Waiting},
	}
	if change != nil {
		change(&ev, &facts)
	}
	return ev, facts
}

const inviting = `  - {id: ours, stage: Elsewhere, pairs: [{source: lever, position: AE screening}]}
  - {id: before, stage: Elsewhere, pairs: [{position: Other}]}
  - {id: waits, stage: Elsewhere, pairs: [{position: Third}]}
`

func TestReaction_Triggers(t *testing.T) {
	t.Parallel()
	move := func(ev *flowd.Event, _ *flowd.Facts) {
		ev.Type, ev.Source, ev.Via, ev.Interview = flowd.StageEntered, "lever", flowd.ViaMove, flowd.Interview{}
		ev.From = flowd.Stage{ID: "6", Name: "Phone"}
	}
	foreign := func(ev *flowd.Event, facts *flowd.Facts) { ev.Interview.ID, facts.Invites = "i9", facts.Invites[:1] }
	tests := []struct {
		trigger string
		kind    flowd.EventType
		change  func(*flowd.Event, *flowd.Facts)
		fits    bool
	}{
		{"event: interview.finished, of: ours", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: any", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: [before, ours]", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: [before]", flowd.InterviewFinished, nil, false},
		{"event: interview.finished, of: ours", flowd.InterviewScored, nil, false},
		{"event: [interview.finished, interview.scored], of: ours", flowd.InterviewScored, nil, true},
		{"event: interview.finished, of: ours", flowd.InterviewFinished, foreign, false},
		{"event: interview.finished, of: any", flowd.InterviewFinished, foreign, true},
		{"event: interview.finished, of: any, source: LEVER", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: any, source: folder", flowd.InterviewFinished, nil, false},
		{"event: interview.finished, of: any, stage: video INTERVIEW", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: any, stage: video interview", flowd.InterviewFinished, func(ev *flowd.Event, f *flowd.Facts) {
			ev.Stage, f.Application.Stage = flowd.Stage{}, video
		}, true},
		{"event: interview.finished, of: any, stage: Offer", flowd.InterviewFinished, nil, false},
		{"event: interview.finished, of: any, job: ['41', '42']", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: any, job: '41'", flowd.InterviewFinished, nil, false},
		{"event: interview.finished, of: any, language: de", flowd.InterviewFinished, func(_ *flowd.Event, f *flowd.Facts) { f.Application.Candidate.Language = "de-AT" }, true},
		{"event: interview.finished, of: any, department: Sales, country: DE", flowd.InterviewFinished, func(_ *flowd.Event, f *flowd.Facts) {
			f.Application.Job.Department, f.Application.Job.Country = "sales", "DE"
		}, true},
		{"event: interview.finished, of: any, department: Sales, country: DE", flowd.InterviewFinished, nil, false},
		{"event: interview.finished, of: any, position: ae screening", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: any, position: [Other, p1]", flowd.InterviewFinished, nil, true},
		{"event: interview.finished, of: any, position: Other", flowd.InterviewFinished, nil, false},
		{"event: interview.status_changed, of: any, status: [shortlisted, discarded]", flowd.InterviewStatusChanged, func(ev *flowd.Event, _ *flowd.Facts) {
			ev.Interview.Status = flowd.InterviewDiscarded
		}, true},
		{"event: interview.status_changed, of: any, status: shortlisted", flowd.InterviewStatusChanged, nil, false},
		{"event: application.rejected", flowd.ApplicationRejected, nil, true},
		{"event: application.rejected, of: ours", flowd.ApplicationRejected, nil, true},
		{"event: application.rejected, of: before", flowd.ApplicationRejected, nil, false}, // the newest counts
		{"event: application.rejected, of: waits", flowd.ApplicationRejected, nil, false},  // nobody was invited yet
		{"event: application.rejected, of: any", flowd.ApplicationRejected, func(_ *flowd.Event, f *flowd.Facts) { f.Invites = nil }, false},
		{"event: stage.entered, stage: '7'", flowd.StageEntered, move, true},
		{"event: stage.entered, from: phone, via: [api, move]", flowd.StageEntered, move, true},
		{"event: stage.entered, from: Applied", flowd.StageEntered, move, false},
		{"event: stage.entered, via: api", flowd.StageEntered, move, false},
		{"event: stage.left, from: '6'", flowd.StageEntered, move, true},
		{"event: stage.left", flowd.StageEntered, func(ev *flowd.Event, f *flowd.Facts) { move(ev, f); ev.From = flowd.Stage{} }, false},
		{"event: stage.left, from: Phone", flowd.StageEntered, func(ev *flowd.Event, f *flowd.Facts) {
			move(ev, f)
			ev.From, f.Previous = flowd.Stage{}, flowd.Stage{Name: "Phone"}
		}, true},
		{"event: application.hired", flowd.InviteOrdered, nil, false},
	}
	for _, c := range tests {
		t.Run(c.trigger, func(t *testing.T) {
			t.Parallel()
			set := compile(t, file(inviting+"  - {id: r, trigger: {"+c.trigger+"}, actions: [ats.tag: x]}\n"),
				rules.Options{Sources: []rules.Source{{Name: "lever", ATS: "lever", Members: []string{"job.department", "job.country", "candidate.language"}}, {Name: "folder", ATS: "files"}}})
			set, _, problems := set.Bind([]flowd.Position{{ID: "p1", Name: "AE screening"}, {ID: "p2", Name: "Other"}, {ID: "p3", Name: "Third"}}, nil)
			if len(problems) > 0 {
				t.Fatal(strictyaml.Render(problems))
			}
			ev, facts := seen(c.kind, c.change)
			answers := set.Evaluate(ev, facts, monday)
			if (len(answers) == 1) != c.fits {
				t.Fatalf("%d answers to %s", len(answers), c.kind)
			}
			alone, _ := set.EvaluateRule("r", ev, facts, monday)
			if (alone.Verdict == flowd.Matched) != c.fits || !c.fits && alone.Because != "the rule is not for this event" {
				t.Errorf("alone it answers %s: %s", alone.Verdict, alone.Because)
			}
			if c.fits && (!answers[0].Rule.Reaction || len(answers[0].Steps) != 1 || answers[0].Steps[0].Kind != flowd.ActionTag || answers[0].Steps[0].Target != "x") {
				t.Errorf("answer %+v", answers[0])
			}
		})
	}
}

// Reactions and invites answer one move beside each other, in file order.
func TestReaction_BesideInvites(t *testing.T) {
	t.Parallel()
	set := compile(t, file(`  - {id: a, trigger: {event: stage.entered}, actions: [ats.tag: x]}
  - {id: b, stage: Video interview, mail: none, pairs: [{position: P}]}
  - {id: c, mode: disabled, reason: later, trigger: {event: stage.entered}, actions: [ats.tag: x]}
  - {id: d, trigger: {event: stage.entered}, if: field("Gone") == "x", actions: [ats.tag: x]}
`), rules.Options{})
	ev, facts := entered(video, nil)
	var got []string
	for _, a := range set.Evaluate(ev, facts, monday) {
		got = append(got, fmt.Sprintf("%s:%s:%d:%t", a.Rule.ID, a.Verdict, len(a.Steps), a.Silent))
	}
	if want := "a:matched:1:false b:matched:0:true c:unmatched:0:false d:failed:0:false"; strings.Join(got, " ") != want {
		t.Errorf("answers %q, want %q", got, want)
	}
}

func TestReaction_Timer(t *testing.T) {
	t.Parallel()
	set := compile(t, file(inviting+`  - {id: r, trigger: {after: 3d, since: invited, still: unanswered, of: ours}, if: 'interview.status != "shortlisted" and application.stage == "Video interview"', actions: [ats.tag: x]}
  - {id: s, trigger: {after: 90m, since: finished, of: any}, actions: [ats.tag: x]}
`), rules.Options{})
	invited := monday.Add(-48 * time.Hour)
	due := invited.Add(72 * time.Hour)
	tests := []struct {
		name   string
		now    time.Time
		change func(*flowd.Event, *flowd.Facts)
		want   string
	}{
		{"before its time", due.Add(-time.Second), nil, "matched 0 steps at 2026-03-03T09:00:00Z"},
		{"before its time nothing else is asked", monday, func(_ *flowd.Event, f *flowd.Facts) {
			f.Application.Stage, f.Application.Status = flowd.Stage{Name: "Offer"}, flowd.StatusRejected
		}, "matched 0 steps at 2026-03-03T09:00:00Z"},
		{"its time", due, nil, "matched 1 steps"},
		{"answered", due, func(_ *flowd.Event, f *flowd.Facts) { f.Invites[1].Interview.Answered = true }, "skipped answered_since 0 steps"},
		{"taken back", due, func(_ *flowd.Event, f *flowd.Facts) { f.Invites[1].Interview.Deleted = true }, "skipped withdrawn 0 steps"},
		{"hired", due, func(_ *flowd.Event, f *flowd.Facts) { f.Application.Status = flowd.StatusHired }, "skipped ended 0 steps"},
		{"another way", due, func(_ *flowd.Event, f *flowd.Facts) { f.Application.Alternative = true }, "skipped alternative 0 steps"},
		{"moved on", due, func(_ *flowd.Event, f *flowd.Facts) { f.Application.Stage.Name = "Offer" }, "unmatched condition 0 steps"},
		{"no time of the invite", due, func(ev *flowd.Event, _ *flowd.Facts) { ev.Interview.CreatedAt = time.Time{} }, "matched 0 steps at 2026-03-05T09:00:00Z"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ev, facts := seen(flowd.InterviewInvited, c.change)
			a, _ := set.EvaluateRule("r", ev, facts, c.now)
			got := strings.Join(strings.Fields(fmt.Sprintf("%s %s %d steps", a.Verdict, a.Reason, len(a.Steps))), " ")
			if !a.At.IsZero() {
				got += " at " + a.At.Format(time.RFC3339)
			}
			if got != c.want {
				t.Errorf("%s, want %s (%s)", got, c.want, a.Because)
			}
			e, _ := set.Explain("r", ev, facts, c.now)
			if e.Verdict != a.Verdict || e.Reason != a.Reason || !e.Due.Equal(a.At) || len(e.Conditions) != 1 {
				t.Errorf("explained as %+v", e)
			}
			if asked := a.Verdict == flowd.Unmatched || len(a.Steps) > 0; e.Conditions[0].Reached != asked {
				t.Errorf("the condition is shown as reached: %t", e.Conditions[0].Reached)
			}
		})
	}
	ev, facts := seen(flowd.InterviewFinished, nil)
	if a, _ := set.EvaluateRule("s", ev, facts, monday); !a.At.Equal(monday.Add(90 * time.Minute)) {
		t.Errorf("after a finish it waits until %s", a.At)
	}
	facts.Invites = nil
	if a, _ := set.EvaluateRule("s", ev, facts, monday.Add(time.Hour*2)); a.Verdict != flowd.Skipped || a.Reason != flowd.ReasonGone {
		t.Errorf("of an interview that nobody knows any more: %s %s", a.Verdict, a.Reason)
	}
}

// What ends an application is held where no person has decided it.
func TestReaction_Adverse(t *testing.T) {
	t.Parallel()
	o := rules.Options{Sources: []rules.Source{
		{Name: "lever", ATS: "lever", StageKinds: map[string]string{"Review": "Interview", "Out": "rejected", "Two": "screening", "Odd": "rejcted"}},
		{Name: "lever-poll", ATS: "lever", StageKinds: map[string]string{"two": "archived"}},
	}}
	for _, c := range []struct {
		event, of, action string
		via               flowd.Via
		adverse           bool
	}{
		{"interview.finished", ", of: any", "ats.move: Review", "", false},
		{"interview.finished", ", of: any", "ats.move: ' review'", "", false},
		{"interview.finished", ", of: any", "ats.move: Elsewhere", "", true},
		{"interview.finished", ", of: any", "ats.move: Odd", "", true},
		{"interview.finished", ", of: any", "ats.move: '${stage}'", "", true},
		{"interview.finished", ", of: any", "ats.move: Told", "", false}, // the event itself tells its kind
		{"interview.finished", ", of: any", "ats.tag: rejected", "", false},
		{"interview.finished", ", of: any", "hireflix.withdraw", "", false},
		{"interview.status_changed", ", of: any", "ats.move: Out", "", false},
		{"interview.status_changed", ", of: any", "hireflix.discard", "", false},
		{"application.rejected", "", "hireflix.discard", "", false},
		{"application.withdrawn", "", "hireflix.discard", "", false},
		{"stage.entered", "", "hireflix.discard", flowd.ViaMove, false},
		{"stage.entered", "", "hireflix.discard", flowd.ViaUnknown, true},
		{"stage.entered", "", "ats.move: Out", flowd.ViaAPI, true},
		{"stage.entered", "", "ats.move: Two", flowd.ViaAPI, true},
	} {
		set := compile(t, file("  - {id: r, trigger: {event: "+c.event+c.of+"}, actions: ["+c.action+"]}\n"), o)
		ev, facts := seen(flowd.EventType(c.event), func(ev *flowd.Event, f *flowd.Facts) {
			ev.Via = c.via
			ev.Stage = flowd.Stage{Name: "Told", Kind: "active"}
		})
		a, _ := set.EvaluateRule("r", ev, facts, monday)
		if len(a.Steps) != 1 || a.Steps[0].Adverse != c.adverse {
			t.Errorf("%s on %s via %q: %+v, want adverse: %t", c.action, c.event, c.via, a.Steps, c.adverse)
		}
		asks := compile(t, file("  - {id: r, approve: {above: 0, within: 10m}, trigger: {event: "+c.event+c.of+"}, actions: ["+c.action+"]}\n"), o)
		if a, _ = asks.EvaluateRule("r", ev, facts, monday); len(a.Steps) != 1 || a.Steps[0].Adverse {
			t.Errorf("%s on %s, of a rule that asks each time: %+v is asked about twice", c.action, c.event, a.Steps)
		}
	}
}

func TestStepFits(t *testing.T) {
	t.Parallel()
	set := compile(t, file(inviting+`  - id: r
    trigger: {event: interview.status_changed, of: ours}
    actions:
      - ats.tag: x
      - ats.tag: {add: y, if: [interview.status == "shortlisted", {when: application.stage == "Video interview", because: moved on}]}
      - ats.tag: {add: z, if: interview.score > 3}
`), rules.Options{})
	ev, facts := seen(flowd.InterviewStatusChanged, nil)
	facts.Invites[1].Interview.Status = flowd.InterviewShortlisted // known since
	moved := facts
	moved.Application.Stage = flowd.Stage{Name: "Offer"}
	const scored, gone = "false interview.score > 3 interview.score > 3: interview.score is not known yet", "false the rule was removed or switched off <nil>"
	for _, c := range []struct {
		rule, tag string
		step      int
		facts     flowd.Facts
		want      string
	}{
		{"r", "x", 0, facts, "true  <nil>"},
		{"r", "y", 1, facts, "true  <nil>"},
		{"r", "y", 1, moved, "false moved on <nil>"},
		{"r", "z", 2, facts, scored},
		// A reload has put another step in its place: its own condition is asked.
		{"r", "z", 0, facts, scored},
		{"r", "z", 3, facts, scored},
		{"r", "reworded", 2, facts, scored},
		{"r", "reworded", 3, facts, gone},
		{"r", "reworded", -1, facts, gone},
		{"gone", "x", 0, facts, gone},
	} {
		fits, because, err := set.StepFits(flowd.Action{Rule: c.rule, Step: c.step, Kind: flowd.ActionTag, Target: c.tag}, ev, c.facts, monday)
		if got := fmt.Sprintf("%t %s %v", fits, because, err); got != c.want {
			t.Errorf("step %d of %s: %s, want %s", c.step, c.rule, got, c.want)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	set := compile(t, file(inviting+`  - id: r
    trigger: {event: interview.finished, of: ours}
    actions:
      - ats.note: "${candidate.first_name} ${interview.duration} ${interview.finished_at}: ${recording_link} ${recording_link} ${admin_link}"
`), rules.Options{Sources: []rules.Source{{Name: "lever", ATS: "lever", Members: []string{"candidate.first_name", "candidate.email", "candidate.language", "field"}}}})
	ev, facts := seen(flowd.InterviewFinished, func(_ *flowd.Event, f *flowd.Facts) {
		f.Application.Candidate.FirstName = "Rosa"
		f.Application.Fields = []flowd.Field{{Name: "Level", Value: "senior"}}
		f.Invites[1].Interview.Duration = 754 * time.Second
	})
	asked := map[string]int{}
	link := func(name string) func() (string, error) {
		return func() (string, error) { asked[name]++; return "https://" + name + ".example.com", nil }
	}
	failing := errors.New("Hireflix does not answer")
	links := rules.Links{Recording: link("recording"), Admin: link("admin"), Candidate: link("candidate")}
	for template, want := range map[string]string{
		set.Writes()[0].Target: "",
		"${candidate.first_name} ${interview.duration} ${interview.finished_at}: ${recording_link} ${recording_link} ${admin_link}": "Rosa 12m 34s 2 Mar 2026 09:00 UTC: https://recording.example.com https://recording.example.com https://admin.example.com",
		"plain text":                        "plain text",
		"$${stage} is ${stage}":             "${stage} is Video interview",
		`${field("Level")}`:                 "senior",
		"${interview.status}":               "finished",
		"${transcript}":                     "error: transcript has no value",
		"${interview.score}":                "error: interview.score has no value",
		"${candidate.language}":             "error: candidate.language has no value", // told, and empty
		"${application.recruiter}":          "error: application.recruiter has no value",
		`${field("Secret")}`:                `error: the field "Secret" is not set`,
		"${candidate.country}":              "error: candidate.country has no value", // told by nobody
		"an old rule's ${unknown}":          "error: there is no unknown",
		"${candidate.tags}":                 "error: candidate.tags has no value",
		"${len(candidate.first_name)} long": "4 long",
	} {
		got, err := set.Render(template, ev, facts, links, monday)
		if err != nil {
			got += "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", template, got, want)
		}
	}
	if want := map[string]int{"recording": 1, "admin": 1}; !cmp.Equal(asked, want) {
		t.Errorf("links were asked for %v times, want %v", asked, want)
	}
	_, err := set.Render("${recording_link}", ev, facts, rules.Links{Recording: func() (string, error) { return "", failing }}, monday)
	if !errors.Is(err, failing) {
		t.Errorf("the fault of a link is lost: %v", err)
	}
	if _, err := set.Render("${recording_link}", ev, facts, rules.Links{Recording: func() (string, error) { return " ", nil }}, monday); err == nil {
		t.Error("an empty link is written")
	}
}

func TestSet_Uses(t *testing.T) {
	t.Parallel()
	set := compile(t, file(inviting+`  - id: r
    trigger: {event: interview.finished, of: [ours], position: Fourth}
    if: field("Cost centre", "") != "1"
    actions:
      - ats.note: {text: "${recording_link} ${field('Mentor')}", if: has("Notice")}
      - ats.tag: x
  - id: off
    mode: disabled
    reason: later
    trigger: {event: interview.finished, of: [ours], position: Fifth}
    actions: [ats.note: "${transcript}"]
  - id: one
    trigger: {event: application.rejected, source: folder}
    actions: [notify: {channel: sales, text: x}]
  - {id: never, stage: S, mode: disabled, reason: later, pairs: [{position: Sixth}]}
`), rules.Options{})
	for value, want := range map[string]bool{"recording_link": true, "transcript": false, "admin_link": false, "": false} {
		if got := set.Uses(value); got != want {
			t.Errorf("Uses(%s) = %t", value, got)
		}
	}
	for _, name := range []string{"cost centre", "Mentor", "NOTICE"} {
		if !set.NamesField(name) {
			t.Errorf("the field %s is not kept", name)
		}
	}
	want := []rules.Write{
		{Rule: "r", File: "r.yaml", Line: 11, Kind: flowd.ActionNote, Sources: []string{"lever"}},
		{Rule: "r", File: "r.yaml", Line: 12, Kind: flowd.ActionTag, Sources: []string{"lever"}, Target: "x"},
		{Rule: "one", File: "r.yaml", Line: 20, Kind: flowd.ActionNotify, Sources: []string{"folder"}, Target: "sales"},
	}
	if diff := cmp.Diff(want, set.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	names := func(list []flowd.Position) (out string) {
		for _, p := range list {
			out += p.ID + "=" + p.Name + " "
		}
		return out
	}
	if got := names(set.PositionsUsed()); got != "=AE screening =Other =Third =Fourth " {
		t.Errorf("positions used: %s", got)
	}
	bound, _, _ := set.Bind([]flowd.Position{{ID: "p1", Name: "AE screening"}, {ID: "p2", Name: "Other"}, {ID: "p3", Name: "Third"}}, map[string]string{"fourth": "p1"})
	if got := names(bound.PositionsUsed()); got != "p1=AE screening p2=Other p3=Third " {
		t.Errorf("positions used: %s", got)
	}
}

func TestSet_Leads(t *testing.T) {
	t.Parallel()
	set, _, _ := compile(t, file(`  - {id: a, stage: Video interview, if: field("x") == "y", pairs: [{job: "42", position: P}, {department: Sales, language: de, position: Q}]}
  - {id: b, pairs: [{stage: Phone, source: lever, position: R}]}
  - {id: c, stage: Video interview, mode: disabled, reason: off, pairs: [{position: S}]}
  - {id: d, stage: Trial, mode: shadow, reason: trial, pairs: [{position: T}]}
  - {id: e, stage: [Phone, Trial], pairs: [{job: "43", position: P}]}
`), rules.Options{}).Bind([]flowd.Position{{ID: "p", Name: "P"}, {ID: "q", Name: "Q"}, {ID: "r", Name: "R"}, {ID: "s", Name: "S"}, {ID: "t", Name: "T"}}, nil)
	app := flowd.Application{Stage: video, Job: flowd.Job{ID: "42", Department: "sales"}, Candidate: flowd.Candidate{Language: "de-CH"}}
	for position, want := range map[string]bool{"p": true, "q": true, "r": true, "s": false, "t": true, "": false, "P": false} {
		if got := set.Leads(app, "lever", position); got != want {
			t.Errorf("Leads to %q: %t", position, got)
		}
	}
	if set.Leads(app, "folder", "r") {
		t.Error("a row of another source leads")
	}
	for _, c := range []struct{ stage, job, want string }{
		{"Video interview", "42", "p"}, // whatever the condition says
		{"Video interview", "41", "q"},
		{"Phone", "42", "r"},
		{"Phone", "43", ""}, // two rules disagree
		{"Trial", "41", "t"},
		{"Trial", "43", "p"}, // a live rule goes before a shadow one
		{"Offer", "42", ""},
	} {
		app.Stage, app.Job.ID = flowd.Stage{Name: c.stage}, c.job
		if got, ok := set.PositionFor(app, "lever"); got.ID != c.want || ok != (c.want != "") {
			t.Errorf("at %s for job %s: %+v, %t; want %q", c.stage, c.job, got, ok, c.want)
		}
	}
}

// Whatever changes what a reaction does changes its digest.
func TestDigest_Reactions(t *testing.T) {
	t.Parallel()
	base := "{id: r, description: d, trigger: {event: interview.finished, of: any}, actions: [ats.note: x]}"
	digests := map[string]string{}
	for _, rule := range []string{base,
		strings.Replace(base, "finished", "scored", 1), strings.Replace(base, "of: any", "of: ours", 1), strings.Replace(base, "of: any", "of: any, stage: S", 1),
		strings.Replace(base, "of: any", "of: any, position: P", 1), strings.Replace(base, "of: any", "of: any, status: finished", 1),
		strings.Replace(base, "event: interview.finished", "after: 3d, since: finished", 1), strings.Replace(base, "event: interview.finished", "after: 3d, since: finished, still: unscored", 1),
		strings.Replace(base, "note: x", "note: y", 1), strings.Replace(base, "ats.note: x", "ats.tag: x", 1), strings.Replace(base, "ats.note: x", "ats.note: {text: x, if: stage == \"s\"}", 1),
		strings.Replace(base, "description: d", "once: interview", 1), strings.Replace(base, "ats.note: x", "hireflix.share", 1), strings.Replace(base, "ats.note: x", "hireflix.share: {days: 80}", 1),
	} {
		set := compile(t, file(inviting+"  - "+rule+"\n"), rules.Options{})
		r, _ := set.Rule("r")
		if before, ok := digests[r.Digest]; ok {
			t.Errorf("%s has the digest of %s", rule, before)
		}
		digests[r.Digest] = rule
	}
	set := compile(t, file(inviting+"  - "+strings.Replace(base, "description: d", "description: e", 1)+"\n"), rules.Options{})
	if r, _ := set.Rule("r"); digests[r.Digest] != base {
		t.Error("a description changes what the rule does")
	}
}

func TestDescribe_Reactions(t *testing.T) {
	t.Parallel()
	set := compile(t, file(inviting+`  - id: r
    trigger: {event: [interview.finished, interview.status_changed], of: [ours, before], job: [AE, SDR], status: shortlisted}
    if: {when: interview.score > 3, because: too low}
    once: interview
    actions:
      - ats.note: "Done: ${recording_link}"
      - ats.move: {to: Review, if: application.stage == "Video interview"}
      - ats.field: {name: Status, value: done}
      - hireflix.share
  - id: s
    group: g
    trigger: {after: 3d, since: invited, still: unanswered, of: any, position: AE screening}
    actions: [notify: {channel: sales, text: x}]
`), rules.Options{})
	for id, want := range map[string]string{
		"r": `r (live, r.yaml:7)
When an interview is finished, or an interview's status changes, for job "AE" or "SDR", status "shortlisted", of ours or before,
if interview.score > 3 (too low):
  1. ats.note "Done: ${recording_link}"
  2. ats.move "Review", if application.stage == "Video interview"
  3. ats.field "Status" = "done"
  4. hireflix.share for 75 days
Each step is done once for an interview.
`,
		"s": `s (live, r.yaml:16)
3d after the invite, where it is still unanswered, for position "AE screening", whoever invited:
  1. notify "sales": "x"
Each step is done once for an event.
Of the group g, only the first rule that fits acts.
`,
	} {
		if got, ok := set.Describe(id); !ok || got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	ev, facts := seen(flowd.InterviewStatusChanged, func(ev *flowd.Event, f *flowd.Facts) {
		ev.Interview.Status, ev.Interview.Score, f.Application.Job.Name = flowd.InterviewShortlisted, 4.5, "AE"
	})
	e, _ := set.Explain("r", ev, facts, monday)
	want := `r (r.yaml:7): matched
  if interview.score > 3 (too low)
    interview.score > 3: true   (interview.score = 4.5)
  then ats.note "Done: ${recording_link}"
  then ats.move "Review", if application.stage == "Video interview"
  then ats.field "Status" = "done"
  then hireflix.share for 75 days`
	if got := strings.Join(e.Lines(), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Each member of an interview holds what its name says, by the event first; what
// the event does not tell is taken from what is known.
func TestReaction_Members(t *testing.T) {
	t.Parallel()
	ev, facts := seen(flowd.InterviewStatusChanged, func(ev *flowd.Event, f *flowd.Facts) {
		ev.Interview.Status, ev.Interview.Again = flowd.InterviewShortlisted, true
		f.Application.Recruiter, f.Application.Alternative = "recruiter@example.com", true
		f.Invites[1].Interview = flowd.Interview{ID: "i1", Status: flowd.InterviewDiscarded, Score: 3.5, Duration: time.Minute}
	})
	for condition, want := range map[string]flowd.Verdict{
		`interview.id == "i1"`: flowd.Matched, `interview.status == "shortlisted"`: flowd.Matched, `interview.score == 3.5`: flowd.Matched,
		`interview.duration < "2m"`: flowd.Matched, `interview.invited_at < interview.finished_at`: flowd.Matched, `interview.finished_at == now()`: flowd.Matched,
		`interview.ours`: flowd.Matched, `interview.again`: flowd.Matched,
		`application.recruiter == "Recruiter@example.com"`: flowd.Matched, `application.alternative`: flowd.Matched,
	} {
		set := compile(t, file("  - {id: r, trigger: {event: interview.status_changed, of: any}, if: '"+condition+"', actions: [ats.tag: x]}\n"), rules.Options{})
		if a, _ := set.EvaluateRule("r", ev, facts, monday); a.Verdict != want {
			t.Errorf("%s: %s %s", condition, a.Verdict, a.Because)
		}
	}
	// Of an interview without an application no source tells anything.
	set := compile(t, file("  - {id: r, trigger: {event: interview.finished, of: any}, if: candidate.language != \"de\", actions: [ats.tag: x]}\n"),
		rules.Options{Sources: []rules.Source{{Name: "lever", ATS: "lever", Members: []string{"candidate.language"}}}})
	for ats, want := range map[string]flowd.Verdict{"lever": flowd.Matched, flowd.Untied: flowd.Failed} {
		finished, known := seen(flowd.InterviewFinished, func(ev *flowd.Event, _ *flowd.Facts) { ev.ATS = ats })
		if a, _ := set.EvaluateRule("r", finished, known, monday); a.Verdict != want {
			t.Errorf("in %s: %s %s", ats, a.Verdict, a.Because)
		}
	}
	none, bare := seen(flowd.ApplicationRejected, func(ev *flowd.Event, f *flowd.Facts) { ev.Interview, f.Invites = flowd.Interview{}, nil })
	for condition, want := range map[string]flowd.Verdict{
		`interview.id == ""`: flowd.Matched, `interview.status == ""`: flowd.Matched, `not interview.ours`: flowd.Matched, `not interview.again`: flowd.Matched,
		`interview.score > 3`: flowd.Failed, `interview.duration > "1m"`: flowd.Failed, `interview.invited_at < now()`: flowd.Failed, `interview.finished_at < now()`: flowd.Failed,
	} {
		set := compile(t, file("  - {id: r, trigger: {event: application.rejected}, if: '"+condition+"', actions: [ats.tag: x]}\n"), rules.Options{})
		if a, _ := set.EvaluateRule("r", none, bare, monday); a.Verdict != want {
			t.Errorf("without an interview %s: %s %s", condition, a.Verdict, a.Because)
		}
	}
}
