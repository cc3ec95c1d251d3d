package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"flowd"
)

// digest covers what the rule does in a mode.
func (r *Rule) digest(mode flowd.Mode, positions []written) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %v %v %v\n", r.ID, mode, r.stages, r.Group, r.Otherwise, r.HoldUnmapped, r.OncePerCandidate)
	if r.Wait != 0 || r.window != nil {
		fmt.Fprintf(h, "later %v %q\n", r.Wait, r.window.String())
	}
	rows := make([]string, len(r.rows))
	for i, row := range r.rows {
		rows[i] = fmt.Sprintf("%q %q\n", row.cells, positions[row.position].text)
	}
	slices.Sort(rows) // their order decides nothing, so sorting the spreadsheet changes nothing
	for _, row := range rows {
		fmt.Fprint(h, row)
	}
	if r.Holds != (Holds{Priority: usualPriority}) {
		fmt.Fprintf(h, "holds %+v\n", r.Holds)
	}
	if r.silent {
		fmt.Fprintln(h, "silent")
	}
	for _, c := range r.ifs {
		fmt.Fprintf(h, "if %q\n", c)
	}
	for _, c := range r.unless {
		fmt.Fprintf(h, "unless %q\n", c)
	}
	if t := r.trigger; t != nil {
		if t.timer.working != nil {
			fmt.Fprintf(h, "days %d %q\n", t.timer.days, t.timer.working)
		}
		fmt.Fprintf(h, "on %q %v %q %q %v %q %q %q %q %v\n", t.events, t.timer.after, t.timer.still, t.of, t.anyOf, t.cells, t.from, t.status, t.via, r.OncePerInterview)
		for _, p := range t.positions {
			fmt.Fprintf(h, "at %q\n", positions[p].text)
		}
	}
	for _, s := range r.steps {
		fmt.Fprintf(h, "do %q %q %q %d %v\n", s.Kind, s.Target, s.Text, s.Days, s.Personal)
		for _, c := range s.ifs {
			fmt.Fprintf(h, "where %q\n", c)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
