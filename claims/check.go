package claims

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Check compares a claim with the values that it may have. [Equals] makes one. The zero Check fails [Check.Validate],
// and no value passes it.
type Check struct {
	path  Path
	anyOf []any // Each element is a string, a bool or a strictjson.Decimal.
}

// Equals returns a check that passes if the claim at p has one of the values in anyOf. The comparison is exact: same
// JSON type, whole value, case-sensitive. A list passes if one of its elements passes. An absent claim does not pass.
//
// JSON has one type of number, and numbers compare by their decimal value: 3, 3.0 and 30e-1 are equal, whatever Go type
// the value has. A float stands for the shortest decimal that denotes it, as encoding/json writes it. The check is
// invalid if a float is infinite or not a number; oidcauth.New then returns an oidcauth.ConfigError.
func Equals[T ~string | ~bool |
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
	~float32 | ~float64](p Path, anyOf ...T) Check {
	c := Check{path: p}
	for _, want := range anyOf {
		c.anyOf = append(c.anyOf, scalar(want))
	}
	return c
}

// scalar converts a value of a named type to string, bool or decimal, so that it compares with a parsed value.
func scalar(v any) any {
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String()
	case reflect.Bool:
		return r.Bool()
	case reflect.Float32, reflect.Float64:
		return strictjson.Decimal(strconv.FormatFloat(r.Float(), 'g', -1, r.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strictjson.Decimal(strconv.FormatUint(r.Uint(), 10))
	default:
		return strictjson.Decimal(strconv.FormatInt(r.Int(), 10))
	}
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

// Validate returns an error if the check has no value, its path is invalid, or a value is no number of JSON.
func (c Check) Validate() error {
	if len(c.anyOf) == 0 {
		return errors.New("claims: the check needs at least one value")
	}
	for _, want := range c.anyOf {
		if d, ok := want.(strictjson.Decimal); ok && strings.ContainsAny(string(d), "IN") { // Inf and NaN
			return fmt.Errorf("claims: %s is not a number of JSON", d)
		}
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
	if n, ok := v.v.Number(); ok {
		return slices.ContainsFunc(c.anyOf, func(want any) bool {
			d, ok := want.(strictjson.Decimal)
			return ok && d.Equal(n)
		})
	}
	return false
}
