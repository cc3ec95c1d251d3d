package notify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"flowd/internal/notify"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The digests as they are read. A change of words is made in the files by hand
// and read by eye.
func TestDigest(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	now := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		data    notify.DigestData
		subject string
	}{
		"empty": {notify.DigestData{Since: friday}, "flowd, Monday 23 November: 0 invited, 0 finished"},
		"full": {notify.DigestData{
			Owner: "sales-ops", Since: friday, Zone: zone(t, "Europe/Berlin"),
			Invited: 42, Finished: 17, LeftOut: 9,
			LeftOutWhy: []notify.Tally{{What: "referrals are called by phone", N: 6}, {What: "no live rule names this stage and job", N: 2}, {What: "nothing", N: 0},
				{What: "a reason that somebody has written at such length that it does not fit into one line of a mail", N: 1}},
			Waiting: 5, Held: 3, Failed: 1,
			HeldWhy: []notify.Tally{{What: "the position is archived", N: 3}}, FailWhy: []notify.Tally{{What: "the address is refused", N: 1}},
			SentButUnchecked: 1, Undecidable: 2,
			Quota: notify.Quota{Used: 430, Limit: 500, RunsOut: now.AddDate(0, 0, 4)},
			Stops: []notify.Stop{{What: "everything", Why: "paused by a person", Since: now.Add(-11 * time.Hour), Command: "flowd resume"}},
			Sources: []notify.Source{{Name: "greenhouse", Last: now.Add(-20 * time.Minute)}, {Name: "lever-eu", Last: now.AddDate(0, 0, -3), Overdue: true},
				{Name: "a-source-with-a-rather-long-name"}},
			Todo:     []notify.Todo{{What: "people of sales-video are held", N: 3, Command: "flowd list --held --rule sales-video"}, {What: "look at the Messages box of AE screening"}},
			Unmapped: []notify.Tally{{What: "Account Executive, Vienna", N: 12}, {What: "Miller", N: 1}}, MoreUnmapped: 4,
			Dangling: []string{`video.yaml:9 names the job "Smith": greenhouse no longer has this job: it was closed, deleted or renamed`},
			Running:  now.AddDate(0, 0, -30), Backup: now.Add(-4 * time.Hour),
		}, "flowd, Monday 23 November: STOPPED, a source is silent, 6 for a person, 42 invited, 17 finished"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := notify.Digest(c.data, now)
			want, err := os.ReadFile(filepath.Join("testdata", "digest-"+name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			if m.Text+"\n" != string(want) {
				t.Errorf("got\n%s\nwant\n%s", m.Text, want)
			}
			if m.Subject != c.subject || m.Key != "digest-2026-11-23-"+c.data.Owner || !m.Table {
				t.Errorf("got %q, %q", m.Subject, m.Key)
			}
			for line := range strings.Lines(m.Text) {
				if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > 72 {
					t.Errorf("a line is too long: %s", line)
				}
			}
		})
	}
}

func TestMorning(t *testing.T) {
	t.Parallel()
	week := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	berlin := notify.Morning{Hour: 8, Days: week, Zone: zone(t, "Europe/Berlin")}
	night := notify.Morning{Hour: 2, Minute: 30, Days: append(week, time.Saturday, time.Sunday), Zone: berlin.Zone}
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, c := range []struct {
		m           notify.Morning
		after, want string
	}{
		{berlin, "2026-11-23T06:59:59Z", "2026-11-23T08:00:00+01:00"},
		{berlin, "2026-11-23T07:00:00Z", "2026-11-24T08:00:00+01:00"},
		{berlin, "2026-11-20T07:00:00Z", "2026-11-23T08:00:00+01:00"}, // over the weekend
		{berlin, "2026-03-27T07:00:00Z", "2026-03-30T08:00:00+02:00"}, // and the clocks
		{night, "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+01:00"},  // 02:30 comes twice that day,
		{night, "2026-10-25T01:30:00Z", "2026-10-26T02:30:00+01:00"},  // and counts once
	} {
		if got := c.m.Next(at(c.after)); !got.Equal(at(c.want)) {
			t.Errorf("after %s comes %v, want %s", c.after, got, c.want)
		}
		if last := at(c.after); !c.m.Due(last, at(c.want)) || c.m.Due(last, at(c.want).Add(-time.Second)) {
			t.Errorf("after %s it is not due at %s exactly", c.after, c.want)
		}
	}
	if none := (notify.Morning{Hour: 8, Zone: time.UTC}); !none.Next(monday).IsZero() || none.Due(monday, monday.AddDate(1, 0, 0)) {
		t.Error("no days, and yet one comes")
	}
	if berlin.Due(at("2026-11-23T07:00:00Z"), at("2026-11-23T07:00:00Z")) {
		t.Error("one digest is owed twice")
	}
}
