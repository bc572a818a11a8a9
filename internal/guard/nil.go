package guard

import "reflect"

// IsNil tells a nil pointer or function in an interface, such as a constructor's result whose error was ignored: its first use
// panics. It is false of an interface that holds nothing, and of other kinds, where nil is an empty list or map.
func IsNil(v any) bool {
	r := reflect.ValueOf(v)
	return r.IsValid() && (r.Kind() == reflect.Pointer || r.Kind() == reflect.Func) && r.IsNil()
}
