package pipeline

import (
	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Token contains the claims of a token itself, without those of UserInfo.
type Token struct {
	Known  bool              // the token was parsed, or its provider has answered
	Login  bool              // the claims are those of a login
	JWT    *jose.Token       // nil if the token was introspected
	Claims strictjson.Object // the claims of the JWT, or of the provider's answer
}

func tokenOfJWT(jwt *jose.Token) Token { return Token{Known: true, JWT: jwt, Claims: jwt.Claims} }

func tokenOfAnswer(claims strictjson.Object) Token { return Token{Known: true, Claims: claims} }

// ofLogin marks the claims as those of a login.
func (t Token) ofLogin() Token {
	t.Login = true
	return t
}

// Header returns the header of the JWT, or the zero Header.
func (t Token) Header() jose.Header {
	if t.JWT == nil {
		return jose.Header{}
	}
	return t.JWT.Header
}

// SignatureSize returns the length of the JWT's signature in bytes, or 0.
func (t Token) SignatureSize() int {
	if t.JWT == nil {
		return 0
	}
	return t.JWT.SignatureSize()
}

// Keys are the keys of a JWT.
type Keys struct {
	Tried    []certsource.Key // the keys that may verify the token
	verifier []certsource.Key // the key that verifies it: no key, or one
}
