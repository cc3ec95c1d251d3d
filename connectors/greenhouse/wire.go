package greenhouse

import (
	"encoding/json"
	"time"
)

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
	AppliedAt      moment      `json:"applied_at"`
	LastActivityAt moment      `json:"last_activity_at"`
	URL            string      `json:"url"`
	Source         struct {
		Name       string `json:"name"`
		PublicName string `json:"public_name"` // in some actions the only one
	} `json:"source"`
	CurrentStage   stage `json:"current_stage"`
	ProspectDetail struct {
		Stage stage `json:"prospect_stage"`
	} `json:"prospect_detail"`
	Candidate    candidate    `json:"candidate"`
	Jobs         []job        `json:"jobs"`
	CustomFields customFields `json:"custom_fields"`
	// CandidateID and JobID stand in delete_application alone.
	CandidateID json.Number `json:"candidate_id"`
	JobID       json.Number `json:"job_id"`
}

type stage struct {
	ID   json.Number `json:"id"`
	Name string      `json:"name"`
}

type candidate struct {
	ID             json.Number  `json:"id"`
	FirstName      string       `json:"first_name"`
	LastName       string       `json:"last_name"`
	IsPrivate      bool         `json:"is_private"`
	CanEmail       *bool        `json:"can_email"`
	EmailAddresses []typed      `json:"email_addresses"`
	PhoneNumbers   []typed      `json:"phone_numbers"`
	Tags           []string     `json:"tags"`
	CustomFields   customFields `json:"custom_fields"`
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

type customField struct {
	Name  string          `json:"name"`
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// customFields are by their key, which stays when a field is renamed. Where an
// account has none the place may hold an empty list.
type customFields map[string]customField

// UnmarshalJSON implements json.Unmarshaler.
func (c *customFields) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, (*map[string]customField)(c))
}

// moment is a time that Greenhouse may leave out; what is not one counts as
// left out, since no event is worth losing for it.
type moment struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (m *moment) UnmarshalJSON(b []byte) error {
	if t, err := time.Parse(`"`+time.RFC3339+`"`, string(b)); err == nil {
		m.Time = t.UTC()
	}
	return nil
}
