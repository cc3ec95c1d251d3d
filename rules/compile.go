package rules

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/expression"
	"flowd/internal/strictyaml"
)

// Options are what the checks of a set depend on beside its files.
type Options struct {
	// Sources are those of the configuration. Without any, sources are not
	// checked, and every one is taken to supply everything.
	Sources []Source
	// Progress, when set, is told how far Compile is.
	Progress Progress
}

// Progress is told what something long is at, and how much of it is done.
type Progress func(at string, done, of int)

// Tell calls it, where there is one.
func (p Progress) Tell(at string, done, of int) {
	if p != nil {
		p(at, done, of)
	}
}

// Source is what a configured source lets conditions and rows see.
type Source struct {
	Name    string
	ATS     string
	Members []string // such as candidate.email; "field" stands for custom fields
	// StageKinds are the kinds of stages, by name, as far as they are known.
	StageKinds map[string]string
}

// Compile reads the files and returns the set with all problems of all files,
// in file order. The set may be used only where no problem is an error. It is
// not bound: its positions are names until Bind resolves them.
func Compile(files []File, o Options) (*Set, []strictyaml.Problem) {
	c := newCompiler(files, o)
	var problems []strictyaml.Problem
	for i, f := range c.files {
		o.Progress.Tell("reading the rule files", i, len(c.files))
		if isYAML(f.Name) {
			problems = append(problems, c.file(f)...)
		}
	}
	c.follow()
	if c.yamls == 0 {
		problems = append(problems, strictyaml.Problem{Code: "no-rules", Message: "there is no rule file",
			Hint: "write one that ends in .yaml into the folder of the rules"})
	}
	if !strictyaml.HasErrors(problems) { // else a test that names one may not have been read
		c.unused()
	}
	problems = slices.Concat(problems, c.inFixtures, c.report.sorted())
	slices.SortStableFunc(problems, func(a, b strictyaml.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return c.set(), problems
}

// compiler is one compilation.
type compiler struct {
	report   *report
	language *expression.Language
	sources  []Source
	files    []File // sorted by name

	name      string // of the file being compiled
	yamls     int
	used      map[string]bool     // files that are part of the set
	named     map[string][]string // CSV files and fixtures, by the rule file that names them
	fixtures  map[string]*fixture // by name; nil where one cannot be read
	calendars map[string]*window  // of the file being compiled
	rules     []*Rule
	ids       map[string]*Rule
	tests     []test
	positions []written
	numbers   map[string]int // of positions, by folded text
	fields    map[string]bool
	templates map[string]*expression.Template

	inFixtures []strictyaml.Problem
}

// written is a position as a row names it.
type written struct {
	text  string
	place place // of the first row that can invite to it
	used  bool  // by a rule that is not disabled
}

func newCompiler(files []File, o Options) *compiler {
	language, err := expression.NewLanguage(environment{})
	if err != nil {
		panic(err) // a programmer's mistake in environment, which a test holds
	}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return &compiler{report: newReport(files), language: language, sources: o.Sources, files: files,
		used: map[string]bool{}, named: map[string][]string{}, fixtures: map[string]*fixture{}, ids: map[string]*Rule{}, numbers: map[string]int{}, fields: map[string]bool{},
		templates: map[string]*expression.Template{}}
}

func (c *compiler) at(n *strictyaml.Node) place { return place{c.name, n.Line(), n.Column()} }

// file compiles one rule file and returns what is wrong with its YAML and its
// conditions; the rest is in the report.
func (c *compiler) file(f File) []strictyaml.Problem {
	c.name = f.Name
	c.yamls++
	c.used[f.Name] = true
	doc := strictyaml.Parse(f.Name, f.Data, strictyaml.Options{Extensions: true})
	var d document
	doc.Decode(&d)
	if d.Node == nil {
		return doc.Problems()
	}
	d.refuseKeys()
	if v := d.Node.Get("version"); v != nil && !v.Broken() && d.Version != 1 {
		c.report.error(c.at(v), "version", "write version: 1", "version %d is not known to this flowd", d.Version)
	}
	if n := d.Node.Get("rules"); n != nil && !n.Broken() && len(d.Rules) == 0 {
		c.report.error(c.at(n), "no-rules", "write a rule, or delete the file", "the file has no rules")
	}
	c.calendars = c.calendarsOf(d)
	first := len(c.rules)
	for _, keys := range d.Rules {
		if keys.Node != nil {
			c.rule(d, keys)
		}
	}
	c.groups(c.rules[first:])
	c.tests = append(c.tests, c.testsOf(d.Tests, nil)...)
	return doc.Problems()
}

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const maxID = 64

func (c *compiler) rule(d document, keys ruleKeys) {
	reaction := keys.Trigger != nil || keys.Pairs == nil && (keys.Node.Get("trigger") != nil || keys.Actions != nil)
	r := &Rule{ID: keys.ID, Description: keys.Description, Owner: d.Owner, File: c.name, Line: keys.Node.Line(), place: c.at(keys.Node), named: c.at(keys.Node.Place("stage")),
		Group: keys.Group, Otherwise: keys.Otherwise, Reaction: reaction}
	c.identify(r, keys)
	c.mode(r, keys, d)
	c.timing(r, keys, d)
	c.holds(r, keys, d.Defaults.sharedKeys)
	r.ifs, r.unless = c.conditions(keys.If, reaction), c.conditions(keys.Unless, reaction)
	if reaction {
		c.reaction(r, keys)
	} else {
		c.invites(r, keys, d)
	}
	c.checkSupply(r)
	r.tests = c.testsOf(keys.Tests, r)
	c.lint(r, keys)
	r.Digest = r.digest(r.Mode, c.positions)
	r.promise = r.Digest
	if r.Mode == Closing {
		r.promise = r.digest(flowd.Live, c.positions)
	}
	c.rules = append(c.rules, r)
}

// invites compiles what a rule with a map has.
func (c *compiler) invites(r *Rule, keys ruleKeys, d document) {
	r.HoldUnmapped = cmp.Or(keys.Unmapped, d.Defaults.Unmapped) == "hold"
	r.OncePerCandidate = cmp.Or(keys.Once, d.Defaults.Once) == "candidate"
	r.silent = cmp.Or(keys.Mail, d.Defaults.Mail) == "none"
	if keys.Once == "interview" || keys.Once == "event" {
		c.report.error(c.at(keys.Node.Get("once")), "value", "write once: application, or once: candidate", "once: %s is for rules with a trigger", keys.Once)
	}
	if n := keys.Node.Get("actions"); n != nil {
		c.report.error(c.at(n), "two-kinds", "write a second rule with trigger: and actions:", "a rule with pairs invites, and does nothing else")
	}
	r.stages = keys.Stage
	if keys.Pairs == nil {
		c.report.error(r.place, "missing-key", "add pairs: with a row for each position, or trigger: and actions:", "pairs is missing: the rule invites nobody")
	} else {
		r.rows = c.rows(keys.Pairs)
		c.use(r)
	}
	c.stage(r, keys, d.Defaults.Stage)
	c.build(r)
}

func (c *compiler) identify(r *Rule, keys ruleKeys) {
	if r.ID == "" {
		return // reported on decoding
	}
	at := c.at(keys.Node.Place("id"))
	if !kebab.MatchString(r.ID) || len(r.ID) > maxID {
		c.report.error(at, "id", fmt.Sprintf("write small letters, digits and single dashes, at most %d, such as sales-video", maxID),
			"%q is not an id", r.ID)
	}
	if first := c.ids[r.ID]; first != nil {
		c.report.error(at, "duplicate-id", "rename one of the two: history and metrics hang on the id", "the id %s is taken by the rule at %s", r.ID, first.place)
		return
	}
	c.ids[r.ID] = r
}

func (c *compiler) mode(r *Rule, keys ruleKeys, d document) {
	own := keys.sharedKeys
	node := keys.Node
	if own.Mode == "" && keys.Node.Get("mode") == nil {
		own.Mode, own.Reason, own.ReviewOn = d.Defaults.Mode, cmp.Or(own.Reason, d.Defaults.Reason), cmp.Or(own.ReviewOn, d.Defaults.ReviewOn)
	}
	r.Mode = flowd.Mode(cmp.Or(own.Mode, string(flowd.Live)))
	if r.Mode != flowd.Live {
		r.Reason = own.Reason
		if r.Reason == "" {
			c.report.error(c.at(node.Place("mode")), "missing-key", `add reason: "…", for those who wonder later`, "reason is missing: the rule is not live")
		}
	}
	if own.ReviewOn == "" {
		return
	}
	day, err := time.Parse(time.DateOnly, own.ReviewOn)
	if err != nil {
		c.report.error(c.at(node.Place("review_on")), "date", "write it as 2026-01-31", "%q is not a day", own.ReviewOn)
		return
	}
	r.ReviewOn = day
}

// stage settles where the stage is named: at the rule or in the rows.
func (c *compiler) stage(r *Rule, keys ruleKeys, otherwise []string) {
	var with, without *row
	for i := range r.rows {
		row := &r.rows[i]
		switch {
		case row.named.has(colStage):
			with = row
		case without == nil || without.named.has(colJob) && !row.named.has(colJob):
			without = row
		}
	}
	if len(r.stages) == 0 && with == nil {
		r.stages = otherwise
	}
	written := len(r.stages) > 0 || keys.Node.Get("stage") != nil
	switch {
	case len(r.stages) > 0 && with != nil:
		c.report.error(with.place, "stage", "name it in one of the two places", "the stage is named here and at the rule")
	case written || without == nil:
	case without.named.has(colJob):
		c.report.warn(without.place, "any-stage", `add stage: "…" to the rule`, "no stage is named: everyone this row fits is invited at whatever stage they enter")
	default:
		c.report.warn(without.place, "any-stage", `add stage: "…" to the rule`, "neither job nor stage is named: everyone this row fits is invited at whatever stage they enter")
	}
}

// groups checks the groups of one file.
func (c *compiler) groups(rules []*Rule) {
	members := map[string][]*Rule{}
	for _, r := range rules {
		if r.Group != "" {
			members[r.Group] = append(members[r.Group], r)
		} else if r.Otherwise {
			c.report.error(r.place, "group", "add group: to it and to the rules it stands behind", "otherwise wants a group")
		}
	}
	for _, group := range members {
		if len(group) == 1 {
			c.report.warn(group[0].place, "group", "give the other rules the same group, or delete it", "the group %s has one rule", group[0].Group)
		}
		for _, r := range group[:len(group)-1] {
			if r.Otherwise {
				c.report.error(r.place, "group", "move it behind the others", "the rule for otherwise must be the last of the group %s, and only one", r.Group)
			}
		}
	}
}
