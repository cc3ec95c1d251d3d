package rules

import (
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
	Interview   interviewValues   `expr:"interview"`

	// What templates alone have: it has to be fetched or made.
	RecordingLink string `expr:"recording_link"`
	AdminLink     string `expr:"admin_link"`
	CandidateLink string `expr:"candidate_link"`
	Transcript    string `expr:"transcript"`

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
	ID          string        `expr:"id"`
	Status      string        `expr:"status"`
	Stage       string        `expr:"stage"` // the last known one
	URL         string        `expr:"url"`
	AppliedAt   time.Time     `expr:"applied_at"`
	Age         time.Duration `expr:"age"`
	Recruiter   string        `expr:"recruiter"`
	Alternative bool          `expr:"alternative"`
}

func newEnvironment(ev flowd.Event, facts flowd.Facts, now time.Time) environment {
	app, c := facts.Application, facts.Application.Candidate
	stage, from := stagesOf(ev, facts)
	fields := fields(app.Fields)
	env := environment{
		Event:   eventValues{Type: string(ev.Type), Via: string(ev.Via), Source: ev.Source, ATS: ev.ATS, At: ev.Time()},
		Stage:   stage.Name,
		From:    from.Name,
		StageID: stage.ID,
		Job: jobValues{ID: app.Job.ID, Name: app.Job.Name, Department: app.Job.Department, Location: app.Job.Location,
			Country: app.Job.Country, Tags: app.Job.Tags},
		Candidate: candidateValues{ID: c.ID, Email: c.Email, FirstName: c.FirstName, LastName: c.LastName, Name: c.FullName(), Phone: c.Phone,
			Source: app.Source, Country: c.Country, Language: c.Language, Tags: tags(app.Tags, c.Tags),
			CanEmail:   c.CanEmail == nil || *c.CanEmail,
			IsInternal: c.IsInternal != nil && *c.IsInternal},
		Application: applicationValues{ID: app.ID, Status: string(app.Status), Stage: app.Stage.Name, URL: app.URL, AppliedAt: app.AppliedAt,
			Recruiter: app.Recruiter, Alternative: app.Alternative},
		Field: fields.text, Number: fields.number, Flag: fields.flag, List: fields.list, Has: fields.has,
		Now: func() time.Time { return now },
	}
	if !app.AppliedAt.IsZero() {
		env.Application.Age = now.Sub(app.AppliedAt)
	}
	return env
}

// stagesOf are the stage entered, or of other events the one that the application
// stands in, and the one before.
func stagesOf(ev flowd.Event, facts flowd.Facts) (stage, from flowd.Stage) {
	stage, from = ev.Stage, ev.From
	if stage.IsZero() && ev.Type != flowd.StageEntered {
		stage = facts.Application.Stage
	}
	if from.IsZero() {
		from = facts.Previous
	}
	return stage, from
}

// tags are the application's and the candidate's: systems keep them at either.
func tags(application, candidate []string) []string {
	if len(candidate) == 0 {
		return application
	}
	return append(append(make([]string, 0, len(application)+len(candidate)), application...), candidate...)
}
