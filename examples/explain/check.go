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
	path, source := claims.Name(name), fmt.Sprintf("claims.Name(%q)", name)
	if strings.HasPrefix(name, "/") {
		path, source = claims.Pointer(name), fmt.Sprintf("claims.Pointer(%q)", name)
	}
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
