package rules

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// condition is one line of if or unless.
type condition struct {
	*expression.Condition
	because string
	place   place
}

// reason is what people read when the line decides.
func (c condition) reason() string {
	if c.because != "" {
		return c.because
	}
	return c.String()
}

// ask answers the line. An error is no answer, and holds no value of a person's.
func (c condition) ask(w *witness) (bool, error) {
	if err := c.askable(w); err != nil {
		return false, err
	}
	holds, err := c.Eval(w.env)
	if err != nil {
		return false, fmt.Errorf("%s: %w", c, err)
	}
	return holds, nil
}

func (c condition) askable(w *witness) error {
	m := w.unknown(c.Reads().Members)
	switch {
	case m == "":
		return nil
	case !fromSource(m):
		return fmt.Errorf("%s: %s is not known yet", c, m)
	case w.supplies(m):
		return fmt.Errorf("%s: %s is not known of this application", c, m)
	}
	return fmt.Errorf("%s: the source %s does not supply %s", c, w.env.Event.Source, m)
}

// condition compiles one line of a reaction, or of an invite rule; what is wrong
// is reported at its place in the expression, and ok is false then.
func (c *compiler) condition(keys conditionKeys, reaction bool) (compiled condition, ok bool) {
	if keys.When == "" || keys.Node == nil {
		return condition{}, false // reported on decoding
	}
	asked, err := c.language.Compile(keys.When)
	if err != nil {
		problem := strictyaml.Problem{Code: "condition", Message: err.Error()}
		offset := 0
		if e, ok := errors.AsType[*expression.Error](err); ok {
			problem.Message, problem.Hint, offset = e.Message, inReaction(e), e.Offset
			switch {
			case e.Certain && e.Answer:
				problem.Code = "always-true"
			case e.Certain:
				problem.Code = "always-false"
			}
		}
		keys.Node.ReportAt(offset, problem)
		return condition{}, false
	}
	for _, m := range asked.Reads().Members {
		problem := strictyaml.Problem{Code: "condition"}
		switch {
		case linkMembers[m]:
			problem.Message, problem.Hint = m+" is a value of texts, and no condition can ask for it", "ask for interview.status, or leave it out"
		case strings.HasPrefix(m, "interview.") && !reaction:
			problem.Message, problem.Hint = m+" is known in rules with a trigger alone: here nobody is invited yet", "ask for it in a rule with trigger: and actions:"
		default:
			continue
		}
		before, _, _ := strings.Cut(keys.When, m)
		keys.Node.ReportAt(utf8.RuneCountInString(before), problem)
		return condition{}, false
	}
	if !c.checkWords(keys.Node, keys.When, asked.Reads()) {
		return condition{}, false
	}
	return condition{Condition: asked, because: keys.Because, place: c.at(keys.Node)}, true
}

func (c *compiler) conditions(list []conditionKeys, reaction bool) []condition {
	var out []condition
	for _, keys := range list {
		if cond, ok := c.condition(keys, reaction); ok {
			out = append(out, cond)
		}
	}
	return out
}
