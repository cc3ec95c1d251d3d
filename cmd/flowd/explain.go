package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) explainCommand() *cobra.Command {
	var show bool
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
				if data, rerr := os.ReadFile(args[0]); rerr == nil && strings.HasSuffix(args[0], ".json") {
					err = c.Post(cmd.Context(), "/api/v1/explain", web.Question{Event: data}, &e)
				} else {
					q := url.Values{"x": {args[0]}}
					if show {
						q.Set("show", "1")
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
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
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
	fmt.Fprintf(a.Out, "\nnow: %s\n", a.paint(bold, s.Now))
	for _, m := range s.Events {
		a.moment(m)
	}
	for _, r := range s.Actions {
		what := a.paint(bold, "invite") + " to " + r.Position + " by"
		if r.Position == "" {
			what = a.paint(bold, "decision") + " of"
		}
		fmt.Fprintf(a.Out, "\n%s rule %s, key %s", what, r.Rule, r.Key)
		if r.Interview != "" {
			fmt.Fprintf(a.Out, ", interview %s", r.Interview)
		}
		fmt.Fprintln(a.Out)
		for _, st := range r.Steps {
			line := fmt.Sprintf("  %s  %s", when(st.At), a.step(st))
			if st.By != "" {
				line += " (" + st.By + ")"
			}
			if st.Request != "" {
				line += a.paint(dim, " [request "+st.Request+"]")
			}
			fmt.Fprintln(a.Out, line)
		}
	}
}

// step is what became of an invite, in words.
func (a *app) step(st web.RecordStep) string {
	now := a.paint(colourOf(st.Word), string(st.Word))
	switch flowd.ActionState(st.State) {
	case flowd.Replaced: // another row tells how it goes on
		return st.Why
	case flowd.Leased:
		now = "on its way to Hireflix"
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
	}
}
