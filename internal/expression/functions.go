package expression

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/conf"
)

var (
	// predicates compile in expr whatever is disabled, so the walk refuses those that are not listed here.
	predicates         = []string{"all", "any", "count", "none", "one"}
	conditionFunctions = []string{"date", "duration", "exactly", "len", "lower", "trim", "upper"}
)

// The functions behind the operators have names that nobody can write.
const (
	textEqual    = "== text"
	textUnequal  = "!= text"
	textIn       = "in texts"
	textContains = "contains text"
	textStarts   = "startsWith text"
	textEnds     = "endsWith text"
)

// conditionOptions overload the operators by type. Each overload names its types: with a parameter of type any, expr
// would accept misspelt names and mixed types.
func conditionOptions() []expr.Option {
	options := append(sharedFunctions(),
		onTexts("==", textEqual, SameText),
		onTexts("!=", textUnequal, func(a, b string) bool { return !SameText(a, b) }),
		onTexts("contains", textContains, func(a, b string) bool { return strings.Contains(Fold(a), Fold(b)) }),
		onTexts("startsWith", textStarts, func(a, b string) bool { return strings.HasPrefix(Fold(a), Fold(b)) }),
		onTexts("endsWith", textEnds, func(a, b string) bool { return strings.HasSuffix(Fold(a), Fold(b)) }),
		expr.Function(textIn, textInList, new(func(string, []string) bool), new(func(string, []any) bool)),
		expr.Operator("in", textIn),
		expr.Function("exactly", func(p ...any) (any, error) { return p[0].(string) == p[1].(string), nil }, new(func(string, string) bool)),
	)
	return append(options, spanOperators()...)
}

func onTexts(operator, name string, compare func(a, b string) bool) expr.Option {
	return func(c *conf.Config) {
		expr.Function(name, func(p ...any) (any, error) { return compare(p[0].(string), p[1].(string)), nil }, new(func(string, string) bool))(c)
		expr.Operator(operator, name)(c)
	}
}

func textInList(p ...any) (any, error) {
	text := p[0].(string)
	switch list := p[1].(type) {
	case []string:
		return slices.ContainsFunc(list, func(s string) bool { return SameText(text, s) }), nil
	case []any:
		return slices.ContainsFunc(list, func(s any) bool { t, ok := s.(string); return ok && SameText(text, t) }), nil
	}
	return nil, errors.New("in wants a list")
}

// spanOperators let a span of time be compared with a text such as "30d", from either side.
func spanOperators() []expr.Option {
	var options []expr.Option
	for operator, compare := range map[string]func(a, b time.Duration) bool{
		"<":  func(a, b time.Duration) bool { return a < b },
		"<=": func(a, b time.Duration) bool { return a <= b },
		">":  func(a, b time.Duration) bool { return a > b },
		">=": func(a, b time.Duration) bool { return a >= b },
	} {
		name := operator + " span"
		options = append(options, expr.Function(name, func(p ...any) (any, error) {
			a, err := asSpan(p[0])
			if err != nil {
				return nil, err
			}
			b, err := asSpan(p[1])
			if err != nil {
				return nil, err
			}
			return compare(a, b), nil
		}, new(func(time.Duration, string) bool), new(func(string, time.Duration) bool)), expr.Operator(operator, name))
	}
	return options
}

func asSpan(v any) (time.Duration, error) {
	if text, ok := v.(string); ok {
		return parseSpan(text)
	}
	return v.(time.Duration), nil
}

// sharedFunctions are the pure functions that both modes have. There is no now: its time comes from the environment.
func sharedFunctions() []expr.Option {
	text := func(name string, f func(string) string) expr.Option {
		return expr.Function(name, func(p ...any) (any, error) {
			s, ok := p[0].(string)
			if !ok {
				return nil, errors.New(name + " takes a text")
			}
			return f(s), nil
		}, new(func(string) string))
	}
	return []expr.Option{
		text("lower", strings.ToLower),
		text("upper", strings.ToUpper),
		text("trim", strings.TrimSpace),
		expr.Function("duration", func(p ...any) (any, error) {
			s, ok := p[0].(string)
			if !ok {
				return nil, errSpan
			}
			return parseSpan(s)
		}, new(func(string) time.Duration)),
		expr.Function("date", func(p ...any) (any, error) {
			s, ok := p[0].(string)
			if !ok {
				return nil, errors.New("date takes a text")
			}
			return parseDate(s)
		}, new(func(string) time.Time)),
	}
}

// configure makes expr's configuration as expr.Compile would, with every builtin off but the named ones. expr's
// optimizer stays off: it joins predicates, and then an error could come from a part that was not reached as written.
func configure(env any, options []expr.Option, builtins ...string) *conf.Config {
	c := conf.CreateNew()
	expr.Env(env)(c)
	expr.DisableAllBuiltins()(c)
	for _, name := range slices.Concat(builtins, predicates, []string{"len"}) {
		expr.EnableBuiltin(name)(c)
	}
	expr.MaxNodes(maxNodes)(c)
	expr.Optimize(false)(c)
	for _, o := range options {
		o(c)
	}
	for name := range c.Disabled {
		delete(c.Builtins, name)
	}
	c.Check()
	return c
}
