package oidctest_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const bye = "https://app.example/bye"

// receiver is the back-channel logout endpoint of a client.
func receiver(t *testing.T, status int) (at string, last *atomic.Value) {
	t.Helper()
	last = new(atomic.Value)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last.Store(r.PostFormValue("logout_token"))
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s.URL, last
}

func TestEndSession(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	at, last := receiver(t, http.StatusOK)
	p.Register(oidctest.Client{RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{bye}, BackChannelLogoutURI: at})
	client := clientOf(t, p)
	token := b.login(t, client, nil)
	offline := b.login(t, client, map[string]string{"scope": "openid offline_access"})
	hint, _ := token.Extra("id_token").(string)
	out, err := client.EndSessionURL(t.Context(), provider.Logout{IDTokenHint: hint, RedirectURI: bye, State: "s&2"})
	require.NoError(t, err)
	v := b.get(t, out)
	assert.Equal(t, bye+"?state=s%262", v.location)

	text, _ := last.Load().(string)
	logout, err := jose.Parse(text, 0)
	require.NoError(t, err)
	verified(t, p, logout)
	id := idToken(t, token)
	assert.Equal(t, []string{id.Claims.Text("sid"), "alice", oidctest.ClientID}, []string{
		logout.Claims.Text("sid"), logout.Claims.Text("sub"), logout.Claims.Text("aud"),
	})
	assert.Equal(t, "login_required", b.ask(t, client, map[string]string{"prompt": "none"}).parameters(t).Get("error"))
	_, err = refresh(t, client, token.RefreshToken)
	require.Error(t, err, "the refresh token ends with the session")
	_, err = refresh(t, client, offline.RefreshToken)
	require.NoError(t, err, "with offline_access it does not")
}

func TestEndSessionIsRefused(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	client := clientOf(t, p)
	token := b.login(t, client, nil)
	hint, _ := token.Extra("id_token").(string)
	stranger := openProvider(t)
	foreign, _ := newBrowser(t).login(t, clientOf(t, stranger), nil).Extra("id_token").(string)
	for name, form := range map[string]url.Values{
		"redirect URI that is not registered": {"id_token_hint": {hint}, "post_logout_redirect_uri": {bye + "/"}},
		"the same with the client's ID":       {"client_id": {oidctest.ClientID}, "post_logout_redirect_uri": {"https://evil.example"}},
		"hint of another provider":            {"id_token_hint": {foreign}, "post_logout_redirect_uri": {bye}},
		"hint of another client":              {"id_token_hint": {hint}, "client_id": {"other"}, "post_logout_redirect_uri": {bye}},
		"no hint at all":                      {"id_token_hint": {"garbage"}, "client_id": {oidctest.ClientID}, "post_logout_redirect_uri": {bye}},
	} {
		v := b.get(t, p.Issuer()+string(oidctest.EndSession)+"?"+form.Encode())
		assert.Equal(t, http.StatusBadRequest, v.status, name)
		assert.Empty(t, v.location, name)
	}
	b.ask(t, client, map[string]string{"prompt": "none"}).parameters(t)
	v := b.get(t, p.Issuer()+string(oidctest.EndSession))
	assert.Contains(t, v.page, "Signed out")
	assert.Equal(t, "login_required", b.ask(t, client, map[string]string{"prompt": "none"}).parameters(t).Get("error"))
}

var frame = regexp.MustCompile(`<iframe src="([^"]*)"`)

func TestFrontChannelLogout(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	for _, id := range []string{"", "second", "third"} {
		p.Register(oidctest.Client{
			ID: id, RedirectURIs: []string{callback}, PostLogoutRedirectURIs: []string{bye},
			FrontChannelLogoutURI: "https://" + id + "app.example/frontchannel?a=1",
		})
	}
	b.login(t, clientOf(t, p), nil)
	second, err := provider.New(provider.Config{Issuer: p.Issuer(), ClientID: "second"})
	require.NoError(t, err)
	token := b.login(t, second, nil)
	out, err := second.EndSessionURL(t.Context(), provider.Logout{RedirectURI: bye})
	require.NoError(t, err)
	v := b.get(t, out)
	require.Equal(t, http.StatusOK, v.status)
	query := "?a=1&iss=" + url.QueryEscape(p.Issuer()) + "&sid=" + idToken(t, token).Claims.Text("sid")
	var frames []string
	for _, m := range frame.FindAllStringSubmatch(v.page, -1) {
		frames = append(frames, html.UnescapeString(m[1]))
	}
	assert.Equal(t, []string{"https://app.example/frontchannel" + query, "https://secondapp.example/frontchannel" + query}, frames)
	assert.Contains(t, v.page, `href="`+bye+`"`)
}

func TestSignOutAtTheProvider(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	at, last := receiver(t, http.StatusNoContent)
	p.Register(oidctest.Client{RedirectURIs: []string{callback}, BackChannelLogoutURI: at})
	down, _ := receiver(t, http.StatusBadRequest)
	p.Register(oidctest.Client{ID: "down", RedirectURIs: []string{callback}, BackChannelLogoutURI: down})
	token := b.login(t, clientOf(t, p), nil)
	require.NoError(t, p.SignOut("bob"), "another user")
	require.Nil(t, last.Load())
	require.NoError(t, p.SignOut("alice"))
	require.NotNil(t, last.Load())
	_, err := refresh(t, clientOf(t, p), token.RefreshToken)
	require.Error(t, err)

	b.login(t, clientOf(t, p), nil)
	other, err := provider.New(provider.Config{Issuer: p.Issuer(), ClientID: "down"})
	require.NoError(t, err)
	b.login(t, other, nil)
	require.Error(t, p.SignOut("alice"))
	require.NoError(t, p.SignOut("alice"), "no session is left")
}
