package provider

import (
	"context"
	"errors"
	"regexp"

	"golang.org/x/oauth2"
)

// CodeRequest contains the parameters with which an authorization code is exchanged. CodeVerifier and RedirectURI are required.
type CodeRequest struct {
	// TokenRequest may be zero. Its Scopes are usually empty, because the scope of the code applies.
	TokenRequest

	// CodeVerifier is the secret of the code_challenge, of 43 to 128 characters (RFC 7636 section 4.1).
	CodeVerifier string
	// RedirectURI is the redirect_uri of the authorization request.
	RedirectURI string
}

var (
	errVerifier   = errors.New("provider: CodeRequest.CodeVerifier must have 43 to 128 characters of RFC 7636 section 4.1")
	errNoRedirect = errors.New("provider: CodeRequest.RedirectURI is not set")
)

var verifierText = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// AuthorizationCode exchanges the code of an authorization response for tokens (RFC 6749 section 4.1.3), with PKCE (RFC 7636
// section 4.5). The token is a Bearer token, or with [Config.DPoP] one of the type DPoP; its Extra holds the other members of the
// answer, such as id_token and scope. AuthorizationCode verifies no token of the answer.
//
// The request is not repeated if its connection breaks, because a provider takes the second use of a code for theft. Calls are never
// paused, so that bad codes cannot stop the logins of others. At most [Config.Concurrency] calls run at the same time, and as many
// wait.
//
// The error is a [*GrantError] if the provider refuses the code, a [*ClientRefusedError] if it refuses this client, and an
// *oauth2.RetrieveError with an ErrorCode if it refuses the request for another reason. Any other error means that the provider gave
// no usable answer. No error contains the code or the verifier.
func (p *Client) AuthorizationCode(ctx context.Context, code string, r CodeRequest) (*oauth2.Token, error) {
	switch {
	case !verifierText.MatchString(r.CodeVerifier):
		return nil, errVerifier
	case r.RedirectURI == "":
		return nil, errNoRedirect
	case !isCode(code):
		return nil, &GrantError{Code: invalidGrant}
	}
	form := r.form("authorization_code")
	form.Set("code", code)
	form.Set("code_verifier", r.CodeVerifier)
	form.Set("redirect_uri", r.RedirectURI)
	t, err := p.fetchToken(ctx, p.codes, form)
	if err != nil {
		return nil, err
	}
	if err := p.checkType(t); err != nil {
		return nil, unavailable(token, err)
	}
	return t, nil
}

// isCode reports whether a provider can have issued the code (RFC 6749 appendix A.11).
func isCode(code string) bool {
	for i := range len(code) {
		if code[i] < 0x20 || code[i] > 0x7E {
			return false
		}
	}
	return code != "" && len(code) <= maxHeader
}
