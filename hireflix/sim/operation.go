package sim

import (
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
	// Introspection asks for the schema.
	Introspection Kind = "introspection"
	// Other is every other query and mutation.
	Other Kind = "other"
	// Invalid was refused by the schema's rules before anything ran.
	Invalid Kind = "invalid"
	// Unread was turned away before its body was read, or could not be read.
	Unread Kind = "unread"
)

// Operation is one root field of a request, read before it runs.
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
		found = append(found, d.read(field))
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
