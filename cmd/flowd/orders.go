package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
	"flowd/state"
)

// orderCommand is `release` or `cancel`: names first, then the order.
func (a *app) orderCommand(verb string) *cobra.Command {
	var o web.Order
	var yes bool
	var tie web.TieOrder
	var alternative web.AlternativeOrder
	var revoke web.RevokeOrder
	short := map[string]string{
		"release": "Let held or failed people go out after all",
		"cancel":  "End what is held, waiting or failed: it never goes out",
	}[verb]
	more := map[string]string{
		"release": " An interview that flowd could not place goes to the --application\nit belongs to.",
		"cancel":  " With --alternative a person is\ninterviewed in another way: flowd neither invites nor reminds them any more. With --links the links\nto a person's recordings that flowd made until now open nothing any more.",
	}[verb]
	c := &cobra.Command{
		Use: verb + " [PERSON]", Short: short, GroupID: groupAct, Args: cobra.MaximumNArgs(1),
		Long: short + "." + more + "\n\nPERSON is an address, a candidate, an application or the key of `flowd list`. The names are shown\n" +
			"first and nothing happens before the answer is yes. Who gave the order and why is recorded.",
		Example: fmt.Sprintf("  flowd %s rosa.field@example.com --why \"spoke to her\"\n  flowd %s --rule sales-video --reason error", verb, verb),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Verb, o.By = state.Verb(verb), who()
			switch {
			case tie.Application != "":
				tie.Key, tie.By, tie.Why = first(args), o.By, o.Why
				return a.tie(cmd, tie)
			case alternative.Who != "":
				alternative.By, alternative.Why, alternative.Show = o.By, o.Why, o.Show
				return a.alternative(cmd, alternative, len(args) > 0, yes)
			case revoke.Who != "":
				revoke.By, revoke.Why = o.By, o.Why
				return a.revoke(cmd, revoke)
			}
			if len(args) == 1 {
				o.Who = args[0]
			}
			if o.Who == "" && o.Rule == "" && o.Batch == "" && o.Reason == "" {
				return usage{"say whom: a person, --rule, --batch or --reason"}
			}
			return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, running bool) error {
				return a.order(cmd, c, o, yes, running)
			})
		},
	}
	c.Flags().StringVar(&o.Rule, "rule", "", "everybody this `RULE` asked for")
	c.Flags().StringVar(&o.Batch, "batch", "", "everybody of this `BATCH`: held together, or ordered together")
	c.Flags().StringVar(&o.Reason, "reason", "", "everybody held for this `REASON`, as list --json names it")
	c.Flags().StringVar(&o.Why, "why", "", "`TEXT` that is recorded with the order")
	c.Flags().BoolVar(&o.Show, "show", false, "show names and addresses")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	if verb == "release" {
		c.Flags().StringVar(&tie.Application, "application", "", "the `APPLICATION` that an interview belongs to which flowd could not place")
		c.Flags().StringVar(&tie.ATS, "ats", "", "the `ATS` of that application, where two have one of that id")
	} else {
		c.Flags().StringVar(&alternative.Who, "alternative", "", "mark this `PERSON` as interviewed in another way")
		c.Flags().StringVar(&revoke.Who, "links", "", "end the links to the recordings of this `PERSON`")
	}
	return c
}

func (a *app) order(cmd *cobra.Command, c *web.Client, o web.Order, yes, running bool) error {
	preview := o
	preview.Preview = true
	var list web.List
	if err := c.Post(cmd.Context(), "/api/v1/amend", preview, &list); err != nil {
		return err
	}
	if err := a.entryTable(list.Entries); err != nil {
		return err
	}
	if list.Note != "" {
		cmd.PrintErrln(list.Note)
	}
	if !yes {
		ok, err := a.confirm(fmt.Sprintf("%s %s?", o.Verb, lines(list.Entries)))
		if err != nil {
			return err
		}
		if !ok {
			cmd.PrintErrln("nothing was changed")
			return errFound
		}
	}
	if err := c.Post(cmd.Context(), "/api/v1/amend", o, &list); err != nil {
		return err
	}
	done := map[state.Verb]string{state.Release: "released", state.Cancel: "cancelled"}[o.Verb]
	fmt.Fprintf(a.Out, "%s %s\n", done, lines(list.Entries))
	if slices.ContainsFunc(list.Entries, func(e web.Entry) bool { return e.State == flowd.Replaced }) {
		cmd.PrintErrln("the rules as they serve now decide again: whom they still cannot place stays held, `flowd list --state held`")
	}
	if !running && o.Verb == state.Release {
		cmd.PrintErrln("flowd is not running: it goes out when flowd runs")
	}
	return nil
}

// lines counts whom an order is about. Two rules can ask for one person, each on a
// line of its own.
func lines(entries []web.Entry) string {
	people := map[[2]string]bool{}
	for _, e := range entries {
		people[[2]string{e.ATS, e.Application}] = true
	}
	of := plural(len(people), "person", "people")
	if len(people) == len(entries) {
		return of
	}
	return fmt.Sprintf("%d lines of %s", len(entries), of)
}

// confirm asks a question that only "y" or "yes" answers with yes. Without
// anybody to ask it is an error, so that a script cannot hang or assume.
func (a *app) confirm(question string) (bool, error) {
	fmt.Fprintf(a.Err, "%s [y/N] ", question)
	line, err := a.typed()
	if errors.Is(err, errInterrupted) {
		return false, err
	}
	if err != nil && line == "" {
		fmt.Fprintln(a.Err)
		return false, usage{"nobody answered; pass --yes to go ahead without asking"}
	}
	answer := strings.ToLower(line)
	return answer == "y" || answer == "yes", nil
}
