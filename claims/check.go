package claims

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Check compares a claim with the values that it may have. [Equals] makes one. The zero Check fails [Check.Validate],
// and no value passes it.
type Check struct {
	path  Path
	anyOf []any // Each element is a string, a bool or an int64.
}

// Equals returns a check that passes if the claim at p has one of the values in anyOf. The comparison is exact: same
// JSON type, whole value, case-sensitive; numbers compare by value, so 1 equals 1.0. A list passes if one of its
// elements passes. An absent claim does not pass.
func Equals[T ~string | ~bool | ~int64](p Path, anyOf ...T) Check {
	c := Check{path: p}
	for _, want := range anyOf {
		c.anyOf = append(c.anyOf, scalar(want))
	}
	return c
}

// scalar converts a value of a named type to string, bool or int64, so that it compares with a parsed value.
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

// Path returns the path of the claim that is checked.
func (c Check) Path() Path { return c.path }

// String returns the path and the accepted values, for the operator.
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

// Validate returns an error if the check has no value or its path is invalid.
func (c Check) Validate() error {
	if len(c.anyOf) == 0 {
		return errors.New("claims: the check needs at least one value")
	}
	return c.path.Validate()
}

// Holds reports whether the value passes the check. A list passes if one of its elements does.
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
