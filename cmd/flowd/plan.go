package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
	"flowd/rules"
)

// errDiffers ends `plan --exit-code` with exit code 2.
var errDiffers = errors.New("the edited rules differ")

type planFlags struct {
	since, rules string
	exitCode     bool
	show         bool
	quota        int
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use: "plan", Short: "What edited rules would change, as people", GroupID: groupRules, Args: cobra.NoArgs,
		Long: "Runs the rules on disk, beside those that serve, over the recorded events, the waiting and held work and the\n" +
			"invites of the period, and says for whom something would be otherwise, and which row or condition makes it so.\n" +
			"It changes nothing. Where a rule reads a custom field that nobody kept when an event came in, the event is\n" +
			"decoded again while its delivery is kept; else nobody can tell, and that is counted apart.\n\n" +
			"Exit code: 0 well, 1 failed; with --exit-code 2 where something differs.",
		Example: "  flowd plan\n  flowd plan --since 90d --rules ./edited --exit-code",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o := web.PlanOrder{Show: f.show}
			span, err := strictyaml.ParseSpan(f.since)
			if err != nil {
				return usage{"--since: " + err.Error()}
			}
			o.Since = time.Now().Add(-span)
			if f.rules != "" {
				if o.Files, err = rules.ReadDir(f.rules); err != nil {
					return err
				}
				if len(o.Files) == 0 {
					return fmt.Errorf("there are no rule files in %s", f.rules)
				}
			}
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				return a.plan(cmd, c, o, f)
			})
		},
	}
	c.Flags().StringVar(&f.since, "since", "30d", "how far to look back, a `SPAN`")
	c.Flags().StringVar(&f.rules, "rules", "", "a `DIR` with the edited rules, instead of those on disk")
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit with 2 where something differs")
	c.Flags().IntVar(&f.quota, "quota", 0, "`N` invites are in your Hireflix plan: tells when they are used up")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	c.Flags().BoolVar(&f.show, "show", false, "show names and addresses")
	return c
}

func (a *app) plan(cmd *cobra.Command, c *web.Client, o web.PlanOrder, f planFlags) error {
	bar := a.progress()
	made, err := c.Plan(cmd.Context(), o, bar.at)
	bar.end()
	if err != nil {
		return err
	}
	if a.json {
		err = a.writeJSON(made)
	} else {
		err = a.showPlan(cmd, made, f)
	}
	if err == nil && f.exitCode && made.Different() {
		return errDiffers
	}
	return err
}

// showPlan shows the counts first, then why, then who.
func (a *app) showPlan(cmd *cobra.Command, p web.Plan, f planFlags) error {
	fmt.Fprintf(a.Out, "%s\n", a.paint(bold, fmt.Sprintf("%d recorded events since %s", p.Events, when(p.Since))))
	fmt.Fprintf(a.Out, "people     %s\n", tally(p.Changes))
	fmt.Fprintf(a.Out, "owed       %s\n", tally(p.Waiting))
	fmt.Fprintf(a.Out, "standing   %s in a mapped stage, never invited\n", plural(p.Standing, "person stands", "people stand"))
	fmt.Fprintf(a.Out, "invites    %s\n", pace(p, f.quota, time.Now()))
	for _, kept := range p.Fields {
		since := "is not kept yet: from the swap on"
		if !kept.Since.IsZero() {
			since = "is kept since " + when(kept.Since)
		}
		fmt.Fprintf(a.Out, "field      %s %s\n", kept.Name, since)
	}
	for _, part := range []struct {
		title string
		who   []web.Planned
	}{{"People", p.People}, {"Work that is owed", p.Owed}, {"Who stands there already", p.Stand}} {
		if len(part.who) == 0 {
			continue
		}
		fmt.Fprintf(a.Out, "\n%s\n", a.paint(bold, part.title))
		if err := a.plannedTable(part.who); err != nil {
			return err
		}
		if len(part.who) == web.MaxPlanned {
			cmd.PrintErrf("only the first %d are named\n", web.MaxPlanned)
		}
	}
	for _, note := range p.Notes {
		cmd.PrintErrln(note)
	}
	return nil
}

func (a *app) plannedTable(who []web.Planned) error {
	order := map[web.Change]int{}
	for i, c := range web.ChangeList() {
		order[c] = i
	}
	slices.SortStableFunc(who, func(x, y web.Planned) int { return order[x.Change] - order[y.Change] })
	rows := make([][]cell, len(who))
	for i, p := range who {
		rows[i] = append([]cell{{string(p.Change), colourOfChange(p.Change)}},
			plainCells(p.Name, p.Email, p.Job, p.Stage, p.Was, p.Position, when(p.At), p.Rule, p.Application, p.Key, p.Why)...)
	}
	return a.table([]string{"WOULD BE", "NAME", "ADDRESS", "JOB", "STAGE", "WAS", "POSITION", "AT", "RULE", "APPLICATION", "KEY", "WHY"}, rows)
}

func colourOfChange(c web.Change) colour {
	switch c {
	case web.WouldInvite, web.WouldNotHold:
		return green
	case web.WouldNotInvite:
		return red
	case web.CannotTell:
		return dim
	}
	return yellow
}

// tally is the counts in words: +14 would be invited, −3 no longer invited, 2 later.
func tally(counts map[web.Change]int) string {
	var parts []string
	for _, c := range web.ChangeList() {
		n := counts[c]
		if n == 0 {
			continue
		}
		sign := map[web.Change]string{web.WouldInvite: "+", web.WouldNotInvite: "−"}[c]
		parts = append(parts, fmt.Sprintf("%s%d %s", sign, n, c))
	}
	if len(parts) == 0 {
		return "nothing changes"
	}
	return strings.Join(parts, ", ")
}

// pace is what the rules use of the invites of a period.
func pace(p web.Plan, quota int, now time.Time) string {
	days := now.Sub(p.Since).Hours() / 24
	will := float64(p.After) / days
	out := fmt.Sprintf("%d before, %d after (%.1f a day); %d waiting", p.Before, p.After, will, p.Owing)
	if p.Quota == nil {
		return out
	}
	out += fmt.Sprintf("; %d used", p.Quota.Used)
	if !p.Quota.To.IsZero() {
		out += " of the period until " + when(p.Quota.To)
	}
	switch left := float64(quota - p.Quota.Used - p.Owing); {
	case quota == 0:
		return out
	case left <= 0:
		return out + fmt.Sprintf(": the %d are used up by what waits", quota)
	case will == 0 || left/will > math.MaxInt16:
		return out + fmt.Sprintf(": the %d are not used up", quota)
	default:
		out += fmt.Sprintf(": the %d are used up on %s", quota, now.Add(time.Duration(left/will*24*float64(time.Hour))).Local().Format("2 Jan 2006"))
		return out
	}
}
