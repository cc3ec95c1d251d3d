package odoo

import (
	"strings"
	"testing"
	"time"
)

// A round looks back for as long as something may still become readable, and
// then no longer: what lies there unchanged is not read for ever.
func TestCursor(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	var c cursor
	step := func(what string, last time.Time, after time.Duration, since time.Time) {
		t.Helper()
		if c = c.next(last, at.Add(after)); !c.Since.Equal(since) || c.After != 0 || !c.Until.IsZero() {
			t.Errorf("%s: %+v, want since %s", what, c, since)
		}
	}
	step("nothing is there", time.Time{}, 0, time.Time{})
	step("the first change", at, time.Minute, at.Add(-overlap))
	step("nothing new", at, 3*time.Minute, at.Add(-overlap))
	step("nothing new for long", at, 7*time.Minute, at.Add(time.Second))
	step("nothing to read", time.Time{}, 8*time.Minute, at.Add(time.Second))
	step("a change right behind", at.Add(8*time.Minute), 9*time.Minute, at.Add(3*time.Minute))
	step("one that came late", at.Add(4*time.Minute), 10*time.Minute, at.Add(3*time.Minute))
	c.Until, c.After, c.Anew = at.Add(20*time.Minute), 7, true
	step("the end of several pages", at.Add(90*time.Minute), 21*time.Minute, at.Add(15*time.Minute))
	if c.Anew {
		t.Error("the round that began anew never ends")
	}
	step("a change of tomorrow, by a wrong clock", at.Add(20*time.Hour), 30*time.Minute, at.Add(25*time.Minute))
	step("what is read again with it", at.Add(20*time.Hour), 40*time.Minute, at.Add(35*time.Minute))
	c.Until = at.Add(20 * time.Hour)
	step("the end of several pages with it", at.Add(20*time.Hour), 50*time.Minute, at.Add(45*time.Minute))
}

// BenchmarkRecord is one application of a page that entered another stage, from
// Odoo's JSON to flowd's words.
func BenchmarkRecord(b *testing.B) {
	const answer = `{"jsonrpc":"2.0","id":1,"result":[{"id":4411,"active":true,"create_date":"2026-03-01 08:00:00","write_date":"2026-03-02 09:29:58",` +
		`"date_last_stage_update":"2026-03-02 09:29:58","stage_id":[2,"Video interview"],"job_id":[7,"Account Executive"],"department_id":[3,"Sales"],` +
		`"partner_name":"Rosa Field","email_from":"rosa.field@example.com","partner_phone":"+49 30 901820","partner_mobile":false,"partner_id":[91,"Rosa Field"],` +
		`"source_id":false,"user_email":"recruiter@odoo.example","refuse_reason_id":false,"emp_id":false,"categ_ids":[5],"x_interview_link":false}]}`
	fields := definitions{"x_interview_link": {Type: "char", Label: "Interview link"}}
	custom := fields.custom()
	b.ReportAllocs()
	b.SetBytes(int64(len(answer)))
	for b.Loop() {
		_, err := readRows(strings.NewReader(answer), true, perPage, func(r row) error {
			_, err := fields.applicant(r, custom)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
