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
	At      string           `yaml:"at"`
	Given   givenKeys        `yaml:"given"`
	Then    []thenKeys       `yaml:"then"`
	Expect  *expectKeys      `yaml:"expect,required"`
	Because string           `yaml:"because,text"`
	Node    *strictyaml.Node `yaml:",node"`
	Rest    *strictyaml.Node `yaml:",rest"`
}

// givenKeys are what a test says of its event; the rest comes from the rule and
// its row.
type givenKeys struct {
	Event       string               `yaml:"event,text"`
	Source      string               `yaml:"source,text"`
	Via         string               `yaml:"via" oneof:"move apply import api merge unknown"`
	Stage       string               `yaml:"stage,text"`
	From        string               `yaml:"from,text"`
	Job         *jobKeys             `yaml:"job"`
	Candidate   candidateKeys        `yaml:"candidate"`
	Application applicationKeys      `yaml:"application"`
	Interview   *interviewKeys       `yaml:"interview"`
	Fields      map[string]fieldKeys `yaml:"fields"`
}

// jobKeys are the job of a test: its name or id alone, which leaves the rest to
// the row, or all that is known of it.
type jobKeys struct {
	flowd.Job
	alone bool
}

type jobParts struct {
	ID         string   `yaml:"id,text"`
	Name       string   `yaml:"name,text"`
	Department string   `yaml:"department,text"`
	Location   string   `yaml:"location,text"`
	Country    string   `yaml:"country,text"`
	Tags       []string `yaml:"tags,text"`
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

	Recruiter   string `yaml:"recruiter"`
	Alternative bool   `yaml:"alternative"`
}

// interviewKeys are the interview of a test, as it is known when flowd decides;
// of a timer, when its time has come.
type interviewKeys struct {
	ID         string        `yaml:"id,text"`
	Rule       string        `yaml:"rule,text"` // that invited
	Position   string        `yaml:"position,text"`
	Status     string        `yaml:"status" oneof:"invited finished shortlisted discarded"`
	Answered   *bool         `yaml:"answered"`
	Score      float64       `yaml:"score"`
	Duration   time.Duration `yaml:"duration"`
	InvitedAt  time.Time     `yaml:"invited_at"`
	FinishedAt time.Time     `yaml:"finished_at"`
	Ours       *bool         `yaml:"ours"`
	Again      bool          `yaml:"again"`
	Deleted    bool          `yaml:"deleted"`
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
	given   givenKeys
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
		t := test{place: c.at(k.Node), rule: rule, name: k.Name, at: defaultAt(), given: k.Given, because: k.Because}
		if k.At != "" {
			at, err := time.Parse(time.RFC3339, k.At)
			if err != nil {
				c.report.error(c.at(k.Node.Place("at")), "date", `write it as "2026-03-06T18:20:00+01:00"`, "%q is not a time", k.At)
			}
			t.at = at
		}
		t.then = c.thenOf(k.Then)
		words := eventWords()
		switch event := k.Given.Event; {
		case event != "" && !slices.Contains(words, event):
			c.report.error(c.at(k.Node.Get("given").Place("event")), "value", didYouMean(event, words, "the events: "+strings.Join(words, ", ")), "there is no event %q", event)
		case rule == nil && event == "" && k.Given.Stage == "":
			c.report.error(t.place, "test", `add given: {stage: "…"}, or given: {event: …}`, "a test of the whole set says which stage is entered")
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
