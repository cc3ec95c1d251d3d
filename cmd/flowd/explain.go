package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) explainCommand() *cobra.Command {
	var show, transcript bool
	c := &cobra.Command{
		Use: "explain X", Short: "The whole story of a person, an event, an interview or a rule", GroupID: groupDaily, Args: cobra.ExactArgs(1),
		Long: "X is an address, a candidate, an application, an event, an interview, the key of `flowd list`, the id of a\n" +
			"rule, or a JSON file that describes an event: then the rules are asked what they would do, and nothing is\n" +
			"stored. Each condition is shown as a tree with the value at each leaf, by the rules of that day.",
		Example: "  flowd explain rosa.field@example.com --show\n  flowd explain sales-video\n  flowd explain event.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				var e web.Explanation
				var err error
				if strings.HasSuffix(args[0], ".json") {
					err = supposed(cmd.Context(), c, args[0], &e)
				} else {
					q := url.Values{"x": {args[0]}}
					if show {
						q.Set("show", "1")
					}
					if transcript {
						q.Set("transcript", "1")
					}
					err = c.Get(cmd.Context(), "/api/v1/explain", q, &e)
				}
				if err != nil {
					return err
				}
				if a.json {
					return a.writeJSON(e)
				}
				a.tell(e)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&show, "show", false, "show names and addresses")
	c.Flags().BoolVar(&transcript, "transcript", false, "with --show: what the candidate said, as Hireflix wrote it down")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

// maxEvent bounds the file of an event.
const maxEvent = 256 << 10

// supposed asks the rules about the event in a file.
func supposed(ctx context.Context, c *web.Client, name string, e *web.Explanation) error {
	info, err := os.Stat(name)
	if err == nil && info.Size() > maxEvent {
		err = fmt.Errorf("%s is larger than the %d KiB of an event", name, maxEvent>>10)
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text, err := json.Marshal(string(data)) // as it is, so that its places are those of the file
	if err != nil {
		return err
	}
	return c.Post(ctx, "/api/v1/explain", web.Question{Event: text, Name: name}, e)
}

func (a *app) tell(e web.Explanation) {
	if e.Rule != "" {
		fmt.Fprintln(a.Out, e.Rule)
	}
	for i, s := range e.Stories {
		if i > 0 {
			fmt.Fprintln(a.Out)
		}
		a.story(s)
	}
}

func (a *app) story(s web.Story) {
	head := strings.TrimSpace(s.Name + "  " + s.Email)
	fmt.Fprintln(a.Out, a.paint(bold, head))
	fmt.Fprintf(a.Out, "application %s in %s", s.Application, s.ATS)
	for _, part := range []string{s.Job, s.Stage, s.Status} {
		if part != "" {
			fmt.Fprintf(a.Out, " · %s", part)
		}
	}
	fmt.Fprintf(a.Out, "\nnow: %s", a.paint(bold, s.Now))
	if !s.Until.IsZero() {
		fmt.Fprintf(a.Out, ", next at %s", when(s.Until))
	}
	fmt.Fprintln(a.Out)
	for _, m := range s.Events {
		a.moment(m)
	}
	for _, in := range s.Interviews {
		a.interview(in)
	}
	for _, r := range s.Actions {
		a.record(r)
	}
}

// interview is what is known of one, with its results.
func (a *app) interview(in web.Interview) {
	fmt.Fprintf(a.Out, "\n%s %s", a.paint(bold, "interview"), in.ID)
	if in.Position != "" {
		fmt.Fprintf(a.Out, " at %s", in.Position)
	}
	fmt.Fprintf(a.Out, ": %s\n", in.Status)
	var known []string
	if !in.Finished.IsZero() {
		known = append(known, "finished "+when(in.Finished))
	}
	if in.Score > 0 {
		known = append(known, fmt.Sprintf("score %g", in.Score))
	}
	if in.Duration > 0 {
		known = append(known, "lasts "+time.Duration(in.Duration).Round(time.Second).String())
	}
	if len(known) > 0 {
		fmt.Fprintln(a.Out, "  "+strings.Join(known, ", "))
	}
	if in.Untied {
		fmt.Fprintf(a.Out, "  belongs to no application: `flowd release %s --application ID` says whose it is\n", nameOf(in.Key, in.ID))
	}
	if in.Page != "" {
		fmt.Fprintln(a.Out, "  "+in.Page)
	}
	for _, line := range strings.Split(strings.TrimSpace(in.Transcript), "\n") {
		if line != "" {
			fmt.Fprintln(a.Out, "  | "+line)
		}
	}
}

func nameOf(name, other string) string {
	if name != "" {
		return name
	}
	return other
}

func (a *app) record(r web.Record) {
	what := a.paint(bold, "invite") + " to " + r.Position
	switch r.Kind {
	case "", flowd.ActionInvite:
	case flowd.ActionDecide:
		what = a.paint(bold, "decision")
	default:
		what = a.paint(bold, string(r.Kind))
		if r.Target != "" {
			what += " " + r.Target
		}
	}
	if r.Rule != "" {
		what += " by rule " + r.Rule
	}
	fmt.Fprintf(a.Out, "\n%s, key %s", what, r.Key)
	if r.Interview != "" {
		fmt.Fprintf(a.Out, ", interview %s", r.Interview)
	}
	if r.Batch != "" {
		fmt.Fprintf(a.Out, ", batch %s", r.Batch)
	}
	if r.After != "" {
		fmt.Fprintf(a.Out, ", after %s", r.After)
	}
	if r.Word == flowd.WordFinished || r.Word == flowd.WordWithdrawn {
		fmt.Fprintf(a.Out, ": %s", r.Word) // the steps do not tell
	}
	fmt.Fprintln(a.Out)
	for _, st := range r.Steps {
		line := fmt.Sprintf("  %s  %s", when(st.At), a.step(r, st))
		if st.By != "" {
			line += " (" + st.By + ")"
		}
		if st.Request != "" {
			line += a.paint(dim, " [request "+st.Request+"]")
		}
		fmt.Fprintln(a.Out, line)
	}
	if next := a.next(r); next != "" {
		fmt.Fprintln(a.Out, "  "+next)
	}
}

// next is what comes of an action: when, or who decides it.
func (a *app) next(r web.Record) string {
	switch {
	case r.State == flowd.Due && r.Why != "":
		return "due, but " + r.Why
	case (r.State == flowd.Waiting || r.State == flowd.Uncertain) && !r.Due.IsZero():
		return "next at " + when(r.Due)
	case r.State == flowd.Held && !strings.Contains(r.Why, "release"):
		return fmt.Sprintf("`flowd release %s` takes it up again, `flowd cancel %s` ends it", r.Key, r.Key)
	}
	return ""
}

// step is what became of an action, in words.
func (a *app) step(r web.Record, st web.RecordStep) string {
	now := a.paint(colourOf(st.Word), string(st.Word))
	switch flowd.ActionState(st.State) {
	case flowd.Replaced: // another row tells how it goes on
		return st.Why
	case flowd.Blocked:
		now = "waits for the step before it"
	case flowd.Leased:
		now = "on its way"
		if r.Kind.AtHireflix() {
			now += " to Hireflix"
		}
	}
	if st.Why != "" {
		now += ": " + st.Why
	}
	return now
}

func (a *app) moment(m web.Moment) {
	what := m.Type
	if m.Stage != "" {
		what += " " + m.Stage
	}
	if m.From != "" {
		what += " (from " + m.From + ")"
	}
	fmt.Fprintf(a.Out, "\n%s  %s  %s\n", when(m.At), what, a.paint(dim, "event "+m.Event))
	moved := ""
	if m.MovedBy != "" {
		moved = "moved by " + m.MovedBy
	}
	for _, more := range []string{moved, m.Seen, order(m)} {
		if more != "" {
			fmt.Fprintln(a.Out, "  "+more)
		}
	}
	if m.Undecided {
		fmt.Fprintln(a.Out, "  not decided yet")
	}
	for _, ans := range m.Answers {
		rule := "no rule"
		if ans.Rule != "" {
			rule = "rule " + ans.Rule
		}
		line := fmt.Sprintf("  %s: %s", rule, ans.Verdict)
		if ans.Why != "" {
			line += ", " + ans.Why
		}
		if ans.Position != "" && ans.Verdict == flowd.Matched {
			line += " → " + ans.Position
		}
		fmt.Fprintln(a.Out, line)
		if ans.Tree != nil {
			for _, l := range ans.Tree.Lines() {
				fmt.Fprintln(a.Out, "    "+l)
			}
		}
		if ans.Since != "" {
			fmt.Fprintln(a.Out, "    "+a.paint(dim, "("+ans.Since+")"))
		}
	}
}

// order is what a person wanted, in one line.
func order(m web.Moment) string {
	if m.By == "" {
		return ""
	}
	line := m.Order + ", ordered by " + m.By
	if m.Why != "" {
		line += ": " + m.Why
	}
	if m.Batch != "" {
		line += " (batch " + m.Batch + ")"
	}
	return line
}
