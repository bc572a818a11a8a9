package claims

import "github.com/knownbearer/knownbearer/internal/strictjson"

// Value is the value of one claim. Each accessor reports false if the value has another JSON type; it converts
// nothing. The zero Value has no type.
type Value struct{ v strictjson.Value }

// Text returns the value if it is a string.
func (v Value) Text() (string, bool) { return v.v.Text() }

// Bool returns the value if it is a boolean.
func (v Value) Bool() (value, ok bool) { return v.v.Bool() }

// Int64 returns the value if it is a number that is exactly an int64, in any notation: 1e3 is 1000.
func (v Value) Int64() (int64, bool) {
	n, ok := v.v.Number()
	if !ok {
		return 0, false
	}
	return n.Int64()
}

// Texts returns the elements if the value is a list of strings. A single string is a list of one.
func (v Value) Texts() ([]string, bool) { return v.v.Texts() }

// Raw returns the JSON text of the value. It is empty for the zero Value.
func (v Value) Raw() string { return v.v.Raw() }
