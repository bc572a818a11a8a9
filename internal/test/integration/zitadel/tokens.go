package zitadel

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// API is in the audience of every token, next to the client.
const API = "https://api.example.test/orders"

// Clients. Both log users in, get tokens of their own and refresh tokens.
const (
	JWT    = "jwt-app"    // its access tokens are JWTs
	Opaque = "opaque-app" // its access tokens are what the example issues by default
)

// ClientSecret is that of both clients, in HTTP Basic.
const ClientSecret = "integration-test-client-secret"

// Subjects: the sub of the accounts alice and bob.
const (
	Alice = "900001"
	Bob   = "900002"
)

// Password is that of both accounts.
const Password = "integration-test-password"

const (
	redirectURI = "http://127.0.0.1:9/callback" // where nothing listens: the login catches the redirect
)

// Tokens are those of the token endpoint.
type Tokens = codeflow.Tokens

// ClientCredentials gets an access token without a user. Scopes that begin with "api:" are known.
func (p *Provider) ClientCredentials(tb testing.TB, client string, scopes ...string) string {
	tb.Helper()
	return p.token(tb, client, url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}).Access
}

// Refresh exchanges a refresh token, which is then used up; the answer holds the next one.
func (p *Provider) Refresh(tb testing.TB, client, refreshToken string) Tokens {
	tb.Helper()
	return p.token(tb, client, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}})
}

func (p *Provider) token(tb testing.TB, client string, form url.Values) Tokens {
	tb.Helper()
	req, err := codeflow.NewRequest(tb.Context(), http.MethodPost, p.Issuer()+"/oauth/token", form)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	req.SetBasicAuth(client, ClientSecret) // neither holds a character that has to be form-encoded first
	answer, err := codeflow.Fetch(codeflow.Direct, req)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	tokens, err := answer.Tokens()
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	return tokens
}
