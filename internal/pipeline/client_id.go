package pipeline

import (
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
)

// ClientID returns the client that the token names, or an empty string if the token names no client or several. It does not
// read the claims of UserInfo, because they describe the user.
func (r Result) ClientID() string {
	if r.Token.Login {
		return clientOfLogin(r.Token.Claims)
	}
	if r.byUserInfoAlone() {
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

// clientOfLogin returns the client of a login: azp or, if an ID token has none, its only aud. The steps have compared both with the
// client.
func clientOfLogin(c strictjson.Object) string {
	if id := c.Text("azp"); id != "" {
		return id
	}
	aud, _ := c.Get("aud")
	names, _ := aud.Texts()
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
