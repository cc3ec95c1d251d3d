package rules

import (
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// fixtureKeys are a recorded event as it is written: an event in normal form.
// Nothing of the rule is added to it: what it does not tell, nobody told.
type fixtureKeys struct {
	Type     string     `yaml:"type,text" json:"type"`
	ATS      string     `yaml:"ats,text" json:"ats,omitzero"`
	At       time.Time  `yaml:"at" json:"at,omitzero"`
	Received time.Time  `yaml:"received" json:"received,omitzero"`
	Stage    *stageKeys `yaml:"stage" json:"stage,omitzero"`
	From     *stageKeys `yaml:"from" json:"from,omitzero"`
	toldKeys
	Node *strictyaml.Node `yaml:",node" json:"-"`
	Rest *strictyaml.Node `yaml:",rest" json:"-"`
}

// stageKeys are a stage: its name or id alone, or both.
type stageKeys struct{ flowd.Stage }

type stageParts struct {
	ID   string `yaml:"id,text" json:"id,omitzero"`
	Name string `yaml:"name,text" json:"name,omitzero"`
	Kind string `yaml:"kind,text" json:"kind,omitzero"`
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (s *stageKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		var name string
		n.DecodeText(&name)
		s.Stage = stageNamed(name)
		return
	}
	var keys stageParts
	n.Decode(&keys)
	s.Stage = flowd.Stage(keys)
}

// stage is the stage of keys that may be absent.
func (s *stageKeys) stage() flowd.Stage {
	if s == nil {
		return flowd.Stage{}
	}
	return s.Stage
}

// fixture is a recorded event that can be used.
type fixture struct{ fixtureKeys }

// fixture returns the recorded event that a test names at the node, or nil with
// what is wrong reported.
func (c *compiler) fixture(n *strictyaml.Node, name string) *fixture {
	at := c.at(n)
	f, there := c.report.files[name]
	switch {
	case !isFixture(name):
		hint := "write event: " + FixtureDir + "/NAME.json, for a file in the folder " + FixtureDir + " beside the rule files"
		if slices.Contains(eventWords(), name) {
			hint = "what happens goes under given: {event: " + name + "}"
		}
		c.report.error(at, "fixture", hint, "%q names no recorded event", name)
		return nil
	case !there:
		var known []string
		for _, f := range c.files {
			if isFixture(f.Name) {
				known = append(known, f.Name)
			}
		}
		c.report.error(at, "no-file", didYouMean(name, known, "put it there: `flowd test add` makes one of an event; a link that leads out of the folder is not followed"),
			"there is no file %q beside the rule files", name)
		return nil
	}
	c.used[name] = true
	if !slices.Contains(c.named[c.name], name) {
		c.named[c.name] = append(c.named[c.name], name)
	}
	if len(f.Data) > maxFixture {
		c.report.error(at, "too-large", "leave out what no rule reads", "%s is larger than the %d KiB of a recorded event", name, maxFixture>>10)
		return nil
	}
	read, known := c.fixtures[name]
	if !known {
		var problems []strictyaml.Problem
		read, problems = readFixture(f, "")
		c.fixtures[name], c.inFixtures = read, append(c.inFixtures, problems...)
	}
	if read == nil {
		c.report.error(at, "fixture", "its own problems are told with it", "%s cannot be read as a recorded event", name)
	}
	return read
}

// readFixture reads a recorded event; it is nil where one of the problems is an
// error. One that does not say what happened is of the other type, where there is
// one.
func readFixture(f File, otherwise string) (*fixture, []strictyaml.Problem) {
	doc := strictyaml.ParseJSON(f.Name, f.Data, strictyaml.Options{Extensions: true})
	var keys fixtureKeys
	if doc.Decode(&keys); keys.Node != nil {
		refuseKeys(keys.Rest)
		if keys.Node.Get("type") == nil {
			keys.Type = otherwise
		}
		keys.check()
	}
	if problems := doc.Problems(); strictyaml.HasErrors(problems) {
		return nil, problems
	}
	return &fixture{keys}, doc.Problems()
}

func (k fixtureKeys) check() {
	words := eventWords()
	switch n := k.Node.Get("type"); {
	case k.Type == "" && n == nil:
		k.Node.Error("missing-key", "type is missing", "add type: …")
	case k.Type == "": // reported on decoding
	case !slices.Contains(words, k.Type):
		n.Error("value", "there is no event "+n.Shown(), didYouMean(k.Type, words, "the events: "+strings.Join(words, ", ")))
	case k.Stage == nil && (k.Type == string(flowd.StageEntered) || k.Type == string(stageLeft)):
		k.Node.Error("missing-key", "stage is missing: which one was entered?", `add "stage": "…"`)
	case k.Interview == nil && flowd.EventType(k.Type).OfInterview():
		k.Node.Error("missing-key", "interview is missing: what is the event about?", `add "interview": {"rule": "…", "position": "…"}, with the rule that invited`)
	}
}

// tell puts what the fixture alone can tell into an event. One whose time the
// test moved happened then.
func (f *fixture) tell(ev *flowd.Event, moved bool) {
	ev.ATS = f.ATS
	if !moved && !f.At.IsZero() {
		ev.At = f.At
	}
	if ev.Stage.IsZero() {
		ev.Stage = f.Stage.stage()
	}
	if ev.From.IsZero() {
		ev.From = f.From.stage()
	}
}

// time is when the event is decided.
func (f *fixture) time() time.Time {
	switch {
	case !f.Received.IsZero():
		return f.Received
	case !f.At.IsZero():
		return f.At
	}
	return defaultAt()
}

// told is what is given over what the fixture tells, key by key.
func (f *fixture) told(given *strictyaml.Node) toldKeys {
	var both struct {
		toldKeys
		Rest *strictyaml.Node `yaml:",rest"`
	}
	given.Over(f.Node).Decode(&both)
	for _, p := range given.Get("fields").Pairs() { // in whatever case: field("level") reads one of the two
		for name := range both.Fields {
			if name != p.Key.Text() && FoldName(name) == FoldName(p.Key.Text()) {
				delete(both.Fields, name)
			}
		}
	}
	return both.toldKeys
}

// unused warns of recorded events that no test names: somebody forgot the test,
// or renamed one of the two.
func (c *compiler) unused() {
	for _, f := range c.files {
		if isFixture(f.Name) && !c.used[f.Name] {
			c.report.warn(place{file: f.Name}, "unused-fixture", "name it with event: in a test, or delete it", "no test names this recorded event")
		}
	}
}
