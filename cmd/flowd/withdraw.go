package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/strictyaml"
	"flowd/internal/web"
)

type withdrawFlags struct {
	since, csv string
	yes        bool
}

func (a *app) withdrawCommand() *cobra.Command {
	var o web.WithdrawOrder
	var f withdrawFlags
	c := &cobra.Command{
		Use: "withdraw (--candidate X | --rule R --since T | --batch B)", Short: "Take back invites that nobody has answered", GroupID: groupAct, Args: cobra.NoArgs,
		Long: "Deletes at Hireflix the interviews that flowd made and nobody has answered, each after another look, and\n" +
			"ends what has not gone out yet. It never deletes an answer, or an interview that is not flowd's. The person\n" +
			"is not invited again when the ATS repeats the move.\n\n" +
			"The names and their count are shown first. Above 20 the count has to be typed, or given with --yes --count.\n\n" +
			"Exit code: 0 all are taken back, 1 some are not, 2 wrong use.",
		Example: "  flowd withdraw --candidate rosa.field@example.com --why \"wrong position\"\n  flowd withdraw --rule sales-video --since 2h --csv apology.csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.By = who()
			if err := f.check(&o); err != nil {
				return err
			}
			return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, running bool) error {
				return a.withdraw(cmd, c, o, f, running)
			})
		},
	}
	c.Flags().StringVar(&o.Who, "candidate", "", "whose: an address, candidate, application or the key of `flowd list`")
	c.Flags().StringVar(&o.Rule, "rule", "", "what this `RULE` invited, --since a time")
	c.Flags().StringVar(&f.since, "since", "", "with --rule: in this `SPAN`, such as 2h, or since a time such as 2026-03-02T09:00:00Z")
	c.Flags().StringVar(&o.Batch, "batch", "", "what this `BATCH` invited: of `flowd invite`, or one that was held together")
	c.Flags().IntVar(&o.Count, "count", 0, "with --yes and more than 20: how many are meant")
	c.Flags().StringVar(&f.csv, "csv", "", "write names, addresses and outcomes to this `FILE`, for the apology")
	c.Flags().StringVar(&o.Why, "why", "", "`TEXT` that is recorded with the order")
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&o.Show, "show", false, "show names and addresses")
	return c
}

func (f withdrawFlags) check(o *web.WithdrawOrder) error {
	named := 0
	for _, s := range []string{o.Who, o.Rule, o.Batch} {
		if s != "" {
			named++
		}
	}
	switch {
	case named != 1:
		return usage{"say whose: --candidate, --rule with --since, or --batch"}
	case (o.Rule != "") != (f.since != ""):
		return usage{"--rule and --since go together"}
	case f.since == "":
		return nil
	}
	if at, err := time.Parse(time.RFC3339, f.since); err == nil {
		o.Since = at
		return nil
	}
	span, err := strictyaml.ParseSpan(f.since)
	if err != nil {
		return usage{"--since: " + err.Error()}
	}
	o.Since = time.Now().Add(-span)
	return nil
}

func (a *app) withdraw(cmd *cobra.Command, c *web.Client, o web.WithdrawOrder, f withdrawFlags, running bool) (err error) {
	preview := o
	preview.Preview = true
	var found web.Withdrawals
	if err := c.Post(cmd.Context(), "/api/v1/withdraw", preview, &found); err != nil {
		return err
	}
	if err := a.withdrawTable(found.Lines); err != nil {
		return err
	}
	if found.Count == 0 {
		cmd.PrintErrln("nothing can be taken back")
		return errFound
	}
	if o.Count == 0 || !f.yes {
		if err := a.meant(&o, found.Count, f.yes); err != nil {
			return err
		}
	}
	var file *os.File
	if f.csv != "" { // before anything is done: a file that cannot be written is found now
		if file, err = os.OpenFile(f.csv, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			return usage{"--csv: " + err.Error()}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		// Whoever apologises needs the names.
		o.Show = true
	}
	var done web.Withdrawals
	if err := c.Post(cmd.Context(), "/api/v1/withdraw", o, &done); err != nil {
		return err
	}
	withdrawn, err := a.followWithdrawals(cmd, c, done.Lines, running)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.Out, "%s taken back, %d not\n", plural(withdrawn, "invite", "invites"), len(done.Lines)-withdrawn)
	if file != nil {
		if err := apology(file, done.Lines); err != nil {
			return err
		}
		cmd.PrintErrf("names and outcomes are in %s\n", f.csv)
	}
	if withdrawn < len(done.Lines) && running {
		return errFound
	}
	return nil
}

// meant asks whether these invites are meant: with many, by their number.
func (a *app) meant(o *web.WithdrawOrder, n int, yes bool) error {
	switch {
	case yes && n <= web.MostUncounted:
		return nil
	case yes:
		return usage{fmt.Sprintf("these are %d invites: pass --yes --count %d", n, n)}
	case n <= web.MostUncounted:
		ok, err := a.confirm("take back " + plural(n, "invite", "invites") + "?")
		if err != nil || ok {
			return err
		}
	case !isTerminal(a.In):
		return usage{fmt.Sprintf("nobody is there to be asked about %d invites: pass --yes --count %d", n, n)}
	default:
		fmt.Fprintf(a.Err, "type how many invites are taken back: ")
		line, err := a.typed()
		typed, nerr := strconv.Atoi(line)
		if err == nil && nerr == nil && typed == n {
			o.Count = n
			return nil
		}
	}
	fmt.Fprintln(a.Err, "nothing was taken back")
	return errFound
}

func (a *app) withdrawTable(lines []web.WithdrawLine) error {
	rows := make([][]cell, len(lines))
	for i, l := range lines {
		rows[i] = append([]cell{{string(l.Word), colourOf(l.Word)}},
			plainCells(l.Name, l.Email, l.Job, l.Position, l.Rule, when(l.Invited), l.Application, l.Key, l.Outcome)...)
	}
	return a.table([]string{"IS", "NAME", "ADDRESS", "JOB", "POSITION", "RULE", "INVITED", "APPLICATION", "KEY", "WHY"}, rows)
}

// followWithdrawals writes what became of each order into its line, and counts
// those that were taken back.
func (a *app) followWithdrawals(cmd *cobra.Command, c *web.Client, lines []web.WithdrawLine, running bool) (int, error) {
	at := map[string]int{}
	var orders []string
	count := 0
	for i, l := range lines {
		switch {
		case l.Does && l.Order != "":
			at[l.Order], orders = i, append(orders, l.Order)
		case l.Does:
			count++
		}
	}
	if !running && len(orders) > 0 {
		cmd.PrintErrf("flowd is not running: %s taken back when it runs\n", plural(len(orders), "invite is", "invites are"))
		for _, i := range at {
			lines[i].Outcome = "is taken back when flowd runs"
		}
		return count, nil
	}
	left, err := a.follow(cmd.Context(), c, orders, false, func(s web.Standing) {
		l := &lines[at[s.Order]]
		l.Outcome = string(flowd.WordWithdrawn)
		if s.Word == web.WordDone || s.Word == web.WordWouldDo {
			count++
		} else {
			l.Outcome = "not withdrawn: " + s.Why
		}
		fmt.Fprintf(a.Out, "%s  %s, application %s\n", l.Outcome, l.Name, l.Application)
	})
	for order, s := range left {
		lines[at[order]].Outcome = "not yet withdrawn: " + string(s.Word)
	}
	return count, err
}

// apology writes whom to write to, and what became of each invite.
func apology(file *os.File, lines []web.WithdrawLine) error {
	w := csv.NewWriter(file)
	if err := w.Write([]string{"name", "address", "position", "invited", "outcome"}); err != nil {
		return err
	}
	for _, l := range lines {
		invited := ""
		if !l.Invited.IsZero() {
			invited = l.Invited.UTC().Format(time.RFC3339)
		}
		row := []string{l.Name, l.Email, l.Position, invited, l.Outcome}
		for i := range row {
			row[i] = web.SafeCell(row[i])
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
