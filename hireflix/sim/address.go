package sim

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// Addresses are checked before anything runs. Left to the execution, a bad one
// would still let the other mutations of its request take effect, which a
// graphql-js server does not.

const addressScalar = "EmailAddress"

// literalAddresses is a validation rule for the addresses in a document.
func literalAddresses(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Kind == ast.Variable || value.Kind == ast.NullValue ||
			value.Definition == nil || value.Definition.Name != addressScalar {
			return
		}
		if value.Kind != ast.StringValue && value.Kind != ast.BlockValue || !emailPattern.MatchString(value.Raw) {
			addError(
				core.Message("Expected value of type %q, found %s; Value is not a valid email address: %s", addressScalar, value.String(), value.Raw),
				core.At(value.Position),
			)
		}
	})
}

// variableAddresses checks the addresses in an operation's variables.
func (s *service) variableAddresses(operation *ast.OperationDefinition, variables map[string]any) *gqlerror.Error {
	for _, v := range operation.VariableDefinitions {
		if fault := s.addresses(v.Type, variables[v.Variable], v.Variable); fault != "" {
			return gqlerror.Errorf("Variable \"$%s\" got invalid value %s", v.Variable, fault)
		}
	}
	return nil
}

// addresses describes the first bad address in a value; "" if there is none.
func (s *service) addresses(t *ast.Type, value any, path string) string {
	if value == nil {
		return ""
	}
	if t.Elem != nil {
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for i, item := range list {
			if fault := s.addresses(t.Elem, item, fmt.Sprintf("%s[%d]", path, i)); fault != "" {
				return fault
			}
		}
		return ""
	}
	if t.NamedType == addressScalar {
		if fault := addressFault(value); fault != "" {
			return fmt.Sprintf("%q at %q; Expected type %q. %s", fmt.Sprint(value), path, addressScalar, fault)
		}
		return ""
	}
	object, ok := value.(map[string]any)
	if !ok {
		return ""
	}
	for _, field := range s.rules.Types[t.NamedType].Fields {
		if fault := s.addresses(field.Type, object[field.Name], path+"."+field.Name); fault != "" {
			return fault
		}
	}
	return ""
}
