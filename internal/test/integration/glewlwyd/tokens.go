package glewlwyd

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// Tokens are those of the token endpoint.
type Tokens = codeflow.Tokens

// ClientCredentials gets an access token of a client for itself. Without a resource aud is the list of scopes.
func (op *Issuer) ClientCredentials(tb testing.TB, resource string, scopes ...string) string {
	tb.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}
	if resource != "" {
		form.Set("resource", resource)
	}
	return op.token(tb, form).Access
}

// Password gets tokens by the user's password. Their aud is the list of scopes.
func (op *Issuer) Password(tb testing.TB, user string, scopes ...string) Tokens {
	tb.Helper()
	return op.token(tb, url.Values{
		"grant_type": {"password"}, "username": {user}, "password": {Password}, "scope": {strings.Join(scopes, " ")},
	})
}

// Login is a user's login at the client [Shop].
type Login struct {
	Tokens
	session []*http.Cookie
}

// Login logs the user in by authorization code with PKCE, and asks for tokens for the resource.
func (op *Issuer) Login(tb testing.TB, user, resource string, scopes ...string) Login {
	tb.Helper()
	session, err := op.server.logIn(user)
	op.must(tb, err)
	login := codeflow.NewLogin(Shop, redirectURI, scopes...)
	login.Query.Set("g_continue", "") // the user has consented
	if resource != "" {
		login.Query.Set("resource", resource)
	}
	req := op.request(tb, http.MethodGet, "/auth?"+login.Query.Encode(), nil)
	req.AddCookie(session)
	answer := op.fetch(tb, req)
	if answer.Location == nil {
		tb.Fatalf("glewlwyd: login of %s: %s", user, answer)
	}
	form, err := login.TokenRequest(answer.Location.Query())
	op.must(tb, err)
	return Login{Tokens: op.token(tb, form), session: append(answer.Cookies, session)}
}

// Logout ends the user's session at Glewlwyd, as its own page does, and with it the tokens of the session.
func (op *Issuer) Logout(tb testing.TB, l Login) {
	tb.Helper()
	var id struct {
		Session string `json:"sid"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(l.ID, ".")[1])
	op.must(tb, err)
	op.must(tb, json.Unmarshal(payload, &id))
	req := op.request(tb, http.MethodDelete, "/session/"+id.Session, nil)
	for _, c := range l.session {
		req.AddCookie(c)
	}
	if answer := op.fetch(tb, req); answer.Status != http.StatusOK {
		tb.Fatalf("glewlwyd: logout: %s", answer)
	}
}

func (op *Issuer) token(tb testing.TB, form url.Values) Tokens {
	tb.Helper()
	req := op.request(tb, http.MethodPost, "/token", form)
	req.SetBasicAuth(Shop, Secret)
	tokens, err := op.fetch(tb, req).Tokens()
	op.must(tb, err)
	return tokens
}

func (op *Issuer) request(tb testing.TB, method, path string, form url.Values) *http.Request {
	tb.Helper()
	req, err := codeflow.NewRequest(tb.Context(), method, op.URL+path, form)
	op.must(tb, err)
	return req
}

func (op *Issuer) fetch(tb testing.TB, req *http.Request) codeflow.Answer {
	tb.Helper()
	answer, err := codeflow.Fetch(codeflow.Direct, req)
	op.must(tb, err)
	return answer
}
