package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"flowd/connectors"
	"flowd/engine"
	"flowd/hireflix"
	"flowd/internal/config"
	"flowd/internal/links"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
	"flowd/rules"
	"flowd/state"
)

// plan is everything that the files on disk say: what a start, a reload and
// `flowd check` have in common.
type plan struct {
	config   *config.Config
	sources  []connectors.Source
	rules    *rules.Set
	safety   engine.Safety
	webhook  *hireflix.Webhook // nil without a secret
	linkKeys []secret.Value
	level    zerolog.Level
	problems []strictyaml.Problem
	tests    []rules.TestResult

	files   []rules.File  // of the rules, as they are on disk
	disk    *trial        // how they did
	options rules.Options // that they are compiled with
	whole   bool          // nothing but the rules refuses the plan
}

// Problems is what refuses a start or a reload. Its text shows each with its
// place.
type Problems struct {
	List  []strictyaml.Problem
	Tests []rules.TestResult // the failed ones
}

// Error implements error.
func (p *Problems) Error() string {
	parts := []string{strings.TrimRight(strictyaml.Render(p.List), "\n")}
	for _, t := range p.Tests {
		parts = append(parts, FailedTest(t))
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// FailedTest is a failed test as a person reads it.
func FailedTest(t rules.TestResult) string {
	name := t.Name
	if t.Rule != "" {
		name = t.Rule + ": " + name
	}
	lines := append([]string{fmt.Sprintf("%s:%d: test %q fails", t.File, t.Line, name)}, t.Diff...)
	return strings.Join(lines, "\n    ")
}

// read reads the configuration, the sources, the rules and their tests, and
// reports everything that is wrong at once where something else than the rules
// is: those may be served as they were.
func read(opts Options) (*plan, error) {
	p := survey(opts, false)
	if !p.whole || p.disk == nil {
		return nil, p.refused()
	}
	return p, nil
}

// survey is read for a person who wants to see everything at once: a problem of
// one part does not hide those of the others. With skipSecrets it reads no
// credentials.
func survey(opts Options, skipSecrets bool) *plan {
	p := &plan{config: config.Load(opts.Config), options: rules.Options{Progress: opts.Progress}}
	c := p.config
	sound := !strictyaml.HasErrors(c.Problems())
	roots, err := trusted(c)
	p.sources = opts.Kinds.Build(c.Sources, connectors.Options{Dir: c.Dir, SkipSecrets: skipSecrets, Roots: roots})
	p.problems = c.Problems()
	if err != nil && !skipSecrets {
		p.add(c.File, err.Error(), "name a file of certificates in PEM form")
	}
	if sound {
		if _, err := c.Hireflix.APIKey.Read(); err != nil && !skipSecrets {
			p.add(c.File, "hireflix.api_key: "+err.Error(), "")
		}
		if !skipSecrets {
			p.readWayBack()
			p.readChannels()
		}
		p.level, _ = zerolog.ParseLevel(c.Log.Level) // checked by the configuration
		p.readSafety()
	}
	p.whole = !strictyaml.HasErrors(p.problems)
	if c.Rules.Path != "" {
		p.readRules(!sound)
	}
	return p
}

// readWayBack reads the secrets of what Hireflix calls and of flowd's own links.
func (p *plan) readWayBack() {
	c := p.config
	read := func(key string, from []secret.Source) (values []secret.Value) {
		for _, s := range from {
			v, err := s.Read()
			if err != nil {
				p.add(c.File, key+": "+err.Error(), "")
				return nil
			}
			values = append(values, v)
		}
		return values
	}
	if p.linkKeys = read("links.key", c.Links.Key); len(p.linkKeys) > 0 {
		if _, err := links.New(p.linkKeys); err != nil {
			p.add(c.File, "links.key: "+err.Error(), "")
		}
	}
	if secrets := read("hireflix.webhook_secret", c.Hireflix.WebhookSecret); len(secrets) > 0 {
		w, err := hireflix.NewWebhook(secrets...)
		if err != nil {
			p.add(c.File, "hireflix.webhook_secret: "+err.Error(), "copy it from the account's webhooks page")
		}
		p.webhook = w
	}
}

// readRules compiles the rules and runs their tests. Where the sources are not
// known for what they are, nothing is said of what they supply.
func (p *plan) readRules(sourcesUnknown bool) {
	path := p.config.Rules.Path
	files, err := rules.ReadDir(path)
	if err != nil {
		p.disk = &trial{unread: err.Error()}
		p.add(path, err.Error(), "put rule files there, or name another folder under rules: in "+p.config.File)
		return
	}
	if !sourcesUnknown {
		p.options.Sources = suppliers(p.sources)
	}
	p.files, p.disk = files, try(files, p.options)
	p.problems = append(p.problems, under(path, p.disk.problems)...)
	if p.disk.compiled {
		p.rules = p.disk.set
		p.tests = testsUnder(path, slices.Clone(p.disk.tests))
		if !sourcesUnknown {
			p.checkReach(p.rules)
		}
	}
}

// under gives problems of rule files, which are named within their folder, the
// path that a person can open.
func under(path string, problems []strictyaml.Problem) []strictyaml.Problem {
	return within(rulesDir(path), problems)
}

// within is under for a folder.
func within(dir string, problems []strictyaml.Problem) []strictyaml.Problem {
	problems = slices.Clone(problems)
	for i := range problems {
		problems[i].File = filepath.Join(dir, problems[i].File)
	}
	return problems
}

func testsUnder(path string, tests []rules.TestResult) []rules.TestResult {
	for i := range tests {
		tests[i].File = filepath.Join(rulesDir(path), tests[i].File)
	}
	return tests
}

// refused is why the plan cannot serve, or nil.
func (p *plan) refused() error {
	r := &Problems{}
	for _, t := range p.tests {
		if !t.OK {
			r.Tests = append(r.Tests, t)
		}
	}
	if !strictyaml.HasErrors(p.problems) && len(r.Tests) == 0 {
		return nil
	}
	r.List = p.problems
	return r
}

func (p *plan) add(file, message, hint string) {
	p.problems = append(p.problems, strictyaml.Problem{
		File: file, Severity: strictyaml.Error, Code: "config", Message: message, Hint: hint,
	})
}

func (p *plan) rate() rate.Limit { return rate.Limit(p.config.Hireflix.Rate) }

// tuning is what a reload may change of the engine.
func (p *plan) tuning() engine.Tuning {
	c := p.config
	return engine.Tuning{
		Concurrency: c.Hireflix.Concurrency, Rate: p.rate(), Safety: p.safety, KeepFields: keepFields(p.sources),
		Endings:     engine.Endings{Withdraw: c.Ending.Do == "withdraw", After: c.Ending.After},
		Alternative: engine.Alternative(c.Alternative),
	}
}

func (p *plan) readSafety() {
	s := p.config.Safety
	if s == nil {
		return
	}
	p.safety.OnlyTo = s.OnlyTo
	if m := s.MaxInvites; m != nil {
		p.safety.Caps.PerHour, p.safety.Caps.PerDay = m.PerHour, m.PerDay
	}
	if f := s.PerPerson; f != nil {
		p.safety.Caps.PerPerson, p.safety.Caps.PersonSpan = &f.Invites, f.Per
	}
	if q := s.Quiet; q != nil {
		open, err := q.Open()
		if err != nil { // a bad one is a problem of the configuration, which refuses the start
			return
		}
		p.safety.Quiet = &engine.Quiet{Open: open, Theirs: q.Theirs()}
	}
	if s.Suppress == "" {
		return
	}
	list, err := config.ReadSuppressed(s.Suppress)
	switch {
	case errors.Is(err, os.ErrNotExist):
		p.add(p.config.File, "safety.suppress: there is no file "+s.Suppress, "create it, even empty, or delete the line")
	case err != nil:
		p.add(p.config.File, err.Error(), "")
	}
	for _, line := range list {
		p.safety.Suppress = append(p.safety.Suppress, engine.Suppressed{Address: line.Address, Until: line.Until, Reason: line.Reason})
	}
}

// suppliers tells the rules what each source can say.
func suppliers(sources []connectors.Source) []rules.Source {
	out := make([]rules.Source, len(sources))
	for i, s := range sources {
		out[i] = rules.Source{Name: s.Name, ATS: s.ATS, Members: s.Members, StageKinds: s.StageKinds}
	}
	return out
}

func keepFields(sources []connectors.Source) []string {
	var out []string
	for _, s := range sources {
		out = append(out, s.KeepFields...)
	}
	return out
}

var _ engine.Store = state.Store(nil)
