package ashby

import (
	"context"
	"slices"
	"strings"

	"flowd"
	"flowd/connectors"
	"flowd/internal/fault"
)

// definition is a custom field.
type definition struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Of       string `json:"objectType"` // Application, Candidate, and others
	Type     string `json:"fieldType"`
	Archived bool   `json:"isArchived"`
	Choices  []struct {
		Label    string `json:"label"`
		Value    string `json:"value"`
		Archived bool   `json:"isArchived"`
	} `json:"selectableValues"`
}

// reason is why an application is archived.
type reason struct {
	ID       string `json:"id"`
	Text     string `json:"text"`
	Archived bool   `json:"isArchived"`
}

// Objects that have custom fields.
const (
	ofApplication = "Application"
	ofPerson      = "Candidate"
)

// allFields are the custom fields in use of applications and candidates.
func (a *api) allFields(ctx context.Context, op string, has func([]definition) bool) ([]definition, error) {
	return a.fields.Find("", has, func() ([]definition, error) {
		all, err := list[definition](ctx, a, op, "customField.list", nil)
		return slices.DeleteFunc(all, func(d definition) bool { return d.Archived || d.Of != ofApplication && d.Of != ofPerson }), err
	})
}

// field finds a custom field by its id or title: an application's before a
// candidate's.
func (a *api) field(ctx context.Context, op, name string) (definition, error) {
	pick := func(all []definition) int {
		for _, of := range []string{ofApplication, ofPerson} {
			if i := slices.IndexFunc(all, func(d definition) bool { return d.Of == of && (d.ID == name || connectors.SameName(d.Title, name)) }); i >= 0 {
				return i
			}
		}
		return -1
	}
	all, err := a.allFields(ctx, op, func(all []definition) bool { return pick(all) >= 0 })
	if err != nil {
		return definition{}, err
	}
	if i := pick(all); i >= 0 {
		return all[i], nil
	}
	return definition{}, fault.New(fault.NotFound, op, "Ashby has no custom field %q of applications or candidates", name)
}

// stagesOf are the stages of an interview plan, in order.
func (a *api) stagesOf(ctx context.Context, op, plan string, has func([]stage) bool) ([]stage, error) {
	return a.plans.Find(plan, has, func() ([]stage, error) {
		return ask[[]stage](ctx, a, op, "interviewStage.list", map[string]any{"interviewPlanId": plan})
	})
}

// stage finds a stage of a plan by its id or title.
func (a *api) stage(ctx context.Context, op, plan, name string) (stage, error) {
	if plan == "" {
		return stage{}, fault.New(fault.NotFound, op, "the application stands in no interview plan")
	}
	pick := func(all []stage) (named []stage) {
		for _, s := range all {
			if s.ID == name {
				return []stage{s}
			}
			if strings.TrimSpace(name) != "" && connectors.SameName(s.Title, name) {
				named = append(named, s)
			}
		}
		return named
	}
	all, err := a.stagesOf(ctx, op, plan, func(all []stage) bool { return len(pick(all)) > 0 })
	if err != nil {
		return stage{}, err
	}
	switch found := pick(all); len(found) {
	case 0:
		return stage{}, fault.New(fault.NotFound, op, "the job's interview plan has no stage %q", name)
	case 1:
		return found[0], nil
	}
	return stage{}, fault.New(fault.Invalid, op, "the job's interview plan has several stages %q: name the stage by its id", name)
}

func (a *api) allTags(ctx context.Context, op string, has func([]titled) bool) ([]titled, error) {
	return a.tags.Find("", has, func() ([]titled, error) { return list[titled](ctx, a, op, "candidateTag.list", nil) })
}

// reason finds the configured reason to archive.
func (a *api) reason(ctx context.Context, op string) (reason, error) {
	if a.archiveReason == "" {
		return reason{}, fault.New(fault.Invalid, op, "Ashby archives for a reason only: add archive_reason: to the source's api:")
	}
	pick := func(all []reason) int {
		return slices.IndexFunc(all, func(r reason) bool {
			return !r.Archived && (r.ID == a.archiveReason || connectors.SameName(r.Text, a.archiveReason))
		})
	}
	all, err := a.reasons.Find("", func(all []reason) bool { return pick(all) >= 0 }, func() ([]reason, error) {
		return ask[[]reason](ctx, a, op, "archiveReason.list", map[string]any{})
	})
	if err != nil {
		return reason{}, err
	}
	if i := pick(all); i >= 0 {
		return all[i], nil
	}
	return reason{}, fault.New(fault.Invalid, op, "Ashby has no reason %q to archive: mend archive_reason", a.archiveReason)
}

// application is the application as it stands now.
func (a *api) application(ctx context.Context, op, id string) (application, error) {
	if id == "" {
		return application{}, fault.New(fault.Invalid, op, "it is not known which application this is about")
	}
	app, err := ask[application](ctx, a, op, "application.info", map[string]any{"applicationId": id})
	if err == nil && app.ID != id {
		return application{}, fault.New(fault.Unavailable, op, "the answer is of another application")
	}
	return app, err
}

// person is the candidate as they are now.
func (a *api) person(ctx context.Context, op, id string) (person, error) {
	p, err := ask[person](ctx, a, op, "candidate.info", map[string]any{"id": id})
	if err == nil && p.ID != id {
		return person{}, fault.New(fault.Unavailable, op, "the answer is of another candidate")
	}
	return p, err
}

// placed is the application with the names of its job's department and location,
// of which it has the ids.
func (a *api) placed(ctx context.Context, op string, of application, to flowd.Application) (flowd.Application, error) {
	department, err := a.place(ctx, op, "department.list", &a.departments, of.Job.DepartmentID)
	if err != nil {
		return to, err
	}
	location, err := a.place(ctx, op, "location.list", &a.locations, of.Job.LocationID)
	if err != nil {
		return to, err
	}
	to.Job.Department, to.Job.Location = strings.TrimSpace(department.Name), strings.TrimSpace(location.Name)
	to.Job.Country = connectors.Country(location.Address.Postal.Country)
	return to, nil
}

// place finds a department or location. Of one that is not listed no name is known.
func (a *api) place(ctx context.Context, op, endpoint string, kept *connectors.Listing[[]place], id string) (place, error) {
	if id == "" {
		return place{}, nil
	}
	pick := func(all []place) int { return slices.IndexFunc(all, func(p place) bool { return p.ID == id }) }
	all, err := kept.Find("", func(all []place) bool { return pick(all) >= 0 }, func() ([]place, error) {
		return list[place](ctx, a, op, endpoint, map[string]any{"includeArchived": true})
	})
	if i := pick(all); err == nil && i >= 0 {
		return all[i], nil
	}
	return place{}, err
}

// Fetch implements connectors.Fetcher.
func (a *api) Fetch(ctx context.Context, applicationID string) (flowd.Application, error) {
	const op = "read the application"
	of, err := a.application(ctx, op, applicationID)
	if err != nil {
		return flowd.Application{}, err
	}
	who, err := a.person(ctx, op, of.Candidate.ID)
	if err != nil {
		return flowd.Application{}, err
	}
	return a.placed(ctx, op, of, who.add(a.door, of.normal(a.door), of.Candidate.Email))
}
