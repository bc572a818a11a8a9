package login_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestLoginLeadsBackToThePage(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	s.signsIn(tab, "/me?of=alice", "alice")
	documents := strings.Join(tab.Documents(), "\n")
	require.Equal(t, 1, strings.Count(documents, "/auth/callback?"), documents)
	require.Contains(t, documents, "iss=", "the provider names itself")
	require.Contains(t, documents, "request_uri=", "the parameters were pushed")
	require.NotContains(t, documents, "code_challenge=")
	require.Equal(t, 1, s.calls.count("request"))
	require.Equal(t, 1, s.calls.count("authorization_code"))
	require.Empty(t, browser.Eval[string](tab, "document.cookie"), "no script reads a cookie")
	require.Equal(t, 1, s.happened(decision.SignedIn))

	tab.Go(s.url + "/me")
	s.sees(tab, "/me", "row-1")
	require.Equal(t, []string{"/me"}, s.visits(tab), "there is a session")
	require.Equal(t, http.StatusOK, s.fetch(tab, "/me", 1)[0].Status)
	require.Empty(t, s.refusals())
}

// The example of zitadel has neither pushed requests nor iss in its answers.
func TestLoginWithoutPushedRequest(t *testing.T) {
	s := newScene(t, newExample(t), func(c *setup) { c.login.Providers[0].Scopes = []string{"openid", "offline_access"} })
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	documents := strings.Join(tab.Documents(), "\n")
	require.Contains(t, documents, "code_challenge=")
	require.NotContains(t, documents, "iss=")
	former := s.fetch(tab, "/token", 1)[0].Text
	s.advance(5 * time.Minute)
	for _, got := range s.fetch(tab, "/token", 5) {
		require.Equal(t, http.StatusOK, got.Status)
		require.NotEqual(t, former, got.Text)
	}
	require.Equal(t, 1, s.calls.count("refresh_token"))
	require.Empty(t, s.refusals())
}

// The visitor chooses one of two providers. The answer of one of them to a login at the other one is refused.
func TestTwoProviders(t *testing.T) {
	second := newExample(t)
	s := newScene(t, panva.Get(t), func(c *setup) {
		c.login.Providers[0].Name = "One"
		c.auth.Issuers = append(c.auth.Issuers, oidcauth.Issuer{URL: second.issuer(), Audience: []string{zitadel.API}})
		other := c.provider
		other.Issuer = second.issuer()
		client, err := provider.New(other)
		require.NoError(t, err)
		c.login.Providers = append(c.login.Providers, login.Provider{Name: "Two", Client: client, Callback: "callback-two"})
	})
	tab := browser.Open(t)
	tab.Go(s.url + "/me")
	press(tab, `a[href*="provider=Two"]`)
	tab.Await("body")
	var state string
	for _, d := range tab.Documents() {
		_, query, _ := strings.Cut(d, "?")
		if form, err := url.ParseQuery(query); err == nil && form.Has("state") {
			state = form.Get("state")
		}
	}
	require.NotEmpty(t, state)
	tab.Go(s.url + "/auth/callback?code=x&state=" + state + "&iss=" + url.QueryEscape(s.issuer()))
	require.Equal(t, reason.LoginIssuerMismatch, s.explained(tab, "Sign-in did not work").Reason)
	require.Zero(t, s.calls.count("authorization_code"), "the code of one provider is not sent to the other")

	again(tab)
	press(tab, `a[href*="provider=One"]`)
	s.signIn(tab, "alice")
	s.sees(tab, "/me", "row-1")
	require.Equal(t, []string{"/auth/callback", "/auth/login", "/auth/login", "/auth/callback", "/me"}, s.visits(tab))
}

func TestUnknownUserIsTold(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	tab.Go(s.url + "/me")
	s.signIn(tab, "bob")
	require.Equal(t, reason.UserNotFound, s.explained(tab, "Access denied").Reason)
	require.Equal(t, []string{"/me", "/auth/callback"}, s.visits(tab), "no login begins by itself")
	require.NotContains(t, tab.Text(), "bob")
}

func TestCanceledLoginIsTold(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	tab.Go(s.url + "/me")
	press(tab, "[name=abort]")
	d := s.explained(tab, "Access denied")
	require.Equal(t, reason.AuthorizationRefused, d.Reason)
	require.Equal(t, []string{"/me", "/auth/callback"}, s.visits(tab))
	again(tab)
	s.signIn(tab, "alice")
	s.sees(tab, "/me", "row-1")
}

// again follows the link of an explaining page.
func again(tab *browser.Tab) {
	tab.Helper()
	press(tab, "main li a")
}

// The provider is another site, so only cookies that are SameSite=None come with its POST.
func TestLoginOverHTTPS(t *testing.T) {
	for name, formPost := range map[string]bool{"query": false, "form_post": true} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, panva.Get(t), func(c *setup) { c.https, c.login.Providers[0].FormPost = true, formPost })
			tab := browser.Open(t)
			tab.AcceptCertificates()
			s.signsIn(tab, "/me", "alice")
			want := []string{"/me", "/auth/callback", "/me"}
			if formPost {
				want[1] = "POST /auth/callback"
			}
			require.Equal(t, want, s.visits(tab))
			for _, c := range tab.Cookies(s.url) {
				require.True(t, strings.HasPrefix(c.Name, "__Host-") && c.Secure && c.HTTPOnly, c.Name)
			}
			require.Empty(t, s.refusals())
		})
	}
}

// The address of the user is in UserInfo only.
func TestClaimOfUserInfoFindsTheUser(t *testing.T) {
	s := newScene(t, panva.Get(t), func(c *setup) {
		c.auth.Issuers[0].Claims.UserInfo = userInfo(t, c)
		c.auth.Issuers[0].Claims.User = claims.Name("email")
		c.auth.Users = usermap.NewTable(usermap.Entry{Value: "alice@example.test", User: usermap.User{ID: "row-1", Name: "Alice", Enabled: true}})
		c.login.Providers[0].Scopes = []string{"openid", "email"}
	})
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, 1, s.calls.count("me"))
	tab.Go(s.url + "/me")
	s.sees(tab, "/me", "row-1")
	require.Zero(t, s.calls.count("me"), "the session has the claims")
}

func TestRequiredACR(t *testing.T) {
	s := newScene(t, panva.Get(t), func(c *setup) {
		c.login.Providers[0].ACRValues, c.login.Providers[0].RequireACR = []string{oidcprovider.ByTwoFactors}, true
	})
	t.Run("met", func(t *testing.T) {
		tab := browser.Open(t)
		tab.Go(s.url + "/me")
		panva.Get(t).signInWith(tab, "alice", oidcprovider.ByTwoFactors)
		s.sees(tab, "/me", "row-1")
		require.Equal(t, oidcprovider.ByTwoFactors, browser.Eval[string](tab, `document.querySelector("#acr").innerText`))
	})
	t.Run("not met", func(t *testing.T) {
		tab := browser.Open(t)
		tab.Go(s.url + "/me")
		panva.Get(t).signInWith(tab, "alice", oidcprovider.ByPassword)
		require.Equal(t, reason.InsufficientUserAuthentication, s.explained(tab, "Sign-in did not work").Reason)
		require.Equal(t, []string{"/me", "/auth/callback"}, s.visits(tab))
		tab.Go(s.url + "/public")
		require.Equal(t, http.StatusUnauthorized, s.fetch(tab, "/me", 1)[0].Status, "there is no session")
	})
}

// The access token for the API is larger than a cookie can be.
func TestAccessTokenIsForTheResource(t *testing.T) {
	s := newScene(t, panva.Get(t), func(c *setup) {
		c.login.Providers[0].Resources = []string{oidcprovider.RS256}
		c.login.Providers[0].Scopes = []string{"openid", "api:read"}
	})
	tab := browser.Open(t)
	tab.Go(s.url + "/me")
	s.signIn(tab, "carol")
	s.sees(tab, "/me", "row-3")
	got := s.fetch(tab, "/token", 1)[0]
	require.Equal(t, http.StatusOK, got.Status)
	require.Greater(t, len(got.Text), 6000)
	parts := strings.Split(got.Text, ".")
	require.Len(t, parts, 3)
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var token struct{ Aud, Sub, Scope string }
	require.NoError(t, json.Unmarshal(payload, &token))
	require.Equal(t, []string{oidcprovider.RS256, "carol", "api:read"}, []string{token.Aud, token.Sub, token.Scope})
}

func TestSessionInACookie(t *testing.T) {
	s := newScene(t, panva.Get(t), func(c *setup) { c.login.Sessions = login.Sessions{InCookie: true} })
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
	require.Equal(t, http.StatusBadGateway, s.fetch(tab, "/token", 1)[0].Status, "it has no token")
	require.Equal(t, http.StatusOK, s.fetch(tab, "/me", 1)[0].Status)
}

// Every cookie of the login is dropped, so the first callback cannot be told from that of another browser. The second one ends it.
func TestBlockedCookies(t *testing.T) {
	s := newScene(t, panva.Get(t), func(c *setup) { c.https, c.host = true, browser.WithoutCookies })
	tab := browser.Open(t)
	tab.AcceptCertificates()
	tab.Go(s.url + "/me")
	s.signIn(tab, "alice")
	require.Equal(t, reason.AttemptUnknown, s.explained(tab, "Sign-in did not work").Reason)
	require.Equal(t, []string{"/me", "/auth/callback", "/auth/callback"}, s.visits(tab), "it begins anew once")
	require.Contains(t, tab.Text(), "cookie")
	require.Zero(t, s.happened(decision.SignedIn))
}

var awaitPromise = chromedp.EvalAwaitPromise
