package connectors

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"flowd"
	"flowd/internal/fault"
)

// maxAsked bounds the applications that flowd asks about for one delivery: its
// sender waits for the answer meanwhile.
const maxAsked = 50

// Complete implements Completer, for a hook that tells little more than which
// application something happened to: what the system says of it now goes over
// what was told. Each application is asked about once. What ends one is taken as
// it was told. An application that is not found fails the delivery like any other
// failure: a hook can be faster than what it tells of can be read.
func (f *Fetching) Complete(ctx context.Context, events []flowd.Event) ([]flowd.Event, error) {
	const op = "complete the delivery"
	var ids []string
	for _, ev := range events {
		if !ev.Type.Ends() && !slices.Contains(ids, ev.Application.ID) {
			ids = append(ids, ev.Application.ID)
		}
	}
	if len(ids) > maxAsked {
		return nil, fault.New(fault.Invalid, op, "it tells of %d applications, and at most %d can be asked about while its sender waits: have it send fewer at once", len(ids), maxAsked)
	}
	now := make(map[string]flowd.Event, len(ids))
	for _, id := range ids {
		asked := time.Now()
		ev, err := f.ask(ctx, id)
		if fault.Is(err, fault.NotFound) {
			return nil, fault.New(fault.NotFound, op, "the ATS has no such application%s, or not yet: %v", of(flowd.Snapshot{Application: flowd.Application{ID: id}}), err)
		}
		if err != nil {
			return nil, err
		}
		ev.Received = asked
		now[id] = ev
	}
	out := slices.Clone(events)
	for i, told := range events {
		if told.Type.Ends() {
			continue
		}
		out[i] = over(now[told.Application.ID], told)
		if out[i].Type == flowd.StageEntered && out[i].Stage.IsZero() {
			return nil, fault.New(fault.Unavailable, op, "neither the delivery nor the answer says in which stage the application stands")
		}
	}
	return out, nil
}

// over puts how an application stands now over what was told of it. When it moved
// on since, by whom and from where is not known; the time that was told stays where
// the answer has none: the move came after that, and flowd's own clock may be ahead
// of the one that dates what follows.
func over(now, told flowd.Event) flowd.Event {
	ev := told
	ev.Received = now.Received
	if now.Type.Ends() {
		ev.Type, ev.MergedInto = now.Type, now.MergedInto
	}
	if now.Type.Erases() { // nothing of the person is to be learnt from what was told
		ev.Application, ev.From, ev.Stage = now.Application, now.From, now.Stage
		return ev
	}
	switch {
	case now.Stage.IsZero(), told.Stage.IsZero():
	case now.Stage.Same(told.Stage):
		now.Stage.ID, now.Stage.Name, now.Stage.Kind = cmp.Or(now.Stage.ID, told.Stage.ID), cmp.Or(now.Stage.Name, told.Stage.Name), cmp.Or(now.Stage.Kind, told.Stage.Kind)
	default:
		ev.From, ev.Via, told.Application.MovedBy = flowd.Stage{}, flowd.ViaUnknown, ""
	}
	ev.Stage, ev.From = cmp.Or(now.Stage, told.Stage), cmp.Or(now.From, ev.From)
	if !now.At.IsZero() {
		ev.At = now.At
	}
	if now.Via != flowd.ViaUnknown {
		ev.Via = now.Via
	}
	ev.Application = filled(now.Application, told.Application)
	return ev
}

// filled is the application as the system shows it; what it leaves open is as it
// was told.
func filled(now, told flowd.Application) flowd.Application {
	job, c := &now.Job, &now.Candidate
	if job.ID == "" || told.Job.ID == "" || job.ID == told.Job.ID {
		was := told.Job
		*job = flowd.Job{
			ID: cmp.Or(job.ID, was.ID), Name: cmp.Or(job.Name, was.Name), Department: cmp.Or(job.Department, was.Department),
			Location: cmp.Or(job.Location, was.Location), Country: cmp.Or(job.Country, was.Country), Tags: either(job.Tags, was.Tags),
		}
	}
	if c.ID == "" || told.Candidate.ID == "" || c.ID == told.Candidate.ID {
		was := told.Candidate
		*c = flowd.Candidate{
			ID: cmp.Or(c.ID, was.ID), Email: cmp.Or(c.Email, was.Email), Phone: cmp.Or(c.Phone, was.Phone),
			FirstName: cmp.Or(c.FirstName, was.FirstName), LastName: cmp.Or(c.LastName, was.LastName), Name: cmp.Or(c.Name, was.Name),
			Country: cmp.Or(c.Country, was.Country), Language: cmp.Or(c.Language, was.Language), Tags: either(c.Tags, was.Tags),
			CanEmail: cmp.Or(c.CanEmail, was.CanEmail), IsInternal: cmp.Or(c.IsInternal, was.IsInternal),
		}
	}
	now.Status, now.Source, now.URL = cmp.Or(now.Status, told.Status), cmp.Or(now.Source, told.Source), cmp.Or(now.URL, told.URL)
	now.Recruiter, now.MovedBy = cmp.Or(now.Recruiter, told.Recruiter), cmp.Or(now.MovedBy, told.MovedBy)
	now.NoContact = cmp.Or(now.NoContact, standing(told.NoContact, *c))
	now.Tags = either(now.Tags, told.Tags)
	if now.AppliedAt.IsZero() {
		now.AppliedAt = told.AppliedAt
	}
	for _, f := range told.Fields {
		if !slices.ContainsFunc(now.Fields, func(o flowd.Field) bool { return strings.EqualFold(o.Key, f.Key) }) {
			now.Fields = append(slices.Clip(now.Fields), f) // the answer may be another event's, too
		}
	}
	return now
}

// standing is the reason against writing to a person, unless what is known of them
// now says the opposite.
func standing(why flowd.Reason, c flowd.Candidate) flowd.Reason {
	switch {
	case why == flowd.ReasonWorkAddress && c.Email != "", why == flowd.ReasonCannotEmail && c.CanEmail != nil && *c.CanEmail:
		return ""
	}
	return why
}

func either(now, told []string) []string {
	if len(now) > 0 {
		return now
	}
	return told
}
