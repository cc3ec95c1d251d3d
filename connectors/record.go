package connectors

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flowd"
	"flowd/internal/strictyaml"
)

// Record is one event in normal form as a generic source tells it: values by
// name, such as candidate.email or stage. Names lists them. A nil value counts
// as not said, and so does false where a text is wanted: some systems send it
// for an empty one.
type Record map[string]any

// FieldPrefix begins the names of custom fields; the field's own name follows.
const FieldPrefix = "fields."

// part is one name of the normal form.
type part struct {
	members []string // what conditions may read because of it
	set     func(d *draft, v any) error
}

// draft is an event in the making.
type draft struct {
	flowd.Event
	visitor Visitor
}

// parts are all names but those of custom fields.
var parts = map[string]part{
	"type":        {nil, setType},
	"at":          {[]string{"event.at"}, func(d *draft, v any) (err error) { d.At, err = asTime(v); return err }},
	"via":         {[]string{"event.via"}, setVia},
	"moved_by":    {nil, text(func(d *draft) *string { return &d.Application.MovedBy })},
	"merged_into": {nil, text(func(d *draft) *string { return &d.MergedInto })},

	"fields": {[]string{"field"}, setFields},

	"application":            {[]string{"application.id"}, text(func(d *draft) *string { return &d.Application.ID })},
	"application.status":     {[]string{"application.status"}, setStatus},
	"application.url":        {[]string{"application.url"}, text(func(d *draft) *string { return &d.Application.URL })},
	"application.tags":       {nil, list(func(d *draft) *[]string { return &d.Application.Tags })},
	"application.private":    {nil, func(d *draft, v any) (err error) { d.visitor.Private, err = asBool(v); return err }},
	"application.recruiter":  {[]string{"application.recruiter"}, text(func(d *draft) *string { return &d.Application.Recruiter })},
	"application.applied_at": {[]string{"application.applied_at", "application.age"}, func(d *draft, v any) (err error) { d.Application.AppliedAt, err = asTime(v); return err }},

	"candidate.id":          {[]string{"candidate.id"}, text(func(d *draft) *string { return &d.Application.Candidate.ID })},
	"candidate.email":       {[]string{"candidate.email"}, words(func(d *draft) *string { return &d.Application.Candidate.Email })},
	"candidate.emails":      {[]string{"candidate.email"}, setEmails},
	"candidate.first_name":  {[]string{"candidate.first_name", "candidate.name"}, words(func(d *draft) *string { return &d.Application.Candidate.FirstName })},
	"candidate.last_name":   {[]string{"candidate.last_name", "candidate.name"}, words(func(d *draft) *string { return &d.Application.Candidate.LastName })},
	"candidate.name":        {[]string{"candidate.name"}, words(func(d *draft) *string { return &d.Application.Candidate.Name })},
	"candidate.phone":       {[]string{"candidate.phone"}, text(func(d *draft) *string { return &d.Application.Candidate.Phone })},
	"candidate.country":     {[]string{"candidate.country"}, text(func(d *draft) *string { return &d.Application.Candidate.Country })},
	"candidate.language":    {[]string{"candidate.language"}, text(func(d *draft) *string { return &d.Application.Candidate.Language })},
	"candidate.source":      {[]string{"candidate.source"}, text(func(d *draft) *string { return &d.Application.Source })},
	"candidate.tags":        {[]string{"candidate.tags"}, list(func(d *draft) *[]string { return &d.Application.Candidate.Tags })},
	"candidate.can_email":   {[]string{"candidate.can_email"}, flag(func(d *draft) **bool { return &d.Application.Candidate.CanEmail })},
	"candidate.is_internal": {[]string{"candidate.is_internal"}, flag(func(d *draft) **bool { return &d.Application.Candidate.IsInternal })},

	"job.id":         {[]string{"job.id"}, text(func(d *draft) *string { return &d.Application.Job.ID })},
	"job.name":       {[]string{"job.name"}, words(func(d *draft) *string { return &d.Application.Job.Name })},
	"job.department": {[]string{"job.department"}, text(func(d *draft) *string { return &d.Application.Job.Department })},
	"job.location":   {[]string{"job.location"}, text(func(d *draft) *string { return &d.Application.Job.Location })},
	"job.country":    {[]string{"job.country"}, text(func(d *draft) *string { return &d.Application.Job.Country })},
	"job.tags":       {[]string{"job.tags"}, list(func(d *draft) *[]string { return &d.Application.Job.Tags })},

	"stage.id":   {[]string{"stage_id"}, text(func(d *draft) *string { return &d.Stage.ID })},
	"stage.name": {[]string{"stage"}, words(func(d *draft) *string { return &d.Stage.Name })},
	"stage.kind": {nil, text(func(d *draft) *string { return &d.Stage.Kind })},
	"from.id":    {nil, text(func(d *draft) *string { return &d.From.ID })},
	"from.name":  {[]string{"from"}, words(func(d *draft) *string { return &d.From.Name })},
}

// shorter are other names of the same parts.
var shorter = map[string]string{
	"application.id": "application", "application.source": "candidate.source",
	"status": "application.status", "url": "application.url", "applied_at": "application.applied_at", "source": "candidate.source",
	"stage": "stage.name", "stage_id": "stage.id", "from": "from.name", "from_id": "from.id",
}

// PartName returns the one name of a part that a person may have written in
// another way, and whether there is such a part.
func PartName(written string) (string, bool) {
	if name, ok := strings.CutPrefix(written, FieldPrefix); ok {
		return written, name != ""
	}
	if full, ok := shorter[written]; ok {
		return full, true
	}
	_, ok := parts[written]
	return written, ok
}

// PartNames are the names of all parts, sorted, without custom fields.
func PartNames() []string { return slices.Sorted(maps.Keys(parts)) }

// NearPart is the name that somebody who wrote this may have meant, or "".
func NearPart(written string) string {
	return strictyaml.Nearest(written, slices.Concat(PartNames(), slices.Sorted(maps.Keys(shorter))))
}

// Members are what conditions may read of a source that fills in these parts.
func Members(names []string) []string {
	seen := map[string]bool{}
	for _, name := range names {
		if strings.HasPrefix(name, FieldPrefix) {
			seen["field"] = true
		}
		for _, m := range parts[name].members {
			seen[m] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Event makes the event. Its type is stage.entered where the record names none.
// The error names the part that is wrong and quotes nothing.
func (r Record) Event(door Door) (flowd.Event, error) {
	d := newDraft()
	for _, name := range slices.Sorted(maps.Keys(r)) {
		value := r[name]
		if value == nil {
			continue
		}
		put := putter(name)
		if put == nil {
			return flowd.Event{}, fmt.Errorf("there is no %s in the normal form", name)
		}
		if err := put(&d, value); err != nil {
			return flowd.Event{}, fmt.Errorf("%s %w", name, err)
		}
	}
	return d.finish(door)
}

func newDraft() draft { return draft{Event: flowd.Event{Type: flowd.StageEntered}} }

// putter fills a part or a custom field in; nil where there is none of the name.
func putter(name string) func(d *draft, v any) error {
	if field, ok := strings.CutPrefix(name, FieldPrefix); ok {
		return func(d *draft, v any) error {
			d.Application.Fields = append(d.Application.Fields, asField(field, v))
			return nil
		}
	}
	return parts[name].set
}

// finish makes the event of what was filled in.
func (d *draft) finish(door Door) (flowd.Event, error) {
	if d.Type.Erases() { // whom the system forgot is not to be learnt from its last word
		d.Application.Candidate, d.Application.Fields, d.visitor = flowd.Candidate{ID: d.Application.Candidate.ID}, nil, Visitor{}
		d.Application.Recruiter, d.Application.MovedBy = "", ""
	}
	door.Admit(&d.Application, d.visitor)
	d.Stage, d.From = Stage(d.Stage), Stage(d.From)
	if d.Via == "" {
		d.Via = flowd.ViaUnknown
	}
	return d.Event, d.whole()
}

// whole tells what an event of its type lacks.
func (d *draft) whole() error {
	app := d.Application
	person := d.Type.Erases() || d.Type == flowd.ApplicationMerged
	switch {
	case d.Type == flowd.JobClosed && app.Job.ID == "" && app.Job.Name == "":
		return errors.New("job is missing")
	case d.Type == flowd.JobClosed:
		return nil
	case app.ID == "" && !(person && app.Candidate.ID != ""):
		return errors.New("application is missing")
	case d.Type == flowd.StageEntered && d.Stage.IsZero():
		return errNoStage
	}
	return nil
}

var errNoStage = errors.New("stage is missing")

func setType(d *draft, v any) error {
	s, err := Text(v)
	d.Type = flowd.EventType(s)
	told := slices.DeleteFunc(flowd.EventTypes(), func(t flowd.EventType) bool { return !t.OfSource() })
	if err == nil && !slices.Contains(told, d.Type) {
		return fmt.Errorf("is none of %s", joined(told))
	}
	return err
}

func setVia(d *draft, v any) error {
	s, err := Text(v)
	d.Via = flowd.Via(strings.ToLower(s))
	all := []flowd.Via{flowd.ViaMove, flowd.ViaApply, flowd.ViaImport, flowd.ViaAPI, flowd.ViaMerge, flowd.ViaUnknown}
	if err == nil && s != "" && !slices.Contains(all, d.Via) {
		return fmt.Errorf("is none of %s", joined(all))
	}
	return err
}

func setStatus(d *draft, v any) error {
	s, err := Text(v)
	d.Application.Status = flowd.Status(strings.ToLower(s))
	all := []flowd.Status{flowd.StatusActive, flowd.StatusRejected, flowd.StatusWithdrawn, flowd.StatusHired}
	if err == nil && s != "" && !slices.Contains(all, d.Application.Status) {
		return fmt.Errorf("is none of %s", joined(all))
	}
	return err
}

// setFields takes an object of custom fields by name.
func setFields(d *draft, v any) error {
	fields, ok := v.(map[string]any)
	if !ok {
		return errors.New("is not an object of fields by name")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name] != nil && name != "" {
			d.Application.Fields = append(d.Application.Fields, asField(name, fields[name]))
		}
	}
	return nil
}

// setEmails takes several addresses: texts, or objects of a value and a type.
func setEmails(d *draft, v any) error {
	items, ok := v.([]any)
	if !ok {
		return errors.New("is not a list")
	}
	for _, item := range items {
		a := Address{}
		value, kind := item, any(nil)
		if typed, ok := item.(map[string]any); ok {
			value, kind = typed["value"], typed["type"]
		}
		var err error
		if a.Value, err = asWords(value); err == nil && kind != nil {
			a.Type, err = Text(kind)
		}
		if err != nil {
			return errors.New("holds something other than texts and objects with value and type")
		}
		d.visitor.Addresses = append(d.visitor.Addresses, a)
	}
	return nil
}

func joined[S ~string](all []S) string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = string(s)
	}
	return strings.Join(out, ", ")
}
