package oidcprovider

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Login logs a user in at the confidential client, by authorization code with PKCE, and asks for tokens for the resource.
// An account other than alice and bob fails the test. With the scope offline_access there is a refresh token.
func (p *Provider) Login(tb testing.TB, user, resource string, scopes ...string) Tokens {
	tb.Helper()
	return p.LoginAt(tb, Confidential, user, resource, scopes...)
}

// LoginAt is [Provider.Login] at a client of choice, [Confidential], [Signed] or [Public].
func (p *Provider) LoginAt(tb testing.TB, client, user, resource string, scopes ...string) Tokens {
	tb.Helper()
	verifier, state := rand.Text()+rand.Text(), rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"client_id":             {client},
		"response_type":         {"code"},
		"redirect_uri":          {redirectURI},
		"scope":                 {strings.Join(scopes, " ")},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(challenge[:])},
		"code_challenge_method": {"S256"},
		"state":                 {state},
		"prompt":                {"consent"}, // offline_access needs it
	}
	if slices.Contains(scopes, "openid") {
		query.Set("nonce", rand.Text())
	}
	if resource != None {
		query.Set("resource", resource)
	}
	back := p.browse(tb, user, p.Issuer+"/auth?"+query.Encode())
	if back.Get("code") == "" || back.Get("state") != state {
		tb.Fatalf("oidcprovider: login of %s refused: %v", user, back)
	}
	return p.token(tb, client, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {back.Get("code")},
		"redirect_uri":  {redirectURI},
		"code_verifier": {verifier},
	}, resource)
}

// browse does what a browser does and a user types, until the provider redirects back to the client.
func (p *Provider) browse(tb testing.TB, user, address string) url.Values {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	client := &http.Client{
		Jar: jar, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var form url.Values
	for range 20 {
		method, body := http.MethodGet, io.Reader(nil)
		if form != nil {
			method, body = http.MethodPost, strings.NewReader(form.Encode())
		}
		req, err := http.NewRequestWithContext(tb.Context(), method, address, body)
		if err != nil {
			tb.Fatalf("oidcprovider: %v", err)
		}
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		page := fetch(tb, client, req)
		switch {
		case page.location != nil && strings.HasPrefix(page.location.String(), redirectURI):
			return page.location.Query()
		case page.location != nil:
			address, form = page.location.String(), nil
		default:
			if address, form = page.form(); form == nil {
				tb.Fatalf("oidcprovider: login stuck at %s: %s", req.URL, page)
			}
			if form.Has("login") {
				form.Set("login", user)
				form.Set("password", "any")
			}
		}
	}
	tb.Fatal("oidcprovider: login redirected too often")
	return nil
}

type page struct {
	status   int
	location *url.URL // of a redirect, else nil
	body     []byte
}

func fetch(tb testing.TB, client *http.Client, req *http.Request) page {
	tb.Helper()
	resp, err := client.Do(req)
	if err != nil {
		tb.Fatalf("oidcprovider: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		tb.Fatalf("oidcprovider: %s: %v", req.URL, err)
	}
	location, err := resp.Location()
	if err != nil { // there is none
		location = nil
	}
	return page{status: resp.StatusCode, location: location, body: body}
}

func (p page) String() string { return fmt.Sprintf("%d %.1000s", p.status, p.body) }

// The pages of oidc-provider's devInteractions have one form each, with absolute addresses and nothing but inputs in it.
var (
	formTag   = regexp.MustCompile(`(?s)<form[^>]* action="([^"]*)"[^>]*>(.*?)</form>`)
	inputTag  = regexp.MustCompile(`<input[^>]*>`)
	nameAttr  = regexp.MustCompile(` name="([^"]*)"`)
	valueAttr = regexp.MustCompile(` value="([^"]*)"`)
)

// form returns where the page's form goes and what it holds, or nil.
func (p page) form() (string, url.Values) {
	m := formTag.FindStringSubmatch(string(p.body))
	if m == nil {
		return "", nil
	}
	fields := url.Values{}
	for _, input := range inputTag.FindAllString(m[2], -1) {
		value := ""
		if v := valueAttr.FindStringSubmatch(input); v != nil {
			value = html.UnescapeString(v[1])
		}
		if name := nameAttr.FindStringSubmatch(input); name != nil {
			fields.Set(name[1], value)
		}
	}
	return html.UnescapeString(m[1]), fields
}
