package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Unmarshaler is a type that reads itself from a node, and reports what is wrong with Node.Error: a value with several
// shapes, such as one condition or a list of them.
type Unmarshaler interface{ UnmarshalNode(n *Node) }

// Decode reads the node into what into points to. Whatever does not fit is reported as a problem and leaves its target
// as it was, so that defaults set before stay.
//
// Struct fields are named by `yaml:"name"`; a field without the tag is not read. Options after the name: required;
// text, for names and sentences that people write (a blank value is refused, and so is a comment that cuts off a plain
// one). `oneof:"a b"` lists a text's possible values. `yaml:",node"` on a *Node takes the mapping itself, for later
// problems; `yaml:",rest"` on a *Node takes the keys that the struct does not know, to be decoded once their kind is
// known; an embedded struct's fields are read as the outer one's. Everywhere else an unknown key is an error.
//
// Targets: string (the text as written, whatever YAML thinks its type is), bool, integers, floats, time.Duration (as
// ParseSpan), encoding.TextUnmarshaler, Unmarshaler, *Node (deferred), structs, pointers, maps with string keys, and
// slices, for which a single value is a list of one.
func (n *Node) Decode(into any) {
	if n == nil {
		return
	}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic("strictyaml: Decode wants a pointer") // a programmer's mistake, never an input's
	}
	n.decode(v.Elem(), field{})
}

// DecodeText reads a scalar as a field with the option text would be: for an Unmarshaler one of whose shapes is a single
// text.
func (n *Node) DecodeText(into *string) { n.decode(reflect.ValueOf(into).Elem(), field{text: true}) }

var (
	nodeType     = reflect.TypeFor[*Node]()
	durationType = reflect.TypeFor[time.Duration]()
)

func (n *Node) decode(v reflect.Value, f field) {
	if n.broken {
		return
	}
	if v.Type() == nodeType {
		v.Set(reflect.ValueOf(n))
		return
	}
	switch target := v.Addr().Interface().(type) {
	case Unmarshaler:
		target.UnmarshalNode(n)
		return
	case encoding.TextUnmarshaler:
		if n.isScalar() {
			if err := target.UnmarshalText([]byte(n.text)); err != nil {
				n.refuse("value", "", "%v", err)
			}
		}
		return
	}
	switch {
	case v.Kind() == reflect.Pointer:
		fresh := reflect.New(v.Type().Elem())
		n.decode(fresh.Elem(), f)
		v.Set(fresh)
	case v.Kind() == reflect.Slice:
		items := reflect.MakeSlice(v.Type(), len(n.Items()), len(n.Items()))
		for i, item := range n.Items() {
			item.decode(items.Index(i), f)
		}
		v.Set(items)
	case v.Kind() == reflect.Map:
		n.decodeMap(v)
	case v.Kind() == reflect.Struct:
		n.decodeStruct(v)
	case n.isScalar():
		n.decodeScalar(v, f)
	}
}

func (n *Node) isScalar() bool {
	if n.kind == Scalar {
		return true
	}
	hint := ""
	if n.kind == List && len(n.items) == 1 && n.items[0].kind == Scalar && !n.secret {
		hint = "write " + quoted(n.items[0].text)
	}
	n.refuse("shape", hint, "%s wants a single value, and this is %s", n.named(), n.kind)
	return false
}

func (n *Node) named() string {
	if n.key == nil {
		return "the file"
	}
	return n.key.Shown()
}

func (n *Node) decodeMap(v reflect.Value) {
	if n.kind != Mapping {
		n.refuse("shape", "", "%s wants a set of keys, and this is %s", n.named(), n.kind)
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.pairs))
	for _, p := range n.pairs {
		elem := reflect.New(v.Type().Elem()).Elem()
		p.Value.decode(elem, field{})
		out.SetMapIndex(reflect.ValueOf(p.Key.text).Convert(v.Type().Key()), elem)
	}
	v.Set(out)
}

func (n *Node) decodeScalar(v reflect.Value, f field) {
	switch {
	case v.Type() == durationType:
		span, err := ParseSpan(n.text)
		if err != nil {
			n.refuse("span", "spans are written 15m, 72h, 3d or 2w", "%s", n.redacted(err.Error(), "this is not a span"))
			return
		}
		v.SetInt(int64(span))
	case v.Kind() == reflect.String:
		n.decodeText(v, f)
	case v.Kind() == reflect.Bool:
		if !n.plain || n.text != "true" && n.text != "false" {
			n.refuse("value", "write true or false, without quotes", "%s is either true or false, not %q", n.named(), n.Shown())
			return
		}
		v.SetBool(n.text == "true")
	case v.CanInt() || v.CanUint() || v.CanFloat():
		n.decodeNumber(v)
	default:
		panic("strictyaml: cannot decode into " + v.Type().String()) // a programmer's mistake, never an input's
	}
}

func (n *Node) decodeText(v reflect.Value, f field) {
	if f.text && n.plain && n.comment != "" && n.text != "" {
		whole := n.redacted(quoted(n.text+" "+n.comment), "the value in quotes")
		n.refuse("comment", fmt.Sprintf("write %s; a comment goes on a line of its own, or behind a quoted value", whole),
			`" #" begins a comment, so the value ends at %q`, n.Shown())
		return
	}
	if f.text && strings.TrimSpace(n.text) == "" {
		n.refuse("empty", "write its value, or delete the line", "%s is blank", n.named())
		return
	}
	if len(f.oneof) > 0 && !slices.Contains(f.oneof, n.text) {
		hint := ""
		if near := Nearest(n.text, f.oneof); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		n.refuse("value", hint, "%s is one of %s, not %q", n.named(), strings.Join(f.oneof, ", "), n.Shown())
		return
	}
	v.SetString(n.text)
}

func (n *Node) decodeNumber(v reflect.Value) {
	var err error
	digits := strings.TrimPrefix(n.text, "-")
	if !n.plain || digits == "" || len(digits) > 1 && digits[0] == '0' && digits[1] != '.' || strings.Trim(digits, "0123456789.") != "" {
		err = strconv.ErrSyntax
	}
	switch {
	case err != nil:
	case v.CanInt():
		var i int64
		if i, err = strconv.ParseInt(n.text, 10, v.Type().Bits()); err == nil {
			v.SetInt(i)
		}
	case v.CanUint():
		var u uint64
		if u, err = strconv.ParseUint(n.text, 10, v.Type().Bits()); err == nil {
			v.SetUint(u)
		}
	default:
		var x float64
		if x, err = strconv.ParseFloat(n.text, v.Type().Bits()); err == nil {
			v.SetFloat(x)
		}
	}
	if err != nil {
		n.refuse("value", "write a plain number such as 20", "%s wants a number, not %q", n.named(), n.Shown())
	}
}

func (n *Node) redacted(message, otherwise string) string {
	if n.secret {
		return otherwise
	}
	return message
}
