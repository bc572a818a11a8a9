package oidcauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
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
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// brokenList is a deny list whose store is down.
type brokenList struct{}

var errListDown = errors.New("store is down")

func (brokenList) Add(context.Context, denylist.Entry) (bool, error) { return false, errListDown }

func (brokenList) Find(context.Context, ...string) ([]denylist.Entry, error) { return nil, errListDown }

type revoker struct {
	err   error
	hints []string
}

func (r *revoker) Revoke(_ context.Context, _, hint string) error {
	r.hints = append(r.hints, hint)
	return r.err
}

func TestRevokedTokenIsRefusedOnTheNextRequest(t *testing.T) {
	provider := &revoker{}
	s, _ := newOpaqueService(t, nil, func(c *oidcauth.Config) { c.Issuers[0].Revoker = provider })
	for _, token := range []string{"opaque-of-alice", s.Token(audience, alice)} {
		require.Empty(t, s.reason(t, token))
		require.NoError(t, s.auth.Revoke(t.Context(), token, "access_token"))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.Equal(t, []string{"access_token", "access_token"}, provider.hints)
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "another"})))
}

// A replica that shares the list refuses what another one was told.
func TestReplicasShareRevocations(t *testing.T) {
	list := &denylist.Memory{}
	s, _ := newOpaqueService(t, nil, func(c *oidcauth.Config) { c.Revocation.DenyList = list })
	config := s.Config(audience)
	config.Revocation.DenyList = list
	replica, err := oidcauth.New(config)
	require.NoError(t, err)
	token := s.Token(audience, alice)
	require.NoError(t, replica.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// The second spelling of an ECDSA signature, (r, n-s), verifies as well: it must not bring a revoked token back.
func TestRevocationCoversEverySpellingOfTheSignature(t *testing.T) {
	s := newService(t, nil)
	require.NoError(t, s.Rotate("ES256"))
	token := s.Token(audience, alice)
	at := strings.LastIndexByte(token, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[at:])
	require.NoError(t, err)
	order, ok := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	require.True(t, ok)
	order.Sub(order, new(big.Int).SetBytes(signature[32:])).FillBytes(signature[32:])
	other := token[:at] + base64.RawURLEncoding.EncodeToString(signature)
	require.NotEqual(t, token, other)
	require.Empty(t, s.reason(t, other))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, other))
}

func TestRevokingABadTokenKeepsNothing(t *testing.T) {
	list := &denylist.Memory{Entries: 1}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = list })
	for _, bad := range []string{"opaque", s.Token(audience, oidctest.Claims{"iss": "https://other.example"})} {
		var refused *oidcauth.Error
		require.ErrorAs(t, s.auth.Revoke(t.Context(), bad, ""), &refused)
	}
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, alice), ""), "there is room still")
}

func TestRevocationThatCannotBeKeptIsAnError(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = &denylist.Memory{Entries: 1} })
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, alice), ""))
	require.ErrorIs(t, s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": "bob"}), ""), denylist.ErrFull)
}

func TestRevocationStandsWhereTheProviderIsDown(t *testing.T) {
	down := &revoker{err: errors.New("down")}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Revoker = down })
	token := s.Token(audience, alice)
	require.ErrorIs(t, s.auth.Revoke(t.Context(), token, ""), down.err)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

func TestRefreshTokenIsRevokedAtTheProviderOnly(t *testing.T) {
	provider := &revoker{}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Revoker = provider })
	require.NoError(t, s.auth.Revoke(t.Context(), "refresh", "refresh_token"))
	require.Equal(t, []string{"refresh_token"}, provider.hints)
	require.Error(t, newService(t, nil).auth.Revoke(t.Context(), "refresh", "refresh_token"))
}

// A refresh token says nothing of its issuer: where there are several, it is shown to the one that claims it, and otherwise to no issuer.
func TestRefreshTokenIsShownToTheIssuerThatClaimsItOnly(t *testing.T) {
	first, second := &revoker{}, &revoker{}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Revoker = first
		c.Issuers = append(c.Issuers, oidcauth.Issuer{
			URL: "https://second.example", Audience: []string{audience}, Revoker: second,
			Introspection: oidcauth.Introspection{
				Client: &introspection{}, Owns: func(token string) bool { return strings.HasPrefix(token, "second-") },
			},
		})
	})
	require.NoError(t, s.auth.Revoke(t.Context(), "second-refresh", "refresh_token"))
	require.Len(t, second.hints, 1)
	var refused *oidcauth.Error
	require.ErrorAs(t, s.auth.Revoke(t.Context(), "unclaimed-refresh", "refresh_token"), &refused)
	require.Equal(t, reason.UnknownIssuer, refused.Reason)
	require.Len(t, second.hints, 1)
	require.Empty(t, first.hints)
}

func TestDenyListThatIsDownFailsClosedUnlessToldOtherwise(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = brokenList{} })
	require.Equal(t, reason.DenyListUnavailable, s.reason(t, s.Token(audience, alice)))
	s = newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Revocation.DenyList, c.Revocation.InsecureFailOpen = brokenList{}, true
	})
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
}

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

func newLogoutService(t *testing.T) service {
	t.Helper()
	return newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience = []string{"orders-client"}
	})
}

func TestLogoutEndsTheSessionThatItNames(t *testing.T) {
	s := newLogoutService(t)
	session := func(sid string) string {
		return s.Token(audience, oidctest.Claims{"sub": "alice", "sid": sid, "iat": s.Now().Add(-time.Minute).Unix()})
	}
	without := s.Token(audience, oidctest.Claims{"sub": "alice", "iat": s.Now().Add(-time.Minute).Unix()})
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one"}))
	require.Equal(t, reason.TokenRevoked, s.reason(t, session("one")))
	require.Empty(t, s.reason(t, session("two")))
	require.Equal(t, reason.TokenRevoked, s.reason(t, without), "nobody can tell which session it is of")
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "bob", "sid": "two"})))
}

func TestLogoutOfASubjectEndsWhatWasIssuedUntilThen(t *testing.T) {
	s := newLogoutService(t)
	issued := func(at time.Duration) string {
		return s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "x", "iat": s.Now().Add(at).Unix()})
	}
	before, noDate := issued(-time.Minute), s.Token(audience, oidctest.Claims{"sub": "alice", "iat": nil})
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	require.Equal(t, reason.TokenRevoked, s.reason(t, before))
	require.Equal(t, reason.TokenRevoked, s.reason(t, noDate))
	require.Empty(t, s.reason(t, issued(time.Minute)), "the user has logged in again")
}

func TestLogoutTokenIsJudgedByItsOwnRules(t *testing.T) {
	s := newLogoutService(t)
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
		"nobody named":         {nil, oidctest.Claims{"sub": nil}, 400},
		"no iat":               {nil, oidctest.Claims{"iat": nil}, 400},
		"iat to come":          {nil, oidctest.Claims{"iat": ago(-time.Hour)}, 400},
		"expired":              {nil, oidctest.Claims{"exp": ago(time.Hour)}, 400},
		"old without exp":      {nil, oidctest.Claims{"exp": nil, "iat": ago(time.Hour)}, 400},
		"key that nobody has":  {map[string]any{"kid": "x"}, nil, 400},
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

func TestLogoutTokenIsTakenOnce(t *testing.T) {
	s := newLogoutService(t)
	require.Equal(t, 200, s.logout(t, nil, nil))
	require.Equal(t, 400, s.logout(t, nil, nil))
	require.Equal(t, 200, s.logout(t, nil, oidctest.Claims{"jti": "l-2"}))
}

func TestLogoutThatCannotBeKeptMayBeSentAgain(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience, c.Revocation.DenyList = []string{"orders-client"}, brokenList{}
	})
	require.Equal(t, 503, s.logout(t, nil, nil))
}

// failingOnce is a deny list that fails at one of the entries.
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

// Whichever entry of a logout could not be kept, the provider may send the same token again, which then ends the session.
func TestLogoutThatWasKeptInPartMayBeSentAgain(t *testing.T) {
	for at := 1; at <= 3; at++ { // the session, its user's tokens that name none, and the logout token
		list := &failingOnce{at: at}
		s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].LogoutAudience, c.Revocation.DenyList = []string{"orders-client"}, list
		})
		ended := oidctest.Claims{"sid": "s-1"}
		require.Equal(t, 503, s.logout(t, nil, ended))
		require.Equal(t, 200, s.logout(t, nil, ended), "entry %d", at)
		require.Equal(t, reason.TokenRevoked, s.reason(t, s.Token(audience, merged(alice, ended))))
		require.Equal(t, reason.TokenRevoked, s.reason(t, s.Token(audience, alice)))
		require.Equal(t, 400, s.logout(t, nil, ended))
	}
}

// A logout token must not open the door, nor an access token close it.
func TestLogoutTokenIsNoAccessToken(t *testing.T) {
	s := newLogoutService(t)
	token := s.Forge(oidctest.Forgery{Header: jwt, Claims: oidctest.Claims{
		"aud": []string{audience, "orders-client"}, "sub": "alice", "jti": "1",
		"events": oidctest.Claims{"http://schemas.openid.net/event/backchannel-logout": oidctest.Claims{}},
	}})
	require.Equal(t, reason.WrongTokenType, s.reason(t, token))
}

// A logout that is forgotten before the session's tokens end would bring them back.
func TestLogoutIsKeptForTheLongestLifeOfAToken(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].LogoutAudience, c.Revocation.MaxTokenLife = []string{"orders-client"}, 72*time.Hour
	})
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "one", "exp": s.Now().Add(72 * time.Hour).Unix()})
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one"}))
	s.Advance(71 * time.Hour)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// The second time, the provider may call the token inactive already: it is denied all the same, and the provider is asked again, which
// may have been down.
func TestOpaqueTokenIsRevokedTwice(t *testing.T) {
	down := &revoker{err: errors.New("down")}
	s, i := newOpaqueService(t, oidctest.Claims{"exp": nil}, func(c *oidcauth.Config) { c.Issuers[0].Revoker = down })
	require.ErrorIs(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""), down.err)
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
	down.err = nil
	s.Advance(23 * time.Hour)
	require.NoError(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""))
	require.Len(t, down.hints, 2)
	s.Advance(23 * time.Hour)
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"), "it is active, so it is kept for longer")
	for _, fails := range []error{nil, errors.New("introspection is down")} {
		delete(i.answers, "opaque-of-alice")
		i.err = fails
		require.NoError(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""))
		require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
	}
	require.Len(t, down.hints, 4)
	i.err = nil
	var refused *oidcauth.Error
	require.ErrorAs(t, s.auth.Revoke(t.Context(), "opaque-of-nobody", ""), &refused)
	require.Equal(t, reason.TokenInactive, refused.Reason)
	require.Len(t, down.hints, 4)
}

// A provider that revokes what was issued to the client that asks, and answers 200 for all else (RFC 7009 section 2.2).
func TestRevocationThatTheProviderIgnoresIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		ignores oidctest.Fault
		want    *oidcauth.NotRevokedError // nil: revoked
	}{
		"revokes":            {oidctest.Fault{}, nil},
		"ignores":            {oidctest.Fault{Status: 200}, &oidcauth.NotRevokedError{StillActive: true}},
		"refuses the client": {oidctest.Fault{Status: 400, Body: `{"error":"unauthorized_client"}`}, &oidcauth.NotRevokedError{}},
		"is down":            {oidctest.Fault{Status: 503}, &oidcauth.NotRevokedError{}},
	} {
		for _, hint := range []string{"access_token", "refresh_token"} {
			t.Run(name+" "+hint, func(t *testing.T) {
				s, _ := newIntrospectingService(t, func(p *oidctest.Provider, _ *provider.Config, c *oidcauth.Config) {
					c.Issuers[0].ConfirmRevocation = true
				})
				token := s.Opaque(audience, alice)
				require.Empty(t, s.reason(t, token), "what introspection says is kept now")
				s.Fail(oidctest.Revocation, c.ignores)
				err := s.auth.Revoke(t.Context(), token, hint)
				if c.want == nil {
					require.NoError(t, err)
				} else {
					var not *oidcauth.NotRevokedError
					require.ErrorAs(t, err, &not)
					require.Equal(t, s.Issuer(), not.Issuer)
					require.Equal(t, c.want.StillActive, not.StillActive)
					require.Equal(t, c.want.StillActive, not.Err == nil)
					require.NotContains(t, err.Error(), token)
				}
				if hint == "access_token" {
					require.Equal(t, reason.TokenRevoked, s.reason(t, token))
				}
			})
		}
	}
}

func TestRevocationThatCannotBeConfirmedIsTold(t *testing.T) {
	s, _ := newIntrospectingService(t, func(_ *oidctest.Provider, _ *provider.Config, c *oidcauth.Config) {
		c.Issuers[0].ConfirmRevocation = true
	})
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	s.Fail(oidctest.Introspection, oidctest.Fault{Status: 503})
	var not *oidcauth.NotRevokedError
	require.ErrorAs(t, s.auth.Revoke(t.Context(), token, ""), &not)
	require.False(t, not.StillActive)
	require.Error(t, not.Err)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// Unless it is asked for, nobody looks.
func TestRevocationIsConfirmedByChoice(t *testing.T) {
	s, _ := newIntrospectingService(t, nil)
	s.Fail(oidctest.Revocation, oidctest.Fault{Status: 200})
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, 1, s.Requests(oidctest.Introspection))
	for name, without := range map[string]oidcauth.Issuer{"Introspector": {Revoker: &revoker{}}, "Revoker": {Introspection: oidcauth.Introspection{Client: &introspection{}}}} {
		without.URL, without.Audience, without.ConfirmRevocation = "https://idp.example", []string{audience}, true
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{without}})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault, name)
		require.Equal(t, "Issuers[0].ConfirmRevocation", fault.Field)
	}
}
