package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func TestVisitorIsSentToTheProvider(t *testing.T) {
	p := oidctest.New(t)
	key := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	rp, err := newLogin(p.Issuer(), oidctest.ClientID, oidctest.ClientSecret, key)
	require.NoError(t, err)
	p.Register(oidctest.Client{RedirectURIs: []string{"http://localhost:8080/auth/callback"}})
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	routes(rp).ServeHTTP(w, r)
	require.Equal(t, http.StatusSeeOther, w.Code)
	to, err := url.Parse(w.Header().Get("Location"))
	require.NoError(t, err)
	require.Equal(t, p.Issuer(), to.Scheme+"://"+to.Host)
}

func TestKeyIsRequired(t *testing.T) {
	_, err := newLogin("https://login.example.com", "portal", "secret", "")
	require.Error(t, err)
}
