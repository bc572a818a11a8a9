package oidcauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The body of a logout is read as far as a token may be long, and a little more for the rest of the form.
func TestSurviveHugeLogout(t *testing.T) {
	s := newLogoutService(t)
	token := s.Forge(oidctest.Forgery{
		Header: map[string]any{"typ": "logout+jwt"},
		Claims: oidctest.Claims{
			"aud": "orders-client", "sub": "alice", "jti": "l-1",
			"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
		},
	})
	const most = 64<<10 + 1<<10
	for over, want := range map[int]int{1: http.StatusBadRequest, 0: http.StatusOK} {
		body := "logout_token=" + token + "&pad="
		body += strings.Repeat("x", most-len(body)+over)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/logout", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		require.Equal(t, want, serve(s.auth.BackChannelLogout(), r).StatusCode)
	}
}
