package strictyaml

import (
	"encoding"
	"encoding/json"
	"reflect"
	"time"
)

// Shaped is an Unmarshaler that says which shapes it reads, as a JSON Schema. One that does not may be anything in a
// schema.
type Shaped interface {
	Shape(s *Schema) map[string]any
}

// Schema writes the JSON Schema of what Decode reads into a type, from the same tags: it is what an editor's YAML language
// server completes and underlines by. It says what the structure is, and never less than the decoder takes. It is not
// safe for concurrent use.
type Schema struct {
	// Names are real values of a key that an editor offers, by the type's name and the key ("ruleKeys.stage"), or by the key
	// alone; others stay possible.
	Names map[string][]string
	// Docs are sentences on keys, named in the same way.
	Docs map[string]string
	// Also are what else a type's keys must meet, by its name: each a schema.
	Also map[string][]any

	defs map[string]any
	tags Document
}

// JSON is the schema of a file that is decoded into the type.
func (s *Schema) JSON(title string, root reflect.Type) ([]byte, error) {
	s.defs, s.tags.fields = map[string]any{}, map[reflect.Type][]field{}
	s.tags.fields = map[reflect.Type][]field{}
	// Draft 7 is what editors know best. Beside a $ref it reads nothing else.
	out, err := json.MarshalIndent(map[string]any{"$schema": "http://json-schema.org/draft-07/schema#", "title": title,
		"allOf": []any{s.Of(root)}, "definitions": s.defs}, "", " ")
	return append(out, '\n'), err
}

// Of is the schema of a value that is decoded into the type.
func (s *Schema) Of(t reflect.Type) map[string]any { return s.of(t, field{}) }

// Text is the schema of a text: its type in YAML does not matter, as a name such as 0123 is taken as it is written.
func (s *Schema) Text() map[string]any { return s.of(reflect.TypeFor[string](), field{text: true}) }

// TextOf is Text with the names that an editor offers for a key.
func (s *Schema) TextOf(key string) map[string]any {
	return s.of(reflect.TypeFor[string](), field{text: true, names: s.Names[key]})
}

// Either is the schema of a value that fits one of several.
func Either(shapes ...any) map[string]any { return map[string]any{"anyOf": shapes} }

var (
	shapedType      = reflect.TypeFor[Shaped]()
	unmarshalerType = reflect.TypeFor[Unmarshaler]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
	timeType        = reflect.TypeFor[time.Time]()
)

func (s *Schema) of(t reflect.Type, f field) map[string]any {
	pointer := reflect.PointerTo(t)
	switch {
	case t == nodeType:
		return map[string]any{}
	case pointer.Implements(shapedType):
		shaped, _ := reflect.New(t).Interface().(Shaped)
		return shaped.Shape(s)
	case pointer.Implements(unmarshalerType):
		return map[string]any{}
	case t == timeType:
		return map[string]any{"type": "string", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$`}
	case pointer.Implements(textType):
		return map[string]any{"type": "string"}
	case t == durationType:
		return SpanShape()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem(), f)
	case reflect.Slice:
		item := s.of(t.Elem(), f)
		return Either(item, map[string]any{"type": "array", "items": item})
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem(), field{})}
	case reflect.Struct:
		return s.ofStruct(t)
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return s.ofText(f)
	}
	return numberShape(t, f)
}

// SpanShape is the schema of a span, as ParseSpan reads it.
func SpanShape() map[string]any {
	return Either(map[string]any{"type": "string", "pattern": `^\s*(0|([0-9]+(ms|s|m|h|d|w))+)\s*$`}, map[string]any{"const": 0})
}

func (s *Schema) ofText(f field) map[string]any {
	if len(f.oneof) > 0 {
		return map[string]any{"enum": f.oneof}
	}
	out := map[string]any{"type": []string{"string", "number", "boolean"}}
	if f.text {
		out["pattern"] = `\S`
	}
	if len(f.names) > 0 {
		return Either(map[string]any{"enum": f.names}, out)
	}
	return out
}

func numberShape(t reflect.Type, f field) map[string]any {
	if len(f.oneof) > 0 {
		numbers := make([]json.Number, len(f.oneof))
		for i, n := range f.oneof {
			numbers[i] = json.Number(n)
		}
		return map[string]any{"enum": numbers}
	}
	if reflect.Zero(t).CanFloat() {
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

func (s *Schema) ofStruct(t reflect.Type) map[string]any {
	reference := map[string]any{"$ref": "#/definitions/" + t.Name()}
	if _, known := s.defs[t.Name()]; known {
		return reference
	}
	properties, required := map[string]any{}, []string{}
	// Known before it is filled: a type may hold itself.
	s.defs[t.Name()] = map[string]any{"type": "object", "properties": properties, "additionalProperties": false,
		"patternProperties": map[string]any{"^x-": map[string]any{}}}
	for _, f := range s.tags.fieldsOf(t) {
		if f.name == "" {
			continue
		}
		f.names = s.Names[t.Name()+"."+f.name]
		if f.names == nil {
			f.names = s.Names[f.name]
		}
		shape := s.of(t.FieldByIndex(f.index).Type, f)
		doc := s.Docs[t.Name()+"."+f.name]
		if doc == "" {
			doc = s.Docs[f.name]
		}
		if doc != "" {
			// Beside $ref, draft 7 reads nothing else.
			shape = map[string]any{"description": doc, "allOf": []any{shape}}
		}
		properties[f.name] = shape
		if f.required {
			required = append(required, f.name)
		}
	}
	def, _ := s.defs[t.Name()].(map[string]any)
	if len(required) > 0 {
		def["required"] = required
	}
	if also := s.Also[t.Name()]; len(also) > 0 {
		def["allOf"] = also
	}
	return reference
}
