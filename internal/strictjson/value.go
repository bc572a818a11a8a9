package strictjson

import (
	"encoding/json"
	"slices"
)

// Kind is the JSON type of a value.
type Kind uint8

// The kinds. The zero Value is Absent.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	ObjectKind
)

var kindNames = [...]string{"absent", "null", "boolean", "number", "string", "array", "object"}

func (k Kind) String() string { return kindNames[k] }

// Value is a view of one value in a validated text.
type Value struct{ raw string }

// Raw returns the JSON text of the value.
func (v Value) Raw() string { return v.raw }

// Kind returns the JSON type of the value.
func (v Value) Kind() Kind {
	if v.raw == "" {
		return Absent
	}
	switch v.raw[0] {
	case 'n':
		return Null
	case 't', 'f':
		return Bool
	case '"':
		return String
	case '[':
		return Array
	case '{':
		return ObjectKind
	}
	return Number
}

// Text returns the value if it is a string.
func (v Value) Text() (string, bool) {
	if v.Kind() != String {
		return "", false
	}
	return unquote(v.raw), true
}

// Bool returns the value if it is a boolean.
func (v Value) Bool() (value, ok bool) {
	return v.raw == "true", v.Kind() == Bool
}

// Number returns the value if it is a number.
func (v Value) Number() (Decimal, bool) {
	return Decimal(v.raw), v.Kind() == Number
}

// Elements returns the elements if the value is an array.
func (v Value) Elements() ([]Value, bool) {
	if v.Kind() != Array {
		return nil, false
	}
	s := trusted(v.raw)
	s.limits.Shallow = true // Each element is checked when it is read.
	var out []Value
	if err := s.array(0, &out); err != nil {
		return nil, false
	}
	return out, true
}

// Object returns the value if it is an object without duplicate members at any depth.
func (v Value) Object() (Object, bool) {
	if v.Kind() != ObjectKind {
		return Object{}, false
	}
	s := trusted(v.raw)
	o := Object{text: v.raw}
	if err := s.object(0, &o.members); err != nil {
		return Object{}, false
	}
	return o, true
}

// Texts returns the elements if the value is an array of strings. A single string is a list of one.
func (v Value) Texts() ([]string, bool) { return v.AppendTexts([]string{}) }

// AppendTexts appends the result of [Value.Texts] to a slice.
func (v Value) AppendTexts(to []string) ([]string, bool) {
	if s, ok := v.Text(); ok {
		return append(to, s), true
	}
	elements, ok := v.Elements()
	if !ok {
		return nil, false
	}
	to = slices.Grow(to, len(elements))
	for _, e := range elements {
		s, ok := e.Text()
		if !ok {
			return nil, false
		}
		to = append(to, s)
	}
	return to, true
}

// unquote decodes a validated string literal. Only escapes need an allocation.
func unquote(literal string) string {
	inner := literal[1 : len(literal)-1]
	for i := range len(inner) {
		if inner[i] == '\\' {
			var s string
			_ = json.Unmarshal([]byte(literal), &s) // This cannot fail, because the scanner has validated it.
			return s
		}
	}
	return inner
}
