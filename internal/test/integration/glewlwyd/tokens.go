package glewlwyd

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
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
		"grant_type": {"password"}, "username": {user}, "password": {password}, "scope": {strings.Join(scopes, " ")},
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
	verifier, state := rand.Text()+rand.Text(), rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id": {Shop}, "response_type": {"code"}, "redirect_uri": {redirectURI}, "scope": {strings.Join(scopes, " ")}, "state": {state},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}, "nonce": {rand.Text()},
		"g_continue": {""}, // the user has consented
	}
	if resource != "" {
		query.Set("resource", resource)
	}
	req := op.request(tb, http.MethodGet, "/auth?"+query.Encode(), nil)
	req.AddCookie(session)
	resp, body := op.fetch(tb, req)
	back, err := resp.Location()
	if err != nil || back.Query().Get("code") == "" || back.Query().Get("state") != state {
		tb.Fatalf("glewlwyd: login of %s: %d, to %v: %s", user, resp.StatusCode, back, body)
	}
	tokens := op.token(tb, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	})
	return Login{Tokens: tokens, session: append(resp.Cookies(), session)}
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
	if resp, body := op.fetch(tb, req); resp.StatusCode != http.StatusOK {
		tb.Fatalf("glewlwyd: logout: %d %s", resp.StatusCode, body)
	}
}

func (op *Issuer) token(tb testing.TB, form url.Values) (tokens Tokens) {
	tb.Helper()
	req := op.request(tb, http.MethodPost, "/token", form)
	req.SetBasicAuth(Shop, Secret)
	resp, body := op.fetch(tb, req)
	if err := json.Unmarshal(body, &tokens); err != nil || resp.StatusCode != http.StatusOK || tokens.Access == "" {
		tb.Fatalf("glewlwyd: token endpoint: %d %s", resp.StatusCode, body)
	}
	return tokens
}

func (op *Issuer) request(tb testing.TB, method, path string, form url.Values) *http.Request {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, op.URL+path, strings.NewReader(form.Encode()))
	op.must(tb, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// fetch follows no redirect.
func (op *Issuer) fetch(tb testing.TB, req *http.Request) (*http.Response, []byte) {
	tb.Helper()
	client := &http.Client{Timeout: answerWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	op.must(tb, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		err = fmt.Errorf("%s: %w", req.URL, err)
	}
	op.must(tb, err)
	return resp, body
}
