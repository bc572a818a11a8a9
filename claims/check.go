package claims

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Check is a value to check and the values it may have. The zero Check is invalid and holds for nothing.
type Check struct {
	path  Path
	anyOf []any // string, bool or int64
}

// Equals makes the check that the claim has one of these values: case-sensitive, in full, of the same JSON type. A list
// passes when one of its elements equals. Numbers compare by value, exactly.
func Equals[T ~string | ~bool | ~int64](p Path, anyOf ...T) Check {
	c := Check{path: p}
	for _, want := range anyOf {
		c.anyOf = append(c.anyOf, scalar(want))
	}
	return c
}

// scalar strips a named type, so that comparison is between plain ones.
func scalar(v any) any {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return r.Bool()
	}
	return r.Int()
}

// Path is the claim that is checked.
func (c Check) Path() Path { return c.path }

// String is the check in words, with the values it accepts.
func (c Check) String() string {
	values := make([]string, 0, len(c.anyOf))
	for _, v := range c.anyOf {
		if s, ok := v.(string); ok {
			v = strconv.Quote(s)
		}
		values = append(values, fmt.Sprint(v))
	}
	return c.path.String() + " == " + strings.Join(values, " or ")
}

// Validate refuses a check that could never be decided.
func (c Check) Validate() error {
	if len(c.anyOf) == 0 {
		return errors.New("claims: the check has no value to compare with")
	}
	return c.path.Validate()
}

// Holds tells whether a value passes.
func (c Check) Holds(v Value) bool {
	if elements, ok := v.v.Elements(); ok {
		for _, e := range elements {
			if c.equals(Value{e}) {
				return true
			}
		}
		return false
	}
	return c.equals(v)
}

func (c Check) equals(v Value) bool {
	if s, ok := v.Text(); ok {
		return slices.Contains(c.anyOf, any(s))
	}
	if b, ok := v.Bool(); ok {
		return slices.Contains(c.anyOf, any(b))
	}
	if n, ok := v.Int64(); ok {
		return slices.Contains(c.anyOf, any(n))
	}
	return false
}
