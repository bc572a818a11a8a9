package oidcauth

import "fmt"

// ConfigError is one fault of a [Config]. The error of [New] joins one ConfigError for each fault.
type ConfigError struct {
	// Field is the path of the field, such as Issuers[0].Audience.
	Field string
	// Problem says what is wrong with the field.
	Problem string
	// Err is the cause. It may be nil.
	Err error
}

func (e *ConfigError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("oidcauth: %s: %s: %v", e.Field, e.Problem, e.Err)
	}
	return fmt.Sprintf("oidcauth: %s: %s", e.Field, e.Problem)
}

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }
