package codeflow

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// Tokens is the answer of the token endpoint; what was not issued is empty.
type Tokens struct {
	Access  string `json:"access_token"`
	ID      string `json:"id_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Expires int    `json:"expires_in"` // seconds
}

// Login is one authorization request. A provider's package may change its Query.
type Login struct {
	Query    url.Values
	verifier string
}

// NewLogin has a state, a nonce and a PKCE challenge of its own.
func NewLogin(client, redirectURI string, scopes ...string) Login {
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	return Login{verifier: verifier, Query: url.Values{
		"client_id":             {client},
		"response_type":         {"code"},
		"redirect_uri":          {redirectURI},
		"scope":                 {strings.Join(scopes, " ")},
		"state":                 {rand.Text()},
		"nonce":                 {rand.Text()},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}}
}

// TokenRequest is the form that exchanges the code. The parameters are those of the redirect back to the client.
func (l Login) TokenRequest(back url.Values) (url.Values, error) {
	if back.Get("code") == "" || back.Get("state") != l.Query.Get("state") {
		return nil, fmt.Errorf("no code for this login: %v", back)
	}
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": l.Query["redirect_uri"],
		"code_verifier": {l.verifier},
	}, nil
}
