package claims

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Decode reads a claim into a T as encoding/json does; numbers in an any become json.Number, so none loses a digit.
// An absent claim is a [*MissingError].
func Decode[T any](s Set, p Path) (T, error) {
	var out T
	v, ok := s.Lookup(p)
	if !ok {
		return out, &MissingError{Path: p, TokenHas: s.first.Names(), UserInfoHas: s.second.Names()}
	}
	d := json.NewDecoder(bytes.NewReader([]byte(v.Raw())))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		var zero T
		return zero, fmt.Errorf("claims: %s is not a %T", p, zero) // the cause would repeat the value
	}
	return out, nil
}

// MissingError says that a claim is absent, and which claims there are.
type MissingError struct {
	Path                  Path
	TokenHas, UserInfoHas []string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("claims: %s is missing; the token holds %q, UserInfo %q", e.Path, e.TokenHas, e.UserInfoHas)
}
