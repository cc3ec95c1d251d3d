package greenhouse

import (
	"errors"
	"fmt"
	"strings"

	"flowd"
	"flowd/connectors"
)

// withdrew is the type of those reasons of a rejection that are the candidate's
// own, as Greenhouse's documentation of rejection reasons has it.
const withdrew = "They rejected us"

// events are what a delivery says in flowd's words. An action that does not
// concern flowd gives none.
func (d *delivery) events(door connectors.Door) ([]flowd.Event, error) {
	app, person := d.Payload.Application, d.Payload.Person
	switch d.Action {
	case "":
		return nil, errors.New("the body has no action, so it is no Greenhouse web hook")
	case "candidate_stage_change":
		return d.ofApplication(door, flowd.StageEntered, flowd.ViaMove)
	case "new_candidate_application", "new_prospect_application":
		return d.created(door)
	case "reject_candidate":
		if app != nil && app.RejectionReason.Type.Name == withdrew {
			return d.ofApplication(door, flowd.ApplicationWithdrawn, "")
		}
		return d.ofApplication(door, flowd.ApplicationRejected, "")
	case "hire_candidate":
		return d.ofApplication(door, flowd.ApplicationHired, "")
	case "unreject_candidate", "unhire_candidate":
		return d.ofApplication(door, flowd.ApplicationReopened, "")
	case "delete_application":
		if app == nil || app.ID == "" {
			return nil, missing("payload.application.id")
		}
		gone := ended(flowd.ApplicationDeleted, app.ID.String(), app.CandidateID.String())
		gone.Application.Job.ID = app.JobID.String()
		return []flowd.Event{gone}, nil
	case "delete_candidate":
		if person == nil || person.ID == "" {
			return nil, missing("payload.person.id")
		}
		return person.deleted(), nil
	case "merge_candidate":
		if person == nil || person.ID == "" {
			return nil, missing("payload.person.id")
		}
		merged := ended(flowd.ApplicationMerged, "", person.ID.String())
		merged.MergedInto = person.NewCandidateID.String()
		return []flowd.Event{merged}, nil
	case "candidate_anonymized":
		if d.Payload.CandidateID == "" {
			return nil, missing("payload.candidate_id")
		}
		return []flowd.Event{ended(flowd.ApplicationAnonymized, "", d.Payload.CandidateID.String())}, nil
	case "job_updated", "job_deleted":
		return d.closed()
	}
	// Updates of an application or candidate carry the current stage, but come
	// for any change and may be older than the last move: they are no moves.
	return nil, nil
}

// ofApplication is one event of the payload's application. Only a stage change
// tells the stage: what others carry may be older than the last change, and a
// stage that is known already is no move.
func (d *delivery) ofApplication(door connectors.Door, kind flowd.EventType, via flowd.Via) ([]flowd.Event, error) {
	app := d.Payload.Application
	if app == nil || app.ID == "" {
		return nil, missing("payload.application.id")
	}
	ev := flowd.Event{Type: kind, Via: via, At: connectors.Moment(app.LastActivityAt), Application: app.normal(door, kind)}
	if kind != flowd.StageEntered {
		return []flowd.Event{ev}, nil
	}
	ev.Stage = app.stage()
	switch {
	case !ev.Stage.IsZero():
		return []flowd.Event{ev}, nil
	case app.Prospect:
		return nil, nil // one who stands in no pipeline
	}
	return nil, missing("payload.application.current_stage")
}

// created are the two events of a new application. Both have one time:
// applied_at may lie years back, or a second after the last activity.
func (d *delivery) created(door connectors.Door) ([]flowd.Event, error) {
	out, err := d.ofApplication(door, flowd.ApplicationCreated, flowd.ViaUnknown)
	if err != nil {
		return nil, err
	}
	if stage := d.Payload.Application.stage(); !stage.IsZero() {
		entered := out[0]
		entered.Type, entered.Stage = flowd.StageEntered, stage
		out = append(out, entered)
	}
	return out, nil
}

// closed is the event of a job that takes no more applications.
func (d *delivery) closed() ([]flowd.Event, error) {
	j := d.Payload.Job
	if j == nil || j.ID == "" {
		return nil, missing("payload.job.id")
	}
	if d.Action == "job_updated" && j.Status != "closed" {
		return nil, nil
	}
	return []flowd.Event{{Type: flowd.JobClosed, Application: flowd.Application{Job: j.normal()}}}, nil
}

// deleted are the ends of a person's applications: of each that is named, else
// of the person, as after a merge that took the applications along.
func (p *person) deleted() []flowd.Event {
	if len(p.DeletedApplicationIDs) == 0 {
		return []flowd.Event{ended(flowd.ApplicationDeleted, "", p.ID.String())}
	}
	var out []flowd.Event
	for _, id := range p.DeletedApplicationIDs {
		out = append(out, ended(flowd.ApplicationDeleted, id.String(), p.ID.String()))
	}
	return out
}

// ended is an event that says no more than whom it concerns. Without an
// application it concerns all of the candidate's.
func ended(kind flowd.EventType, application, candidate string) flowd.Event {
	return flowd.Event{Type: kind, Application: flowd.Application{ID: application, Candidate: flowd.Candidate{ID: candidate}}}
}

func missing(member string) error { return fmt.Errorf("the body's %s is missing", member) }

func (a *application) normal(door connectors.Door, kind flowd.EventType) flowd.Application {
	c := a.Candidate
	out := flowd.Application{
		ID: a.ID.String(), Status: a.status(kind), Source: a.Source.Name, AppliedAt: connectors.Moment(a.AppliedAt),
		URL: strings.ReplaceAll(a.URL, " ", ""), // the vendor's own sample has one behind application_id=
		Candidate: flowd.Candidate{
			ID: c.ID.String(), FirstName: c.FirstName, LastName: c.LastName, Tags: c.Tags, CanEmail: c.CanEmail,
		},
	}
	if out.Source == "" {
		out.Source = a.Source.PublicName
	}
	// A candidate has one job; a prospect may be looked at for several, of which
	// none is the one applied for.
	if len(a.Jobs) == 1 {
		out.Job = a.Jobs[0].normal()
	}
	out.Candidate.Phone, out.Recruiter = phone(c.PhoneNumbers), c.Recruiter.Email
	out.Fields = fields(fields(nil, a.CustomFields), c.CustomFields)
	addresses := make([]connectors.Address, len(c.EmailAddresses))
	for i, e := range c.EmailAddresses {
		addresses[i] = connectors.Address(e)
	}
	door.Admit(&out, connectors.Visitor{Addresses: addresses, Private: c.IsPrivate})
	return out
}

// status is the application's standing; some actions leave it out and say it by
// being what they are.
func (a *application) status(kind flowd.EventType) flowd.Status {
	switch kind {
	case flowd.ApplicationRejected:
		return flowd.StatusRejected
	case flowd.ApplicationWithdrawn:
		return flowd.StatusWithdrawn
	case flowd.ApplicationHired:
		return flowd.StatusHired
	case flowd.ApplicationReopened:
		return flowd.StatusActive
	}
	switch s := flowd.Status(a.Status); s {
	case flowd.StatusActive, flowd.StatusRejected, flowd.StatusHired:
		return s
	}
	return ""
}

// stage is where the application stands: in the job's pipeline, or a prospect
// in the stages of its pool.
func (a *application) stage() flowd.Stage {
	s, kind := a.CurrentStage, ""
	if s.Name == "" && s.ID == "" {
		s, kind = a.ProspectDetail.Stage, "prospect"
	}
	if s.Name == "" && s.ID == "" {
		return flowd.Stage{}
	}
	return connectors.Stage(flowd.Stage{ID: s.ID.String(), Name: s.Name, Kind: kind})
}

func (j *job) normal() flowd.Job {
	out := flowd.Job{ID: j.ID.String(), Name: j.Name}
	if len(j.Departments) > 0 {
		out.Department = j.Departments[0].Name
	}
	if len(j.Offices) > 0 {
		out.Location = j.Offices[0].Name
	}
	return out
}

// phone prefers a mobile number; one typed work or skype is no one's own.
func phone(numbers []typed) string {
	best := ""
	for _, n := range numbers {
		switch n.Type {
		case "mobile":
			return n.Value
		case "work", "skype":
			continue
		}
		if best == "" {
			best = n.Value
		}
	}
	return best
}
