package oidcprovider

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// Resources: what to ask tokens for, and their audience. The first four give JWT access tokens signed with the algorithm named.
const (
	RS256 = "https://api.example.test/rs256"
	PS256 = "https://api.example.test/ps256"
	ES256 = "https://api.example.test/es256"
	EdDSA = "https://api.example.test/eddsa"

	Short    = "https://api.example.test/short"    // RS256, expires after 2 s
	UserInfo = "https://api.example.test/userinfo" // RS256, accepted at UserInfo too when the scope openid is in it
	Opaque   = "https://api.example.test/opaque"
	None     = "" // an opaque token without an audience, for UserInfo
)

// Clients.
const (
	Confidential   = "app"        // logs users in, and gets tokens of its own; authenticates with ClientSecret in HTTP Basic
	Signed         = "app-signed" // logs users in, with ClientSecret; UserInfo answers its tokens with a JWT, signed with RS256
	Public         = "spa"        // logs users in, without a secret
	Native         = "native"     // logs users in, without a secret, at any port of http://127.0.0.1/oauth/callback
	ResourceServer = "api"        // introspects; authenticates with ClientSecret in HTTP Basic

	// Services, which introspect, and get and revoke tokens of their own.
	Odd       = "api:odd %+/"    // authenticates with OddSecret in HTTP Basic
	Post      = "api-post"       // with ClientSecret in the body
	SecretJWT = "api-secret-jwt" // with an assertion that ClientSecret signs
	KeyJWT    = "api-key"        // with an assertion of one of Options.ClientKeys
	SignedAPI = "api-signed"     // as ResourceServer; introspection signs for it with PS256 where it signs for the others with RS256

	OddSecret    = ClientSecret + ":%+/ &="
	ClientSecret = "integration-test-client-secret-0123456789"

	AfterLogout = "http://127.0.0.1:9/bye" // registered by those that log users in

	RedirectURI = "http://127.0.0.1:9/callback" // where nothing listens: Login catches the redirect
)

// Tokens are those of the token endpoint.
type Tokens = codeflow.Tokens

// ClientCredentials gets an access token without a user for the confidential client. The scopes known are api:read and api:write.
func (p *Provider) ClientCredentials(tb testing.TB, resource, scope string) string {
	tb.Helper()
	return p.token(tb, Confidential, url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}, resource).Access
}

// Refresh exchanges a refresh token of the confidential client, for the same or for another resource of the login.
func (p *Provider) Refresh(tb testing.TB, refreshToken, resource string) Tokens {
	tb.Helper()
	return p.token(tb, Confidential, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}}, resource)
}

func (p *Provider) token(tb testing.TB, client string, form url.Values, resource string) Tokens {
	tb.Helper()
	if resource != None {
		form.Set("resource", resource)
	}
	if client == Public {
		form.Set("client_id", client)
	}
	req, err := codeflow.NewRequest(tb.Context(), http.MethodPost, p.Issuer+"/token", form)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	if client != Public {
		req.SetBasicAuth(client, ClientSecret) // neither holds a character that has to be form-encoded first
	}
	answer, err := codeflow.Fetch(codeflow.Direct, req)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	tokens, err := answer.Tokens()
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	return tokens
}
