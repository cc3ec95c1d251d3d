package hireflix

import (
	"context"
	"slices"

	"github.com/shurcooL/graphql"
)

var (
	opSchema = operation{name: "FlowdSchema", doing: "read the schema"}
	opType   = operation{name: "FlowdType", doing: "read the schema"}
)

// schemaQuery asks for what the rich invite names. It stays within the depth of
// lists that graphql-js's own bound on introspection allows.
type schemaQuery struct {
	Schema struct {
		MutationType struct {
			Fields []struct {
				Name word
				Type struct {
					named
					OfType named
				}
			}
		}
	} `graphql:"__schema"`
	Interview  typeFields `graphql:"interview: __type(name: \"InterviewType\")"`
	Exists     typeFields `graphql:"exists: __type(name: \"InterviewAlreadyExistsInPositionError\")"`
	Exceeded   typeFields `graphql:"exceeded: __type(name: \"ExceededInvitesThisPeriodError\")"`
	SameID     typeFields `graphql:"sameId: __type(name: \"InterviewExternalIdAlreadyExistsInPositionError\")"`
	NotFound   typeFields `graphql:"notFound: __type(name: \"PositionNotFoundError\")"`
	NotReady   typeFields `graphql:"notReady: __type(name: \"PositionNotReadyToAcceptInvitesError\")"`
	Validation typeFields `graphql:"validation: __type(name: \"ValidationError\")"`
}

type typeQuery struct {
	Type typeFields `graphql:"__type(name: $name)"`
}

// named is a type with the members it has if it is a union.
type named struct {
	PossibleTypes []struct{ Name word }
}

type typeFields struct {
	Fields []typeField
}

type typeField struct {
	Name word
	Type typeRef
	Args []argument
}

type argument struct {
	Type         struct{ Kind word }
	DefaultValue word
}

// typeRef is a type within at most three wrappers: [T!]! is one of three.
type typeRef struct {
	Kind   word
	Name   word
	OfType struct {
		Kind   word
		Name   word
		OfType struct {
			Kind   word
			Name   word
			OfType struct{ Kind, Name word }
		}
	}
}

// inner is the wrapped type, and whether it is wrapped in a list.
func (t typeRef) inner() (kind, name word, list bool) {
	of := t.OfType
	for _, level := range []struct{ kind, name word }{
		{t.Kind, t.Name}, {of.Kind, of.Name}, {of.OfType.Kind, of.OfType.Name}, {of.OfType.OfType.Kind, of.OfType.OfType.Name},
	} {
		switch level.kind {
		case "NON_NULL":
		case "LIST":
			list = true
		default:
			return level.kind, level.name, list
		}
	}
	return "", "", list
}

// leaf tells whether the type has a value of its own and no fields.
func (t typeRef) leaf() bool {
	kind, _, list := t.inner()
	return !list && (kind == "SCALAR" || kind == "ENUM")
}

// leaves tells whether the type has all these fields, each of them a leaf that
// needs no argument.
func (t typeFields) leaves(names ...word) bool {
	return !slices.ContainsFunc(names, func(name word) bool {
		field, ok := t.field(name)
		return !ok || !field.Type.leaf()
	})
}

func (t typeFields) field(name word) (typeField, bool) {
	for _, f := range t.Fields {
		if f.Name == name {
			return f, !slices.ContainsFunc(f.Args, func(a argument) bool {
				return a.Type.Kind == "NON_NULL" && a.DefaultValue == ""
			})
		}
	}
	return typeField{}, false
}

// Introspect asks Hireflix's schema whether the invite may name every member of
// its result, so that refusals are told exactly; detailed tells the answer.
// Without it, or when it fails, invites are as sound and told less exactly: an
// error is worth a line in a log and no reason not to start.
func (c *Client) Introspect(ctx context.Context) (detailed bool, err error) {
	schema, err := query[schemaQuery](ctx, c, opSchema, nil)
	if err != nil {
		return false, err
	}
	if !schema.members() || !schema.plainFields() {
		c.rich.Store(false)
		return false, nil
	}
	detailed, err = c.confirmParts(ctx, schema)
	c.rich.Store(detailed)
	return detailed, err
}

// members tells whether every fragment of the rich invite is on a member of the
// result.
func (s schemaQuery) members() bool {
	var members []word
	for _, mutation := range s.Schema.MutationType.Fields {
		if mutation.Name != "inviteCandidateToInterview" {
			continue
		}
		for _, of := range append(mutation.Type.PossibleTypes, mutation.Type.OfType.PossibleTypes...) {
			members = append(members, of.Name)
		}
	}
	for _, name := range []word{
		"InterviewType", "InterviewAlreadyExistsInPositionError", "ExceededInvitesThisPeriodError",
		"InterviewExternalIdAlreadyExistsInPositionError", "PositionNotFoundError",
		"PositionNotReadyToAcceptInvitesError", "ValidationError",
	} {
		if !slices.Contains(members, name) {
			return false
		}
	}
	return true
}

// plainFields tells whether the fields without a selection of their own are as
// the rich invite has them.
func (s schemaQuery) plainFields() bool {
	for _, refusal := range []typeFields{s.Exists, s.Exceeded, s.SameID, s.NotFound, s.NotReady, s.Validation} {
		if !refusal.leaves("code", "message") {
			return false
		}
	}
	return s.Interview.leaves("id", "externalId", "status", "createdAt")
}

// confirmParts does the same for the two fields that have a selection.
func (c *Client) confirmParts(ctx context.Context, s schemaQuery) (bool, error) {
	for _, part := range []struct {
		of     typeFields
		field  word
		list   bool
		leaves []word
	}{
		{s.Interview, "url", false, []word{"public", "short", "private"}},
		{s.Validation, "fieldErrors", true, []word{"flattenedPath", "message"}},
	} {
		field, ok := part.of.field(part.field)
		kind, name, list := field.Type.inner()
		if !ok || kind != "OBJECT" || list != part.list {
			return false, nil
		}
		found, err := query[typeQuery](ctx, c, opType, map[string]any{"name": graphql.String(name)})
		if err != nil || !found.Type.leaves(part.leaves...) {
			return false, err
		}
	}
	return true, nil
}
