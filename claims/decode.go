package claims

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Decode reads the claim at p into a T, by the rules of encoding/json. A number that is read into an any becomes a
// [json.Number], so that it keeps all its digits. If the claim is absent or null, the error is a [*MissingError]. If
// it is not a T, the error does not contain the claim's value.
func Decode[T any](s Set, p Path) (T, error) {
	var out T
	v, ok := s.Lookup(p)
	if !ok {
		return out, &MissingError{Path: p, TokenHas: s.token.Names(), UserInfoHas: s.userInfo.Names()}
	}
	d := json.NewDecoder(bytes.NewReader([]byte(v.Raw())))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		var zero T
		// The error of encoding/json is left out because it may contain the value.
		return zero, fmt.Errorf("claims: %s is not a %T", p, zero)
	}
	return out, nil
}

// MissingError reports that a claim is absent. It lists the names of the claims that the token and UserInfo hold, and
// no values.
type MissingError struct {
	// Path is the path of the claim.
	Path Path
	// TokenHas and UserInfoHas are the names of the claims of each source.
	TokenHas, UserInfoHas []string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("claims: %s is missing; the token holds %q, UserInfo %q", e.Path, e.TokenHas, e.UserInfoHas)
}
