package zitadel

import (
	"crypto/rand"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/integration/codeflow"
)

// Login logs alice or bob in, by authorization code with PKCE and a nonce. With the scope offline_access there is a refresh token.
func (p *Provider) Login(tb testing.TB, client, user string, scopes ...string) Tokens {
	tb.Helper()
	login := codeflow.NewLogin(client, redirectURI, scopes...)
	form, err := login.TokenRequest(p.browse(tb, user, login.Query).Query())
	if err != nil {
		tb.Fatalf("zitadel: login of %s: %v", user, err)
	}
	return p.token(tb, client, form)
}

// IDTokenOnly logs a user in by the implicit flow that gives an ID token and nothing else. An empty nonce is not sent.
func (p *Provider) IDTokenOnly(tb testing.TB, client, user, nonce string, scopes ...string) string {
	tb.Helper()
	query := url.Values{
		"client_id": {client}, "response_type": {"id_token"}, "redirect_uri": {redirectURI}, "scope": {strings.Join(scopes, " ")},
		"state": {rand.Text()},
	}
	if nonce != "" {
		query.Set("nonce", nonce)
	}
	fragment := p.browse(tb, user, query).Fragment
	back, err := url.ParseQuery(fragment)
	if err != nil || back.Get("id_token") == "" {
		tb.Fatalf("zitadel: login of %s gave no ID token: %s", user, fragment)
	}
	return back.Get("id_token")
}

// idField is what the login page carries from the authorization request.
var idField = regexp.MustCompile(`name="id" value="([^"]+)"`)

// browse does what a browser does and a user types, and returns where the provider sends the browser back to.
func (p *Provider) browse(tb testing.TB, user string, query url.Values) *url.URL {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	client := &http.Client{Jar: jar, Timeout: codeflow.Patience, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), redirectURI) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page := p.request(tb, client, http.MethodGet, p.Issuer()+"/auth?"+query.Encode(), nil)
	id := idField.FindSubmatch(page.Body)
	if id == nil {
		tb.Fatalf("zitadel: no login page for %s: %d %s", query, page.Status, page.Body)
	}
	page = p.request(tb, client, http.MethodPost, p.Issuer()+"/login/username", url.Values{
		"id": {html.UnescapeString(string(id[1]))}, "username": {user}, "password": {Password},
	})
	if page.Location == nil || !strings.Contains(page.Location.String(), "state="+query.Get("state")) {
		tb.Fatalf("zitadel: login of %s refused: %d %s", user, page.Status, page.Body)
	}
	return page.Location
}

func (p *Provider) request(tb testing.TB, client *http.Client, method, address string, form url.Values) codeflow.Answer {
	tb.Helper()
	req, err := codeflow.NewRequest(tb.Context(), method, address, form)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	answer, err := codeflow.Fetch(client, req)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	return answer
}
