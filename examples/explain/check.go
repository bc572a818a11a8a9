package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
)

// checked is one -check: as a value, and in Go.
type checked struct {
	claims.Check
	source string
}

// parseCheck reads name=value.
func parseCheck(text string) (checked, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return checked{}, fmt.Errorf("-check %q is not name=value", text)
	}
	path, source := path(name), pathSource(name)
	equals := func(check claims.Check, value string) (checked, error) {
		return checked{check, "claims.Equals(" + source + ", " + value + ")"}, nil
	}
	if quoted, err := strconv.Unquote(value); err == nil {
		return equals(claims.Equals(path, quoted), fmt.Sprintf("%q", quoted))
	}
	if value == "true" || value == "false" {
		return equals(claims.Equals(path, value == "true"), value)
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil {
		return equals(claims.Equals(path, n), fmt.Sprintf("int64(%d)", n))
	}
	return equals(claims.Equals(path, value), fmt.Sprintf("%q", value))
}

// path returns the claim of a name or of a JSON Pointer.
func path(text string) claims.Path {
	if strings.HasPrefix(text, "/") {
		return claims.Pointer(text)
	}
	return claims.Name(text)
}

// pathSource returns the path in Go.
func pathSource(text string) string {
	if strings.HasPrefix(text, "/") {
		return fmt.Sprintf("claims.Pointer(%q)", text)
	}
	return fmt.Sprintf("claims.Name(%q)", text)
}
