package sim

import (
	_ "embed"
	"errors"
	"fmt"

	graphql "github.com/graph-gophers/graphql-go"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Schema is the schema served by [New], in the schema definition language. A
// test that needs another one edits this text and calls [NewWithSchema].
//
//go:embed schema.graphql
var Schema string

// growth is what [UnknownMember] adds to the schema: an answer to an invite
// that no client can have been written for.
const growth = `
type InviteHeldForReviewError implements HireflixError {
  name: String!
  code: ErrorCode!
  message: String
}

extend union InviteCandidateToInterviewResult = InviteHeldForReviewError
`

// maxTokens bounds the work that one document can ask of the parser.
const maxTokens = 20_000

// service is one schema, ready to refuse documents and to execute them.
type service struct {
	rules *ast.Schema
	exec  *graphql.Schema
}

func newService(sdl string, resolver any) (*service, error) {
	ruled, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: sdl})
	if err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	exec, err := graphql.ParseSchema(sdl, resolver,
		graphql.UseFieldResolvers(), graphql.UseStringDescriptions(), graphql.MaxDepth(20))
	if err != nil {
		return nil, fmt.Errorf("schema cannot be served: %w", err)
	}
	return &service{rules: ruled, exec: exec}, nil
}

// document is a request that passed validation: the operation to run and its
// variables, coerced.
type document struct {
	text      string
	operation *ast.OperationDefinition
	variables map[string]any
}

// check parses and validates a document, chooses the operation and coerces the
// variables. A nil document comes with at least one error.
func (s *service) check(text, operationName string, variables map[string]any) (*document, gqlerror.List) {
	parsed, err := parser.ParseQueryWithTokenLimit(&ast.Source{Name: "request", Input: text}, maxTokens)
	if err != nil {
		return nil, gqlerror.List{asGraphQLError(err)}
	}
	checks := rules.NewDefaultRules()
	checks.AddRule("LiteralAddresses", literalAddresses)
	if errs := validator.ValidateWithRules(s.rules, parsed, checks); len(errs) > 0 {
		return nil, errs
	}
	operation, problem := choose(parsed.Operations, operationName)
	if problem != nil {
		return nil, gqlerror.List{problem}
	}
	coerced, err := validator.VariableValues(s.rules, operation, variables)
	if err != nil {
		return nil, gqlerror.List{asGraphQLError(err)}
	}
	if problem := s.variableAddresses(operation, coerced); problem != nil {
		return nil, gqlerror.List{problem}
	}
	for name, value := range variables { // those of other operations in the document
		if _, known := coerced[name]; !known {
			coerced[name] = value
		}
	}
	return &document{text: text, operation: operation, variables: coerced}, nil
}

func choose(operations ast.OperationList, name string) (*ast.OperationDefinition, *gqlerror.Error) {
	switch {
	case len(operations) == 0:
		return nil, gqlerror.Errorf("Must provide an operation.")
	case name == "" && len(operations) > 1:
		return nil, gqlerror.Errorf("Must provide operation name if query contains multiple operations.")
	case name == "":
		return operations[0], nil
	}
	if operation := operations.ForName(name); operation != nil {
		return operation, nil
	}
	return nil, gqlerror.Errorf("Unknown operation named %q.", name)
}

func asGraphQLError(err error) *gqlerror.Error {
	var problem *gqlerror.Error
	if errors.As(err, &problem) {
		return problem
	}
	return gqlerror.Wrap(err)
}
