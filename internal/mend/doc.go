// Package mend writes changes of the configuration and commands of providers, for hints and findings.
//
// Texts of a token get into a mend, so this package alone quotes them: for Go, for JSON, for a POSIX shell and for PowerShell. A text that
// no quoting makes harmless, such as one that a command takes for an option, becomes a placeholder.
package mend
