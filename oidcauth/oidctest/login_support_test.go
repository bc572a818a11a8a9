package oidctest_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	callback = "https://app.example/callback?p=1"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// browser keeps cookies and stops before it leaves the provider.
type browser struct{ *http.Client }

func newBrowser(t *testing.T) browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return browser{&http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// visit is what the browser shows, or the URL to which it is sent.
type visit struct {
	status   int
	location string
	page     string
	header   http.Header
}

func (b browser) get(t *testing.T, at string) visit {
	t.Helper()
	res, err := b.Get(at)
	require.NoError(t, err)
	return read(t, res)
}

func read(t *testing.T, res *http.Response) visit {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return visit{res.StatusCode, res.Header.Get("Location"), string(body), res.Header}
}

var (
	inputs = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	action = regexp.MustCompile(`action="([^"]*)"`)
)

// hidden returns the hidden fields of the page's form.
func (v visit) hidden() url.Values {
	out := url.Values{}
	for _, m := range inputs.FindAllStringSubmatch(v.page, -1) {
		out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return out
}

// send fills the login form in.
func (b browser) send(t *testing.T, p *oidctest.Provider, form visit, fields url.Values) visit {
	t.Helper()
	m := action.FindStringSubmatch(form.page)
	require.NotNil(t, m, form.page)
	all := form.hidden()
	for name, values := range fields {
		all[name] = values
	}
	res, err := b.PostForm(p.Issuer()+m[1], all)
	require.NoError(t, err)
	return read(t, res)
}

// parameters returns the authorization response.
func (v visit) parameters(t *testing.T) url.Values {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, v.status, v.page)
	u, err := url.Parse(v.location)
	require.NoError(t, err)
	require.Equal(t, "https://app.example/callback", u.Scheme+"://"+u.Host+u.Path)
	query := u.Query()
	require.Equal(t, "1", query.Get("p"), "the query of the redirect URI stays")
	query.Del("p")
	return query
}

// openProvider starts a provider with one client, which uses neither pushed requests nor a form.
func openProvider(t *testing.T) *oidctest.Provider {
	t.Helper()
	p := oidctest.New(t)
	p.Register(oidctest.Client{RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{"https://app.example/bye"}})
	p.SetMetadata(oidctest.Claims{"pushed_authorization_request_endpoint": nil})
	p.AutoLogin("alice")
	return p
}

// request returns the parameters of a good request with these changes. An empty value removes a parameter.
func request(changes map[string]string) url.Values {
	out := url.Values{
		"response_type": {"code"}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"s-1"}, "nonce": {"n-1"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for name, value := range changes {
		out.Del(name)
		if value != "" {
			out.Set(name, value)
		}
	}
	return out
}

// ask sends the browser with a request.
func (b browser) ask(t *testing.T, client *provider.Client, changes map[string]string) visit {
	t.Helper()
	at, err := client.AuthorizationURL(t.Context(), request(changes))
	require.NoError(t, err)
	return b.get(t, at)
}

// redeem exchanges the code of an authorization response.
func redeem(t *testing.T, client *provider.Client, code string) (*oauth2.Token, error) {
	t.Helper()
	return client.AuthorizationCode(t.Context(), code, provider.CodeRequest{CodeVerifier: verifier, RedirectURI: callback})
}

// login returns the tokens of a whole login.
func (b browser) login(t *testing.T, client *provider.Client, changes map[string]string) *oauth2.Token {
	t.Helper()
	token, err := redeem(t, client, b.ask(t, client, changes).parameters(t).Get("code"))
	require.NoError(t, err)
	return token
}

// refresh uses a refresh token once.
func refresh(t *testing.T, client *provider.Client, token string) (*oauth2.Token, error) {
	t.Helper()
	return client.Refresh(t.Context(), &oauth2.Token{RefreshToken: token}, provider.TokenRequest{}).Token()
}

// idToken returns the ID token, unverified.
func idToken(t *testing.T, token *oauth2.Token) *jose.Token {
	t.Helper()
	text, _ := token.Extra("id_token").(string)
	parsed, err := jose.Parse(text, 0)
	require.NoError(t, err)
	return parsed
}
