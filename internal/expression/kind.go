package expression

import (
	"reflect"
)

// kind is a type as people see it. expr's own type checks are not enough: they let lists be compared with lists, order
// texts by letters, and forget an error inside a call once an overload has been applied.
type kind int

const (
	none kind = iota // an error has been reported
	text
	number
	boolean
	date
	span
	list kind = 1 << 4 // added to the kind of its elements
)

func (k kind) isList() bool  { return k&list != 0 }
func (k kind) element() kind { return k &^ list }

// String is the kind in words, with its article.
func (k kind) String() string {
	if k.isList() {
		return "a list of " + map[kind]string{text: "texts", number: "numbers", boolean: "yes and no", date: "dates", span: "spans"}[k.element()]
	}
	return map[kind]string{text: "a text", number: "a number", boolean: "a yes or no", date: "a date", span: "a span of time"}[k]
}

func kindOfType(t reflect.Type) kind {
	switch {
	case t == timeType:
		return date
	case t == spanType:
		return span
	case t.Kind() == reflect.Slice:
		return kindOfType(t.Elem()) | list
	case t.Kind() == reflect.String:
		return text
	case t.Kind() == reflect.Bool:
		return boolean
	}
	return number
}
