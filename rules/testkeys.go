package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// testKeys are one test as it is written.
type testKeys struct {
	Name    string           `yaml:"name,text,required"`
	Event   string           `yaml:"event,text"`
	At      string           `yaml:"at"`
	Given   givenKeys        `yaml:"given"`
	Then    []thenKeys       `yaml:"then"`
	Expect  *expectKeys      `yaml:"expect,required"`
	Because string           `yaml:"because,text"`
	Node    *strictyaml.Node `yaml:",node"`
	Rest    *strictyaml.Node `yaml:",rest"`
}

// givenKeys are what a test says of its event; the rest comes from its fixture,
// else from the rule and its row.
type givenKeys struct {
	Event string `yaml:"event,text"`
	Stage string `yaml:"stage,text"`
	From  string `yaml:"from,text"`
	toldKeys
}

// toldKeys are what tests and fixtures tell of an event in the same words. A
// fixture is written with the JSON tags and read by the others.
type toldKeys struct {
	Source      string               `yaml:"source,text" json:"source,omitzero"`
	Via         string               `yaml:"via" oneof:"move apply import api merge unknown" json:"via,omitzero"`
	Job         *jobKeys             `yaml:"job" json:"job,omitzero"`
	Candidate   candidateKeys        `yaml:"candidate" json:"candidate,omitzero"`
	Application applicationKeys      `yaml:"application" json:"application,omitzero"`
	Interview   *interviewKeys       `yaml:"interview" json:"interview,omitzero"`
	Fields      map[string]fieldKeys `yaml:"fields" json:"fields,omitempty"`
}

// jobKeys are the job of a test: its name or id alone, which leaves the rest to
// the row, or all that is known of it.
type jobKeys struct {
	flowd.Job
	alone bool
}

type jobParts struct {
	ID         string   `yaml:"id,text" json:"id,omitzero"`
	Name       string   `yaml:"name,text" json:"name,omitzero"`
	Department string   `yaml:"department,text" json:"department,omitzero"`
	Location   string   `yaml:"location,text" json:"location,omitzero"`
	Country    string   `yaml:"country,text" json:"country,omitzero"`
	Tags       []string `yaml:"tags,text" json:"tags,omitempty"`
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (j *jobKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		j.alone = true
		n.DecodeText(&j.Name)
		j.ID = j.Name
		return
	}
	var keys jobParts
	n.Decode(&keys)
	j.Job = flowd.Job{ID: keys.ID, Name: keys.Name, Department: keys.Department, Location: keys.Location, Country: keys.Country, Tags: keys.Tags}
}

type candidateKeys struct {
	ID         string   `yaml:"id,text" json:"id,omitzero"`
	Email      *string  `yaml:"email" json:"email,omitzero"`
	FirstName  string   `yaml:"first_name" json:"first_name,omitzero"`
	LastName   string   `yaml:"last_name" json:"last_name,omitzero"`
	Name       string   `yaml:"name" json:"name,omitzero"`
	Phone      string   `yaml:"phone" json:"phone,omitzero"`
	Source     string   `yaml:"source" json:"source,omitzero"`
	Country    string   `yaml:"country" json:"country,omitzero"`
	Language   string   `yaml:"language" json:"language,omitzero"`
	Tags       []string `yaml:"tags,text" json:"tags,omitempty"`
	CanEmail   *bool    `yaml:"can_email" json:"can_email,omitzero"`
	IsInternal *bool    `yaml:"is_internal" json:"is_internal,omitzero"`
}

type applicationKeys struct {
	ID        string    `yaml:"id,text" json:"id,omitzero"`
	Status    string    `yaml:"status" oneof:"active rejected withdrawn hired deleted" json:"status,omitzero"`
	URL       string    `yaml:"url" json:"url,omitzero"`
	AppliedAt time.Time `yaml:"applied_at" json:"applied_at,omitzero"`

	Recruiter   string `yaml:"recruiter" json:"recruiter,omitzero"`
	Alternative bool   `yaml:"alternative" json:"alternative,omitzero"`
	NoContact   string `yaml:"no_contact" oneof:"private cannot_email work_address" json:"no_contact,omitzero"`
}

// interviewKeys are the interview of a test, as it is known when flowd decides;
// of a timer, when its time has come.
type interviewKeys struct {
	ID         string        `yaml:"id,text" json:"id,omitzero"`
	Rule       string        `yaml:"rule,text" json:"rule,omitzero"` // that invited
	Position   string        `yaml:"position,text" json:"position,omitzero"`
	Status     string        `yaml:"status" oneof:"invited finished shortlisted discarded" json:"status,omitzero"`
	Answered   *bool         `yaml:"answered" json:"answered,omitzero"`
	Score      float64       `yaml:"score" json:"score,omitzero"`
	Duration   time.Duration `yaml:"duration" json:"-"` // written as a span
	InvitedAt  time.Time     `yaml:"invited_at" json:"invited_at,omitzero"`
	FinishedAt time.Time     `yaml:"finished_at" json:"finished_at,omitzero"`
	Ours       *bool         `yaml:"ours" json:"ours,omitzero"`
	Again      bool          `yaml:"again" json:"again,omitzero"`
	Deleted    bool          `yaml:"deleted" json:"deleted,omitzero"`
}

// fieldKeys are the value of a custom field: a number or true or false where
// they stand without quotes, a list, else a text.
type fieldKeys struct{ value any }

var plainValue = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// UnmarshalNode implements strictyaml.Unmarshaler.
func (f *fieldKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() != strictyaml.Scalar {
		var list []string
		n.Decode(&list)
		f.value = list
		return
	}
	text := n.Text()
	number, err := strconv.ParseFloat(text, 64)
	switch {
	case n.Plain() && err == nil && plainValue.MatchString(text):
		f.value = number
	case n.Plain() && (text == "true" || text == "false"):
		f.value = text == "true"
	default:
		f.value = text
	}
}

// test is one test of a rule, or of the whole set.
type test struct {
	place   place
	rule    *Rule // nil for the whole set
	name    string
	at      time.Time
	moved   bool     // at is the test's own, and not the fixture's
	fixture *fixture // nil where the event is made of the rule and its row
	given   givenKeys
	said    toldKeys // what is given over what the fixture tells
	then    []later
	want    expectKeys
	because string
}

// defaultAt is the time of a test that does not say one: a Monday morning.
func defaultAt() time.Time { return time.Date(2026, time.January, 5, 10, 0, 0, 0, time.UTC) }

func (c *compiler) testsOf(list []testKeys, rule *Rule) []test {
	var out []test
	for _, k := range list {
		if k.Node == nil {
			continue
		}
		refuseKeys(k.Rest)
		t := test{place: c.at(k.Node), rule: rule, name: k.Name, at: defaultAt(), given: k.Given, said: k.Given.toldKeys, because: k.Because}
		if k.Event != "" {
			if t.fixture = c.fixture(k.Node.Get("event"), k.Event); t.fixture == nil {
				continue // reported
			}
			t.at, t.said = t.fixture.time(), t.fixture.told(k.Node.Get("given"))
		}
		if k.At != "" {
			at, err := time.Parse(time.RFC3339, k.At)
			if err != nil {
				c.report.error(c.at(k.Node.Place("at")), "date", `write it as "2026-03-06T18:20:00+01:00"`, "%q is not a time", k.At)
			}
			t.at, t.moved = at, true
		}
		t.then = c.thenOf(k.Then)
		words := eventWords()
		switch event := k.Given.Event; {
		case event != "" && !slices.Contains(words, event):
			c.report.error(c.at(k.Node.Get("given").Place("event")), "value", didYouMean(event, words, "the events: "+strings.Join(words, ", ")), "there is no event %q", event)
		case rule == nil && event == "" && k.Given.Stage == "" && t.fixture == nil:
			c.report.error(t.place, "test", `add given: {stage: "…"}, given: {event: …}, or event: with a fixture`, "a test of the whole set says which stage is entered")
		}
		if k.Expect == nil {
			continue // reported on decoding
		}
		t.want = *k.Expect
		if t.because != "" && len(t.want.actions) > 0 {
			c.report.error(c.at(k.Node.Place("because")), "test", "delete it: it says why nothing is done", "because stands beside what is expected to be done")
		}
		out = append(out, t)
	}
	return out
}
