package lemonldap

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Tokens is the answer of the token endpoint; what was not issued is empty.
type Tokens struct {
	Access  string `json:"access_token"`
	ID      string `json:"id_token"`
	Refresh string `json:"refresh_token"`
}

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
	verifier, state := rand.Text()+rand.Text(), rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {client}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "scope": {strings.Join(scopes, " ")}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}, "nonce": {rand.Text()},
	}
	// The portal takes the name and the password with the request itself; nothing has to be read out of its page.
	resp, body := s.fetch(tb, s.post(tb, "oauth2/authorize?"+query.Encode(), url.Values{"user": {user}, "password": {user}}))
	back, err := resp.Location()
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != state {
		tb.Fatalf("lemonldap: login of %s: to %v: %.2000s", user, back, body)
	}
	tokens := s.token(tb, client, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	})
	return Login{Tokens: tokens, session: resp.Cookies()}
}

// Logout ends the user's session at the portal, and with it the tokens of the session.
func (s *Server) Logout(tb testing.TB, l Login) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, s.URL+"oauth2/logout?"+url.Values{"id_token_hint": {l.ID}}.Encode(), nil)
	must(tb, err)
	for _, c := range l.session {
		req.AddCookie(c)
	}
	if resp, body := s.fetch(tb, req); resp.StatusCode != http.StatusFound { // to the page of those that are logged out
		tb.Fatalf("lemonldap: logout: %d %.2000s", resp.StatusCode, body)
	}
}

func (s *Server) token(tb testing.TB, client string, form url.Values) (tokens Tokens) {
	tb.Helper()
	req := s.post(tb, "oauth2/token", form)
	req.SetBasicAuth(client, Secret)
	_, body := s.fetch(tb, req)
	if err := json.Unmarshal(body, &tokens); err != nil || tokens.Access == "" {
		tb.Fatalf("lemonldap: token endpoint: %.2000s", body)
	}
	return tokens
}

func (s *Server) post(tb testing.TB, path string, form url.Values) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, s.URL+path, strings.NewReader(form.Encode()))
	must(tb, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	return req
}

// fetch follows no redirect.
func (s *Server) fetch(tb testing.TB, req *http.Request) (*http.Response, []byte) {
	tb.Helper()
	req.Close = true // a kept connection would keep a worker from others for a second
	client := &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	must(tb, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	must(tb, err)
	return resp, body
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("lemonldap: %v", err)
	}
}
