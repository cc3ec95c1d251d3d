package rules_test

import (
	"strings"
	"testing"
	"time"

	"flowd"
	"flowd/engine"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

const windowRules = `version: 1
owner: docs
calendars:
  office: {days: mon-fri, hours: "09:00-17:30", tz: Europe/Berlin, holidays: DE}
  daytime: {hours: "08:00-20:00", tz: candidate, fallback_tz: Europe/Berlin}
defaults: {wait: 15m, window: office}
rules:
  - id: sales
    description: Sales.
    stage: Video
    pairs: [{department: Sales, position: pos}]
    if: application.age < "10d"
    tests:
      - name: Friday evening to Monday morning
        at: "2026-03-06T18:20:00+01:00"
        expect: [{hireflix.invite: {position: pos}, at: "2026-03-09T09:00:00+01:00"}]
      - name: over Easter
        at: "2026-04-02T17:20:00+02:00"
        expect: [{hireflix.invite: {position: pos}, at: "2026-04-07T09:00:00+02:00"}]
      - name: moved on during the wait
        then: [{after: 10m, event: stage.entered, stage: Rejected}]
        expect: none
        because: left the stage
      - name: rejected during the wait
        then: [{after: 10m, event: application.rejected}]
        expect: none
        because: ended
      - name: moved on behind it
        then: [{after: 20m, event: stage.entered, stage: Rejected}]
        expect: [{hireflix.invite: {position: pos}, at: "2026-01-05T10:15:00Z"}]
      - name: gone and back
        then:
          - {after: 10m, event: stage.entered, stage: Video}
          - {after: 5m, event: stage.entered, stage: Rejected}
        expect: [{hireflix.invite: {position: pos}, at: "2026-01-05T10:25:00Z"}]
      - name: too old by the time it goes out
        at: "2026-03-06T18:20:00+01:00"
        given: {application: {applied_at: 2026-02-25T12:00:00Z}}
        expect: none
        because: application.age < "10d"
  - id: theirs
    description: By the candidate's clock, at once.
    stage: Phone
    wait: 0s
    window: daytime
    pairs: [{position: pos}]
    tests:
      - name: in Japan it is evening
        at: "2026-01-05T12:00:00Z"
        given: {candidate: {country: JP}}
        expect: [{hireflix.invite: {position: pos}, at: "2026-01-05T23:00:00Z"}]
      - name: a country with many zones
        at: "2026-01-05T22:00:00Z"
        given: {candidate: {country: US}}
        expect: [{hireflix.invite: {position: pos}, at: "2026-01-06T07:00:00Z"}]
  - id: back
    description: Noted later.
    trigger: {event: interview.finished, of: any}
    wait: 1h
    window: always
    actions:
      - ats.note: {text: done}
      - ats.tag: {add: seen}
    tests:
      - name: an hour later
        expect: [{ats.note: {text: done}, at: "2026-01-05T11:00:00Z"}, {ats.tag: {add: seen}}]
`

func TestWindow_TestsOfRules(t *testing.T) {
	t.Parallel()
	set, problems := rules.Compile([]rules.File{{Name: "x.yaml", Data: []byte(windowRules)}}, rules.Options{})
	for _, p := range problems {
		if p.Severity == strictyaml.Error {
			t.Fatal(strictyaml.Render(problems))
		}
	}
	for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
		if !r.OK {
			t.Errorf("%s\n%s", r.Name, strings.Join(r.Diff, "\n"))
		}
	}
	wrong := strings.NewReplacer("because: left the stage", "because: unless", "2026-03-09T09", "2026-03-09T10").Replace(windowRules)
	set, _ = rules.Compile([]rules.File{{Name: "x.yaml", Data: []byte(wrong)}}, rules.Options{})
	failed := 0
	for _, r := range rules.RunTests(set, engine.Decide, rules.TestOptions{}) {
		if !r.OK {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d tests fail, want 2", failed)
	}
}

// The same event is put off to the same moment whenever it is decided, and
// explained by what puts it off.
func TestWindow_Explained(t *testing.T) {
	t.Parallel()
	set, _ := rules.Compile([]rules.File{{Name: "x.yaml", Data: []byte(windowRules)}}, rules.Options{})
	at := time.Date(2026, time.March, 6, 17, 20, 0, 0, time.UTC)
	app := flowd.Application{ID: "a", AppliedAt: at, Job: flowd.Job{ID: "j", Department: "Sales"}, Candidate: flowd.Candidate{Email: "rosa.field@example.com"}}
	ev := flowd.Event{Key: "e", Type: flowd.StageEntered, At: at, Received: at, Stage: flowd.Stage{Name: "Video"}, Application: app}
	want := time.Date(2026, time.March, 9, 8, 0, 0, 0, time.UTC)
	for _, later := range []time.Duration{0, time.Minute, 24 * time.Hour} {
		e, _ := set.Explain("sales", ev, flowd.Facts{Application: app}, at.Add(later))
		if !e.NotBefore.Equal(want) {
			t.Errorf("%s later: not before %s, want %s", later, e.NotBefore, want)
		}
		if said := strings.Join(e.Lines(), "\n"); later == 0 && !strings.Contains(said, "not before 2026-03-09T09:00:00+01:00: waits 15m, then until the window office (mon-fri 09:00-17:30 Europe/Berlin, closed on the holidays of DE) opens") {
			t.Error(said)
		}
	}
	words, _ := set.Describe("sales")
	if !strings.Contains(words, "It waits 15m first; who leaves the stage meanwhile is not invited.") || !strings.Contains(words, "while the window office (mon-fri") {
		t.Error(words)
	}
	r, _ := set.Rule("theirs")
	if r.Wait != 0 || !strings.Contains(r.Window(), "by the candidate's clock") {
		t.Errorf("%s, %s", r.Wait, r.Window())
	}
}
