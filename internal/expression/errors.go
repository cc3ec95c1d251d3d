package expression

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"
)

// Error is what is wrong with an expression, or with one evaluation of it. It never quotes a value that the expression
// read: those are people's data. What an environment's function returned is its Unwrap.
type Error struct {
	Source  string // the expression
	Offset  int    // where, in characters from its start
	Message string
	Hint    string // what to write instead, or ""
	Certain bool   // what is wrong is that it has one answer, whoever it is asked about
	Answer  bool   // that answer, where it is Certain
	cause   error
}

// Error is the message with its hint, without the place: who shows it adds the place in the file.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + ": " + e.Hint
}

// Unwrap is the error that an environment's function returned, if one did.
func (e *Error) Unwrap() error { return e.cause }

// Line is the line within the expression, from 1.
func (e *Error) Line() int {
	line, _ := e.place()
	return line
}

// Column is the column in that line, in characters from 1.
func (e *Error) Column() int {
	_, column := e.place()
	return column
}

func (e *Error) place() (line, column int) {
	line, column = 1, 1
	for i, r := range []rune(e.Source) {
		if i >= e.Offset {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}

func refuse(source string, offset int, hint, format string, args ...any) *Error {
	return &Error{Source: source, Offset: min(max(offset, 0), utf8.RuneCountInString(source)), Message: fmt.Sprintf(format, args...), Hint: hint}
}

var unexpected = regexp.MustCompile(`unexpected token (\w+)(?:\("(.*)"\))?$`)

// inWords turns an error of the expression library into words for people who do not program. Kinds and names are
// checked before the library does, so what is left is mostly about how the expression is written.
func inWords(source string, err error) *Error {
	var at *file.Error
	offset, message := 0, err.Error()
	if errors.As(err, &at) {
		offset, message = at.From, at.Message
	}
	e := refuse(source, offset, "", "%s", message)
	switch {
	case strings.Contains(message, "exceeds maximum allowed nodes"):
		e.Message, e.Hint = fmt.Sprintf("the expression has more than %d parts", maxNodes), "split it into several"
	case strings.Contains(message, "coalesce expressions"):
		e.Message, e.Hint = "?? beside another operator wants brackets", "write (a ?? b) == c"
	case strings.Contains(message, "not terminated"):
		e.Message, e.Hint = "a quote is opened and never closed", "close it with the same quote"
	case strings.Contains(message, "bad number syntax"):
		e.Message, e.Hint = "this is neither a number nor a text", `a span is written in quotes: application.age < "30d"`
	case strings.Contains(message, "a map key must be"):
		e.Message, e.Hint = severalValues, "write what is inside alone"
	case unexpected.MatchString(message):
		m := unexpected.FindStringSubmatch(message)
		written := strings.ReplaceAll(m[2], `\"`, `"`)
		switch m[1] {
		case "EOF":
			e.Message = "the expression ends too early"
			if strings.Count(source, "(") > strings.Count(source, ")") {
				e.Hint = "close the bracket"
			}
		case "String":
			e.Message = fmt.Sprintf("the text %q is not expected here", written)
		default:
			if before := []rune(source)[:min(offset, utf8.RuneCountInString(source))]; written == "{" && len(before) > 0 && before[len(before)-1] == '$' {
				e.Message, e.Hint = "${ } stands around an expression in the middle of a text, and this is one already", "write what is inside alone"
				break
			}
			e.Message = written + " is not expected here"
		}
	}
	return e
}

// kindName is a Go type in words.
func kindName(goType string) string {
	switch goType {
	case "string":
		return "a text"
	case "bool":
		return "a yes or no"
	case "int", "float64":
		return "a number"
	case "time.Time":
		return "a date"
	case "time.Duration":
		return "a span of time"
	case "<nil>":
		return "nothing"
	case "[]interface {}":
		return "a list"
	}
	return "an object"
}
