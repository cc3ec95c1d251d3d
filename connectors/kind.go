package connectors

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"flowd"
	"flowd/internal/secret"
	"flowd/internal/strictyaml"
)

// Kind is what a configuration may name as a source's kind: data, made by
// NewKind and listed in connectors/all.
type Kind struct {
	Name string
	Doc  string // one sentence for a list of kinds
	// Text is what a preset says, as an entry of a configuration's sources; empty for
	// a kind that is code.
	Text string
	// build decodes the keys beside the common ones. A source that cannot be
	// built is an error or a problem reported on the section's nodes.
	build func(rest *strictyaml.Node, c Common) (Source, error)
}

// NewKind makes a kind of its configuration type and constructor. C is decoded
// strictly from the source's keys beside the common ones. The constructor
// reports what is wrong on the nodes that C took in, and returns an error only
// for what has no better place than the whole source; it must cope with a C
// that was decoded in part. Of the Source it fills in what its kind supplies.
func NewKind[C any](name, doc string, build func(C, Common) (Source, error)) Kind {
	return Kind{Name: name, Doc: doc, build: func(rest *strictyaml.Node, c Common) (Source, error) {
		var config C
		rest.Decode(&config)
		return build(config, c)
	}}
}

// Common is what every source has, whatever its kind.
type Common struct {
	Name string
	ATS  string // identity of the system; sources of one system share it
	Dir  string // folder that relative paths start from
	Door Door
	// SkipSecrets tells not to read credentials: the command only looks at the
	// configuration. A receiver built so refuses everything.
	SkipSecrets bool
	// Roots are the certificates to trust in calls; nil means the system's.
	Roots *x509.CertPool
	Node  *strictyaml.Node // the source's whole section, to place problems
}

// Source is one configured instance of a kind.
type Source struct {
	Name string
	ATS  string
	Kind string
	// Members are the names that conditions may use because this source supplies
	// them, such as candidate.email; "field" stands for custom fields.
	Members []string
	// Receiver, Poller, Fetcher, Writer, Catalog and Rights are the roles the kind
	// plays; nil for the others.
	Receiver Receiver
	Poller   Poller
	Fetcher  Fetcher
	Writer   Writer
	Catalog  Catalog
	Rights   Rights
	// Wake, where it is not nil, has the poller asked soon: something changed.
	Wake <-chan struct{}
	// Every is how often the poller is asked.
	Every time.Duration
	// MaxAge bounds how long ago a polled move may have been to be acted on; zero is
	// no bound.
	MaxAge time.Duration
	// FirstSeen makes the first sight of an application count as a move, where its
	// time is known and within MaxAge.
	FirstSeen bool
	// OK is the status that an accepted delivery hears; 0 means 200.
	OK int
	// GivesUpOn are the statuses after which the sender never delivers again. None
	// of them is answered, but 503: a wrong secret or address is mended meanwhile.
	GivesUpOn []int
	// Setup makes the hook answer pings and handshakes alone: the sender shows
	// its secret only after them.
	Setup bool
	// PathSecrets, where there are any, must stand as the last segment of the
	// hook's path.
	PathSecrets []secret.Value
	// KeepFields are custom fields to keep though no rule names them.
	KeepFields []string
	// StageKinds are what the configuration says of stages, by their folded name
	// or id; see StageKind.
	StageKinds map[string]string
}

// StageKind is what a stage is for: one of StageKinds, as the configuration says
// it by the stage's id or name, else as the ATS does.
func (s Source) StageKind(stage flowd.Stage) string {
	for _, key := range []string{stage.ID, stage.Name} {
		if kind, ok := s.StageKinds[flowd.Stage{Name: key}.Key()]; ok && key != "" {
			return kind
		}
	}
	return stage.Kind
}

// Kinds is the table of what a configuration may name.
type Kinds []Kind

// Options are what the building of sources depends on beside their sections.
type Options struct {
	Dir         string // folder of the configuration file
	SkipSecrets bool   // see Common
	// Roots are the certificates to trust in calls; nil means the system's.
	Roots *x509.CertPool
}

// maxSources bounds a configuration; each polled source costs a goroutine.
const maxSources = 200

// section is the part of a source's configuration that all kinds share.
type section struct {
	Name           string           `yaml:"name,required"`
	Kind           string           `yaml:"kind,required"`
	ATS            string           `yaml:"ats"`
	KeepFields     []string         `yaml:"keep_fields"`
	AllowWorkEmail bool             `yaml:"allow_work_email"`
	StageKinds     *strictyaml.Node `yaml:"stage_kinds"`
	Node           *strictyaml.Node `yaml:",node"`
	Rest           *strictyaml.Node `yaml:",rest"`
}

// Build makes the sources of a configuration's list. Problems are reported on
// the nodes, and what cannot be built is left out: the result may be used only
// where the document has no errors.
func (ks Kinds) Build(list *strictyaml.Node, o Options) []Source {
	var out []Source
	names := map[string]bool{}
	for i, node := range list.Items() {
		if i == maxSources {
			node.Error("too-many", fmt.Sprintf("more than %d sources", maxSources), "split them over several daemons")
			break
		}
		var s section
		node.Decode(&s)
		if s.Name == "" || s.Kind == "" || !s.valid(names) {
			continue
		}
		names[s.Name] = true
		if source, ok := ks.build(s, o); ok {
			out = append(out, source)
		}
	}
	return out
}

func (ks Kinds) build(s section, o Options) (Source, bool) {
	kind, ok := ks.find(s.Kind)
	if !ok {
		hint := "its kinds: " + strings.Join(ks.names(), ", ")
		if near := strictyaml.Nearest(s.Kind, ks.names()); near != "" {
			hint = "did you mean " + near + "?"
		}
		s.Node.Place("kind").Error("unknown-kind", fmt.Sprintf("there is no kind %s", s.Node.Place("kind").Shown()), hint)
		return Source{}, false
	}
	c := Common{Name: s.Name, ATS: s.ATS, Dir: o.Dir, SkipSecrets: o.SkipSecrets, Roots: o.Roots, Door: Door{AllowWorkEmail: s.AllowWorkEmail}, Node: s.Node}
	if c.ATS == "" {
		c.ATS = c.Name
	}
	source, err := kind.build(s.Rest, c)
	if err != nil {
		if !errors.Is(err, ErrReported) {
			s.Node.Error("source", err.Error(), "")
		}
		return Source{}, false
	}
	if source.Receiver == nil && source.Poller == nil {
		s.Node.Error("missing-key", "nothing would tell flowd what happens there: the source is neither called nor polled", "add webhook: or poll:, or both")
		return Source{}, false
	}
	source.Name, source.ATS, source.Kind, source.KeepFields = c.Name, c.ATS, kind.Name, s.KeepFields
	source.StageKinds = stageKinds(s.StageKinds)
	return source, true
}

// stageKinds reads what stages are for. Which words mean something is known to
// the rules, and one that means nothing to them counts as none.
func stageKinds(node *strictyaml.Node) map[string]string {
	if node == nil || node.Broken() {
		return nil
	}
	if node.Kind() != strictyaml.Mapping {
		node.Error("shape", "stage_kinds wants stages with their kinds, and this is "+node.Kind().String(), "write {Rejected: rejected}")
		return nil
	}
	out := map[string]string{}
	for _, p := range node.Pairs() {
		var kind string
		p.Value.DecodeText(&kind)
		out[flowd.Stage{Name: p.Key.Text()}.Key()] = kind
	}
	return out
}

// ErrReported is what a constructor returns when it placed its problems on the
// nodes already.
var ErrReported = errors.New("the source has problems")

// names of sources stand in URLs, logs, metrics and keys.
var kebab = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

const maxName = 64

func (s section) valid(taken map[string]bool) bool {
	ok := true
	for _, v := range []struct{ key, text string }{{"name", s.Name}, {"ats", s.ATS}} {
		if v.text != "" && (!kebab.MatchString(v.text) || len(v.text) > maxName) {
			node := s.Node.Place(v.key)
			node.Error("value", fmt.Sprintf("%s %q is not a name", v.key, node.Shown()),
				fmt.Sprintf("write lower-case letters, digits and single dashes, at most %d, such as ats-eu", maxName))
			ok = false
		}
	}
	for _, v := range []struct{ key, text string }{{"name", s.Name}, {"ats", s.ATS}} {
		if v.text == flowd.Untied {
			s.Node.Place(v.key).Error("value", "the name "+flowd.Untied+" stands for Hireflix itself", "name the source after the ATS")
			ok = false
		}
	}
	if taken[s.Name] {
		s.Node.Place("name").Error("duplicate", fmt.Sprintf("two sources are named %s", s.Name), "rename one; sources of one system share their ats: instead")
		ok = false
	}
	return ok
}

func (ks Kinds) find(name string) (Kind, bool) {
	for _, k := range ks {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

func (ks Kinds) names() []string {
	out := make([]string, len(ks))
	for i, k := range ks {
		out[i] = k.Name
	}
	return out
}
