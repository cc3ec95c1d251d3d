package rules

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// Step is one action of a reaction.
type Step struct {
	Kind flowd.ActionKind
	// Target and Text are templates, as flowd.Action has them. The target of a
	// message is a channel's name, or one value in ${…} that gives an address.
	Target, Text string
	Days         int  // how long a shared link lives
	Personal     bool // a message may name the person
	Index        int  // its place in the rule, from 0
	// Adverse tells that it ends somebody's application, or may: a discard, or a
	// move to a stage whose kind says so or is unknown, on an event that records no
	// person's decision.
	Adverse bool
}

// step is a step with what belongs to the rule file.
type step struct {
	Step
	place place
	ifs   []condition
}

// StepFits answers the own if of the step that asked for an action, with what is
// known now; true where it has none. because is the line that did not hold, as
// people read it. An error is no answer. A rule or step that the set does not have
// does not fit.
func (s *Set) StepFits(a flowd.Action, ev flowd.Event, facts flowd.Facts, now time.Time) (fits bool, because string, err error) {
	r, ok := s.Rule(a.Rule)
	step := -1
	if ok {
		step = r.stepOf(a)
	}
	if step < 0 {
		return false, flowd.ReasonRuleGone.InWords(), nil
	}
	if len(r.steps[step].ifs) == 0 {
		return true, "", nil
	}
	w := s.asked(ev, facts, now).latest()
	for _, c := range r.steps[step].ifs {
		holds, err := c.ask(w)
		if err != nil || !holds {
			return false, c.reason(), err
		}
	}
	return true, "", nil
}

// stepOf is the step that asked for an action, or -1: the rule may have been
// changed since, so that another one stands in its place.
func (r *Rule) stepOf(a flowd.Action) int {
	at := func(i int) bool { return i >= 0 && i < len(r.steps) && r.steps[i].Kind == a.Kind }
	same := func(i int) bool { return at(i) && r.steps[i].Target == a.Target && r.steps[i].Text == a.Text }
	if same(a.Step) {
		return a.Step
	}
	for i := range r.steps {
		if same(i) {
			return i
		}
	}
	if at(a.Step) { // its words were mended
		return a.Step
	}
	return -1
}

// Overtaken is why what a timer waited for is not to be done any more, or "". It
// is asked again right before the first step: that may come long after its time.
func (s *Set) Overtaken(rule string, ev flowd.Event, facts flowd.Facts) flowd.Reason {
	r, ok := s.Rule(rule)
	if !ok || r.trigger == nil || !r.trigger.timer.waits() {
		return ""
	}
	return r.trigger.timer.over(ev, facts)
}

const (
	shareDays = 75 // Hireflix's own default, and what it asks for at least
	maxDays   = 3650
	maxSteps  = 20
)

// steps compiles a reaction's actions.
func (c *compiler) steps(r *Rule, keys ruleKeys) []step {
	if n := keys.Node.Get("actions"); n != nil && !n.Broken() && len(keys.Actions) == 0 {
		c.report.error(c.at(n), "no-actions", `write - ats.note: {text: "…"}, or another`, "actions is empty: the rule does nothing")
	}
	var out []step
	for i, a := range keys.Actions {
		if a.Kind == "" {
			continue // reported on decoding
		}
		if i == maxSteps {
			c.report.error(c.at(a.Node), "too-large", "split the rule", "a rule has at most %d actions", maxSteps)
			break
		}
		s := step{place: c.at(a.Node), ifs: c.conditions(a.If, true)}
		s.Step = Step{Kind: a.Kind, Target: a.Target, Text: a.Text, Days: a.Days, Personal: a.Personal, Index: i}
		if a.Kind == flowd.ActionShare {
			c.share(&s, a)
		}
		target, text := c.template(a.Target, a.TargetNode), c.template(a.Text, a.TextNode)
		c.checkTemplates(a, target, text)
		c.checkAdverse(r, s, a)
		out = append(out, s)
	}
	return out
}

func (c *compiler) share(s *step, a actionKeys) {
	switch {
	case a.DaysNode == nil:
		s.Days = shareDays
	case a.Days < 1 || a.Days > maxDays:
		c.report.error(c.at(a.DaysNode), "value", "write days: 75", "a link lives for 1 to %d days", maxDays)
	case a.Days < shareDays && !a.Force:
		c.report.error(c.at(a.DaysNode), "value", "write days: 75, or add force: true", "Hireflix asks for at least %d days", shareDays)
	}
}

// template compiles a template; what is wrong is reported at its place in the
// text, and the answer is nil then.
func (c *compiler) template(text string, node *strictyaml.Node) *expression.Template {
	if text == "" || node == nil {
		return nil // none, or reported on decoding
	}
	t, err := c.language.CompileTemplate(text)
	if err != nil {
		problem := strictyaml.Problem{Code: "template", Message: err.Error()}
		offset := 0
		if e, ok := errors.AsType[*expression.Error](err); ok {
			problem.Message, problem.Hint, offset = e.Message, inReaction(e), e.Offset
		}
		node.ReportAt(offset, problem)
		return nil
	}
	c.templates[text] = t
	return t
}

// oneAddress is a value of the ATS that can be an address.
var oneAddress = regexp.MustCompile(`^(application\.recruiter|field\("[^"]*"\)|field\('[^']*'\))$`)

// checkTemplates refuses values where they do not belong.
func (c *compiler) checkTemplates(a actionKeys, target, text *expression.Template) {
	refuse := func(n *strictyaml.Node, hint, format string, args ...any) {
		c.report.error(c.at(n), "template", hint, format, args...)
	}
	for _, in := range []struct {
		template *expression.Template
		node     *strictyaml.Node
	}{{target, a.TargetNode}, {text, a.TextNode}} {
		if in.template == nil {
			continue
		}
		members := in.template.Reads().Members
		if slices.Contains(members, "candidate_link") && (a.Kind != flowd.ActionField || in.template != text) {
			refuse(in.node, "write it to a field of its own with ats.field; for the recording there are recording_link and admin_link",
				"candidate_link is the candidate's own link: whoever opens it answers in their place")
		}
		if a.Kind == flowd.ActionNotify && !a.Personal && in.template == text {
			if i := slices.IndexFunc(members, isPersonal); i >= 0 {
				refuse(in.node, "leave it out, or add personal_data: true", "the message would hold %s", members[i])
			}
		}
	}
	if a.Kind == flowd.ActionNotify && target != nil {
		c.checkReceiver(a, target, refuse)
	}
	if a.Kind == flowd.ActionLink && text != nil && !strings.HasPrefix(a.Text, "https://") && !strings.HasPrefix(a.Text, "${") {
		refuse(a.TextNode, `write url: "${recording_link}"`, "a link begins with https://")
	}
}

func (c *compiler) checkReceiver(a actionKeys, target *expression.Template, refuse func(n *strictyaml.Node, hint, format string, args ...any)) {
	values := target.Values()
	switch {
	case a.To && (target.Text() != "" || len(values) != 1 || !oneAddress.MatchString(values[0])):
		refuse(a.TargetNode, `write to: ${application.recruiter}, or to: ${field("…")}; other addresses belong under notify: in flowd.yaml, as a channel`,
			"an address comes from the ATS, and is nothing but one value")
	case !a.To && (len(values) > 0 || strings.ContainsAny(a.Target, "@:/")):
		refuse(a.TargetNode, "write a name that stands under notify: in flowd.yaml; an address of the ATS goes under to:", "%q is no name of a channel", a.Target)
	}
}

// isPersonal tells whether a member names a person, or is what they said.
func isPersonal(member string) bool {
	switch member {
	case "candidate.email", "candidate.first_name", "candidate.last_name", "candidate.name", "candidate.phone", "transcript":
		return true
	}
	return false
}

// inWords is the step for people.
func (s step) inWords() string {
	out := said(s.Kind, s.Target, s.Text)
	if s.Kind == flowd.ActionShare {
		out += fmt.Sprintf(" for %d days", s.Days)
	}
	for i, c := range s.ifs {
		word := ", if "
		if i > 0 {
			word = " and "
		}
		out += word + c.inWords()
	}
	return out
}

// said is an action in words: its kind, what it writes to and what it writes.
func said(kind flowd.ActionKind, target, text string) string {
	out := string(kind)
	switch kind {
	case flowd.ActionNote:
		return out + fmt.Sprintf(" %q", text)
	case flowd.ActionTag, flowd.ActionMove:
		return out + fmt.Sprintf(" %q", target)
	case flowd.ActionField:
		return out + fmt.Sprintf(" %q = %q", target, text)
	case flowd.ActionLink, flowd.ActionNotify:
		return out + fmt.Sprintf(" %q: %q", target, text)
	}
	return out
}
