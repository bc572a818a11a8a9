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

// Number is a Go type whose values are numbers of JSON.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// Scalar is a Go type whose values are strings, booleans or numbers of JSON.
type Scalar interface{ ~string | ~bool | Number }

// Equals returns a check that passes if the claim at p equals the value. The comparison is exact: same JSON type, whole
// value, case-sensitive. A list passes if one of its elements passes. An absent claim does not pass.
//
// JSON has one type of number, and numbers compare by their decimal value: 3, 3.0 and 30e-1 are equal, whatever Go type
// the value has. A float stands for the shortest decimal that denotes it, as encoding/json writes it. The check is
// invalid if a float is infinite or not a number, and if a string is empty, for which there is [EqualsEmpty];
// oidcauth.New then returns an oidcauth.ConfigError.
func Equals[T Scalar](p Path, value T) Check { return OneOf(p, value) }

// OneOf returns a check that passes if the claim at p equals one of the values, as [Equals] compares them. It is invalid
// without a value.
func OneOf[T Scalar](p Path, values ...T) Check {
	wanted := make([]any, 0, len(values))
	for _, v := range values {
		wanted = append(wanted, scalar(v))
	}
	return oneOf(p, wanted)
}

// oneOf compares with strings, booleans and decimals.
func oneOf(p Path, wanted []any) Check {
	words := make([]string, 0, len(wanted))
	var fault error
	for _, want := range wanted {
		fault = errors.Join(fault, scalarFault(want))
		words = append(words, printed(want))
	}
	if len(wanted) == 0 {
		fault = errors.New("claims: the check has no value to compare with")
	}
	return compare(p, "== "+strings.Join(words, " or "), fault, func(v Value) result {
		out := no
		for _, want := range wanted {
			out = max(out, equal(v, want))
		}
		return out
	})
}

// EqualsEmpty returns a check that passes if the claim at p is the empty string, or a list with an empty string.
func EqualsEmpty(p Path) Check {
	return textCheck(p, `== ""`, nil, func(s string) bool { return s == "" })
}

// HasPrefix returns a check that passes if the claim at p is a string that begins with the prefix, or a list with such a
// string. The prefix must not be empty.
func HasPrefix(p Path, prefix string) Check {
	var fault error
	if prefix == "" {
		fault = errors.New("claims: every string begins with an empty prefix")
	}
	return textCheck(p, "begins with "+strconv.Quote(prefix), fault, func(s string) bool { return strings.HasPrefix(s, prefix) })
}

// ContainsWord returns a check that passes if the claim at p is a space-separated list that contains the word, as scope is
// one (RFC 6749 section 3.3), or a list with such a string. The word must not be empty or contain a space.
func ContainsWord(p Path, word string) Check {
	var fault error
	if word == "" || strings.Contains(word, " ") {
		fault = fmt.Errorf("claims: %q is not one word", word)
	}
	return textCheck(p, "contains the word "+strconv.Quote(word), fault, func(s string) bool { return slices.Contains(strings.Split(s, " "), word) })
}

// AtLeast returns a check that passes if the claim at p is a number that is not less than the minimum, or a list with such a
// number. Numbers compare as in [Equals].
func AtLeast[T Number](p Path, minimum T) Check { return bound(p, ">= ", scalar(minimum), 1) }

// AtMost returns a check that passes if the claim at p is a number that is not greater than the maximum, or a list with such
// a number. Numbers compare as in [Equals].
func AtMost[T Number](p Path, maximum T) Check { return bound(p, "<= ", scalar(maximum), -1) }

// CheckFunc returns a check that passes if the claim at p is present and the function returns true for it. The name stands
// for the condition in decisions and logs. The function is called on the request's goroutine, and must be safe for
// concurrent use.
func CheckFunc(name string, p Path, holds func(Value) bool) Check {
	return Check{function{p, name, holds}}
}

// comparison compares one claim, or each element of a list.
type comparison struct {
	path    Path
	text    string
	fault   error // nothing is compared if there is one
	compare func(Value) result
}

func compare(p Path, text string, fault error, with func(Value) result) Check {
	return Check{comparison{p, text, errors.Join(fault, p.Validate()), with}}
}

func (r comparison) String() string         { return r.path.spelling() + " " + r.text }
func (r comparison) validate() error        { return r.fault }
func (r comparison) paths(to []Path) []Path { return append(to, r.path) }

func (r comparison) result(s Set) result {
	v, ok := s.Lookup(r.path)
	if !ok || r.fault != nil {
		return unknown
	}
	elements, isList := v.v.Elements()
	if !isList {
		return r.compare(v)
	}
	out := no
	for _, e := range elements {
		if out = max(out, r.compare(Value{e})); out == yes {
			break
		}
	}
	return out
}

func textCheck(p Path, text string, fault error, holds func(string) bool) Check {
	return compare(p, text, fault, func(v Value) result {
		s, ok := v.Text()
		if !ok {
			return unknown
		}
		return resultOf(holds(s))
	})
}

// bound compares a number with a limit. A number other than the limit passes if it compares as sign says.
func bound(p Path, operator string, limit any, sign int) Check {
	return compare(p, operator+printed(limit), scalarFault(limit), func(v Value) result {
		n, ok := v.v.Number()
		if !ok {
			return unknown
		}
		order, ok := n.Compare(limit.(strictjson.Decimal))
		if !ok {
			return unknown
		}
		return resultOf(order == 0 || order == sign)
	})
}

// function calls a function of the application.
type function struct {
	path  Path
	name  string
	holds func(Value) bool
}

func (r function) String() string         { return r.path.spelling() + " passes " + strconv.Quote(r.name) }
func (r function) paths(to []Path) []Path { return append(to, r.path) }

func (r function) validate() error {
	if r.name == "" || r.holds == nil {
		return errors.New("claims: CheckFunc needs a name and a function")
	}
	return r.path.Validate()
}

func (r function) result(s Set) result {
	v, ok := s.Lookup(r.path)
	if !ok || r.validate() != nil {
		return unknown
	}
	return resultOf(r.holds(v))
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

func scalarFault(want any) error {
	if want == "" {
		return errors.New("claims: the value to compare with is empty; use EqualsEmpty if the claim must be empty")
	}
	if d, ok := want.(strictjson.Decimal); ok && strings.ContainsAny(string(d), "IN") { // Inf and NaN
		return fmt.Errorf("claims: %s is not a number of JSON", d)
	}
	return nil
}

func printed(want any) string {
	if s, ok := want.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(want)
}

// equal compares one value. It is unknown whether values of different JSON types are equal: a provider that writes "false"
// may mean false.
func equal(v Value, want any) result {
	switch want := want.(type) {
	case string:
		if s, ok := v.Text(); ok {
			return resultOf(s == want)
		}
	case bool:
		if b, ok := v.Bool(); ok {
			return resultOf(b == want)
		}
	case strictjson.Decimal:
		if n, ok := v.v.Number(); ok {
			if order, ok := n.Compare(want); ok {
				return resultOf(order == 0)
			}
		}
	}
	return unknown
}
