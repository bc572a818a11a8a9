package pipeline

import "github.com/knownbearer/knownbearer/internal/tokenclaims"

// ClientID returns the client that the token names, or an empty string if the token names no client or several. It does not
// read the claims of UserInfo, because they describe the user.
func (r Result) ClientID() string {
	if r.Rules != nil && r.Rules.InsecureOpaqueByUserInfo && r.Token.JWT == nil {
		return ""
	}
	id := ""
	for _, claim := range tokenclaims.ClientClaims {
		named := r.Token.Claims.Text(claim)
		if named == "" {
			continue
		}
		if id != "" && named != id {
			return ""
		}
		id = named
	}
	return id
}
