package greenhouse

import "encoding/json"

// delivery is one web hook's body. Ids are numbers beyond what a float holds
// exactly, so they stay text.
type delivery struct {
	Action  string  `json:"action"`
	Payload payload `json:"payload"`
}

type payload struct {
	Application *application `json:"application"`
	Person      *person      `json:"person"`
	Job         *job         `json:"job"`
	CandidateID json.Number  `json:"candidate_id"` // of candidate_anonymized
}

type application struct {
	ID             json.Number `json:"id"`
	Status         string      `json:"status"` // active, rejected or hired
	Prospect       bool        `json:"prospect"`
	AppliedAt      string      `json:"applied_at"`
	LastActivityAt string      `json:"last_activity_at"`
	URL            string      `json:"url"`
	Source         struct {
		Name       string `json:"name"`
		PublicName string `json:"public_name"` // in some actions the only one
	} `json:"source"`
	// RejectionReason says who ended it.
	RejectionReason struct {
		Type named `json:"type"`
	} `json:"rejection_reason"`
	CurrentStage   stage `json:"current_stage"`
	ProspectDetail struct {
		Stage stage `json:"prospect_stage"`
	} `json:"prospect_detail"`
	Candidate    candidate `json:"candidate"`
	Jobs         []job     `json:"jobs"`
	CustomFields any       `json:"custom_fields"` // see fields
	// CandidateID and JobID stand in delete_application alone.
	CandidateID json.Number `json:"candidate_id"`
	JobID       json.Number `json:"job_id"`
}

type stage struct {
	ID   json.Number `json:"id"`
	Name string      `json:"name"`
}

type candidate struct {
	ID             json.Number `json:"id"`
	FirstName      string      `json:"first_name"`
	LastName       string      `json:"last_name"`
	IsPrivate      bool        `json:"is_private"`
	CanEmail       *bool       `json:"can_email"`
	EmailAddresses []typed     `json:"email_addresses"`
	PhoneNumbers   []typed     `json:"phone_numbers"`
	Tags           []string    `json:"tags"`
	CustomFields   any         `json:"custom_fields"`
	Recruiter      struct {
		Email string `json:"email"`
	} `json:"recruiter"`
}

type typed struct {
	Value string `json:"value"`
	Type  string `json:"type"`
}

// person is the candidate of a merge or deletion.
type person struct {
	ID                    json.Number   `json:"id"`
	NewCandidateID        json.Number   `json:"new_candidate_id"`
	DeletedApplicationIDs []json.Number `json:"deleted_application_ids"`
}

type job struct {
	ID          json.Number `json:"id"`
	Name        string      `json:"name"`
	Status      string      `json:"status"` // open, closed or draft
	Departments []named     `json:"departments"`
	Offices     []named     `json:"offices"`
}

type named struct {
	Name string `json:"name"`
}
