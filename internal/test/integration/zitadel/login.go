package zitadel

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Generous, because a test machine may be busy with a race build.
const answerWithin = time.Minute

// Login logs alice or bob in, by authorization code with PKCE and a nonce. With the scope offline_access there is a refresh token.
func (p *Provider) Login(tb testing.TB, client, user string, scopes ...string) Tokens {
	tb.Helper()
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	back := p.browse(tb, user, url.Values{
		"client_id":             {client},
		"response_type":         {"code"},
		"scope":                 {strings.Join(scopes, " ")},
		"nonce":                 {rand.Text()},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
	}).Query()
	return p.token(tb, client, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {back.Get("code")},
		"redirect_uri":  {redirectURI},
		"code_verifier": {verifier},
	})
}

// IDTokenOnly logs a user in by the implicit flow that gives an ID token and nothing else. An empty nonce is not sent.
func (p *Provider) IDTokenOnly(tb testing.TB, client, user, nonce string, scopes ...string) string {
	tb.Helper()
	query := url.Values{"client_id": {client}, "response_type": {"id_token"}, "scope": {strings.Join(scopes, " ")}}
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
	client := &http.Client{Jar: jar, Timeout: answerWithin, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(next.URL.String(), redirectURI) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	state := rand.Text()
	query.Set("state", state)
	query.Set("redirect_uri", redirectURI)
	page := p.request(tb, client, http.MethodGet, p.Issuer()+"/auth?"+query.Encode(), nil)
	id := idField.FindSubmatch(page.body)
	if id == nil {
		tb.Fatalf("zitadel: no login page for %s: %d %s", query, page.status, page.body)
	}
	page = p.request(tb, client, http.MethodPost, p.Issuer()+"/login/username", url.Values{
		"id": {html.UnescapeString(string(id[1]))}, "username": {user}, "password": {password},
	})
	if page.location == nil || !strings.Contains(page.location.String(), "state="+state) {
		tb.Fatalf("zitadel: login of %s refused: %d %s", user, page.status, page.body)
	}
	return page.location
}

func (p *Provider) request(tb testing.TB, client *http.Client, method, address string, form url.Values) answer {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return fetch(tb, client, req)
}

type answer struct {
	status   int
	location *url.URL // of a redirect that was not followed, else nil
	body     []byte
}

func fetch(tb testing.TB, client *http.Client, req *http.Request) answer {
	tb.Helper()
	resp, err := client.Do(req)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		tb.Fatalf("zitadel: %s: %v", req.URL, err)
	}
	location, err := resp.Location()
	if err != nil { // there is none
		location = nil
	}
	return answer{status: resp.StatusCode, location: location, body: body}
}
