package greenhouse

import (
	"context"
	"encoding/json"

	"flowd"
	"flowd/connectors"
)

// harvestApplication is an application as Harvest v3 lists it. Its custom fields
// have the shape of a web hook's.
type harvestApplication struct {
	ID          json.Number `json:"id"`
	CandidateID json.Number `json:"candidate_id"`
	JobID       json.Number `json:"job_id"`
	// StageName is the present stage; stage_id beside it is of another space of
	// ids than the stages of the job.
	StageName    string      `json:"stage_name"`
	JobStageID   json.Number `json:"job_interview_stage_id"` // where it is told
	Status       string      `json:"status"`                 // in_process, rejected, hired or converted
	CustomFields any         `json:"custom_fields"`
	// Of listings alone.
	CreatedAt         string      `json:"created_at"` // when the candidate applied
	LastActivityAt    string      `json:"last_activity_at"`
	Prospect          bool        `json:"prospect"`
	RecruiterID       json.Number `json:"recruiter_id"`
	SourceID          json.Number `json:"source_id"`
	RejectionReasonID json.Number `json:"rejection_reason_id"`
}

// harvestCandidate is a person as Harvest v3 lists them.
type harvestCandidate struct {
	ID             json.Number `json:"id"`
	FirstName      string      `json:"first_name"`
	LastName       string      `json:"last_name"`
	Private        bool        `json:"private"`
	CanEmail       *bool       `json:"can_email"`
	EmailAddresses []typed     `json:"email_addresses"`
	PhoneNumbers   []typed     `json:"phone_numbers"`
	Tags           []string    `json:"tags"`
	CustomFields   any         `json:"custom_fields"`
}

// Fetch implements connectors.Fetcher. The stage comes by its name alone, since
// a web hook's ids of stages need not be those of the API.
func (h *harvest) Fetch(ctx context.Context, applicationID string) (flowd.Application, error) {
	const op = "read the application"
	a, err := h.application(ctx, op, applicationID)
	if err != nil {
		return flowd.Application{}, err
	}
	c, err := h.candidate(ctx, op, a.CandidateID.String())
	if err != nil {
		return flowd.Application{}, err
	}
	out := flowd.Application{
		ID: a.ID.String(), Status: a.status(), Job: flowd.Job{ID: a.JobID.String()}, Stage: flowd.Stage{Name: a.StageName},
		Candidate: flowd.Candidate{ID: c.ID.String()},
	}
	if a.StageName == "" && a.JobStageID != "" {
		stage, err := h.stage(ctx, op, a.JobID.String(), a.JobStageID.String())
		if err != nil {
			return flowd.Application{}, err
		}
		out.Stage.Name = stage.Name
	}
	c.fill(h.door, &out, fields(nil, a.CustomFields), c.Private)
	return out, nil
}

// fill puts the person into an application with these custom fields, through the
// door.
func (c harvestCandidate) fill(door connectors.Door, to *flowd.Application, own []flowd.Field, private bool) {
	to.Candidate.FirstName, to.Candidate.LastName, to.Candidate.Phone = c.FirstName, c.LastName, phone(c.PhoneNumbers)
	to.Candidate.Tags, to.Candidate.CanEmail, to.Fields = c.Tags, c.CanEmail, fields(own, c.CustomFields)
	addresses := make([]connectors.Address, len(c.EmailAddresses))
	for i, e := range c.EmailAddresses {
		addresses[i] = connectors.Address(e)
	}
	door.Admit(to, connectors.Visitor{Addresses: addresses, Private: private})
}

func (a harvestApplication) status() flowd.Status {
	switch a.Status {
	case "in_process", "active":
		return flowd.StatusActive
	case "rejected":
		return flowd.StatusRejected
	case "hired":
		return flowd.StatusHired
	}
	return ""
}

// standsIn tells whether the application is in a stage of its job.
func (a harvestApplication) standsIn(s jobStage) bool {
	if a.JobStageID != "" {
		return a.JobStageID == s.ID
	}
	return connectors.SameName(a.StageName, s.Name)
}
