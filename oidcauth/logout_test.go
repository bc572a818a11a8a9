package oidcauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// logout posts a logout token with these changes and returns the status.
func (s service) logout(t *testing.T, header map[string]any, changes oidctest.Claims) int {
	t.Helper()
	return s.post(t, s.Forge(oidctest.Forgery{
		Header: merged(map[string]any{"typ": "logout+jwt"}, header),
		Claims: merged(oidctest.Claims{
			"aud": "orders-client", "sub": "alice", "jti": "l-1",
			"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
		}, changes),
	}))
}

func (s service) post(t *testing.T, token string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/logout", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res := serve(s.auth.BackChannelLogout(), r)
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	return res.StatusCode
}

func TestLogoutEndsTheSessionThatItNames(t *testing.T) {
	s := newService(t, withLogout)
	session := func(sid string) string {
		return s.Token(audience, oidctest.Claims{"sub": "alice", "sid": sid, "iat": s.Now().Add(-time.Minute).Unix()})
	}
	without := s.Token(audience, oidctest.Claims{"sub": "alice", "iat": s.Now().Add(-time.Minute).Unix()})
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one"}))
	require.Equal(t, reason.TokenRevoked, s.reason(t, session("one")))
	require.Empty(t, s.reason(t, session("two")))
	require.Equal(t, reason.TokenRevoked, s.reason(t, without), "its session is unknown")
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "bob", "sid": "two"})))
}

func TestLogoutOfASubjectEndsTokensIssuedBeforeIt(t *testing.T) {
	s := newService(t, withLogout)
	issued := func(at time.Duration) string {
		return s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "x", "iat": s.Now().Add(at).Unix()})
	}
	before, noDate := issued(-time.Minute), s.Token(audience, oidctest.Claims{"sub": "alice", "iat": nil})
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	require.Equal(t, reason.TokenRevoked, s.reason(t, before))
	require.Equal(t, reason.TokenRevoked, s.reason(t, noDate))
	require.Empty(t, s.reason(t, issued(time.Minute)), "the user has logged in again")
}

func TestLogoutTokenIsCheckedByItsOwnRules(t *testing.T) {
	s := newService(t, withLogout)
	ago := func(d time.Duration) int64 { return s.Now().Add(-d).Unix() }
	for name, c := range map[string]struct {
		header  map[string]any
		changes oidctest.Claims
		status  int
	}{
		"typ JWT":              {jwt, nil, 200},
		"no typ":               {noType, nil, 200},
		"fresh without exp":    {nil, oidctest.Claims{"exp": nil}, 200},
		"access token's typ":   {map[string]any{"typ": "at+jwt"}, nil, 400},
		"another client's":     {nil, oidctest.Claims{"aud": "other"}, 400},
		"another issuer's":     {nil, oidctest.Claims{"iss": "https://other.example"}, 400},
		"no event":             {nil, oidctest.Claims{"events": nil}, 400},
		"another event":        {nil, oidctest.Claims{"events": oidctest.Claims{"x": oidctest.Claims{}}}, 400},
		"event no object":      {nil, oidctest.Claims{"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": true}}, 400},
		"nonce":                {nil, oidctest.Claims{"nonce": "n"}, 400},
		"nonce null":           {nil, oidctest.Claims{"nonce": json.RawMessage("null")}, 400},
		"no jti":               {nil, oidctest.Claims{"jti": nil}, 400},
		"no user named":        {nil, oidctest.Claims{"sub": nil}, 400},
		"no iat":               {nil, oidctest.Claims{"iat": nil}, 400},
		"iat to come":          {nil, oidctest.Claims{"iat": ago(-time.Hour)}, 400},
		"expired":              {nil, oidctest.Claims{"exp": ago(time.Hour)}, 400},
		"old without exp":      {nil, oidctest.Claims{"exp": nil, "iat": ago(time.Hour)}, 400},
		"unknown key":          {map[string]any{"kid": "x"}, nil, 400},
		"list of audiences":    {nil, oidctest.Claims{"aud": []string{"other", "orders-client"}}, 200},
		"session alone":        {nil, oidctest.Claims{"sub": nil, "sid": "s"}, 200},
		"an access token here": {nil, oidctest.Claims{"aud": audience}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.status, s.logout(t, c.header, merged(oidctest.Claims{"jti": name}, c.changes)))
		})
	}
	require.Equal(t, 400, s.post(t, "garbage"))
	require.Equal(t, 400, s.post(t, ""))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/logout?logout_token=x", nil)
	require.Equal(t, 400, serve(s.auth.BackChannelLogout(), r).StatusCode)
}

// A logout token's iat may lie in the future by the leeway. Without exp, the token is valid for 5 minutes.
func TestLogoutTokenIsLimitedInTime(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience = []string{"orders-client"}
		c.Now = func() time.Time { return now }
	})
	for after, status := range map[time.Duration]int{
		time.Minute: 200, time.Minute + time.Second: 400, -5 * time.Minute: 200, -5*time.Minute - time.Second: 400,
	} {
		changes := oidctest.Claims{"jti": after.String(), "iat": now.Add(after).Unix(), "exp": nil}
		require.Equal(t, status, s.logout(t, nil, changes), after)
	}
}

func TestLogoutTokenIsAcceptedOnce(t *testing.T) {
	s := newService(t, withLogout)
	require.Equal(t, 200, s.logout(t, nil, nil))
	require.Equal(t, 400, s.logout(t, nil, nil))
	require.Equal(t, 200, s.logout(t, nil, oidctest.Claims{"jti": "l-2"}))
}

func TestLogoutThatCannotBeStoredMayBeSentAgain(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience, c.Revocation.DenyList = []string{"orders-client"}, brokenList{}
	})
	require.Equal(t, 503, s.logout(t, nil, nil))
}

// failingOnce is a deny list that fails once, at one of the entries.
type failingOnce struct {
	denylist.Memory
	at, added int
}

func (l *failingOnce) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	if l.added++; l.added == l.at {
		return false, errListDown
	}
	return l.Memory.Add(ctx, e)
}

// If any entry of a logout cannot be stored, the provider may send the same token again, and it then ends the session.
func TestLogoutThatWasStoredInPartMayBeSentAgain(t *testing.T) {
	for at := 1; at <= 3; at++ { // the entries of the session, of the user's tokens without sid, and of the logout token
		list := &failingOnce{at: at}
		s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].LogoutAudience, c.Revocation.DenyList = []string{"orders-client"}, list
		})
		ended := oidctest.Claims{"sid": "s-1"}
		sessionless := s.Token(audience, alice) // issued before the logout, and not in the second after it
		require.Equal(t, 503, s.logout(t, nil, ended))
		require.Equal(t, 200, s.logout(t, nil, ended), "entry %d", at)
		require.Equal(t, reason.TokenRevoked, s.reason(t, s.Token(audience, merged(alice, ended))))
		require.Equal(t, reason.TokenRevoked, s.reason(t, sessionless))
		require.Equal(t, 400, s.logout(t, nil, ended))
	}
}

// A logout token is not accepted as an access token, and an access token is not accepted as a logout token.
func TestLogoutTokenIsNoAccessToken(t *testing.T) {
	s := newService(t, withLogout)
	token := s.Forge(oidctest.Forgery{Header: jwt, Claims: oidctest.Claims{
		"aud": []string{audience, "orders-client"}, "sub": "alice", "jti": "1",
		"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
	}})
	require.Equal(t, reason.WrongTokenType, s.reason(t, token))
}

// The list keeps a logout until the last token of the session has expired.
func TestLogoutIsStoredForTheLongestLifeOfAToken(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience, c.Revocation.MaxTokenLife = []string{"orders-client"}, 72*time.Hour
	})
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "one", "exp": s.Now().Add(72 * time.Hour).Unix()})
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one"}))
	s.Advance(71 * time.Hour)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}
