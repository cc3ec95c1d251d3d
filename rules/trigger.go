package rules

import (
	"slices"
	"strings"

	"flowd"
	"flowd/internal/strictyaml"
)

// stageLeft is the event of rule files that a move is for the stage that was
// left; events in normal form have one type for both.
const stageLeft flowd.EventType = "stage.left"

// triggerKeys are a trigger as it is written.
type triggerKeys struct {
	Event []string `yaml:"event,text"`
	After string   `yaml:"after,text"`
	Since string   `yaml:"since" oneof:"invited finished"`
	Still string   `yaml:"still" oneof:"unanswered unscored unreviewed"`
	// Calendar says which days are working days.
	Calendar string   `yaml:"calendar,text"`
	Of       []string `yaml:"of,text"`

	Source     []string `yaml:"source,text"`
	Job        []string `yaml:"job,text"`
	Department []string `yaml:"department,text"`
	Location   []string `yaml:"location,text"`
	Country    []string `yaml:"country,text"`
	Language   []string `yaml:"language,text"`
	Stage      []string `yaml:"stage,text"`
	From       []string `yaml:"from,text"`
	Position   []string `yaml:"position,text"`
	Status     []string `yaml:"status" oneof:"invited finished shortlisted discarded"`
	Via        []string `yaml:"via" oneof:"move apply import api merge unknown"`

	Node *strictyaml.Node `yaml:",node"`
	Rest *strictyaml.Node `yaml:",rest"`
}

func (t triggerKeys) cells() [columnCount][]string {
	return [columnCount][]string{t.Source, t.Job, t.Department, t.Location, t.Country, t.Language, t.Stage}
}

// trigger is what sets a reaction off.
type trigger struct {
	place  place
	events []flowd.EventType // stageLeft among them; of a timer, the event it counts from
	timer  timer
	// of are the rules whose interviews it follows; anyOf also those of no rule.
	of      []string
	ofPlace place
	anyOf   bool

	cells     [columnCount][]string // as written but for codes
	folded    [columnCount][]string
	from      []string // folded
	positions []int    // of the set
	status    []flowd.InterviewStatus
	via       []flowd.Via
}

// types are the types of the events that may set it off.
func (t *trigger) types() []flowd.EventType {
	var out []flowd.EventType
	for _, e := range t.events {
		if e == stageLeft {
			e = flowd.StageEntered
		}
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

func (t *trigger) ofInterview() bool {
	return slices.ContainsFunc(t.events, flowd.EventType.OfInterview)
}

// sets tells whether the event sets the trigger off.
func (s *Set) sets(t *trigger, q *question) bool {
	ev, facts := q.ev, q.facts
	_, from := stagesOf(ev, facts)
	if !slices.Contains(t.events, ev.Type) && (ev.Type != flowd.StageEntered || from.IsZero() || !slices.Contains(t.events, stageLeft)) {
		return false
	}
	for col, wanted := range t.folded {
		if len(wanted) > 0 && column(col) != colSource && !overlap(wanted, q.values[col]) {
			return false
		}
	}
	return (len(t.folded[colSource]) == 0 || s.fromOne(t.folded[colSource], ev)) &&
		(len(t.from) == 0 || overlap(t.from, folded(from.ID, from.Name))) &&
		(len(t.via) == 0 || slices.Contains(t.via, ev.Via)) &&
		(len(t.status) == 0 || slices.Contains(t.status, ev.Interview.Status)) &&
		s.follows(t, about(ev, facts), ev) &&
		(len(t.positions) == 0 || s.atPosition(t, interviewOf(ev, facts, false).Position))
}

func overlap(wanted, got []string) bool {
	return slices.ContainsFunc(got, func(s string) bool { return slices.Contains(wanted, s) })
}

// fromOne tells whether one of the sources brought the event, or, where Hireflix
// did, has the application.
func (s *Set) fromOne(sources []string, ev flowd.Event) bool {
	if slices.Contains(sources, FoldName(ev.Source)) {
		return true
	}
	return ev.Type.OfInterview() && slices.ContainsFunc(sources, func(name string) bool { return s.systems[name] == ev.ATS && ev.ATS != "" })
}

// follows tells whether the interview is one that the trigger is about.
func (s *Set) follows(t *trigger, in *flowd.Invite, ev flowd.Event) bool {
	switch {
	case len(t.of) > 0:
		return in != nil && slices.Contains(t.of, in.Rule)
	case t.anyOf:
		return in != nil || ev.Type.OfInterview()
	}
	return true
}

func (s *Set) atPosition(t *trigger, p flowd.Position) bool {
	return slices.ContainsFunc(t.positions, func(n int) bool {
		named := s.positions[n]
		if named.ID != "" && p.ID != "" {
			return named.ID == p.ID
		}
		return p.Name != "" && FoldName(named.Name) == FoldName(p.Name)
	})
}

// eventWords are the events that a trigger may name.
func eventWords() []string {
	out := []string{string(stageLeft)}
	for _, t := range flowd.EventTypes() {
		if !t.Ordered() {
			out = append(out, string(t))
		}
	}
	slices.Sort(out)
	return out
}

// trigger compiles the trigger of a rule; its faults are reported.
func (c *compiler) trigger(r *Rule, keys *triggerKeys) *trigger {
	t := &trigger{place: c.at(keys.Node), ofPlace: c.at(keys.Node.Place("of"))}
	at := func(key string) place { return c.at(keys.Node.Place(key)) }
	c.timer(r, t, keys)
	words := eventWords()
	for _, e := range keys.Event {
		if e != "" && !slices.Contains(words, e) {
			c.report.error(at("event"), "value", didYouMean(e, words, "the events: "+strings.Join(words, ", ")), "there is no event %q", e)
			continue
		}
		t.events = append(t.events, flowd.EventType(e))
	}
	if written := func(key string) bool { return keys.Node.Get(key) != nil }; !written("event") && !written("after") && !written("since") && !written("still") {
		c.report.error(t.place, "missing-key", "add event: interview.finished, or another", "event is missing: nothing sets the rule off")
	}
	t.cells, _, _ = c.cells(keys.cells(), func(col column, cell int, hint, format string, args ...any) {
		node := keys.Node.Place(col.String())
		if items := node.Items(); cell < len(items) {
			node = items[cell]
		}
		c.report.error(c.at(node), "value", hint, format, args...)
	})
	for col, texts := range t.cells {
		for _, text := range texts {
			t.folded[col] = append(t.folded[col], FoldName(text))
		}
	}
	for _, text := range keys.From {
		t.from = append(t.from, FoldName(text))
	}
	for _, text := range keys.Position {
		t.positions = append(t.positions, c.position(text, at("position")))
	}
	for _, text := range keys.Status {
		t.status = append(t.status, flowd.InterviewStatus(text))
	}
	for _, text := range keys.Via {
		t.via = append(t.via, flowd.Via(text))
	}
	t.anyOf = len(keys.Of) == 1 && keys.Of[0] == "any"
	if !t.anyOf {
		t.of = keys.Of
	}
	c.checkTrigger(t, keys)
	return t
}

// checkTrigger refuses filters that the events do not have.
func (c *compiler) checkTrigger(t *trigger, keys *triggerKeys) {
	if len(t.events) == 0 {
		return // reported already
	}
	all := func(fits func(flowd.EventType) bool) bool {
		return !slices.ContainsFunc(t.events, func(e flowd.EventType) bool { return !fits(e) })
	}
	refuse := func(key, hint, message string) {
		if n := keys.Node.Get(key); n != nil && !n.Broken() {
			c.report.error(c.at(n), "trigger", hint, "%s", message)
		}
	}
	moves := func(e flowd.EventType) bool { return e == flowd.StageEntered || e == stageLeft }
	if !all(moves) {
		refuse("from", "delete it", "only stage.entered and stage.left tell the stage before")
	}
	if slices.Contains(t.events, stageLeft) {
		refuse("stage", "write from: for the stage that was left; the one entered is stage, in a condition", "stage would be the stage entered, and stage.left is about the one before")
	}
	if t.timer.waits() || !all(flowd.EventType.OfInterview) {
		refuse("status", "write application.status or interview.status in a condition", "only events of interviews are told apart by the interview's status")
	}
	if t.ofInterview() {
		refuse("via", "delete it", "an interview's events do not tell how they came about")
		if keys.Node.Get("of") == nil {
			c.report.error(t.place, "missing-key", "add of: with the ids of the rules whose interviews it follows, or of: any", "of is missing: whose interviews does the rule follow?")
		}
	}
}
