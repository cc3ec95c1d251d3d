package state

import (
	"slices"
	"strings"
	"time"

	"flowd"
)

// Merge returns what is known of an application after something newer was said
// of it, its stage included. An empty part means "not said" and changes nothing.
func Merge(known, said flowd.Application) flowd.Application {
	out := merge(known, said, false)
	switch {
	case said.Stage.IsZero():
	case !known.Stage.IsZero() && said.Stage.Same(known.Stage):
		out.Stage = mergeStage(known.Stage, said.Stage)
	default:
		out.Stage, out.MovedBy = said.Stage, said.MovedBy
	}
	return out
}

// merge leaves the stage alone, and lets what an older event says fill gaps only.
func merge(known, said flowd.Application, older bool) flowd.Application {
	out := known
	out.ID = pick(known.ID, said.ID, older)
	out.Job = mergeJob(known.Job, said.Job, older)
	out.Candidate = mergeCandidate(known.Candidate, said.Candidate, older)
	out.Status = pick(known.Status, said.Status, older)
	out.Source = pick(known.Source, said.Source, older)
	out.AppliedAt = pickTime(known.AppliedAt, said.AppliedAt, older)
	out.Tags = pickList(known.Tags, said.Tags, older)
	out.Fields = mergeFields(known.Fields, said.Fields, older)
	out.URL = pick(known.URL, said.URL, older)
	out.OriginalID = pick(known.OriginalID, said.OriginalID, older)
	out.Recruiter = pick(known.Recruiter, said.Recruiter, older)
	out.Alternative = known.Alternative || said.Alternative
	if said.NoContact != "" || !older && spokeOfContact(known.NoContact, said.Candidate) {
		out.NoContact = pick(known.NoContact, said.NoContact, older)
		if said.NoContact == "" {
			out.NoContact = ""
		}
	}
	return out
}

// An event that is silent about contact must not open a way to somebody who is
// not to be written to: only one that says the opposite of the reason does.
func spokeOfContact(why flowd.Reason, c flowd.Candidate) bool {
	if why == flowd.ReasonCannotEmail {
		return c.CanEmail != nil && *c.CanEmail
	}
	return c.Email != ""
}

func mergeJob(known, said flowd.Job, older bool) flowd.Job {
	if said.ID != "" && known.ID != "" && said.ID != known.ID {
		if older {
			return known
		}
		return said // the application moved to another job
	}
	return flowd.Job{
		ID:         pick(known.ID, said.ID, older),
		Name:       pick(known.Name, said.Name, older),
		Department: pick(known.Department, said.Department, older),
		Location:   pick(known.Location, said.Location, older),
		Country:    pick(known.Country, said.Country, older),
		Tags:       pickList(known.Tags, said.Tags, older),
	}
}

func mergeCandidate(known, said flowd.Candidate, older bool) flowd.Candidate {
	if said.ID != "" && known.ID != "" && said.ID != known.ID {
		if older {
			return known
		}
		return said // the application belongs to somebody else now
	}
	return flowd.Candidate{
		ID:         pick(known.ID, said.ID, older),
		Email:      pick(known.Email, said.Email, older),
		FirstName:  pick(known.FirstName, said.FirstName, older),
		LastName:   pick(known.LastName, said.LastName, older),
		Name:       pick(known.Name, said.Name, older),
		Phone:      pick(known.Phone, said.Phone, older),
		Country:    pick(known.Country, said.Country, older),
		Language:   pick(known.Language, said.Language, older),
		Tags:       pickList(known.Tags, said.Tags, older),
		CanEmail:   pick(known.CanEmail, said.CanEmail, older),
		IsInternal: pick(known.IsInternal, said.IsInternal, older),
		OriginalID: pick(known.OriginalID, said.OriginalID, older),
	}
}

// mergeStage adds what one of two names of the same stage lacks.
func mergeStage(known, said flowd.Stage) flowd.Stage {
	return flowd.Stage{
		ID:   pick(known.ID, said.ID, false),
		Name: pick(known.Name, said.Name, false),
		Kind: pick(known.Kind, said.Kind, false),
	}
}

// A field is one by its key, or by its name where it has none. A field that is
// said to be nil was emptied: that is said, not left out.
func mergeFields(known, said []flowd.Field, older bool) []flowd.Field {
	if len(said) == 0 {
		return known
	}
	id := func(f flowd.Field) string {
		if f.Key != "" {
			return f.Key
		}
		return "name " + strings.ToLower(f.Name)
	}
	out := slices.Clone(known)
	for _, f := range said {
		i := slices.IndexFunc(out, func(o flowd.Field) bool { return id(o) == id(f) })
		switch {
		case i < 0:
			out = append(out, f)
		case !older:
			out[i] = f
		}
	}
	return out
}

func pick[T comparable](known, said T, older bool) T {
	var zero T
	if said == zero || older && known != zero {
		return known
	}
	return said
}

func pickTime(known, said time.Time, older bool) time.Time {
	if said.IsZero() || older && !known.IsZero() {
		return known
	}
	return said
}

func pickList(known, said []string, older bool) []string {
	if len(said) == 0 || older && len(known) > 0 {
		return known
	}
	return said
}
