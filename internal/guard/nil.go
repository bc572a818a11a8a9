package guard

import "reflect"

// IsNil reports whether an interface contains a nil pointer or a nil function, whose first use panics. Such a value is
// often the result of a constructor whose error was ignored. IsNil is false for a nil interface, and for a nil slice,
// map or channel.
func IsNil(v any) bool {
	r := reflect.ValueOf(v)
	return r.IsValid() && (r.Kind() == reflect.Pointer || r.Kind() == reflect.Func) && r.IsNil()
}
