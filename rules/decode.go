package rules

import (
	"fmt"
	"strings"
	"time"

	"flowd/internal/strictyaml"
)

// document is a rule file as it is written.
type document struct {
	Version  int         `yaml:"version,required" oneof:"1"`
	Owner    string      `yaml:"owner,text,required"`
	Defaults defaultKeys `yaml:"defaults"`
	Rules    []ruleKeys  `yaml:"rules,required"`
	Tests    []testKeys  `yaml:"tests"`
	// Calendars are windows by name.
	Calendars map[string]calendarKeys `yaml:"calendars"`
	Node      *strictyaml.Node        `yaml:",node"`
	Rest      *strictyaml.Node        `yaml:",rest"`
}

// sharedKeys are what a rule takes from defaults where it does not say
// otherwise.
type sharedKeys struct {
	Stage    []string `yaml:"stage,text"`
	Unmapped string   `yaml:"unmapped" oneof:"list hold"`
	Mail     string   `yaml:"mail" oneof:"hireflix none"`
	Mode     string   `yaml:"mode" oneof:"live shadow closing disabled"`
	Reason   string   `yaml:"reason,text"`
	ReviewOn string   `yaml:"review_on"`
	// Wait is nil where it is not said.
	Wait   *time.Duration `yaml:"wait"`
	Window string         `yaml:"window,text"`

	Approve      *approveKeys `yaml:"approve"`
	Flood        *floodKeys   `yaml:"flood"`
	Limit        *limitKeys   `yaml:"limit"`
	Priority     *int         `yaml:"priority"`
	AlertIfQuiet *quietKeys   `yaml:"alert_if_quiet"`
}

type defaultKeys struct {
	sharedKeys
	Once string           `yaml:"once" oneof:"application candidate"`
	Rest *strictyaml.Node `yaml:",rest"`
}

type ruleKeys struct {
	sharedKeys
	ID          string           `yaml:"id,text,required"`
	Description string           `yaml:"description,text"`
	Once        string           `yaml:"once" oneof:"application candidate interview event"`
	Pairs       *pairKeys        `yaml:"pairs"`
	Trigger     *triggerKeys     `yaml:"trigger"`
	Actions     []actionKeys     `yaml:"actions"`
	If          []conditionKeys  `yaml:"if"`
	Unless      []conditionKeys  `yaml:"unless"`
	Group       string           `yaml:"group,text"`
	Otherwise   bool             `yaml:"otherwise"`
	Tests       []testKeys       `yaml:"tests"`
	Node        *strictyaml.Node `yaml:",node"`
	Rest        *strictyaml.Node `yaml:",rest"`
}

// pairKeys are the map: rows, or the file that holds them.
type pairKeys struct {
	Node     *strictyaml.Node
	Rows     []rowKeys
	File     string
	OnBadRow string
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (p *pairKeys) UnmarshalNode(n *strictyaml.Node) {
	p.Node = n
	if n.Kind() != strictyaml.Mapping || n.Get("file") == nil {
		n.Decode(&p.Rows)
		return
	}
	var keys tableKeys
	n.Decode(&keys)
	p.File, p.OnBadRow = keys.File, keys.OnBadRow
}

// tableKeys name the file that holds the rows.
type tableKeys struct {
	File     string `yaml:"file,text,required"`
	OnBadRow string `yaml:"on_bad_row" oneof:"refuse skip"`
}

type rowKeys struct {
	Source     []string         `yaml:"source,text"`
	Job        []string         `yaml:"job,text"`
	Department []string         `yaml:"department,text"`
	Location   []string         `yaml:"location,text"`
	Country    []string         `yaml:"country,text"`
	Language   []string         `yaml:"language,text"`
	Stage      []string         `yaml:"stage,text"`
	Position   string           `yaml:"position,text,required"`
	Enabled    *bool            `yaml:"enabled"`
	Owner      string           `yaml:"owner,text"`
	Note       string           `yaml:"note,text"`
	Node       *strictyaml.Node `yaml:",node"`
}

func (r rowKeys) cells() [columnCount][]string {
	return [columnCount][]string{r.Source, r.Job, r.Department, r.Location, r.Country, r.Language, r.Stage}
}

// conditionKeys are one line of if or unless: a condition, or one with the words
// that people read when it decides.
type conditionKeys struct {
	When    string
	Because string
	Node    *strictyaml.Node // of the condition itself
}

type reasonedKeys struct {
	When    string `yaml:"when,text,required"`
	Because string `yaml:"because,text"`
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (c *conditionKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		n.DecodeText(&c.When)
		c.Node = n
		return
	}
	var keys reasonedKeys
	n.Decode(&keys)
	c.When, c.Because, c.Node = keys.When, keys.Because, n.Place("when")
}

// refuseKeys reports the keys that a section does not have.
func refuseKeys(rest *strictyaml.Node) {
	known := rest.Known()
	for _, p := range rest.Pairs() {
		key := p.Key.Text()
		hint := "its keys: " + strings.Join(known, ", ")
		if near := strictyaml.Nearest(key, known); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		p.Key.Error("unknown-key", fmt.Sprintf("unknown key %s", p.Key.Shown()), hint)
	}
}

func (d document) refuseKeys() {
	refuseKeys(d.Rest)
	refuseKeys(d.Defaults.Rest)
	for _, k := range d.Calendars {
		refuseKeys(k.Rest)
	}
	for _, r := range d.Rules {
		refuseKeys(r.Rest)
		if r.Trigger != nil {
			refuseKeys(r.Trigger.Rest)
		}
	}
}
