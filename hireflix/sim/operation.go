package sim

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Kind sorts operations by what they are for.
type Kind string

const (
	// Invite is inviteCandidateToInterview.
	Invite Kind = "invite"
	// LookUp reads the interviews of a position.
	LookUp Kind = "look-up"
	// Positions is the list of positions.
	Positions Kind = "positions"
	// ReadInterview is interview(id).
	ReadInterview Kind = "interview"
	// ReadWebhooks is webhooks, webhook, webhookLogs or webhookSecretKey.
	ReadWebhooks Kind = "webhooks"
	// Introspection asks for the schema.
	Introspection Kind = "introspection"
	// Other is every other query and mutation.
	Other Kind = "other"
	// Invalid was refused by the schema's rules before anything ran.
	Invalid Kind = "invalid"
	// Unread was turned away before its body was read, or could not be read.
	Unread Kind = "unread"
)

// The changes of an interview and of webhooks, by the schema's words for them.
const (
	Share         Kind = "share"
	RemoveShare   Kind = "remove share"
	Archive       Kind = "archive"
	Finalist      Kind = "finalist"
	Score         Kind = "score"
	Comment       Kind = "comment"
	SetExternalID Kind = "set external id"
	Delete        Kind = "delete"
	CreateWebhook Kind = "create webhook"
	UpdateWebhook Kind = "update webhook"
	DeleteWebhook Kind = "delete webhook"
)

// Operation is one root field of a request, read before it runs; or, of an
// Interview or Webhooks mutation, each field inside.
type Operation struct {
	// Name is the operation's name, often empty.
	Name string
	Kind Kind
	// Field is the root field, such as position.
	Field string
	// Position is the id of the position that an invite or a look-up names.
	Position string
	// Email is the invited address, or the one a look-up filters by; empty for
	// a look-up of the whole position or by a regular expression.
	Email string
	// ExternalID is that of an invite.
	ExternalID string
	// Interview is the id of the interview that is read or changed.
	Interview string
	// Webhook is the id of the webhook that is updated or deleted.
	Webhook string
	// Argument is what a change asks for, as text: true or false, a score or
	// null, a number of days, a comment, an external id, a webhook's URL.
	Argument string
}

// target is the id of what a change is made to.
func (o Operation) target() string {
	if o.Interview != "" {
		return o.Interview
	}
	return o.Webhook
}

// operations lists the root fields of a document in their order.
func (d *document) operations() []Operation {
	var found []Operation
	seen := make(map[string]bool)
	for _, field := range fields(d.operation.SelectionSet) {
		if seen[field.Alias] { // two selections of one answer are one call
			continue
		}
		seen[field.Alias] = true
		if inner := changes[field.Name]; inner != nil {
			found = append(found, d.changes(field, inner)...)
		} else {
			found = append(found, d.read(field))
		}
	}
	return found
}

// changed is a field inside a mutation: what it is and its telling argument.
type changed struct {
	kind     Kind
	argument string
}

// changes are the mutations that hold others.
var changes = map[string]map[string]changed{
	"Interview": {
		"share": {Share, "durationInDays"}, "removeShare": {RemoveShare, ""}, "delete": {Delete, ""},
		"archive": {Archive, "archive"}, "finalist": {Finalist, "finalist"}, "score": {Score, "score"},
		"comment": {Comment, "comment"}, "setExternalId": {SetExternalID, "externalId"},
	},
	"Webhooks": {
		"create": {CreateWebhook, "url"}, "update": {UpdateWebhook, "url"}, "delete": {DeleteWebhook, ""},
	},
}

// changes lists what a mutation asks inside, or the mutation itself if that is
// nothing.
func (d *document) changes(field *ast.Field, known map[string]changed) []Operation {
	var found []Operation
	outer := Operation{Name: d.operation.Name, Kind: Other, Field: field.Name}
	if field.Name == "Interview" {
		outer.Interview = text(field.ArgumentMap(d.variables), "id")
	}
	seen := make(map[string]bool)
	for _, inner := range fields(field.SelectionSet) {
		what, is := known[inner.Name]
		if !is || seen[inner.Alias] {
			continue
		}
		seen[inner.Alias] = true
		op, args := outer, inner.ArgumentMap(d.variables)
		op.Kind = what.kind
		if field.Name == "Webhooks" {
			op.Webhook = text(args, "id")
		}
		if value, given := args[what.argument]; given {
			op.Argument = "null"
			if value != nil {
				op.Argument = fmt.Sprint(value)
			}
		}
		found = append(found, op)
	}
	if len(found) == 0 {
		return []Operation{outer}
	}
	return found
}

func (d *document) read(field *ast.Field) Operation {
	op := Operation{Name: d.operation.Name, Kind: Other, Field: field.Name}
	args := field.ArgumentMap(d.variables)
	switch field.Name {
	case "inviteCandidateToInterview":
		op.Kind = Invite
		op.Position = text(args, "input", "positionId")
		op.Email = text(args, "input", "candidate", "email")
		op.ExternalID = text(args, "input", "externalId")
	case "positions":
		op.Kind = Positions
	case "interview":
		op.Kind, op.Interview = ReadInterview, text(args, "id")
	case "webhooks", "webhookSecretKey":
		op.Kind = ReadWebhooks
	case "webhook", "webhookLogs":
		op.Kind, op.Webhook = ReadWebhooks, text(args, "id")
	case "position":
		op.Position = text(args, "id")
		for _, inner := range fields(field.SelectionSet) {
			switch inner.Name {
			case "interviewList":
				op.Kind = LookUp
				op.Email = text(inner.ArgumentMap(d.variables), "input", "filter", "email", "equal")
			case "paginatedInterviews", "interviews":
				op.Kind = LookUp
			}
		}
	default:
		if strings.HasPrefix(field.Name, "__") {
			op.Kind = Introspection
		}
	}
	return op
}

// fields flattens a selection set, fragments included. Validation has already
// refused fragments that spread themselves.
func fields(set ast.SelectionSet) []*ast.Field {
	var flat []*ast.Field
	for _, selection := range set {
		switch selection := selection.(type) {
		case *ast.Field:
			flat = append(flat, selection)
		case *ast.InlineFragment:
			flat = append(flat, fields(selection.SelectionSet)...)
		case *ast.FragmentSpread:
			flat = append(flat, fields(selection.Definition.SelectionSet)...)
		}
	}
	return flat
}

// text follows a path through nested objects to a string; "" if there is none.
func text(object map[string]any, path ...string) string {
	var value any = object
	for _, key := range path {
		inner, ok := value.(map[string]any)
		if !ok {
			return ""
		}
		value = inner[key]
	}
	s, _ := value.(string)
	return s
}
