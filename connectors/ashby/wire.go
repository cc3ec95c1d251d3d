package ashby

import "encoding/json"

// delivery is one web hook's body.
type delivery struct {
	// ActionID is of what somebody did in Ashby: the same for each hook that it sets
	// off, and when a delivery comes again.
	ActionID string `json:"webhookActionId"`
	Action   string `json:"action"`
	Data     struct {
		Application *application `json:"application"`
		Candidate   identified   `json:"candidate"`        // of candidateDelete
		Deleted     identified   `json:"deletedCandidate"` // of candidateMerge
		Merged      identified   `json:"mergedCandidate"`  // of candidateMerge
		Job         *job         `json:"job"`
	} `json:"data"`
}

type identified struct {
	ID string `json:"id"`
}

// application is the same in hooks and in answers of the API.
type application struct {
	ID            string    `json:"id"`
	Status        string    `json:"status"` // Active, Lead, Hired or Archived
	CreatedAt     string    `json:"createdAt"`
	UpdatedAt     string    `json:"updatedAt"`
	CustomFields  fields    `json:"customFields"`
	Candidate     candidate `json:"candidate"`
	Stage         *stage    `json:"currentInterviewStage"`
	Source        titled    `json:"source"`
	ArchiveReason struct {
		Type string `json:"reasonType"` // RejectedByCandidate, RejectedByOrg or Other
	} `json:"archiveReason"`
	Job struct {
		ID           string `json:"id"`
		Title        string `json:"title"`
		DepartmentID string `json:"departmentId"`
		LocationID   string `json:"locationId"`
	} `json:"job"`
	HiringTeam []member `json:"hiringTeam"`
}

type candidate struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"` // there is no first and last one
	Email contact `json:"primaryEmailAddress"`
	Phone contact `json:"primaryPhoneNumber"`
}

// person is a candidate as candidate.info has them.
type person struct {
	ID           string    `json:"id"`
	Emails       []contact `json:"emailAddresses"`
	Tags         []titled  `json:"tags"`
	CustomFields fields    `json:"customFields"`
	URL          string    `json:"profileUrl"`
	Location     struct {
		Parts []struct {
			Type string `json:"type"` // Country, Region or City
			Name string `json:"name"`
		} `json:"locationComponents"`
	} `json:"location"`
}

// place is a department or a location.
type place struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address struct {
		Postal struct {
			Country string `json:"addressCountry"`
		} `json:"postalAddress"`
	} `json:"address"`
}

type contact struct {
	Value string `json:"value"`
	Type  string `json:"type"` // Personal, Work or Other
}

type stage struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Type   string `json:"type"` // Lead, PreInterviewScreen, Active, Offer, Hired or Archived
	PlanID string `json:"interviewPlanId"`
}

type titled struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Archived bool   `json:"isArchived"`
}

type member struct {
	Email string `json:"email"`
	Role  string `json:"role"`
}

type job struct {
	ID            string   `json:"id"`
	Title         string   `json:"title"`
	Status        string   `json:"status"` // Draft, Open, Closed or Archived
	UpdatedAt     string   `json:"updatedAt"`
	DefaultPlanID string   `json:"defaultInterviewPlanId"`
	PlanIDs       []string `json:"interviewPlanIds"`
	DepartmentID  string   `json:"departmentId"`
	Location      place    `json:"location"`
}

// entry is a stage that an application stood in.
type entry struct {
	StageID string `json:"stageId"`
	Entered string `json:"enteredStageAt"`
	ActorID string `json:"actorId"`
}

// customField is a custom field's value. Of a choice the label is what people
// see.
type customField struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Value any    `json:"value"`
	Label any    `json:"valueLabel"`
}

// fields are decoded loosely: what is not of the documented shape is not worth an
// event.
type fields []customField

// UnmarshalJSON implements json.Unmarshaler.
func (f *fields) UnmarshalJSON(text []byte) error {
	var all []customField
	if json.Unmarshal(text, &all) == nil {
		*f = all
	}
	return nil
}
