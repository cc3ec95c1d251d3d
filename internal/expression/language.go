// Package expression makes expr safe for people who do not program, and for a daemon that runs what they write. It is
// the only importer of github.com/expr-lang/expr.
//
// It has two modes, kept apart. A condition (Language.Compile) sees a typed environment: a misspelt name, a text
// compared with a number, or a span that cannot be read are errors when the file is loaded, and texts are compared as
// people mean them (Fold). A mapping (CompileMapping) takes JSON apart in a connector's mapping: dynamic, exact, and a
// missing value is an error unless the expression says ??.
//
// Both are bounded: expr has no time limit and no cancellation, so source, nodes, functions and nesting are.
package expression

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/vm"
)

const (
	maxSource    = 4 << 10 // bytes
	maxNodes     = 1000    // each literal of a list counts
	memoryBudget = 100_000 // expr's own unit: elements that one evaluation may make
)

// Language is what conditions may see: one environment type with its members and functions. It is made once and safe
// for concurrent use.
type Language struct {
	env     any
	envType reflect.Type
	members map[string]reflect.Type // by path, e.g. candidate.source; groups such as candidate are in it too
	names   []string                // the paths of values, sorted
	funcs   map[string]reflect.Type
	vms     sync.Pool
}

// Member is one value that conditions may read.
type Member struct {
	Path string // as written, e.g. candidate.source
	Kind string // in words, e.g. "a text"
}

// NewLanguage reads the environment's type: a struct whose fields, named by their expr tag, are texts, numbers, bools,
// time.Time, time.Duration, lists of these, structs of these, or functions. A function whose first parameter is a text
// reads a custom field by its display name. Pointers, maps, interfaces, named types and methods are refused: with them
// expr accepts misspelt names or compares without folding. There is no clock: an environment that wants now() carries
// it as a function, and so each evaluation says what time it is.
func NewLanguage(env any) (*Language, error) {
	l := &Language{env: env, envType: reflect.TypeOf(env), members: map[string]reflect.Type{}, funcs: map[string]reflect.Type{}}
	l.vms.New = func() any { return &vm.VM{MemoryBudget: memoryBudget} }
	if l.envType == nil || l.envType.Kind() != reflect.Struct {
		return nil, fmt.Errorf("expression: an environment is a struct by value, not %T", env)
	}
	if err := l.read(l.envType, ""); err != nil {
		return nil, err
	}
	slices.Sort(l.names)
	return l, nil
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	spanType   = reflect.TypeFor[time.Duration]()
	stringType = reflect.TypeFor[string]()
)

func (l *Language) read(t reflect.Type, prefix string) error {
	if t.NumMethod() > 0 {
		return fmt.Errorf("expression: %s has methods, and conditions could call them", t)
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("expr")
		if !f.IsExported() || name == "" {
			return fmt.Errorf("expression: field %s of %s wants an expr tag and an exported name", f.Name, t)
		}
		path := prefix + name
		switch {
		case f.Type.Kind() == reflect.Func:
			if prefix != "" || f.Type.NumOut() == 0 {
				return fmt.Errorf("expression: function %s belongs at the top of the environment and returns a value", path)
			}
			l.funcs[name] = f.Type
			continue
		case plainType(f.Type), f.Type.Kind() == reflect.Slice && plainType(f.Type.Elem()):
			l.names = append(l.names, path)
		case f.Type.Kind() == reflect.Struct:
			if err := l.read(f.Type, path+"."); err != nil {
				return err
			}
		default:
			return fmt.Errorf("expression: %s is %s, which conditions cannot compare safely", path, f.Type)
		}
		l.members[path] = f.Type
	}
	return nil
}

// plainType reports whether the type is one that the folding and type rules cover: exactly, not by its kind.
func plainType(t reflect.Type) bool {
	switch t {
	case stringType, timeType, spanType, reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int64](), reflect.TypeFor[float64]():
		return true
	}
	return false
}

// Members are the values that conditions may read, by path.
func (l *Language) Members() []Member {
	out := make([]Member, len(l.names))
	for i, path := range l.names {
		out[i] = Member{Path: path, Kind: kindOfType(l.members[path]).String()}
	}
	return out
}

// Functions are the names of the functions that conditions may call, sorted.
func (l *Language) Functions() []string {
	out := slices.Concat(conditionFunctions, predicates)
	for name := range l.funcs {
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// readsField reports whether the function reads a custom field by the name in its first argument.
func (l *Language) readsField(function string) bool {
	t, ok := l.funcs[function]
	return ok && t.NumIn() > 0 && t.In(0) == stringType && !(t.IsVariadic() && t.NumIn() == 1)
}

// unknown is the error for a name that is not in the environment.
func (l *Language) unknown(source string, offset int, path string) *Error {
	hint := ""
	if near := nearest(path, l.names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	} else if group, _, nested := strings.Cut(path, "."); nested && l.members[group] != nil {
		var in []string
		for _, n := range l.names {
			if member, ok := strings.CutPrefix(n, group+"."); ok {
				in = append(in, member)
			}
		}
		hint = fmt.Sprintf("%s has %s", group, strings.Join(in, ", "))
	}
	return refuse(source, offset, hint, "there is no %s", path)
}

// config is expr's configuration for one compilation; it holds state, so each compilation has its own. The operators
// are overloaded once it is known which the condition uses.
func (l *Language) config() *conf.Config {
	return configure(l.env, conditionFunctionOptions())
}
