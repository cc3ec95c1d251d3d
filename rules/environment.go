package rules

import (
	"reflect"
	"time"

	"flowd"
)

// environment is all that a condition sees, as plain values: a name that is not
// here, or a comparison of two kinds of value, is an error when a file is read.
type environment struct {
	Event       eventValues       `expr:"event"`
	Stage       string            `expr:"stage"`
	From        string            `expr:"from"`
	StageID     string            `expr:"stage_id"`
	Job         jobValues         `expr:"job"`
	Candidate   candidateValues   `expr:"candidate"`
	Application applicationValues `expr:"application"`

	Field  func(name string, otherwise ...string) (string, error)   `expr:"field"`
	Number func(name string, otherwise ...float64) (float64, error) `expr:"number"`
	Flag   func(name string, otherwise ...bool) (bool, error)       `expr:"flag"`
	List   func(name string) ([]string, error)                      `expr:"list"`
	Has    func(name string) bool                                   `expr:"has"`
	Now    func() time.Time                                         `expr:"now"`
}

type eventValues struct {
	Type   string    `expr:"type"`
	Via    string    `expr:"via"`
	Source string    `expr:"source"`
	ATS    string    `expr:"ats"`
	At     time.Time `expr:"at"`
}

type jobValues struct {
	ID         string   `expr:"id"`
	Name       string   `expr:"name"`
	Department string   `expr:"department"`
	Location   string   `expr:"location"`
	Country    string   `expr:"country"`
	Tags       []string `expr:"tags"`
}

type candidateValues struct {
	ID         string   `expr:"id"`
	Email      string   `expr:"email"`
	FirstName  string   `expr:"first_name"`
	LastName   string   `expr:"last_name"`
	Name       string   `expr:"name"`
	Phone      string   `expr:"phone"`
	Source     string   `expr:"source"` // where the application came from
	Country    string   `expr:"country"`
	Language   string   `expr:"language"`
	Tags       []string `expr:"tags"`
	CanEmail   bool     `expr:"can_email"`
	IsInternal bool     `expr:"is_internal"`
}

type applicationValues struct {
	ID        string        `expr:"id"`
	Status    string        `expr:"status"`
	Stage     string        `expr:"stage"` // the last known one
	URL       string        `expr:"url"`
	AppliedAt time.Time     `expr:"applied_at"`
	Age       time.Duration `expr:"age"`
}

func newEnvironment(ev flowd.Event, facts flowd.Facts, now time.Time) environment {
	app, c := facts.Application, facts.Application.Candidate
	from := ev.From
	if from.IsZero() {
		from = facts.Previous
	}
	fields := fields(app.Fields)
	env := environment{
		Event:   eventValues{Type: string(ev.Type), Via: string(ev.Via), Source: ev.Source, ATS: ev.ATS, At: ev.Time()},
		Stage:   ev.Stage.Name,
		From:    from.Name,
		StageID: ev.Stage.ID,
		Job: jobValues{ID: app.Job.ID, Name: app.Job.Name, Department: app.Job.Department, Location: app.Job.Location,
			Country: app.Job.Country, Tags: app.Job.Tags},
		Candidate: candidateValues{ID: c.ID, Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Name: c.FullName(), Phone: c.Phone,
			Source: app.Source, Country: c.Country, Language: c.Language, Tags: tags(app.Tags, c.Tags),
			CanEmail:   c.CanEmail == nil || *c.CanEmail,
			IsInternal: c.IsInternal != nil && *c.IsInternal},
		Application: applicationValues{ID: app.ID, Status: string(app.Status), Stage: app.Stage.Name, URL: app.URL, AppliedAt: app.AppliedAt},
		Field:       fields.text, Number: fields.number, Flag: fields.flag, List: fields.list, Has: fields.has,
		Now: func() time.Time { return now },
	}
	if !app.AppliedAt.IsZero() {
		env.Application.Age = now.Sub(app.AppliedAt)
	}
	return env
}

// tags are the application's and the candidate's: systems keep them at either.
func tags(application, candidate []string) []string {
	if len(candidate) == 0 {
		return application
	}
	return append(append(make([]string, 0, len(application)+len(candidate)), application...), candidate...)
}

// alwaysKnown are the members that every event has, whatever its source.
var alwaysKnown = map[string]bool{
	"event.type": true, "event.source": true, "event.ats": true, "event.at": true,
	"stage": true, "from": true, "application.id": true, "application.stage": true,
}

// witness is one event as conditions are asked about it.
type witness struct {
	env      environment
	supplies func(member string) bool // by the event's source
	app      flowd.Application
}

// unknown is the first of the members that nobody told of this event, or "": to
// go on with an empty value there would be to guess.
func (w *witness) unknown(members []string) string {
	for _, m := range members {
		switch {
		case alwaysKnown[m]:
		case m == "application.age" || m == "application.applied_at":
			if w.app.AppliedAt.IsZero() {
				return m
			}
		case m == "candidate.can_email" || m == "candidate.is_internal":
			told := w.app.Candidate.CanEmail
			if m == "candidate.is_internal" {
				told = w.app.Candidate.IsInternal
			}
			if told == nil && !w.supplies(m) {
				return m // their defaults stand in for a source that tells, no other
			}
		case !w.supplies(m) && isZero(w.env, m):
			return m
		}
	}
	return ""
}

// isZero tells whether the member has no value. Another source of the same ATS
// may have told it.
func isZero(env environment, member string) bool {
	v := reflect.ValueOf(env)
	for member != "" {
		name, rest := member, ""
		for i := range member {
			if member[i] == '.' {
				name, rest = member[:i], member[i+1:]
				break
			}
		}
		found := false
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("expr") == name {
				v, found = v.Field(i), true
				break
			}
		}
		if !found {
			return true
		}
		member = rest
	}
	return v.IsZero()
}
