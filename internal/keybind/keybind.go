// Package keybind binds the key sources of a configuration to their issuer.
package keybind

import (
	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

// Binding contains the settings that a declared source needs to load its keys.
type Binding = hook.Binding

// Package certsource is initialised before this variable, because this package imports it.
var bind = hook.Bind.(func(certsource.Source, Binding) (certsource.Source, error))

// Bind returns the source that s declares, bound to an issuer. It returns a source that is not a declaration as it is.
// A nil source is an error.
func Bind(s certsource.Source, b Binding) (certsource.Source, error) { return bind(s, b) }
