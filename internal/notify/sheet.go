package notify

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const digestWidth = 72 // of a line, as mail and terminals show it whole

// sheet is a text in columns.
type sheet struct {
	strings.Builder
	now time.Time
}

func (w *sheet) head(text string) {
	if w.Len() > 0 {
		w.WriteByte('\n')
	}
	w.WriteString(text + "\n")
}

// count writes a number under its head, and the reasons under it.
func (w *sheet) count(what string, n int, why ...Tally) {
	fmt.Fprintf(w, "  %-26s %5d\n", what, n)
	for _, t := range why {
		if t.N != 0 {
			w.wrap(fmt.Sprintf("    %6d  ", t.N), t.What)
		}
	}
}

// wrap writes text behind lead, with its further lines under its first.
func (w *sheet) wrap(lead, text string) {
	room := max(digestWidth-utf8.RuneCountInString(lead), 20)
	row := ""
	for _, word := range strings.Fields(strings.Map(visible, text)) {
		if row != "" && utf8.RuneCountInString(row)+1+utf8.RuneCountInString(word) > room {
			w.WriteString(lead + row + "\n")
			lead, row = strings.Repeat(" ", utf8.RuneCountInString(lead)), ""
		}
		if row != "" {
			row += " "
		}
		row += word
	}
	w.WriteString(lead + row + "\n")
}

func (w *sheet) since(d DigestData) {
	w.head("Since " + w.day(d.Since))
	if d.Invited+d.Finished+d.LeftOut == 0 {
		w.WriteString("  Nothing has happened.\n")
		return
	}
	what := "invited"
	if d.DryRun {
		what = "would be invited"
	}
	w.count(what, d.Invited)
	w.count("finished", d.Finished)
	w.count("left out", d.LeftOut, d.LeftOutWhy...)
}

func (w *sheet) stands(d DigestData) {
	w.head("Now")
	w.count("waiting", d.Waiting, d.WaitingWhy...)
	w.count("held", d.Held, d.HeldWhy...)
	w.count("failed", d.Failed, d.FailWhy...)
	if d.SentButUnchecked > 0 {
		w.count("sent? (being checked)", d.SentButUnchecked)
	}
	if d.Undecidable > 0 {
		w.count("deliveries not understood", d.Undecidable)
	}
}

func (w *sheet) todo(all []Todo) {
	w.head("For a person")
	if len(all) == 0 {
		w.WriteString("  Nothing.\n")
	}
	for _, t := range all {
		lead := "  - "
		if t.N > 0 {
			lead = fmt.Sprintf("  - %d ", t.N)
		}
		w.wrap(lead, t.What)
		w.command(t.Command)
	}
}

// maxOfMap bounds the jobs and rows that a digest names.
const maxOfMap = 10

// theMap tells what the map of jobs forgot, and what of it leads to nothing.
func (w *sheet) theMap(d DigestData) {
	if len(d.Unmapped)+d.MoreUnmapped+len(d.Dangling) == 0 {
		return
	}
	w.head("The map")
	for _, t := range d.Unmapped[:min(len(d.Unmapped), maxOfMap)] {
		people := "people stand"
		if t.N == 1 {
			people = "person stands"
		}
		w.wrap("  - ", fmt.Sprintf("%s: no row covers this job, and %d %s at a mapped stage", t.What, t.N, people))
	}
	if more := len(d.Unmapped) - maxOfMap; more > 0 {
		w.wrap("  - ", fmt.Sprintf("%d more jobs with people at a mapped stage have no row", more))
	}
	switch n := d.MoreUnmapped; {
	case n == 1:
		w.wrap("  - ", "1 open job with a mapped stage has no row; nobody stands there")
	case n > 1:
		w.wrap("  - ", fmt.Sprintf("%d open jobs with a mapped stage have no row; nobody stands there", n))
	}
	for _, text := range d.Dangling[:min(len(d.Dangling), maxOfMap)] {
		w.wrap("  - ", text)
	}
	if more := len(d.Dangling) - maxOfMap; more > 0 {
		w.wrap("  - ", fmt.Sprintf("%d more rows lead to nothing", more))
	}
	w.command("flowd names --unmapped")
}

// command stands on a line of its own, never broken: it is copied.
func (w *sheet) command(text string) {
	if text != "" {
		w.WriteString("      $ " + line(text, maxFact) + "\n")
	}
}

func (w *sheet) stops(all []Stop) {
	if len(all) == 0 {
		return
	}
	w.head("Stopped")
	for _, s := range all {
		w.wrap("  - ", fmt.Sprintf("%s, since %s: %s", s.What, w.day(s.Since), s.Why))
		w.command(s.Command)
	}
}

func (w *sheet) quota(q Quota) {
	switch {
	case q.Stopped:
		w.head("Invites of the period")
		w.WriteString("  Hireflix accepts no more of them.\n")
	case q.Limit > 0:
		w.head("Invites of the period")
		text := fmt.Sprintf("%d of %d used.", q.Used, q.Limit)
		if !q.RunsOut.IsZero() {
			text += " At this pace they run out on " + q.RunsOut.In(w.now.Location()).Format("Monday 2 January") + "."
		}
		w.wrap("  ", text)
	}
}

func (w *sheet) sources(all []Source) {
	w.head("Sources")
	if len(all) == 0 {
		w.WriteString("  None.\n")
	}
	for _, s := range all {
		text := "nothing yet"
		if !s.Last.IsZero() {
			text = "last event " + w.day(s.Last)
		}
		if s.Overdue {
			text += ", longer ago than usual: look whether it still sends"
		}
		w.wrap(fmt.Sprintf("  %-24s ", s.Name), text)
	}
}

func (w *sheet) alive(d DigestData) {
	w.head("flowd")
	if !d.Running.IsZero() {
		w.wrap("  ", "Running since "+w.day(d.Running)+".")
	}
	if d.Backup.IsZero() {
		w.wrap("  ", "The state was never backed up.")
		w.command("flowd backup FILE")
	} else {
		w.wrap("  ", "Last backup "+w.day(d.Backup)+".")
	}
	w.wrap("  ", "This comes each working morning. If it does not, flowd is not well.")
}

// day is a time as people say it beside another day's.
func (w *sheet) day(t time.Time) string {
	t = t.In(w.now.Location())
	y, m, d := w.now.Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, w.now.Location())
	switch {
	case t.IsZero():
		return "the beginning"
	case !t.Before(midnight):
		return "today " + t.Format("15:04")
	case !t.Before(midnight.AddDate(0, 0, -1)):
		return "yesterday " + t.Format("15:04")
	case !t.Before(midnight.AddDate(0, 0, -6)):
		return t.Format("Monday 15:04")
	}
	return t.Format("Monday 2 January 2006, 15:04")
}
