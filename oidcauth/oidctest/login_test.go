package oidctest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestLoginGivesTokens(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	p.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"sub": "s-1", "email": "alice@corp.example"}})
	client := clientOf(t, p)
	response := b.ask(t, client, map[string]string{"acr_values": "gold silver", "resource": "api://orders", "ui_locales": "de"}).parameters(t)
	assert.Equal(t, []string{"s-1", p.Issuer()}, []string{response.Get("state"), response.Get("iss")})
	assert.Equal(t, "de", p.AuthorizationRequest().Get("ui_locales"))
	token, err := redeem(t, client, response.Get("code"))
	require.NoError(t, err)

	id := idToken(t, token)
	verified(t, p, id)
	sum := sha256.Sum256([]byte(token.AccessToken))
	assert.Equal(t, map[string]any{
		"iss": p.Issuer(), "sub": "s-1", "aud": oidctest.ClientID, "nonce": "n-1", "acr": "gold", "email": "alice@corp.example",
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]),
	}, without(t, id, "iat", "exp", "auth_time", "sid"))
	set, err := client.UserInfo(t.Context(), token.AccessToken)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"sub", "email"}, set.Names())
	assert.Equal(t, "s-1", accepted(t, p, "api://orders", token.AccessToken).Subject())
	_, err = client.Introspect(t.Context(), token.AccessToken)
	require.NoError(t, err)
	assert.Equal(t, 1, p.Requests(oidctest.Authorization))
}

func verified(t *testing.T, p *oidctest.Provider, token *jose.Token) {
	t.Helper()
	v := newBrowser(t).get(t, p.Issuer()+string(oidctest.JWKS))
	keys, _, err := jose.ParseJWKS([]byte(v.page))
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(keys, func(k jose.JWK) bool { return k.ID == token.Header.KeyID && token.Verify(k.Public) == nil }))
}

// without returns the claims of a token except those that differ each time, which must be there.
func without(t *testing.T, token *jose.Token, names ...string) map[string]any {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(token.Claims.Raw()), &all))
	for _, name := range names {
		require.Contains(t, all, name)
		delete(all, name)
	}
	return all
}

func TestSecondLoginIsSilent(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	client := clientOf(t, p)
	first := idToken(t, b.login(t, client, nil))
	p.AutoLogin("") // From here on, a form would be shown.
	p.Advance(time.Minute)
	second := idToken(t, b.login(t, client, map[string]string{"prompt": "none", "max_age": "61"}))
	for _, name := range []string{"sid", "sub", "auth_time"} {
		a, _ := first.Claims.Get(name)
		b, _ := second.Claims.Get(name)
		assert.Equal(t, a.Raw(), b.Raw(), name)
	}
	assert.Equal(t, http.StatusOK, newBrowser(t).ask(t, client, nil).status, "another browser gets the form")
}

func TestRequestsThatNeedTheUserAgain(t *testing.T) {
	for name, changes := range map[string]map[string]string{
		"prompt login": {"prompt": "login"}, "prompt select_account": {"prompt": "select_account consent"},
		"max_age": {"max_age": "60"}, "max_age 0": {"max_age": "0"}, "acr": {"acr_values": "gold"},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := openProvider(t), newBrowser(t)
			client := clientOf(t, p)
			before := idToken(t, b.login(t, client, nil))
			p.Advance(time.Minute)
			after := idToken(t, b.login(t, client, changes))
			assert.Equal(t, before.Claims.Text("sid"), after.Claims.Text("sid"))
			a, _ := before.Claims.Get("auth_time")
			z, _ := after.Claims.Get("auth_time")
			assert.NotEqual(t, a.Raw(), z.Raw())
			assert.Equal(t, changes["acr_values"], after.Claims.Text("acr"))

			p.Advance(time.Minute)
			p.AutoLogin("")
			if changes["prompt"] == "" && name != "acr" {
				none := map[string]string{"prompt": "none"}
				for k, v := range changes {
					none[k] = v
				}
				assert.Equal(t, "login_required", b.ask(t, client, none).parameters(t).Get("error"))
			}
		})
	}
	p := openProvider(t)
	response := newBrowser(t).ask(t, clientOf(t, p), map[string]string{"prompt": "none"}).parameters(t)
	assert.Equal(t, url.Values{"error": {"login_required"}, "state": {"s-1"}, "iss": {p.Issuer()}}, response)
}

func TestForm(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	p.AutoLogin("")
	client := clientOf(t, p)
	hostile := map[string]string{"login_hint": `"><script>alert(1)</script>`}
	form := b.ask(t, client, hostile)
	assert.NotContains(t, form.page, "<script")
	assert.NotContains(t, form.page, "password", "no user has one")
	assert.Contains(t, form.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	response := b.send(t, p, form, url.Values{"username": {"anyone"}}).parameters(t)
	token, err := redeem(t, client, response.Get("code"))
	require.NoError(t, err)
	assert.Equal(t, "anyone", idToken(t, token).Claims.Text("sub"))
	again := b.send(t, p, form, url.Values{"username": {"another"}})
	assert.Equal(t, http.StatusBadRequest, again.status, "a form is sent once")

	p.AddUser(oidctest.User{Name: "alice", Password: "p&p"})
	form = b.ask(t, client, map[string]string{"prompt": "login", "login_hint": "alice"})
	assert.Contains(t, form.page, `value="alice"`)
	assert.Contains(t, form.page, "This provider is for tests only.")
	for _, wrong := range []url.Values{
		{"username": {"alice"}}, {"username": {"alice"}, "password": {"P&P"}}, {"username": {"anyone"}, "password": {""}}, {},
	} {
		form = b.send(t, p, form, wrong)
		require.Contains(t, form.page, "wrong")
	}
	response = b.send(t, p, form, url.Values{"username": {"alice"}, "password": {"p&p"}}).parameters(t)
	token, err = redeem(t, client, response.Get("code"))
	require.NoError(t, err)
	assert.Equal(t, "alice", idToken(t, token).Claims.Text("sub"))

	form = b.ask(t, client, map[string]string{"prompt": "login"})
	response = b.send(t, p, form, url.Values{"cancel": {"1"}}).parameters(t)
	assert.Equal(t, "access_denied", response.Get("error"))
	assert.Equal(t, "s-1", response.Get("state"))

	form = b.ask(t, client, map[string]string{"prompt": "login"})
	p.Advance(10 * time.Minute)
	assert.Equal(t, http.StatusBadRequest, b.send(t, p, form, url.Values{"username": {"alice"}, "password": {"p&p"}}).status)
}

func TestRequestsThatGetAnError(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		code    string
	}{
		"plain":             {map[string]string{"code_challenge": verifier, "code_challenge_method": "plain"}, "invalid_request"},
		"no method":         {map[string]string{"code_challenge_method": ""}, "invalid_request"},
		"no challenge":      {map[string]string{"code_challenge": ""}, "invalid_request"},
		"short challenge":   {map[string]string{"code_challenge": "dBjftJeZ"}, "invalid_request"},
		"implicit flow":     {map[string]string{"response_type": "id_token"}, "unsupported_response_type"},
		"no response type":  {map[string]string{"response_type": ""}, "unsupported_response_type"},
		"fragment":          {map[string]string{"response_mode": "fragment"}, "invalid_request"},
		"prompt none login": {map[string]string{"prompt": "none login"}, "invalid_request"},
		"negative max_age":  {map[string]string{"max_age": "-1"}, "invalid_request"},
		"relative resource": {map[string]string{"resource": "orders"}, "invalid_target"},
	} {
		t.Run(name, func(t *testing.T) {
			p := openProvider(t)
			response := newBrowser(t).ask(t, clientOf(t, p), c.changes).parameters(t)
			assert.Equal(t, url.Values{"error": {c.code}, "state": {"s-1"}, "iss": {p.Issuer()}}, response)
		})
	}
	p := openProvider(t)
	twice := request(nil)
	twice.Set("client_id", oidctest.ClientID)
	twice.Add("nonce", "n-2")
	assert.Equal(t, "invalid_request", newBrowser(t).get(t, p.Issuer()+"/authorize?"+twice.Encode()).parameters(t).Get("error"))
	twice.Del("nonce")
	twice.Set("request", "e30.e30.")
	assert.Equal(t, "request_not_supported", newBrowser(t).get(t, p.Issuer()+"/authorize?"+twice.Encode()).parameters(t).Get("error"))
}

func TestRequestsThatAreNotRedirected(t *testing.T) {
	p := openProvider(t)
	for name, change := range map[string]func(url.Values){
		"unknown client":         func(v url.Values) { v.Set("client_id", "another") },
		"no client":              func(v url.Values) { v.Del("client_id") },
		"no redirect URI":        func(v url.Values) { v.Del("redirect_uri") },
		"longer redirect URI":    func(v url.Values) { v.Set("redirect_uri", callback+"&q=2") },
		"other case":             func(v url.Values) { v.Set("redirect_uri", strings.Replace(callback, "app", "APP", 1)) },
		"two redirect URIs":      func(v url.Values) { v.Add("redirect_uri", "https://evil.example") },
		"unknown pushed request": func(v url.Values) { v.Set("request_uri", "urn:ietf:params:oauth:request_uri:x") },
	} {
		t.Run(name, func(t *testing.T) {
			v := request(nil)
			v.Set("client_id", oidctest.ClientID)
			change(v)
			got := newBrowser(t).get(t, p.Issuer()+"/authorize?"+v.Encode())
			assert.Equal(t, http.StatusBadRequest, got.status)
			assert.Empty(t, got.location)
		})
	}
	assert.Nil(t, p.AuthorizationRequest())
}

func TestFormPost(t *testing.T) {
	p := openProvider(t)
	v := newBrowser(t).ask(t, clientOf(t, p), map[string]string{"response_mode": "form_post", "state": `"><img src=x>`})
	require.Equal(t, http.StatusOK, v.status)
	assert.NotContains(t, v.page, "<img")
	assert.Contains(t, v.page, `action="https://app.example/callback?p=1"`)
	fields := v.hidden()
	assert.Equal(t, []string{`"><img src=x>`, p.Issuer()}, []string{fields.Get("state"), fields.Get("iss")})
	_, err := redeem(t, clientOf(t, p), fields.Get("code"))
	require.NoError(t, err)
}

func TestCodesThatAreRefused(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	p.Register(oidctest.Client{ID: "other", Secret: "s", RedirectURIs: []string{callback}})
	client := clientOf(t, p)
	config := p.ClientConfig()
	config.ClientID, config.Auth.Secret = "other", "s"
	other, err := provider.New(config)
	require.NoError(t, err)
	good := provider.CodeRequest{CodeVerifier: verifier, RedirectURI: callback}
	for name, c := range map[string]struct {
		client  *provider.Client
		wait    time.Duration
		request provider.CodeRequest
	}{
		"of another client":  {other, 0, good},
		"other verifier":     {client, 0, provider.CodeRequest{CodeVerifier: strings.Repeat("x", 43), RedirectURI: callback}},
		"other redirect URI": {client, 0, provider.CodeRequest{CodeVerifier: verifier, RedirectURI: callback + "&q=2"}},
		"late":               {client, time.Minute, good},
	} {
		t.Run(name, func(t *testing.T) {
			code := b.ask(t, client, nil).parameters(t).Get("code")
			p.Advance(c.wait)
			_, err := c.client.AuthorizationCode(t.Context(), code, c.request)
			var refused *provider.GrantError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, "invalid_grant", refused.Code)
		})
	}
}

func TestSecondUseRevokesWhatTheFirstGave(t *testing.T) {
	for _, what := range []string{"code", "refresh token"} {
		t.Run(what, func(t *testing.T) {
			p, b := openProvider(t), newBrowser(t)
			client := clientOf(t, p)
			code := b.ask(t, client, nil).parameters(t).Get("code")
			first, err := redeem(t, client, code)
			require.NoError(t, err)
			second, err := refresh(t, client, first.RefreshToken)
			require.NoError(t, err)
			require.NotEqual(t, first.RefreshToken, second.RefreshToken)
			if what == "code" {
				_, err = redeem(t, client, code)
			} else {
				_, err = refresh(t, client, first.RefreshToken)
			}
			var refused *provider.GrantError
			require.ErrorAs(t, err, &refused)
			_, err = refresh(t, client, second.RefreshToken)
			require.ErrorAs(t, err, &refused)
			for _, token := range []*oauth2.Token{first, second} {
				_, err = client.Introspect(t.Context(), token.AccessToken)
				require.Error(t, err)
				_, err = client.UserInfo(t.Context(), token.AccessToken)
				require.Error(t, err)
			}
		})
	}
}

func TestRefreshKeepsTheUser(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	client := clientOf(t, p)
	first := b.login(t, client, map[string]string{"scope": "openid read write"})
	p.Advance(time.Minute)
	second, err := client.Refresh(t.Context(), &oauth2.Token{RefreshToken: first.RefreshToken}, provider.TokenRequest{Scopes: []string{"read"}}).Token()
	require.NoError(t, err)
	assert.Equal(t, "read", second.Extra("scope"))
	before, after := without(t, idToken(t, first), "iat", "exp", "at_hash", "nonce"), without(t, idToken(t, second), "iat", "exp", "at_hash")
	assert.Equal(t, before, after)
	_, err = client.Refresh(t.Context(), &oauth2.Token{RefreshToken: second.RefreshToken}, provider.TokenRequest{Scopes: []string{"admin"}}).Token()
	var refused *oauth2.RetrieveError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "invalid_scope", refused.ErrorCode)
	require.NoError(t, client.Revoke(t.Context(), second.RefreshToken, provider.RefreshToken))
	_, err = refresh(t, client, second.RefreshToken)
	require.Error(t, err)
	assert.Nil(t, b.login(t, client, map[string]string{"scope": "read"}).Extra("id_token"), "the scope has no openid")
}

func TestPublicClient(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	p.Register(oidctest.Client{ID: "spa", RedirectURIs: []string{callback}})
	client, err := provider.New(provider.Config{Issuer: p.Issuer(), ClientID: "spa"})
	require.NoError(t, err)
	token := b.login(t, client, nil)
	assert.Equal(t, "spa", idToken(t, token).Claims.Text("aud"))
	var refused *provider.ClientRefusedError
	_, err = client.Introspect(t.Context(), token.AccessToken)
	require.ErrorAs(t, err, &refused)
	_, err = client.ClientCredentials(t.Context(), provider.TokenRequest{Audience: "api"}).Token()
	require.ErrorAs(t, err, &refused)
	_, err = refresh(t, clientOf(t, p), token.RefreshToken)
	require.Error(t, err, "of another client")
}

func TestTokensAreBoundToTheKey(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	p.DemandNonce("n")
	client, thief := bound(t, p), bound(t, p)
	code := b.ask(t, client, nil).parameters(t).Get("code")
	_, err := redeem(t, thief, code)
	require.Error(t, err)
	token := b.login(t, client, nil)
	assert.Equal(t, "DPoP", token.TokenType)
	_, err = refresh(t, thief, token.RefreshToken)
	require.Error(t, err)
	_, err = refresh(t, client, token.RefreshToken)
	require.NoError(t, err)
}

func TestPushedRequests(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	p.SetMetadata(nil)
	client := clientOf(t, p)
	at, err := client.AuthorizationURL(t.Context(), request(map[string]string{"acr_values": "gold"}))
	require.NoError(t, err)
	assert.NotContains(t, at, "gold")
	token, err := redeem(t, client, b.get(t, at).parameters(t).Get("code"))
	require.NoError(t, err)
	assert.Equal(t, "gold", idToken(t, token).Claims.Text("acr"))
	assert.Equal(t, "gold", p.AuthorizationRequest().Get("acr_values"))
	assert.Equal(t, http.StatusBadRequest, b.get(t, at).status, "a request_uri is used once")
	assert.Equal(t, 1, p.Requests(oidctest.PushedAuthorization))

	for name, changes := range map[string]map[string]string{
		"plain": {"code_challenge_method": "plain"}, "redirect URI": {"redirect_uri": "https://evil.example"},
	} {
		_, err := client.AuthorizationURL(t.Context(), request(changes))
		var refused *oauth2.RetrieveError
		require.ErrorAs(t, err, &refused, name)
		assert.Equal(t, "invalid_request", refused.ErrorCode)
	}
	at, err = client.AuthorizationURL(t.Context(), request(nil))
	require.NoError(t, err)
	p.Advance(10 * time.Minute)
	assert.Equal(t, http.StatusBadRequest, b.get(t, at).status, "it has expired")
	config := p.ClientConfig()
	config.Auth.Secret = "wrong"
	stranger, err := provider.New(config)
	require.NoError(t, err)
	_, err = stranger.AuthorizationURL(t.Context(), request(nil))
	var refused *provider.ClientRefusedError
	require.ErrorAs(t, err, &refused)
}
