package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

type inviteFlags struct {
	candidate, from, position, email, why string
	again, yes, show                      bool
}

func (a *app) inviteCommand() *cobra.Command {
	var f inviteFlags
	c := &cobra.Command{
		Use: "invite (--candidate X | --from FILE)", Short: "Invite people by hand, one or a list", GroupID: groupAct, Args: cobra.NoArgs,
		Long: "Invites whom flowd knows from an ATS, through the same safety, quota and pace as everybody. Every row is\n" +
			"checked first; with a wrong one nobody is invited. It shows what would happen and asks. Running it twice\n" +
			"invites nobody twice.\n\n" +
			"FILE is a table with a header (candidate, email or application; position if you like), as spreadsheets or\n" +
			"`flowd list --csv` write it, or one reference a line; - takes it from a pipe. Without a position the map of\n" +
			"the rules says it.\n\n" +
			"Exit code: 0 all are invited or wait, 1 a row is wrong or somebody is held or failed, 2 wrong use.",
		Example: "  flowd invite --candidate rosa.field@example.com --position \"AE screening\"\n  flowd invite --from people.csv --why \"career fair\"\n  flowd list --state skipped --reason baseline --csv | flowd invite --from - --yes\n  flowd invite --candidate 265277 --again --email rosa@example.com",
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := a.inviteRows(f)
			if err != nil {
				return err
			}
			return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, running bool) error {
				return a.invite(cmd, c, f, rows, running)
			})
		},
	}
	c.Flags().StringVar(&f.candidate, "candidate", "", "whom: an address, candidate, application or the key of `flowd list`")
	c.Flags().StringVar(&f.from, "from", "", "everybody in this `FILE`")
	c.Flags().StringVar(&f.position, "position", "", "to this `POSITION`, by name or id, where the file says none")
	c.Flags().BoolVar(&f.again, "again", false, "take the unanswered interview back and invite once more")
	c.Flags().StringVar(&f.email, "email", "", "with --again: the person's new `ADDRESS`")
	c.Flags().StringVar(&f.why, "why", "", "`TEXT` that is recorded with the order")
	c.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	c.Flags().BoolVar(&f.show, "show", false, "show names and addresses")
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

// inviteRows are the people that the flags name.
func (a *app) inviteRows(f inviteFlags) ([]web.InviteRow, error) {
	switch {
	case f.from == "-" && !f.yes:
		return nil, usage{"--from - takes the list from where the answer would come: pass --yes"}
	case (f.candidate == "") == (f.from == ""):
		return nil, usage{"say whom: --candidate or --from"}
	case f.email != "" && (!f.again || f.candidate == ""):
		return nil, usage{"--email goes with --again and --candidate: it is one person's new address"}
	}
	rows := []web.InviteRow{{Who: f.candidate}}
	if f.from != "" {
		var err error
		if rows, err = a.readPeople(f.from); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		if rows[i].Position == "" {
			rows[i].Position = f.position
		}
	}
	return rows, nil
}

func (a *app) invite(cmd *cobra.Command, c *web.Client, f inviteFlags, rows []web.InviteRow, running bool) error {
	order := web.InviteOrder{
		Again: f.again, Email: f.email, Batch: web.NewBatch(time.Now().Format("20060102")), By: who(), Why: f.why, Preview: true, Show: f.show,
	}
	lines, err := sendRows(cmd, c, order, rows)
	if err != nil {
		return err
	}
	var open []web.InviteRow
	wrong, already := 0, 0
	seen := map[string]int{}
	for i := range lines {
		l := &lines[i]
		first, twice := seen[l.Order]
		switch {
		case l.Problem != "":
			wrong++
		case l.Already:
			already++
		case twice:
			already++
			l.Already, l.Note = true, "named already at line "+strconv.Itoa(first)
		default:
			seen[l.Order] = l.Line
			open = append(open, web.InviteRow{Line: l.Line, Application: l.Application, ATS: l.ATS, Position: rows[i].Position})
		}
	}
	if wrong > 0 {
		return a.wrongRows(cmd, lines, wrong)
	}
	if !a.json {
		if err := a.inviteTable(lines); err != nil {
			return err
		}
	}
	if len(open) == 0 {
		cmd.PrintErrln("nobody is left to invite")
		return a.inviteJSON(order.Batch, lines)
	}
	if !f.yes {
		ok, err := a.confirm("invite " + plural(len(open), "person", "people") + "?")
		if err != nil {
			return err
		}
		if !ok {
			cmd.PrintErrln("nobody was invited")
			return errFound
		}
	}
	order.Preview = false
	ordered, err := sendRows(cmd, c, order, open)
	if err != nil {
		if len(ordered) > 0 {
			cmd.PrintErrf("%s ordered before this went wrong; running the command again goes on from there\n", plural(len(ordered), "invite was", "invites were"))
		}
		return err
	}
	at := map[string]int{} // of each order, in lines
	for i, l := range lines {
		if !l.Already {
			at[l.Order] = i
		}
	}
	for _, l := range ordered {
		if i, ok := at[l.Order]; ok {
			lines[i].Entry, lines[i].Already = l.Entry, l.Already
		}
	}
	if !running {
		cmd.PrintErrf("%s ordered. flowd is not running: the invites go out when flowd runs\n", plural(len(ordered), "invite", "invites"))
		return a.inviteJSON(order.Batch, lines)
	}
	return a.followInvites(cmd, c, f, order.Batch, lines, at)
}

// sendRows sends an order in parts, and returns the lines of those that were
// taken.
func sendRows(cmd *cobra.Command, c *web.Client, order web.InviteOrder, rows []web.InviteRow) ([]web.InviteLine, error) {
	var lines []web.InviteLine
	for begin := 0; begin < len(rows); begin += web.MaxRows {
		order.Rows = rows[begin:min(begin+web.MaxRows, len(rows))]
		var answer web.Invites
		if err := c.Post(cmd.Context(), "/api/v1/invite", order, &answer); err != nil {
			return lines, err
		}
		lines = append(lines, answer.Lines...)
	}
	return lines, nil
}

func (a *app) wrongRows(cmd *cobra.Command, lines []web.InviteLine, wrong int) error {
	if a.json {
		if err := a.writeJSON(web.Invites{Lines: lines}); err != nil {
			return err
		}
		return errFound
	}
	for _, l := range lines {
		if l.Problem == "" {
			continue
		}
		place := ""
		if l.Line > 0 {
			place = "line " + strconv.Itoa(l.Line) + ": "
		}
		fmt.Fprintf(a.Out, "%s%s: %s\n", place, a.paint(bold, l.Who), a.paint(red, l.Problem))
	}
	if len(lines) > 1 {
		cmd.PrintErrf("nobody was invited: %d of %d rows are wrong\n", wrong, len(lines))
	}
	return errFound
}

func (a *app) inviteTable(lines []web.InviteLine) error {
	rows := make([][]cell, len(lines))
	for i, l := range lines {
		line := ""
		if l.Line > 0 {
			line = strconv.Itoa(l.Line)
		}
		rows[i] = append([]cell{{string(l.Word), colourOf(l.Word)}},
			plainCells(line, l.Name, l.Email, l.Job, l.Stage, l.Position, l.Application, l.Note)...)
	}
	return a.table([]string{"IS", "LINE", "NAME", "ADDRESS", "JOB", "STAGE", "POSITION", "APPLICATION", "WHY"}, rows)
}

func (a *app) inviteJSON(batch string, lines []web.InviteLine) error {
	if !a.json {
		return nil
	}
	return a.writeJSON(web.Invites{Batch: batch, Lines: lines})
}

// followInvites says of each person what became of the order; at is where each
// order stands among the lines.
func (a *app) followInvites(cmd *cobra.Command, c *web.Client, f inviteFlags, batch string, lines []web.InviteLine, at map[string]int) error {
	count := map[flowd.Word]int{}
	settled := func(s web.Standing) {
		count[s.Word]++
		lines[at[s.Order]].Entry = s.Entry
		if !a.json {
			fmt.Fprintln(a.Out, a.standingLine(s))
		}
	}
	orders := slices.SortedFunc(maps.Keys(at), func(x, y string) int { return cmp.Compare(at[x], at[y]) })
	left, err := a.follow(cmd.Context(), c, orders, f.show, settled)
	if err != nil {
		return err
	}
	for order, s := range left {
		lines[at[order]].Entry = s.Entry
	}
	if len(left) > 0 {
		cmd.PrintErrf("%s: `flowd list --state waiting` follows\n", plural(len(left), "person still waits", "people still wait"))
	}
	cmd.PrintErrf("`flowd withdraw --batch %s` takes them back\n", batch)
	if err := a.inviteJSON(batch, lines); err != nil {
		return err
	}
	if count[flowd.WordHeld]+count[flowd.WordFailed]+count[flowd.WordNotInvited] > 0 {
		return errFound
	}
	return nil
}
