package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) pauseCommand() *cobra.Command {
	var everything bool
	var why string
	c := &cobra.Command{
		Use: "pause [RULE | --all]", Short: "Stop everything that goes out, or one rule", GroupID: groupAct, Args: cobra.MaximumNArgs(1),
		Long: "Stops every outgoing effect within a second, or those of one rule, until `flowd resume`. Events are still\n" +
			"taken in; nothing is lost. A restart keeps the pause.\n\n" +
			"When flowd does not answer: create a file named PAUSED beside the state. Deleting it resumes.",
		Example: "  flowd pause --all --why \"wrong template\"\n  flowd pause sales-video",
		RunE: func(cmd *cobra.Command, args []string) error {
			if everything == (len(args) == 1) {
				return usage{"name one rule, or --all"}
			}
			return a.stops(cmd, web.PauseOrder{Rule: first(args), By: who(), Why: why})
		},
	}
	c.Flags().BoolVar(&everything, "all", false, "everything")
	c.Flags().StringVar(&why, "why", "", "`TEXT` that is recorded and shown by status")
	return c
}

func (a *app) resumeCommand() *cobra.Command {
	var everything bool
	c := &cobra.Command{
		Use: "resume [RULE | --all]", Short: "Let what was paused go on", GroupID: groupAct, Args: cobra.MaximumNArgs(1),
		Long: "Lifts the pause of one rule, or of everything; then the account's stop for a used-up quota or a refused\n" +
			"key is lifted too, so that a remedy need not wait for the next try.",
		Example: "  flowd resume --all\n  flowd resume sales-video",
		RunE: func(cmd *cobra.Command, args []string) error {
			if everything && len(args) == 1 {
				return usage{"name one rule, or --all"}
			}
			if !everything && len(args) == 0 {
				return usage{"name one rule, or --all"}
			}
			return a.stops(cmd, web.PauseOrder{Rule: first(args), Resume: true, By: who()})
		},
	}
	c.Flags().BoolVar(&everything, "all", false, "everything")
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func (a *app) stops(cmd *cobra.Command, o web.PauseOrder) error {
	return a.reach(cmd.Context(), daemon.Writing, func(c *web.Client, _ bool) error {
		var left []web.Stop
		if err := c.Post(cmd.Context(), "/api/v1/pause", o, &left); err != nil {
			return err
		}
		var s web.Status // it knows of the file PAUSED, too
		if err := c.Get(cmd.Context(), "/api/v1/status", nil, &s); err != nil {
			return err
		}
		if len(s.Pauses) == 0 {
			fmt.Fprintln(a.Out, "nothing is paused")
		}
		for _, p := range s.Pauses {
			fmt.Fprintln(a.Out, a.paint(yellow, "paused: ")+a.paragraph(len("paused: "), plainText, stopLine(p)))
		}
		return nil
	})
}

func stopLine(s web.Stop) string {
	reason := s.Reason
	if s.By != "" {
		reason = "by " + s.By
	}
	line := s.What + ", " + reason
	if s.Detail != "" {
		line += ": " + s.Detail
	}
	if !s.Since.IsZero() {
		line += ", since " + when(s.Since)
	}
	if !s.Probe.IsZero() {
		line += ", tried again " + next(s.Probe)
	}
	return line
}
