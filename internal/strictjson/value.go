package strictjson

import (
	"encoding/json"
	"slices"
)

// Kind is the JSON type of a value.
type Kind uint8

// The kinds. Absent is the kind of the zero Value.
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

// Value is a view on one value of a validated text.
type Value struct{ raw string }

// Raw returns the JSON text of the value.
func (v Value) Raw() string { return v.raw }

// Kind returns the JSON type.
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

// Text returns the string that the value holds, if it is a string.
func (v Value) Text() (string, bool) {
	if v.Kind() != String {
		return "", false
	}
	return unquote(v.raw), true
}

// Bool returns the boolean that the value holds, if it is one.
func (v Value) Bool() (value, ok bool) {
	return v.raw == "true", v.Kind() == Bool
}

// Number returns the number that the value holds, if it is one.
func (v Value) Number() (Decimal, bool) {
	return Decimal(v.raw), v.Kind() == Number
}

// Elements returns the elements of an array, in order.
func (v Value) Elements() ([]Value, bool) {
	if v.Kind() != Array {
		return nil, false
	}
	s := trusted(v.raw)
	s.limits.Shallow = true // each element answers for itself
	var out []Value
	if err := s.array(0, &out); err != nil {
		return nil, false
	}
	return out, true
}

// Object returns the object that the value holds, if it is one without duplicate members at any depth.
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

// Texts returns the elements of an array of strings, or a single string as a list of one.
func (v Value) Texts() ([]string, bool) { return v.AppendTexts([]string{}) }

// AppendTexts is Texts into a list that the caller has room for.
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

// unquote decodes a validated string literal; only escapes cost anything.
func unquote(literal string) string {
	inner := literal[1 : len(literal)-1]
	for i := range len(inner) {
		if inner[i] == '\\' {
			var s string
			_ = json.Unmarshal([]byte(literal), &s) // cannot fail: the scanner has validated it
			return s
		}
	}
	return inner
}
