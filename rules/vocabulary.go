package rules

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// vocabulary is every value that a member of flowd's own words can have; nil for
// one that is free. Empty, where a member is not known, may be asked for too.
func (c *compiler) vocabulary(member string) []string {
	var out []string
	switch member {
	case "event.type":
		for _, t := range flowd.EventTypes() {
			if !t.Ordered() {
				out = append(out, string(t))
			}
		}
	case "event.via":
		out = viaWords()
	case "application.status":
		out = []string{string(flowd.StatusActive), string(flowd.StatusRejected), string(flowd.StatusWithdrawn), string(flowd.StatusHired), string(flowd.StatusDeleted)}
	case "interview.status":
		out = []string{string(flowd.InterviewPending), string(flowd.InterviewToEvaluate), string(flowd.InterviewShortlisted), string(flowd.InterviewDiscarded)}
	case "event.source":
		out = c.sourceNames()
	}
	return out
}

func viaWords() []string {
	return []string{string(flowd.ViaMove), string(flowd.ViaApply), string(flowd.ViaImport), string(flowd.ViaAPI), string(flowd.ViaMerge), string(flowd.ViaUnknown)}
}

// checkWords refuses a comparison with what a member of flowd's own words never
// is; false where there is one.
func (c *compiler) checkWords(node *strictyaml.Node, source string, reads expression.Reads) bool {
	for _, l := range reads.Literals {
		words := c.vocabulary(l.Of)
		known := func(w string) bool { return expression.SameText(w, l.Text) }
		if len(words) == 0 || strings.TrimSpace(l.Text) == "" || slices.ContainsFunc(words, known) {
			continue
		}
		hint := "it is one of " + strings.Join(words, ", ")
		if near := strictyaml.Nearest(l.Text, words); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		node.ReportAt(min(l.Offset, utf8.RuneCountInString(source)), strictyaml.Problem{Code: "condition", Message: fmt.Sprintf("%s is never %q", l.Of, l.Text), Hint: hint})
		return false
	}
	return true
}
