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

// conditionFunctionOptions are the functions that conditions have beside those of their environment.
func conditionFunctionOptions() []expr.Option {
	return append(sharedFunctions(),
		expr.Function("exactly", func(p ...any) (any, error) { return p[0].(string) == p[1].(string), nil }, new(func(string, string) bool)))
}

// overload gives the operators their meaning for texts and spans, by type. Each overload names its types: with a
// parameter of type any, expr would accept misspelt names and mixed types. Only the operators that a condition uses are
// overloaded: expr checks the whole condition again for each.
func overload(c *conf.Config, used map[string]bool) {
	for operator := range used {
		switch operator {
		case "==":
			onTexts(c, operator, SameText)
		case "!=":
			onTexts(c, operator, func(a, b string) bool { return !SameText(a, b) })
		case "contains":
			onTexts(c, operator, func(a, b string) bool { return strings.Contains(Fold(a), Fold(b)) })
		case "startsWith":
			onTexts(c, operator, func(a, b string) bool { return strings.HasPrefix(Fold(a), Fold(b)) })
		case "endsWith":
			onTexts(c, operator, func(a, b string) bool { return strings.HasSuffix(Fold(a), Fold(b)) })
		case "in":
			on(c, operator, textInList, new(func(string, []string) bool), new(func(string, []any) bool))
		case "<":
			onSpans(c, operator, func(a, b time.Duration) bool { return a < b })
		case "<=":
			onSpans(c, operator, func(a, b time.Duration) bool { return a <= b })
		case ">":
			onSpans(c, operator, func(a, b time.Duration) bool { return a > b })
		case ">=":
			onSpans(c, operator, func(a, b time.Duration) bool { return a >= b })
		}
	}
	for _, v := range c.Visitors {
		if overloading, ok := v.(conf.Checker); ok {
			overloading.Check()
		}
	}
}

// on overloads one operator by a function whose name nobody can write.
func on(c *conf.Config, operator string, f func(p ...any) (any, error), types ...any) {
	name := operator + " overloaded"
	expr.Function(name, f, types...)(c)
	expr.Operator(operator, name)(c)
}

func onTexts(c *conf.Config, operator string, compare func(a, b string) bool) {
	on(c, operator, func(p ...any) (any, error) { return compare(p[0].(string), p[1].(string)), nil }, new(func(string, string) bool))
}

// onSpans lets a span of time be compared with a text such as "30d", from either side.
func onSpans(c *conf.Config, operator string, compare func(a, b time.Duration) bool) {
	on(c, operator, func(p ...any) (any, error) {
		a, err := asSpan(p[0])
		if err != nil {
			return nil, err
		}
		b, err := asSpan(p[1])
		if err != nil {
			return nil, err
		}
		return compare(a, b), nil
	}, new(func(time.Duration, string) bool), new(func(string, time.Duration) bool))
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
