package lemonldap

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// Tokens are those of the token endpoint.
type Tokens = codeflow.Tokens

// ClientCredentials gets an access token of a client for itself.
func (s *Server) ClientCredentials(tb testing.TB, client string, scopes ...string) string {
	tb.Helper()
	return s.token(tb, client, url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}).Access
}

// Password gets tokens by a user's password, which is the user's name.
func (s *Server) Password(tb testing.TB, client, user string, scopes ...string) Tokens {
	tb.Helper()
	return s.token(tb, client, url.Values{
		"grant_type": {"password"}, "username": {user}, "password": {user}, "scope": {strings.Join(scopes, " ")},
	})
}

// Login is a user's login at a client.
type Login struct {
	Tokens
	session []*http.Cookie
}

// Login logs the user in by authorization code with PKCE.
func (s *Server) Login(tb testing.TB, client, user string, scopes ...string) Login {
	tb.Helper()
	login := codeflow.NewLogin(client, redirectURI, scopes...)
	// The portal takes the name and the password with the request itself; nothing has to be read out of its page.
	answer := s.fetch(tb, s.post(tb, "oauth2/authorize?"+login.Query.Encode(), url.Values{"user": {user}, "password": {user}}))
	if answer.Location == nil {
		tb.Fatalf("lemonldap: login of %s: %s", user, answer)
	}
	form, err := login.TokenRequest(answer.Location.Query())
	must(tb, err)
	return Login{Tokens: s.token(tb, client, form), session: answer.Cookies}
}

// Logout ends the user's session at the portal, and with it the tokens of the session.
func (s *Server) Logout(tb testing.TB, l Login) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, s.URL+"oauth2/logout?"+url.Values{"id_token_hint": {l.ID}}.Encode(), nil)
	must(tb, err)
	for _, c := range l.session {
		req.AddCookie(c)
	}
	if answer := s.fetch(tb, req); answer.Status != http.StatusFound { // to the page of those that are logged out
		tb.Fatalf("lemonldap: logout: %s", answer)
	}
}

func (s *Server) token(tb testing.TB, client string, form url.Values) Tokens {
	tb.Helper()
	req := s.post(tb, "oauth2/token", form)
	req.SetBasicAuth(client, Secret)
	tokens, err := s.fetch(tb, req).Tokens()
	must(tb, err)
	return tokens
}

func (s *Server) post(tb testing.TB, path string, form url.Values) *http.Request {
	tb.Helper()
	req, err := codeflow.NewRequest(tb.Context(), http.MethodPost, s.URL+path, form)
	must(tb, err)
	req.Header.Set("Accept", "text/html")
	return req
}

func (s *Server) fetch(tb testing.TB, req *http.Request) codeflow.Answer {
	tb.Helper()
	req.Close = true // a kept connection would keep a worker from others for a second
	answer, err := codeflow.Fetch(codeflow.Direct, req)
	must(tb, err)
	return answer
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("lemonldap: %v", err)
	}
}
