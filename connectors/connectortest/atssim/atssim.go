// Package atssim is a small applicant tracking system for tests and the demo:
// jobs with stages, applications with notes, tags, fields and links, an API to
// read and write them, and signed hooks for what happens. It speaks no known
// system's words: flowd reaches it by the kind webhook, with the configuration
// that Source writes. It knows nothing of flowd.
package atssim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Options are what a system needs.
type Options struct {
	// Token is the bearer token that the API wants; none when empty.
	Token string
	// Secret signs the hooks.
	Secret string
	// Fault says what is to go wrong with the n-th request that writes, from 1;
	// nil means nothing ever does. It is called under the system's lock.
	Fault func(n int, r *http.Request) Fault
	// Now is the time of what happens; time.Now when nil.
	Now func() time.Time
}

// Fault is what goes wrong with one request. The zero value is that nothing does.
type Fault struct {
	Status     int  // answered instead, without an effect
	RetryAfter int  // seconds, with Status
	Drop       bool // the connection closes before the effect
	Lose       bool // the connection closes behind the effect, without an answer
}

// ATS is the system. It is safe for concurrent use.
type ATS struct {
	opts Options

	mu           sync.Mutex
	jobs         map[string]job
	applications map[string]*application
	added        int // applications, deleted ones too
	writes       []Write
	arrivals     int
	pending      []delivery
	told         []delivery
	accepted     int
	wake         chan struct{}
}

type job struct {
	id, name, department string
	stages               []Stage
}

// Stage is a step of a job.
type Stage struct{ ID, Name string }

// Person is who applies.
type Person struct {
	Email, FirstName, LastName, Phone string
	Source                            string            // where they came from
	Fields                            map[string]string // the application's custom fields
}

// Snapshot is how an application stands.
type Snapshot struct {
	ID, Candidate, Job string
	Stage              Stage
	Status             string // active, rejected, withdrawn or hired
	Tags, Notes        []string
	Fields             map[string]string
	Links              map[string]string // addresses by label
}

type application struct {
	Snapshot
	person    Person
	recruiter string
}

// Write is a change that came through the API and took effect.
type Write struct{ Application, Kind, Target, Text string }

// New returns an empty system.
func New(o Options) *ATS {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &ATS{opts: o, jobs: map[string]job{}, applications: map[string]*application{}, wake: make(chan struct{}, 1)}
}

// AddJob adds a job with its stages, in order. Their ids are the job's with a
// number.
func (a *ATS) AddJob(id, name string, stages ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	j := job{id: id, name: name}
	for i, s := range stages {
		j.stages = append(j.stages, Stage{ID: id + "-" + strconv.Itoa(i+1), Name: s})
	}
	a.jobs[id] = j
}

// SetDepartment says which department a job is of.
func (a *ATS) SetDepartment(jobID, department string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j, ok := a.jobs[jobID]; ok {
		j.department = department
		a.jobs[jobID] = j
	}
}

// AddApplication adds a person to the first stage of a job and returns the
// application's id. Its hook tells of the stage.
func (a *ATS) AddApplication(jobID string, p Person) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	j, ok := a.jobs[jobID]
	if !ok || len(j.stages) == 0 {
		return "", fmt.Errorf("atssim: there is no job %q with stages", jobID)
	}
	a.added++
	n := strconv.Itoa(5000 + a.added)
	app := &application{person: p, recruiter: "recruiter@example.com", Snapshot: Snapshot{
		ID: n, Candidate: "c" + n, Job: jobID, Stage: j.stages[0], Status: "active", Fields: map[string]string{}, Links: map[string]string{},
	}}
	maps.Copy(app.Fields, p.Fields)
	a.applications[n] = app
	a.tell(app, "moved", Stage{}, "apply")
	return n, nil
}

// Move is a recruiter's move to a stage, by its name or id.
func (a *ATS) Move(id, stage string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	app, to, err := a.target(id, stage)
	if err != nil {
		return err
	}
	a.move(app, to, "move")
	return nil
}

func (a *ATS) target(id, stage string) (*application, Stage, error) {
	app := a.applications[id]
	if app == nil {
		return nil, Stage{}, fmt.Errorf("atssim: there is no application %q", id)
	}
	for _, s := range a.jobs[app.Job].stages {
		if s.ID == stage || s.Name == stage {
			return app, s, nil
		}
	}
	return nil, Stage{}, fmt.Errorf("atssim: the job of %q has no stage %q", id, stage)
}

func (a *ATS) move(app *application, to Stage, via string) {
	from := app.Stage
	app.Stage = to
	a.tell(app, "moved", from, via)
}

// Reject ends the application, as a recruiter does.
func (a *ATS) Reject(id string) error { return a.end(id, "rejected") }

// Withdraw ends it by the candidate's wish.
func (a *ATS) Withdraw(id string) error { return a.end(id, "withdrawn") }

// Hire ends it well.
func (a *ATS) Hire(id string) error { return a.end(id, "hired") }

// Reopen makes it active again.
func (a *ATS) Reopen(id string) error { return a.end(id, "reopened") }

func (a *ATS) end(id, event string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	app := a.applications[id]
	if app == nil {
		return fmt.Errorf("atssim: there is no application %q", id)
	}
	app.Status = event
	if event == "reopened" {
		app.Status = "active"
	}
	a.tell(app, event, Stage{}, "")
	return nil
}

// Delete takes the application away: the API knows it no longer.
func (a *ATS) Delete(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	app := a.applications[id]
	if app == nil {
		return fmt.Errorf("atssim: there is no application %q", id)
	}
	delete(a.applications, id)
	a.tell(app, "deleted", Stage{}, "")
	return nil
}

// AddTag adds a tag by hand.
func (a *ATS) AddTag(id, tag string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if app := a.applications[id]; app != nil {
		app.Tags = append(app.Tags, tag)
	}
}

// Application is how an application stands; the zero Snapshot when there is none.
func (a *ATS) Application(id string) Snapshot {
	a.mu.Lock()
	defer a.mu.Unlock()
	app := a.applications[id]
	if app == nil {
		return Snapshot{}
	}
	s := app.Snapshot
	s.Tags, s.Notes = slices.Clone(s.Tags), slices.Clone(s.Notes)
	s.Fields, s.Links = maps.Clone(s.Fields), maps.Clone(s.Links)
	return s
}

// Applications are the ids of all applications, sorted.
func (a *ATS) Applications() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.applications))
}

// Writes are the changes that took effect, in order.
func (a *ATS) Writes() []Write {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.writes)
}

// Arrivals is how many requests to write have come, whatever became of them.
func (a *ATS) Arrivals() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.arrivals
}

// SetFault replaces Options.Fault.
func (a *ATS) SetFault(f func(n int, r *http.Request) Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.opts.Fault = f
}
