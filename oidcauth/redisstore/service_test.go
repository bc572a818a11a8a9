//go:build unix

package redisstore_test

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const audience = "api://orders"

// replica is one of a service's processes.
type replica struct {
	*oidcauth.Authenticator
	provider *oidctest.Provider
}

func newReplica(t *testing.T, p *oidctest.Provider, list denylist.List, failsOpen bool) replica {
	t.Helper()
	config := p.Config(audience)
	config.Revocation.DenyList, config.Revocation.InsecureFailOpen = list, failsOpen
	config.Issuers[0].LogoutAudience = []string{"orders-client"}
	config.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return replica{auth, p}
}

// status returns the status of a request with the token. 204 means that the handler ran.
func (r replica) status(token string) int {
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	r.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})).ServeHTTP(w, request)
	return w.Code
}

func (r replica) refuses(t *testing.T, token string, status int, reason reason.Reason) {
	t.Helper()
	require.Equal(t, status, r.status(token))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	_, err := r.Check(request)
	var refused *oidcauth.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, reason, refused.Reason)
}

func (r replica) accepts(t *testing.T, token string) {
	t.Helper()
	require.Equal(t, http.StatusNoContent, r.status(token))
}

// logout posts a logout token with these claims.
func (r replica) logout(token string) int {
	form := strings.NewReader(url.Values{"logout_token": {token}}.Encode())
	request := httptest.NewRequest(http.MethodPost, "/logout", form)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.BackChannelLogout().ServeHTTP(w, request)
	return w.Code
}

func logoutToken(p *oidctest.Provider, changes oidctest.Claims) string {
	c := oidctest.Claims{
		"aud": "orders-client", "events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
	}
	maps.Copy(c, changes)
	return p.Forge(oidctest.Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: c})
}
