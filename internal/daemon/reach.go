package daemon

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/notify"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
	"flowd/rules"
)

// checkReach warns of what rules ask for and the configuration has no way to:
// an owner whom nobody tells, a message to a channel that is not there, a
// write-back that no source can make.
func (p *plan) checkReach(set *rules.Set) {
	r := router(p.config, nil, nil)
	told, asks := map[string]bool{}, false
	for _, rule := range set.Rules() {
		if !told[rule.Owner] && !r.Has(rule.Owner) {
			told[rule.Owner] = true
			p.warn(rule.File, rule.Line, "no-channel", fmt.Sprintf("the owner %s has no channel: nobody is told when this rule fails or stalls", rule.Owner),
				"add "+rule.Owner+" or "+notify.Default+" under notify: in "+p.config.File)
		}
		if rule.Span > 0 && len(p.config.Links.Key) == 0 && !asks {
			asks = true
			p.warn(rule.File, rule.Line, "no-page", "the rule asks for a person's yes, and there is no page to say it on: the message names a command",
				"add links: {key: {file: …}} and server.public_url to "+p.config.File)
		}
		for _, name := range rule.Approvers {
			if !r.Has(name) {
				p.warn(rule.File, rule.Line, "no-channel", fmt.Sprintf("the approver %s has no channel: nobody asks them for their yes", name),
					"add "+name+" under notify: in "+p.config.File)
			}
		}
	}
	p.checkGuard(set)
	for _, w := range set.Writes() {
		switch {
		case w.Kind == flowd.ActionNotify:
			p.checkChannel(w, r)
		case w.Kind.AtATS():
			p.checkWrite(w)
		}
	}
}

// checkGuard warns, once, of rules that may invite any number of people at once:
// neither they themselves, nor the caps or the pilot of the configuration, would
// stop a bulk move or a slip.
func (p *plan) checkGuard(set *rules.Set) {
	if s := p.config.Safety; s != nil && (s.MaxInvites != nil || len(s.OnlyTo) > 0) {
		return
	}
	open := slices.DeleteFunc(slices.Clone(set.Rules()), func(r *rules.Rule) bool {
		return r.Reaction || r.Mode != flowd.Live || r.Flood > 0 || r.Span > 0
	})
	if len(open) == 0 {
		return
	}
	of := "the rule " + open[0].ID + " invites"
	if len(open) > 1 {
		of = fmt.Sprintf("the rule %s and %s invite", open[0].ID, counted(len(open)-1, "other", "others"))
	}
	p.warn(open[0].File, open[0].Line, "no-guard", of+" any number of people at once: a bulk move, or a slip, would write to all of them",
		"add safety: {max_invites: {per_hour: 20, per_day: 60}} to "+p.config.File+", or flood: or approve: to the rule")
}

// readChannels warns of channels that cannot be used: what they need is read when
// something is told, so that nothing else depends on it.
func (p *plan) readChannels() {
	look := func(key string, s *secret.Source) {
		if s == nil {
			return
		}
		if _, err := s.Read(); err != nil {
			p.problems = append(p.problems, strictyaml.Problem{File: p.config.File, Severity: strictyaml.Warning, Code: "no-channel",
				Message: key + ": " + err.Error() + ", so that nobody is told by it"})
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(p.config.Notify)) {
		for _, s := range p.config.Notify[owner].Secrets() {
			look("notify."+owner, &s)
		}
	}
	if p.config.SMTP != nil {
		look("smtp.password", p.config.SMTP.Password)
	}
	if p.config.Heartbeat != nil {
		look("heartbeat.url", &p.config.Heartbeat.URL)
	}
}

func (p *plan) checkChannel(w rules.Write, r *notify.Router) {
	switch {
	case strings.Contains(w.Target, "${") || strings.Contains(w.Target, "@"):
		if p.config.SMTP == nil {
			p.warn(w.File, w.Line, "no-channel", "the message goes to an address, and there is no mail server", "add smtp: to "+p.config.File)
		}
	case !r.Has(w.Target):
		hint := "add " + w.Target + " under notify: in " + p.config.File
		if names := r.Owners(); len(names) > 0 {
			hint += ", which has " + strings.Join(names, ", ")
		}
		p.warn(w.File, w.Line, "no-channel", fmt.Sprintf("there is no channel %s: the message reaches nobody", w.Target), hint)
	}
}

// checkWrite looks at every system that the rule's events can come from.
func (p *plan) checkWrite(w rules.Write) {
	systems := map[string][]connectors.Source{}
	for _, s := range p.sources {
		systems[s.ATS] = append(systems[s.ATS], s)
	}
	for _, ats := range slices.Sorted(maps.Keys(systems)) {
		sources := systems[ats]
		if len(w.Sources) > 0 && !slices.ContainsFunc(sources, func(s connectors.Source) bool { return slices.Contains(w.Sources, s.Name) }) {
			continue
		}
		can := func(kind flowd.ActionKind) bool {
			return slices.ContainsFunc(sources, func(s connectors.Source) bool { return s.Writer != nil && s.Writer.Can(kind) })
		}
		switch {
		case can(w.Kind):
		case w.Kind != flowd.ActionMove && can(flowd.ActionNote):
			p.warn(w.File, w.Line, "no-way", fmt.Sprintf("%s has no way for %s: a note says it instead", ats, w.Kind), "")
		default:
			p.warn(w.File, w.Line, "no-way", fmt.Sprintf("%s has no way for %s: it will wait for a person", ats, w.Kind),
				"give one of its sources the keys to write with (docs/connectors.md)")
		}
	}
}

func (p *plan) warn(file string, line int, code, message, hint string) {
	p.problems = append(p.problems, strictyaml.Problem{File: filepath.Join(rulesDir(p.config.Rules.Path), file), Line: line, Column: 1,
		Severity: strictyaml.Warning, Code: code, Message: message, Hint: hint})
}
