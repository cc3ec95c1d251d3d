package main

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
)

type listFlags struct {
	state, job, rule, batch, reason, since, text string
	csv, show, all                               bool
	limit                                        int
}

func (a *app) listCommand() *cobra.Command {
	var f listFlags
	c := &cobra.Command{
		Use: "list [events]", Short: "Who is where, and why", GroupID: groupDaily,
		Long: "Lists people by where they stand: waiting, held, sent, finished, withdrawn, failed, or skipped with the\n" +
			"reason; `list events` lists what came in. What follows an interview (notes, tags, messages) is listed when\n" +
			"it wants a person, or with --all. The newest stand first. Names and addresses are masked unless --show is given.\n\nExit code: 0 also when nothing is listed.",
		Example: "  flowd list --state held\n  flowd list --job \"Account Executive, Berlin\" --csv > people.csv\n  flowd list events --since 2d",
		Args:    cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs), ValidArgs: []string{"events"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.state != "" && !slices.Contains(web.ListStates, f.state):
				return usage{"--state is one of " + strings.Join(web.ListStates, ", ")}
			case f.limit < 0:
				return usage{"--limit is a number of lines, at least 1"}
			}
			q := f.query()
			if len(args) == 1 {
				q.Set("events", "1")
			}
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				return a.showList(cmd, c, q, f)
			})
		},
	}
	c.Flags().StringVar(&f.state, "state", "", "only those in this `STATE`: "+strings.Join(web.ListStates, ", "))
	c.Flags().StringVar(&f.job, "job", "", "only this `JOB`, by id or name")
	c.Flags().StringVar(&f.rule, "rule", "", "only what this `RULE` asked for")
	c.Flags().StringVar(&f.batch, "batch", "", "only this `BATCH`: what was held or ordered together")
	c.Flags().StringVar(&f.reason, "reason", "", "only this `REASON`, as --json names it")
	c.Flags().StringVar(&f.text, "text", "", "only lines that hold this `TEXT`, of what they show")
	c.Flags().StringVar(&f.since, "since", "", "only what happened in this `SPAN`, such as 2d")
	c.Flags().IntVar(&f.limit, "limit", 0, "at most `N` lines; all of them by default")
	c.Flags().BoolVar(&f.all, "all", false, "what follows an interview, too")
	c.Flags().BoolVar(&f.csv, "csv", false, "write CSV, with results")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	c.Flags().BoolVar(&f.show, "show", false, "show names and addresses")
	_ = c.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(web.ListStates, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (f listFlags) query() url.Values {
	q := url.Values{}
	set := func(key, v string) {
		if v != "" {
			q.Set(key, v)
		}
	}
	set("state", f.state)
	set("job", f.job)
	set("rule", f.rule)
	set("batch", f.batch)
	set("reason", f.reason)
	set("text", f.text)
	if f.show {
		q.Set("show", "1")
	}
	if f.all {
		q.Set("all", "1")
	}
	return q
}

func (a *app) showList(cmd *cobra.Command, c *web.Client, q url.Values, f listFlags) error {
	if f.since != "" {
		span, err := strictyaml.ParseSpan(f.since)
		if err != nil {
			return usage{"--since: " + err.Error()}
		}
		q.Set("since", time.Now().Add(-span).UTC().Format(time.RFC3339))
	}
	all, err := everyPage(cmd, c, q, f.limit)
	if err != nil {
		return err
	}
	switch {
	case a.json:
		return a.writeJSON(web.List{Entries: all})
	case f.csv:
		return a.listCSV(all)
	}
	if len(all) == 0 {
		cmd.PrintErrln("nobody")
		return nil
	}
	if f.state == "held" {
		all = batched(all)
	}
	if q.Has("events") {
		return a.eventTable(all)
	}
	return a.entryTable(all)
}

// batched puts what is held together together, where the newest of it stands.
func batched(all []web.Entry) []web.Entry {
	of, out := map[string][]web.Entry{}, make([]web.Entry, 0, len(all))
	for _, e := range all {
		of[e.Batch] = append(of[e.Batch], e)
	}
	for _, e := range all {
		if e.Batch == "" {
			out = append(out, e)
			continue
		}
		out = append(out, of[e.Batch]...)
		delete(of, e.Batch)
	}
	return out
}

func everyPage(cmd *cobra.Command, c *web.Client, q url.Values, limit int) ([]web.Entry, error) {
	all := []web.Entry{}
	for {
		var page web.List
		if err := c.Get(cmd.Context(), "/api/v1/list", q, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Entries...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
		if page.Next == "" {
			return all, nil
		}
		q.Set("after", page.Next)
	}
}

func (a *app) entryTable(entries []web.Entry) error {
	rows := make([][]cell, len(entries))
	for i, e := range entries {
		rows[i] = append([]cell{{string(e.Word), colourOf(e.Word)}},
			plainCells(e.Name, e.Email, e.Job, e.Stage, e.Position, e.Rule, e.Batch, actionOf(e), next(e.Due), e.Application, e.Key, e.Why)...)
	}
	return a.table([]string{"IS", "NAME", "ADDRESS", "JOB", "STAGE", "POSITION", "RULE", "BATCH", "ACTION", "NEXT", "APPLICATION", "KEY", "WHY"}, rows)
}

// eventTable lists what came in, with the keys by which explain and test add know
// it.
func (a *app) eventTable(entries []web.Entry) error {
	rows := make([][]cell, len(entries))
	for i, e := range entries {
		rows[i] = append([]cell{{string(e.Word), colourOf(e.Word)}},
			plainCells(when(e.At), e.Name, e.Email, e.Job, e.Stage, e.Position, e.Rule, e.Application, e.Event, e.Why)...)
	}
	return a.table([]string{"IS", "AT", "NAME", "ADDRESS", "JOB", "STAGE", "POSITION", "RULE", "APPLICATION", "EVENT", "WHY"}, rows)
}

// actionOf names what a line is about, where that is no invite.
func actionOf(e web.Entry) string {
	switch e.Kind {
	case "", flowd.ActionInvite, flowd.ActionDecide:
		return ""
	case flowd.ActionTie:
		return "whose interview?"
	}
	return strings.TrimSpace(string(e.Kind) + " " + e.Target)
}

func (a *app) listCSV(entries []web.Entry) error {
	sheet, err := web.NewSheet(a.Out)
	if err != nil {
		return err
	}
	return sheet.Add(entries)
}
