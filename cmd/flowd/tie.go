package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

// tie says whose an interview is that flowd could not place.
func (a *app) tie(cmd *cobra.Command, o web.TieOrder) error {
	if o.Key == "" {
		return usage{"say which interview: its key in `flowd list --state held`"}
	}
	return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, running bool) error {
		var s web.Story
		if err := c.Post(cmd.Context(), "/api/v1/tie", o, &s); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "the interview belongs to application %s in %s\n", s.Application, s.ATS)
		if !running {
			cmd.PrintErrln("flowd is not running: what follows from it is done when flowd runs")
		}
		return nil
	})
}

// alternative marks a person as interviewed in another way.
func (a *app) alternative(cmd *cobra.Command, o web.AlternativeOrder, more, yes bool) error {
	if more {
		return usage{"--alternative names the person: leave the argument out"}
	}
	return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, _ bool) error {
		preview := o
		preview.Preview = true
		var list web.List
		if err := c.Post(cmd.Context(), "/api/v1/alternative", preview, &list); err != nil {
			return err
		}
		if err := a.entryTable(list.Entries); err != nil {
			return err
		}
		if !yes {
			ok, err := a.confirm("no invite for " + plural(len(list.Entries), "application", "applications") + ", now and later?")
			if err != nil {
				return err
			}
			if !ok {
				cmd.PrintErrln("nothing was changed")
				return errFound
			}
		}
		if err := c.Post(cmd.Context(), "/api/v1/alternative", o, &list); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "interviewed in another way: %s\n", plural(len(list.Entries), "application", "applications"))
		return nil
	})
}

// revoke ends the links to somebody's recordings.
func (a *app) revoke(cmd *cobra.Command, o web.RevokeOrder) error {
	return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, _ bool) error {
		var done web.Revoked
		if err := c.Post(cmd.Context(), "/api/v1/revoke", o, &done); err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "the links to %s open nothing any more; new ones are made when something is written back\n", plural(done.Interviews, "interview", "interviews"))
		return nil
	})
}
