package rules

import (
	"fmt"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/strictyaml"
)

// actionKeys are one action as it is written: its kind with its keys, with the
// one value that it is mostly about, or alone.
type actionKeys struct {
	Kind         flowd.ActionKind // empty where it is not known, which is reported
	Target, Text string
	Days         int
	Force        bool
	Personal     bool
	To           bool // the target is an address, not a channel
	If           []conditionKeys

	Node       *strictyaml.Node // of the action
	TargetNode *strictyaml.Node
	TextNode   *strictyaml.Node
	DaysNode   *strictyaml.Node
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (a *actionKeys) UnmarshalNode(n *strictyaml.Node) {
	switch {
	case n.Kind() == strictyaml.Scalar:
		var kind string
		if n.DecodeText(&kind); kind != "" {
			a.read(n, kind, n, nil)
		}
	case n.Kind() == strictyaml.Mapping && len(n.Pairs()) == 1:
		p := n.Pairs()[0]
		a.read(p.Key, p.Key.Text(), n, p.Value)
	case n.Kind() == strictyaml.Mapping && len(n.Pairs()) > 1:
		n.Pairs()[1].Key.Error("shape", "an action is one kind with its keys", `write each action as a line of its own, such as - ats.note: {text: "…"}; if: goes inside the brackets`)
	case !n.Broken():
		n.Error("shape", "an action is one kind with its keys", `write - ats.note: {text: "…"}`)
	}
}

// reactionKinds are the kinds of actions that a rule may ask for.
func reactionKinds() []string {
	var out []string
	for _, k := range flowd.ActionKinds() {
		if k.Reaction() {
			out = append(out, string(k))
		}
	}
	return out
}

// read reads an action of a kind named at the node; value is nil where the kind
// stands alone.
func (a *actionKeys) read(named *strictyaml.Node, kind string, n, value *strictyaml.Node) {
	switch known := reactionKinds(); {
	case kind == "hireflix.invite":
		named.Error("action", "an invite is no action of a trigger", "write a rule with stage: and pairs:")
		return
	case !slices.Contains(known, kind):
		hint := "the actions: " + strings.Join(known, ", ")
		if near := strictyaml.Nearest(kind, known); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		named.Error("action", fmt.Sprintf("there is no action %q", named.Shown()), hint)
		return
	}
	a.Kind, a.Node = flowd.ActionKind(kind), n
	if value == nil {
		if wants := a.wants(); wants != "" {
			named.Error("missing-key", kind+" says not what", "write "+kind+": {"+wants+"}")
			a.Kind = ""
		}
		return
	}
	if value.Kind() == strictyaml.Scalar {
		a.short(value)
		return
	}
	a.long(value)
}

// wants are the keys that an action cannot do without, as they are written.
func (a *actionKeys) wants() string {
	switch a.Kind {
	case flowd.ActionNote:
		return `text: "…"`
	case flowd.ActionTag:
		return `add: "…"`
	case flowd.ActionField:
		return `name: "…", value: "…"`
	case flowd.ActionMove:
		return `to: "…"`
	case flowd.ActionLink:
		return `label: "…", url: "…"`
	case flowd.ActionNotify:
		return `channel: …, text: "…"`
	}
	return ""
}

// short reads the one value that the kind is about.
func (a *actionKeys) short(value *strictyaml.Node) {
	switch a.Kind {
	case flowd.ActionNote:
		a.TextNode = value
		value.DecodeText(&a.Text)
	case flowd.ActionTag, flowd.ActionMove:
		a.TargetNode = value
		value.DecodeText(&a.Target)
	default:
		if !value.Broken() {
			value.Error("shape", string(a.Kind)+" wants a set of keys", "write "+string(a.Kind)+": {"+a.wants()+"}")
		}
		a.Kind = ""
	}
}

// conditional is what every action may carry.
type conditional struct {
	If []conditionKeys `yaml:"if"`
}

// The keys of each kind of action, beside the if that each may carry.

type noteKeys struct {
	Text string `yaml:"text,text,required"`
	conditional
}

type tagKeys struct {
	Add string `yaml:"add,text,required"`
	conditional
}

type writeKeys struct {
	Name  string `yaml:"name,text,required"`
	Value string `yaml:"value,text,required"`
	conditional
}

type moveKeys struct {
	To string `yaml:"to,text,required"`
	conditional
}

type linkKeys struct {
	Label string `yaml:"label,text,required"`
	URL   string `yaml:"url,text,required"`
	conditional
}

type shareKeys struct {
	Days  int  `yaml:"days"`
	Force bool `yaml:"force"`
	conditional
}

type messageKeys struct {
	Channel  string `yaml:"channel,text"`
	To       string `yaml:"to,text"`
	Text     string `yaml:"text,text,required"`
	Personal bool   `yaml:"personal_data"`
	conditional
}

func (a *actionKeys) long(value *strictyaml.Node) {
	var target, text string
	switch a.Kind {
	case flowd.ActionNote:
		var keys noteKeys
		value.Decode(&keys)
		a.Text, a.If, text = keys.Text, keys.If, "text"
	case flowd.ActionTag:
		var keys tagKeys
		value.Decode(&keys)
		a.Target, a.If, target = keys.Add, keys.If, "add"
	case flowd.ActionField:
		var keys writeKeys
		value.Decode(&keys)
		a.Target, a.Text, a.If, target, text = keys.Name, keys.Value, keys.If, "name", "value"
	case flowd.ActionMove:
		var keys moveKeys
		value.Decode(&keys)
		a.Target, a.If, target = keys.To, keys.If, "to"
	case flowd.ActionLink:
		var keys linkKeys
		value.Decode(&keys)
		a.Target, a.Text, a.If, target, text = keys.Label, keys.URL, keys.If, "label", "url"
	case flowd.ActionShare:
		keys := shareKeys{Days: shareDays}
		value.Decode(&keys)
		a.Days, a.Force, a.If, a.DaysNode = keys.Days, keys.Force, keys.If, value.Place("days")
	case flowd.ActionNotify:
		target, text = a.message(value), "text"
	default:
		var keys conditional
		value.Decode(&keys)
		a.If = keys.If
	}
	a.TargetNode, a.TextNode = value.Place(target), value.Place(text)
}

// message reads a notify action; it returns the key of the target.
func (a *actionKeys) message(value *strictyaml.Node) (target string) {
	var keys messageKeys
	value.Decode(&keys)
	a.Text, a.Personal, a.If = keys.Text, keys.Personal, keys.If
	channel, to := value.Get("channel") != nil, value.Get("to") != nil
	switch {
	case channel && to:
		value.Place("to").Error("notify", "a message goes to a channel or to an address, not to both", "write two actions")
	case to:
		a.Target, a.To = keys.To, true
		return "to"
	case !channel:
		value.Error("missing-key", "the message says not to whom", "add channel: with a name under notify: in flowd.yaml, or to: ${application.recruiter}")
	}
	a.Target = keys.Channel
	return "channel"
}
