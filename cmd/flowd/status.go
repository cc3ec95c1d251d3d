package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"flowd"
	"flowd/internal/daemon"
	"flowd/internal/web"
)

func (a *app) statusCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "status", Short: "One screen: is it well, and what wants a person", GroupID: groupDaily, Args: cobra.NoArgs,
		Long:    "Works when flowd is down as well.\n\nExit code: 0 all is well, 1 something wants a person (or flowd is down), 2 wrong use.",
		Example: "  flowd status\n  flowd status --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reach(cmd.Context(), daemon.Reading, func(c *web.Client, _ bool) error {
				var s web.Status
				if err := c.Get(cmd.Context(), "/api/v1/status", nil, &s); err != nil {
					return err
				}
				if !a.json {
					a.statusScreen(s)
				} else if err := a.writeJSON(s); err != nil {
					return err
				}
				if s.NeedsPerson() {
					return errFound
				}
				return nil
			})
		},
	}
	c.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return c
}

func (a *app) statusScreen(s web.Status) {
	out := func(label, format string, args ...any) {
		fmt.Fprintf(a.Out, "%s %s\n", a.paint(dim, fmt.Sprintf("%-10s", label)), fmt.Sprintf(format, args...))
	}
	switch {
	case !s.Running:
		out("flowd", "%s", a.paint(red, "is not running"))
	case s.DryRun:
		out("flowd", "%s since %s, a dry run: nothing is sent", a.paint(green, "running"), when(s.Since))
	default:
		out("flowd", "%s since %s", a.paint(green, "running"), when(s.Since))
	}
	for _, p := range s.Pauses {
		out("paused", "%s", a.paragraph(11, yellow, stopLine(p)))
	}
	for _, p := range s.Problems {
		out("problem", "%s", a.paragraph(11, red, p))
	}
	serving := fmt.Sprintf("%s, %s", plural(s.Rules.Count, "rule", "rules"), plural(s.Rules.Rows, "row", "rows"))
	if !s.Rules.Since.IsZero() {
		serving += ", serving since " + when(s.Rules.Since)
	}
	out("rules", "%s", serving)
	if s.Rules.Stale != "" {
		out("", "%s", a.paragraph(11, red, "not all files on disk are served: "+s.Rules.Stale))
	}
	for _, src := range s.Sources {
		line := src.Name + " (" + src.Kind + "): last event " + ago(src.Last)
		if src.Hook != "" {
			line += ", delivers to " + src.Hook
		}
		out("source", "%s", line)
	}
	if s.Positions > 0 {
		out("hireflix", "%s, read %s; %d invited in the last hour, %d in the last day", plural(s.Positions, "position", "positions"), ago(s.Catalogue), s.SentHour, s.SentDay)
	}
	for _, of := range s.Systems {
		if !of.ReadAt.IsZero() {
			out("ats", "%s has %s, %s and %s, read %s", of.ATS, plural(of.Jobs, "job", "jobs"), plural(of.Stages, "stage", "stages"), plural(of.Fields, "field", "fields"), ago(of.ReadAt))
		}
	}
	if q := s.Quota; q != nil {
		line := fmt.Sprintf("%s used, asked %s", plural(q.Used, "invite", "invites"), ago(q.At))
		if !q.To.IsZero() {
			line += ", in the period that ends " + q.To.UTC().Format("2 Jan 2006")
		}
		out("quota", "%s", line)
	}
	out("people", "%s", a.peopleLine(s))
	for _, reason := range sortedKeys(s.Held) {
		out("", "%d held: %s", s.Held[reason], reason)
	}
	if s.Undecided > 0 {
		out("inbox", "%s not decided yet", plural(s.Undecided, "event", "events"))
	}
	if s.Unread > 0 {
		out("unread", "%s in the state", plural(s.Unread, "delivery that could not be understood lies", "deliveries that could not be understood lie"))
	}
	out("backup", "%s", ago(s.Backup))
}

func (a *app) peopleLine(s web.Status) string {
	var parts []string
	for _, w := range flowd.Words() {
		// Whom the rules leave out never became a row that could be counted: the
		// list has them, with their reasons.
		if n := s.People[w]; n > 0 && w != flowd.WordNotInvited {
			parts = append(parts, a.paint(colourOf(w), fmt.Sprintf("%d %s", n, w)))
		}
	}
	if len(parts) == 0 {
		return "nobody yet"
	}
	return strings.Join(parts, ", ")
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
