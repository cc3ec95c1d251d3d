package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"flowd"
	"flowd/internal/strictyaml"
)

// testKeys are one test as it is written.
type testKeys struct {
	Name    string           `yaml:"name,text,required"`
	At      string           `yaml:"at"`
	Given   givenKeys        `yaml:"given"`
	Expect  *expectKeys      `yaml:"expect,required"`
	Because string           `yaml:"because,text"`
	Node    *strictyaml.Node `yaml:",node"`
	Rest    *strictyaml.Node `yaml:",rest"`
}

// givenKeys are what a test says of its event; the rest comes from the rule and
// its row.
type givenKeys struct {
	Source      string               `yaml:"source,text"`
	Via         string               `yaml:"via" oneof:"move apply import api merge unknown"`
	Stage       string               `yaml:"stage,text"`
	From        string               `yaml:"from,text"`
	Job         *jobKeys             `yaml:"job"`
	Candidate   candidateKeys        `yaml:"candidate"`
	Application applicationKeys      `yaml:"application"`
	Fields      map[string]fieldKeys `yaml:"fields"`
}

// jobKeys are the job of a test: its name or id alone, which leaves the rest to
// the row, or all that is known of it.
type jobKeys struct {
	flowd.Job
	alone bool
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (j *jobKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		j.alone = true
		n.DecodeText(&j.Name)
		j.ID = j.Name
		return
	}
	var keys struct {
		ID         string   `yaml:"id,text"`
		Name       string   `yaml:"name,text"`
		Department string   `yaml:"department,text"`
		Location   string   `yaml:"location,text"`
		Country    string   `yaml:"country,text"`
		Tags       []string `yaml:"tags,text"`
	}
	n.Decode(&keys)
	j.Job = flowd.Job{ID: keys.ID, Name: keys.Name, Department: keys.Department, Location: keys.Location, Country: keys.Country, Tags: keys.Tags}
}

type candidateKeys struct {
	ID         string   `yaml:"id,text"`
	Email      *string  `yaml:"email"`
	FirstName  string   `yaml:"first_name"`
	LastName   string   `yaml:"last_name"`
	Name       string   `yaml:"name"`
	Phone      string   `yaml:"phone"`
	Source     string   `yaml:"source"`
	Country    string   `yaml:"country"`
	Language   string   `yaml:"language"`
	Tags       []string `yaml:"tags,text"`
	CanEmail   *bool    `yaml:"can_email"`
	IsInternal *bool    `yaml:"is_internal"`
}

type applicationKeys struct {
	ID        string    `yaml:"id,text"`
	Status    string    `yaml:"status" oneof:"active rejected withdrawn hired"`
	URL       string    `yaml:"url"`
	AppliedAt time.Time `yaml:"applied_at"`
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

// expectKeys are what a test expects: none, held, or the invites.
type expectKeys struct {
	held    bool
	invites []string
}

// UnmarshalNode implements strictyaml.Unmarshaler.
func (e *expectKeys) UnmarshalNode(n *strictyaml.Node) {
	if n.Kind() == strictyaml.Scalar {
		if n.Text() != "none" && n.Text() != "held" {
			n.Error("value", fmt.Sprintf("expect is none, held or a list of invites, not %q", n.Shown()),
				`write none, or [{hireflix.invite: {position: "…"}}]`)
		}
		e.held = n.Text() == "held"
		return
	}
	for _, item := range n.Items() {
		var keys struct {
			Invite struct {
				Position string `yaml:"position,text,required"`
			} `yaml:"hireflix.invite,required"`
		}
		item.Decode(&keys)
		e.invites = append(e.invites, keys.Invite.Position)
	}
}

// test is one test of a rule, or of the whole set.
type test struct {
	place   place
	rule    *Rule // nil for the whole set
	name    string
	at      time.Time
	given   givenKeys
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
		t := test{place: c.at(k.Node), rule: rule, name: k.Name, at: defaultAt(), given: k.Given, because: k.Because}
		if k.At != "" {
			at, err := time.Parse(time.RFC3339, k.At)
			if err != nil {
				c.report.error(c.at(k.Node.Place("at")), "date", `write it as "2026-03-06T18:20:00+01:00"`, "%q is not a time", k.At)
			}
			t.at = at
		}
		if rule == nil && k.Given.Stage == "" {
			c.report.error(t.place, "test", `add given: {stage: "…"}`, "a test of the whole set says which stage is entered")
		}
		if k.Expect == nil {
			continue // reported on decoding
		}
		t.want = *k.Expect
		if t.because != "" && len(t.want.invites) > 0 {
			c.report.error(c.at(k.Node.Place("because")), "test", "delete it: it says why nobody is invited", "because stands beside an expected invite")
		}
		out = append(out, t)
	}
	return out
}
