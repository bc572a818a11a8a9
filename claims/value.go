package claims

import "github.com/knownbearer/knownbearer/internal/strictjson"

// Value is one claim's value. Its accessors report false for any other type; nothing is converted.
type Value struct{ v strictjson.Value }

// Text returns a string.
func (v Value) Text() (string, bool) { return v.v.Text() }

// Bool returns a boolean.
func (v Value) Bool() (value, ok bool) { return v.v.Bool() }

// Int64 returns a number that is an integer of this range, exactly, in whatever notation it was written.
func (v Value) Int64() (int64, bool) {
	n, ok := v.v.Number()
	if !ok {
		return 0, false
	}
	return n.Int64()
}

// Texts returns the elements of a list of strings; a single string is a list of one.
func (v Value) Texts() ([]string, bool) { return v.v.Texts() }

// Raw returns the value's JSON text.
func (v Value) Raw() string { return v.v.Raw() }
