package rules

import (
	"maps"
	"reflect"
	"slices"

	"flowd"
	"flowd/internal/strictyaml"
)

// Names are what an editor offers to write, as far as it is known. Nothing else
// becomes wrong by it.
type Names struct {
	Sources, Jobs, Departments, Locations, Stages, Positions []string
	Fields                                                   []string // custom ones
	Channels                                                 []string // of notify in flowd.yaml
}

// Schema is the JSON Schema (draft 7) of a rule file, for editors. It is made of
// the decoder's own types. It knows structure alone: what Compile says of names,
// conditions and rows that contradict each other, it does not.
func Schema(n Names) ([]byte, error) {
	s := &strictyaml.Schema{Docs: keyDocs, Also: alsoWanted(), Names: map[string][]string{
		"source": n.Sources, "job": n.Jobs, "department": n.Departments, "location": n.Locations,
		"stage": n.Stages, "from": n.Stages, "position": n.Positions,
		"jobParts.name":  n.Jobs,
		"testKeys.event": {}, // a file, and none of the events
		"moveKeys.to":    n.Stages, "writeKeys.name": n.Fields, "channel": n.Channels, "owner": n.Channels, "event": eventWords(),
	}}
	return s.JSON("flowd rules", reflect.TypeFor[document]())
}

// alsoWanted are the keys that belong together, or not: a rule is of one kind, and
// a trigger waits for an event or for a time.
func alsoWanted() map[string][]any {
	with := func(keys ...string) map[string]any { return map[string]any{"required": keys} }
	without := func(wanted map[string]any, keys ...string) map[string]any {
		var each []any
		for _, k := range keys {
			each = append(each, with(k))
		}
		wanted["not"] = strictyaml.Either(each...)
		return wanted
	}
	oneOrMore := func(item map[string]any) map[string]any {
		return strictyaml.Either(item, map[string]any{"type": "array", "items": item})
	}
	has := func(key string, shape map[string]any) map[string]any {
		return map[string]any{"properties": map[string]any{key: shape}}
	}
	event := map[string]any{"enum": eventWords()}
	named := map[string]any{"type": "string", "pattern": `^interview\.`}
	ofInterviews := has("event", strictyaml.Either(named, map[string]any{"type": "array", "contains": named}))
	ofInterviews["required"] = []string{"event"}
	after := strictyaml.Either(strictyaml.SpanShape(), map[string]any{"type": "string", "pattern": `^\s*[1-9][0-9]{0,3}\s+[Ww]orking\s+[Dd]ays?\s*$`})
	return map[string][]any{
		"ruleKeys": {
			map[string]any{"properties": map[string]any{"id": map[string]any{"pattern": kebab.String(), "maxLength": maxID}}},
			strictyaml.Either(without(with("pairs"), "trigger", "actions"), without(with("trigger", "actions"), "pairs", "stage", "unmapped", "mail")),
		},
		"triggerKeys": {
			strictyaml.Either(without(with("event"), "after", "since", "still", "calendar"), without(with("after", "since", "of"), "event")),
			has("event", oneOrMore(event)), has("after", after),
			map[string]any{"if": ofInterviews, "then": with("of")},
		},
		"givenKeys":   {has("event", event)},
		"thenKeys":    {has("event", map[string]any{"enum": thenWords()})},
		"messageKeys": {strictyaml.Either(without(with("channel"), "to"), without(with("to"), "channel"))},
	}
}

// Shape implements strictyaml.Shaped.
func (*pairKeys) Shape(s *strictyaml.Schema) map[string]any {
	return strictyaml.Either(s.Of(reflect.TypeFor[[]rowKeys]()), s.Of(reflect.TypeFor[tableKeys]()))
}

// Shape implements strictyaml.Shaped.
func (*conditionKeys) Shape(s *strictyaml.Schema) map[string]any {
	return strictyaml.Either(s.Text(), s.Of(reflect.TypeFor[reasonedKeys]()))
}

// Shape implements strictyaml.Shaped.
func (*jobKeys) Shape(s *strictyaml.Schema) map[string]any {
	return strictyaml.Either(s.TextOf("job"), s.Of(reflect.TypeFor[jobParts]()))
}

// Shape implements strictyaml.Shaped.
func (*fieldKeys) Shape(s *strictyaml.Schema) map[string]any {
	return s.Of(reflect.TypeFor[[]string]())
}

// Shape implements strictyaml.Shaped.
func (*actionKeys) Shape(s *strictyaml.Schema) map[string]any {
	alone, kinds := actionShapes(s)
	return strictyaml.Either(alone, one(kinds, nil))
}

// Shape implements strictyaml.Shaped.
func (*expectKeys) Shape(s *strictyaml.Schema) map[string]any {
	alone, kinds := actionShapes(s)
	kinds["hireflix.invite"] = s.Of(reflect.TypeFor[inviteKeys]())
	item := one(kinds, map[string]any{"at": s.Text(), "held": s.Of(reflect.TypeFor[bool]())})
	return strictyaml.Either(map[string]any{"enum": []string{"none", "held"}}, item,
		map[string]any{"type": "array", "items": strictyaml.Either(alone, item)})
}

// one is a set of keys of which exactly one is an action's kind.
func one(kinds, beside map[string]any) map[string]any {
	properties, choices := maps.Clone(kinds), []any{}
	maps.Copy(properties, beside)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		choices = append(choices, map[string]any{"required": []string{kind}})
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false, "oneOf": choices}
}

// actionShapes are the kinds that may stand alone, and what each kind is written
// with.
func actionShapes(s *strictyaml.Schema) (alone map[string]any, kinds map[string]any) {
	kinds = map[string]any{}
	var bare []string
	for _, kind := range reactionKinds() {
		a := actionKeys{Kind: flowd.ActionKind(kind)}
		if a.wants() == "" {
			bare = append(bare, kind)
		}
		keys, short := a.shape()
		shape := s.Of(keys)
		if short {
			shape = strictyaml.Either(s.Text(), shape)
		}
		kinds[kind] = shape
	}
	return map[string]any{"enum": bare}, kinds
}

// shape is the type that long decodes the kind's keys into, and whether short
// reads it as one value.
func (a *actionKeys) shape() (keys reflect.Type, short bool) {
	switch a.Kind {
	case flowd.ActionNote:
		return reflect.TypeFor[noteKeys](), true
	case flowd.ActionTag:
		return reflect.TypeFor[tagKeys](), true
	case flowd.ActionMove:
		return reflect.TypeFor[moveKeys](), true
	case flowd.ActionField:
		return reflect.TypeFor[writeKeys](), false
	case flowd.ActionLink:
		return reflect.TypeFor[linkKeys](), false
	case flowd.ActionShare:
		return reflect.TypeFor[shareKeys](), false
	case flowd.ActionNotify:
		return reflect.TypeFor[messageKeys](), false
	}
	return reflect.TypeFor[conditional](), false
}

// keyDocs are what an editor shows beside a key.
var keyDocs = map[string]string{
	"document.version":          "The version of the format: 1.",
	"document.owner":            "Who is told when a rule fails, stalls or goes quiet: a name under notify: in flowd.yaml.",
	"document.defaults":         "Values that any rule of the file may override.",
	"document.rules":            "The rules. All may act; their order never decides.",
	"document.tests":            "Tests that run all rules, so that nothing else may happen.",
	"ruleKeys.id":               "Stable and unique: small letters, digits and dashes. History and metrics hang on it.",
	"ruleKeys.description":      "One sentence for those who did not write the rule.",
	"ruleKeys.pairs":            "The map: rows that lead to positions, or {file: pairs.csv}. The row that names more closely wins.",
	"ruleKeys.trigger":          "What sets the rule off: an event, or a time after one.",
	"ruleKeys.actions":          "What is done, in this order.",
	"ruleKeys.if":               "A condition, or several that must all hold.",
	"ruleKeys.unless":           "Conditions of which any one leaves the person out, each with because: the reason people read.",
	"ruleKeys.once":             "How often: application or candidate for invites, event or interview for reactions.",
	"ruleKeys.group":            "Of the rules of a group, at most one acts on an event.",
	"ruleKeys.otherwise":        "Acts only where no other rule of the group does.",
	"ruleKeys.tests":            "Who is invited and who is not; they run at each reload.",
	"stage":                     "The stage's name or id, as in the ATS.",
	"unmapped":                  "Who stands in the stage and fits no row: list shows them, hold holds them for a person.",
	"mail":                      "Who writes to the candidate: hireflix, or none where the ATS does.",
	"mode":                      "live, shadow (only records what it would do), closing (takes nobody new, keeps what it promised) or disabled.",
	"reason":                    "Why the rule is not live.",
	"review_on":                 "The day on which the owner is reminded of the mode, as 2026-01-31.",
	"document.calendars":        "Windows by name: {office: {days: mon-fri, hours: \"09:00-17:30\", tz: Europe/Berlin, holidays: DE}}.",
	"wait":                      "How long an invite waits, such as 15m: who leaves the stage in that time is not invited.",
	"window":                    "A calendar: invites outside of it go out when it opens.",
	"approve":                   "{above: 20, within: 10m, by: [OWNER]}: more than that at once wait for a person's yes, and need wait: as long as within:. above: 0 asks each time.",
	"approveKeys.self":          "true lets those say yes who moved the people themselves.",
	"limit":                     "At most so many invites: {per_hour: 40, per_day: 250}. The rest goes out later.",
	"priority":                  "0 to 100: who goes first when the quota is short. 50 is usual.",
	"flood":                     "{per_hour: N}: beyond it the rule pauses itself and holds the rest.",
	"alert_if_quiet":            "{at_least: 1, per: 7d}: an alarm when nothing comes of it; at_least: 0 is none.",
	"rowKeys.position":          "The position in Hireflix, by name or id.",
	"rowKeys.job":               "The job, by name or id.",
	"rowKeys.enabled":           "false leaves the row out.",
	"tableKeys.file":            "A CSV file beside the rules.",
	"tableKeys.on_bad_row":      "refuse the file (the default), or skip the row.",
	"triggerKeys.event":         "The event, or a list of which any one counts.",
	"triggerKeys.of":            "The rules whose interviews it follows, or any.",
	"triggerKeys.after":         "How long after since:, such as 3d, or 3 working days.",
	"triggerKeys.calendar":      "Of working days: the calendar that says which they are; else the rule's window.",
	"triggerKeys.still":         "What must still hold by then.",
	"when":                      "The condition.",
	"because":                   "The reason in words, as people read it.",
	"messageKeys.channel":       "A name under notify: in flowd.yaml.",
	"messageKeys.to":            "An address of the ATS: ${application.recruiter} or ${field(\"…\")}.",
	"messageKeys.personal_data": "The message may name the person.",
	"testKeys.name":             "What is tested, as a sentence.",
	"testKeys.event":            "A recorded event, as fixtures/NAME.json beside the rule files, instead of one made of the rule and its row.",
	"testKeys.at":               "When, as 2026-03-06T18:20:00+01:00; else a Monday morning.",
	"testKeys.given":            "What the event is, beside what the rule and its row say.",
	"testKeys.expect":           "none, held, or a list of what is done.",
}
