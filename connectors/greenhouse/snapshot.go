package greenhouse

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// stay is an application in a stage, as /v3/application_stages has it. Of history
// that was filled in later the times are missing.
type stay struct {
	ApplicationID json.Number `json:"application_id"`
	StageID       json.Number `json:"job_interview_stage_id"`
	EnteredAt     string      `json:"entered_at"`
	Current       bool        `json:"current"`
}

type harvestJob struct {
	ID           json.Number   `json:"id"`
	Name         string        `json:"name"`
	Status       string        `json:"status"` // open, closed or draft
	DepartmentID json.Number   `json:"department_id"`
	OfficeIDs    []json.Number `json:"office_ids"`
}

type user struct {
	ID    json.Number `json:"id"`
	Email string      `json:"primary_email"`
}

// stands tells whether the application is anything to tell of: not a prospect, who
// stands in no job's stages, nor one that became an application of its own.
func (a harvestApplication) stands() bool {
	switch a.status() {
	case flowd.StatusActive:
		return !a.Prospect && a.StageName != ""
	case "":
		return false
	}
	return !a.Prospect
}

// tell puts a page into flowd's words. Applications hold ids, which are joined
// fifty at a time.
func (p *poller) tell(ctx context.Context, b *flowd.Batch, all []harvestApplication, news bool) error {
	j, err := p.join(ctx, all, news)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, a := range all {
		who, known := j.people[a.CandidateID.String()]
		if known && who.anonymous() {
			b.Events = append(b.Events, p.erased(a))
			continue
		}
		s, err := p.snapshot(ctx, a, j)
		if err != nil {
			return err
		}
		if err := connectors.Sound(s, now); err != nil {
			return fault.New(fault.Unavailable, pollOp, "the answer is not of the expected form: %v", err)
		}
		b.Seen = append(b.Seen, s)
	}
	return nil
}

// erased is the event of somebody whose data Greenhouse no longer has. It has no
// time, so that it is told once.
func (p *poller) erased(a harvestApplication) flowd.Event {
	ev := ended(flowd.ApplicationAnonymized, a.ID.String(), a.CandidateID.String())
	ev.Key = connectors.PollKey(p.ats, ev)
	return ev
}

// anonymous tells whether nothing is left of a person.
func (c harvestCandidate) anonymous() bool {
	return strings.TrimSpace(c.FirstName+c.LastName) == "" && len(c.EmailAddresses) == 0 && len(c.PhoneNumbers) == 0
}

// joins are what a page's applications point to, by id.
type joins struct {
	people map[string]harvestCandidate
	jobs   map[string]harvestJob
	users  map[string]user
	stays  map[string]stay // by application
}

func (p *poller) join(ctx context.Context, all []harvestApplication, news bool) (j joins, err error) {
	var people, jobs, users, stays []want
	for _, a := range all {
		people = append(people, want{a.CandidateID.String(), a.LastActivityAt})
		jobs = append(jobs, want{id: a.JobID.String()})
		users = append(users, want{id: a.RecruiterID.String()})
		if news && a.status() == flowd.StatusActive && time.Since(connectors.Moment(a.LastActivityAt)) <= p.maxAge {
			stays = append(stays, want{a.ID.String(), a.LastActivityAt})
		}
	}
	if j.people, err = p.people.get(people, func(some []string) (map[string]harvestCandidate, error) {
		return byID(ctx, p.harvest, "list candidates", "candidates", url.Values{"ids": {ids(some)}}, func(c harvestCandidate) json.Number { return c.ID })
	}); err != nil {
		return j, err
	}
	if j.jobs, err = p.jobs.get(jobs, func(some []string) (map[string]harvestJob, error) {
		return byID(ctx, p.harvest, "list jobs", "jobs", url.Values{"ids": {ids(some)}}, func(c harvestJob) json.Number { return c.ID })
	}); err != nil {
		return j, err
	}
	if j.users, err = p.users.get(users, func(some []string) (map[string]user, error) {
		return byID(ctx, p.harvest, "list users", "users", url.Values{"ids": {ids(some)}}, func(c user) json.Number { return c.ID })
	}); err != nil {
		return j, err
	}
	j.stays, err = p.stays.get(stays, func(some []string) (map[string]stay, error) {
		return byID(ctx, p.harvest, "list the stages of applications", "application_stages", url.Values{"application_ids": {ids(some)}, "current": {"true"}}, func(c stay) json.Number { return c.ApplicationID })
	})
	return j, err
}

// snapshot is an application with what it points to.
func (p *poller) snapshot(ctx context.Context, a harvestApplication, j joins) (flowd.Snapshot, error) {
	who, seen := j.people[a.CandidateID.String()]
	s := flowd.Snapshot{Application: flowd.Application{
		ID: a.ID.String(), Status: a.status(), AppliedAt: connectors.Moment(a.CreatedAt), Recruiter: j.users[a.RecruiterID.String()].Email,
		Stage: flowd.Stage{Name: a.StageName}, Job: flowd.Job{ID: a.JobID.String()},
		Candidate: flowd.Candidate{ID: a.CandidateID.String()},
	}}
	if !p.stageNames && a.StageName != "" {
		s.Stage.ID = a.JobStageID.String()
	}
	if stay := j.stays[s.ID]; stay.Current && (a.JobStageID == "" || a.JobStageID == stay.StageID) {
		s.Entered = connectors.Moment(stay.EnteredAt)
	}
	if err := p.named(ctx, &s.Application, a, j.jobs[a.JobID.String()]); err != nil {
		return s, err
	}
	// Whom flowd may not see is as private as one can be.
	who.fill(p.door, &s.Application, fields(nil, a.CustomFields), who.Private || !seen)
	return s, nil
}

// named fills in what Greenhouse keeps in lists of names.
func (p *poller) named(ctx context.Context, to *flowd.Application, a harvestApplication, job harvestJob) error {
	source, err := p.entry(ctx, "list sources", "sources", a.SourceID)
	if err != nil {
		return err
	}
	department, err := p.entry(ctx, "list departments", "departments", job.DepartmentID)
	if err != nil {
		return err
	}
	office := entry{}
	if len(job.OfficeIDs) > 0 {
		if office, err = p.entry(ctx, "list offices", "offices", job.OfficeIDs[0]); err != nil {
			return err
		}
	}
	to.Source, to.Job.Name, to.Job.Department, to.Job.Location = source.Name, job.Name, department.Name, office.Name
	if to.Status == flowd.StatusRejected {
		why, err := p.entry(ctx, "list rejection reasons", "rejection_reasons", a.RejectionReasonID)
		if err != nil {
			return err
		}
		if why.Type.Key == "THEY_REJECTED_US" {
			to.Status = flowd.StatusWithdrawn
		}
	}
	return nil
}
