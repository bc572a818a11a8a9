package provider

import (
	"errors"
	"fmt"
)

// ConfigError is one fault of a [Config]. The error of [New] joins one ConfigError for each fault.
type ConfigError struct {
	// Field is the path of the field, such as Auth.Secret.
	Field string
	// Problem says what is wrong with the field.
	Problem string
	// Err is the cause. It may be nil.
	Err error
}

func (e *ConfigError) Error() string {
	if e.Err == nil || errors.Is(e.Err, ErrNoClient) || errors.Is(e.Err, ErrNoIssuer) { // the Problem says it
		return fmt.Sprintf("provider: %s: %s", e.Field, e.Problem)
	}
	return fmt.Sprintf("provider: %s: %s: %v", e.Field, e.Problem, e.Err)
}

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }
