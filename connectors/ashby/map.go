package ashby

import (
	"errors"
	"fmt"
	"strings"

	"flowd"
	"flowd/connectors"
)

// events are what a delivery says in flowd's words. An action that does not
// concern flowd gives none.
func (d *delivery) events(door connectors.Door) ([]flowd.Event, error) {
	switch d.Action {
	case "":
		return nil, errors.New("the body has no action, so it is no Ashby web hook")
	case "candidateStageChange":
		return d.moved(door)
	case "applicationSubmit":
		return d.created(door)
	case "candidateHire":
		ev, err := d.ofApplication(door, flowd.ApplicationHired)
		return one(ev, err)
	case "candidateDelete":
		if d.Data.Candidate.ID == "" {
			return nil, missing("data.candidate.id")
		}
		return one(ofCandidate(flowd.ApplicationDeleted, d.Data.Candidate.ID), nil)
	case "candidateMerge":
		if d.Data.Deleted.ID == "" {
			return nil, missing("data.deletedCandidate.id")
		}
		ev := ofCandidate(flowd.ApplicationMerged, d.Data.Deleted.ID)
		ev.MergedInto = d.Data.Merged.ID
		return one(ev, nil)
	case "jobUpdate":
		return d.closed()
	}
	// applicationUpdate comes beside every stage change, in any order, and for many
	// things more: what it says of the stage would make the change itself no news.
	return nil, nil
}

func one(ev flowd.Event, err error) ([]flowd.Event, error) {
	if err != nil {
		return nil, err
	}
	return []flowd.Event{ev}, nil
}

// ofApplication is an event of the payload's application, when it was last
// changed: of the event itself Ashby does not say when.
func (d *delivery) ofApplication(door connectors.Door, kind flowd.EventType) (flowd.Event, error) {
	app := d.Data.Application
	if app == nil || app.ID == "" {
		return flowd.Event{}, missing("data.application.id")
	}
	ev := flowd.Event{Type: kind, At: connectors.Moment(app.UpdatedAt), Application: app.normal(door)}
	ev.Application.Stage = flowd.Stage{}
	if status, ends := kind.Status(); ends {
		ev.Application.Status = status
	}
	return ev, nil
}

// moved is a change of stage. Archiving and hiring are moves too, into stages of
// their own, and end the application.
func (d *delivery) moved(door connectors.Door) ([]flowd.Event, error) {
	entered, err := d.entered(door, flowd.ViaMove)
	if err != nil {
		return nil, err
	}
	out := []flowd.Event{entered}
	if end := ending(entered.Application.Status); end != "" {
		ev, err := d.ofApplication(door, end)
		if err != nil {
			return nil, err
		}
		out = append(out, ev)
	}
	return out, nil
}

func (d *delivery) entered(door connectors.Door, via flowd.Via) (flowd.Event, error) {
	ev, err := d.ofApplication(door, flowd.StageEntered)
	if err != nil {
		return flowd.Event{}, err
	}
	ev.Via, ev.Stage = via, d.Data.Application.Stage.normal()
	if ev.Stage.IsZero() {
		return flowd.Event{}, missing("data.application.currentInterviewStage")
	}
	return ev, nil
}

// created are the two events of a new application, at one time.
func (d *delivery) created(door connectors.Door) ([]flowd.Event, error) {
	made, err := d.ofApplication(door, flowd.ApplicationCreated)
	if err != nil {
		return nil, err
	}
	made.Via = flowd.ViaUnknown // candidates apply, or are added by hand
	if d.Data.Application.Stage.normal().IsZero() {
		return []flowd.Event{made}, nil
	}
	entered, err := d.entered(door, flowd.ViaUnknown)
	return []flowd.Event{made, entered}, err
}

// closed is the event of a job that takes no more applications.
func (d *delivery) closed() ([]flowd.Event, error) {
	j := d.Data.Job
	if j == nil || j.ID == "" {
		return nil, missing("data.job.id")
	}
	if j.Status != "Closed" && j.Status != "Archived" {
		return nil, nil
	}
	return []flowd.Event{{Type: flowd.JobClosed, At: connectors.Moment(j.UpdatedAt), Application: flowd.Application{Job: j.normal()}}}, nil
}

// ofCandidate is an event of all of a candidate's applications.
func ofCandidate(kind flowd.EventType, id string) flowd.Event {
	return flowd.Event{Type: kind, Application: flowd.Application{Candidate: flowd.Candidate{ID: id}}}
}

func missing(member string) error { return fmt.Errorf("the body's %s is missing", member) }

// ending is the event that leaves an application in a status; empty for those
// that go on.
func ending(s flowd.Status) flowd.EventType {
	switch s {
	case flowd.StatusRejected:
		return flowd.ApplicationRejected
	case flowd.StatusWithdrawn:
		return flowd.ApplicationWithdrawn
	case flowd.StatusHired:
		return flowd.ApplicationHired
	}
	return ""
}

func (a *application) normal(door connectors.Door) flowd.Application {
	c := a.Candidate
	out := flowd.Application{
		ID: a.ID, Status: a.status(), Source: a.Source.Title, AppliedAt: connectors.Moment(a.CreatedAt), Stage: a.Stage.normal(), Recruiter: a.recruiter(),
		Job:       flowd.Job{ID: a.Job.ID, Name: a.Job.Title},
		Candidate: flowd.Candidate{ID: c.ID, Name: c.Name, Phone: c.Phone.Value},
		Fields:    a.CustomFields.normal(nil),
	}
	door.Admit(&out, connectors.Visitor{Addresses: []connectors.Address{connectors.Address(c.Email)}})
	return out
}

// add is the application with what is known of its candidate. The primary address
// goes before others of its type.
func (p *person) add(door connectors.Door, to flowd.Application, primary contact) flowd.Application {
	addresses := []connectors.Address{connectors.Address(primary)}
	for _, a := range p.Emails {
		addresses = append(addresses, connectors.Address(a))
	}
	to.URL, to.Candidate.Tags = p.URL, make([]string, 0, len(p.Tags))
	for _, t := range p.Tags {
		to.Candidate.Tags = append(to.Candidate.Tags, t.Title)
	}
	for _, part := range p.Location.Parts {
		if part.Type == "Country" {
			to.Candidate.Country = part.Name
		}
	}
	to.Fields = p.CustomFields.normal(to.Fields)
	to.NoContact = ""
	door.Admit(&to, connectors.Visitor{Addresses: addresses})
	return to
}

// status is the application's standing. Who is archived was rejected, unless the
// reason is the candidate's own.
func (a *application) status() flowd.Status {
	switch a.Status {
	case "Active", "Lead":
		return flowd.StatusActive
	case "Hired":
		return flowd.StatusHired
	case "Archived":
		if a.ArchiveReason.Type == "RejectedByCandidate" {
			return flowd.StatusWithdrawn
		}
		return flowd.StatusRejected
	}
	return ""
}

func (a *application) recruiter() string {
	for _, m := range a.HiringTeam {
		if connectors.SameName(m.Role, "recruiter") {
			return m.Email
		}
	}
	return ""
}

func (s *stage) normal() flowd.Stage {
	if s == nil {
		return flowd.Stage{}
	}
	kind := strings.ToLower(s.Type)
	if kind == "preinterviewscreen" {
		kind = "screening"
	}
	return connectors.Stage(flowd.Stage{ID: s.ID, Name: s.Title, Kind: kind})
}

func (j *job) normal() flowd.Job {
	return flowd.Job{ID: j.ID, Name: j.Title, Location: j.Location.Name, Country: connectors.Country(j.Location.Address.Postal.Country)}
}
