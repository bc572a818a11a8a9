package oidcauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// granted returns the answer of the token endpoint to a login of alice. Its ID token has these changes.
func (s service) granted(changes oidctest.Claims) signin.Grant {
	access := s.Opaque(audience, oidctest.Claims{"sub": "alice", "client_id": loginClient})
	return signin.Grant{
		Issuer: s.Issuer(), ClientID: loginClient, AccessToken: access, OpenID: true, Nonce: loginNonce, MaxAge: -1, Scopes: []string{"openid"},
		Ends: s.Now().Add(8 * time.Hour), Request: withHeaders(),
		IDToken: s.Forge(oidctest.Forgery{
			Header: map[string]any{"typ": "JWT"}, Claims: merged(oidctest.Claims{"sub": "alice", "aud": loginClient, "nonce": loginNonce}, changes),
		}),
	}
}

// refreshed returns the answer to a refresh token of the session.
func (s service) refreshed(former signin.Evidence, changes oidctest.Claims) signin.Grant {
	g := s.granted(merged(oidctest.Claims{"nonce": nil}, changes))
	g.Nonce, g.Refreshed, g.Former = "", true, &former
	return g
}

func (s service) signIn(t testing.TB, g signin.Grant) (*oidcauth.Identity, signin.Evidence, reason.Reason) {
	t.Helper()
	id, e, err := signin.Of(s.auth).SignIn(t.Context(), g)
	if err != nil {
		require.Nil(t, id)
		require.Zero(t, e)
		return nil, e, reasonOfLogin(t, err)
	}
	return id.(*oidcauth.Identity), e, ""
}

// resume returns the reason for which a request with the session is refused, or "".
func (s service) resume(t testing.TB, e signin.Evidence) (*oidcauth.Identity, reason.Reason) {
	t.Helper()
	id, err := signin.Of(s.auth).Resume(t.Context(), withHeaders(), e)
	if err != nil {
		require.Nil(t, id)
		return nil, reasonOfLogin(t, err)
	}
	return id.(*oidcauth.Identity), ""
}

func (s service) mustSignIn(t testing.TB, changes oidctest.Claims) signin.Evidence {
	t.Helper()
	_, e, why := s.signIn(t, s.granted(changes))
	require.Empty(t, why)
	return e
}

// A refused login is traced with the times of its ID token.
func TestTraceOfALoginNamesTheEndOfTheIDToken(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Users = usermap.NewTable() })
	end := s.Now().Add(10 * time.Minute)
	g := s.granted(oidctest.Claims{"exp": end.Unix()})
	_, _, err := signin.Of(s.auth).SignIn(t.Context(), g)
	require.Equal(t, reason.UserNotFound, reasonOfLogin(t, err))
	var refused *oidcauth.Error
	require.ErrorAs(t, err, &refused)
	require.Contains(t, stepOf(t, refused.Decision(), "time").Detail, "exp "+end.UTC().Format(time.RFC3339))
}

// An error of the provider is shown with its description, if there is one.
func TestErrorOfTheProviderIsShownOnce(t *testing.T) {
	s := newService(t)
	for description, want := range map[string]string{"": ": invalid_scope", "No such scope": ": invalid_scope: No such scope"} {
		err := signin.Of(s.auth).Refuse(t.Context(), withHeaders(), signin.Refusal{
			Issuer: s.Issuer(), ClientID: loginClient, Reason: reason.ProviderUnavailable, Detail: "x", Error: "invalid_scope", Description: description,
		})
		var refused *oidcauth.Error
		require.ErrorAs(t, err, &refused)
		require.True(t, strings.HasSuffix(refused.Decision().Faults()[0].Detail, want), refused)
	}
}

func TestLogoutAfterLoginEndsSession(t *testing.T) {
	for name, c := range map[string]struct {
		login, logout oidctest.Claims
		iat           time.Duration // of the logout, beside that of the login
		want          reason.Reason
	}{
		"by sid":                    {oidctest.Claims{"sid": "s-1"}, oidctest.Claims{"sid": "s-1"}, time.Minute, reason.TokenRevoked},
		"by sid alone":              {oidctest.Claims{"sid": "s-1"}, oidctest.Claims{"sid": "s-1", "sub": nil}, time.Minute, reason.TokenRevoked},
		"by sub":                    {oidctest.Claims{"sid": "s-1"}, nil, time.Minute, reason.TokenRevoked},
		"by sub, no sid in session": {nil, nil, time.Minute, reason.TokenRevoked},
		"by sid, no sid in session": {nil, oidctest.Claims{"sid": "s-1"}, time.Minute, reason.TokenRevoked},
		"of another session":        {oidctest.Claims{"sid": "s-1"}, oidctest.Claims{"sid": "s-2"}, time.Minute, ""},
		"of another user":           {oidctest.Claims{"sid": "s-1"}, oidctest.Claims{"sub": "bob"}, time.Minute, ""},
		"before the login":          {oidctest.Claims{"sid": "s-1"}, nil, -time.Minute, ""},
		"of the session before":     {oidctest.Claims{"sid": "s-2"}, oidctest.Claims{"sid": "s-1"}, -time.Minute, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withLogout)
			if c.iat > 0 {
				e := s.mustSignIn(t, c.login)
				_, got := s.resume(t, e)
				require.Empty(t, got)
				s.Advance(c.iat)
				require.Equal(t, http.StatusOK, s.logout(t, nil, c.logout))
				_, got = s.resume(t, e)
				require.Equal(t, c.want, got)
				return
			}
			require.Equal(t, http.StatusOK, s.logout(t, nil, c.logout))
			s.Advance(-c.iat)
			_, got := s.resume(t, s.mustSignIn(t, c.login))
			require.Equal(t, c.want, got)
		})
	}
}

// A refresh does not turn a logout into an older one.
func TestLogoutEndsSessionThatWasRefreshedAfterIt(t *testing.T) {
	s := newService(t, withLogout)
	e := s.mustSignIn(t, nil)
	s.Advance(time.Minute)
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	s.Advance(time.Minute)
	_, _, got := s.signIn(t, s.refreshed(e, nil))
	require.Equal(t, reason.TokenRevoked, got)
}

// The ID token of a refresh follows OpenID Connect Core 1.0 section 12.2.
func TestVerdictRefresh(t *testing.T) {
	s := newService(t)
	other := s.Now().Add(-time.Minute).Unix()
	e := s.mustSignIn(t, oidctest.Claims{"auth_time": other, "acr": "mfa", "sid": "s-1"})
	for name, c := range map[string]struct {
		changes oidctest.Claims
		grant   func(*signin.Grant)
		want    reason.Reason
	}{
		"good":                    {},
		"without ID token":        {grant: func(g *signin.Grant) { g.IDToken = "" }},
		"same nonce":              {changes: oidctest.Claims{"nonce": loginNonce}},
		"same auth_time":          {changes: oidctest.Claims{"auth_time": other}},
		"other iss":               {changes: oidctest.Claims{"iss": "https://other.example"}, want: reason.LoginIssuerMismatch},
		"other sub":               {changes: oidctest.Claims{"sub": "bob"}, want: reason.LoginChanged},
		"other aud":               {changes: oidctest.Claims{"aud": "other"}, want: reason.WrongAudience},
		"other azp":               {changes: oidctest.Claims{"azp": "other"}, want: reason.UnauthorizedParty},
		"other nonce":             {changes: oidctest.Claims{"nonce": "other"}, want: reason.NonceMismatch},
		"later auth_time":         {changes: oidctest.Claims{"auth_time": other + 1}, want: reason.LoginChanged},
		"earlier auth_time":       {changes: oidctest.Claims{"auth_time": other - 2}, want: reason.LoginChanged},
		"auth_time rounded down":  {changes: oidctest.Claims{"auth_time": other - 1}},
		"auth_time with fraction": {changes: oidctest.Claims{"auth_time": float64(other) + 0.5}},
		"no session":              {grant: func(g *signin.Grant) { g.Former = nil }, want: reason.LoginChanged},
		"session of another user": {grant: func(g *signin.Grant) { f := *g.Former; f.Subject = "bob"; g.Former = &f }, want: reason.SessionUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			g := s.refreshed(e, c.changes)
			if c.grant != nil {
				c.grant(&g)
			}
			id, after, got := s.signIn(t, g)
			require.Equal(t, c.want, got)
			if got != "" {
				return
			}
			require.True(t, e.Since.Equal(after.Since), "the login is as old as before")
			require.Equal(t, "s-1", after.SessionID)
			require.NoError(t, id.RequireAuthentication(0, "mfa"), "the authentication is the same")
			again, got := s.resume(t, after)
			require.Empty(t, got)
			require.NoError(t, again.RequireAuthentication(time.Hour, "mfa"))
		})
	}
}

// If the first ID token has no auth_time, that of a refresh cannot be later than the login.
func TestVerdictRefreshWithTheFirstAuthTime(t *testing.T) {
	s := newService(t)
	e := s.mustSignIn(t, nil)
	signedIn := s.Now().Unix()
	s.Advance(time.Hour)
	for name, c := range map[string]struct {
		authTime int64
		want     reason.Reason
	}{
		"before the login":    {signedIn - 600, ""},
		"at the login":        {signedIn, ""},
		"of another clock":    {signedIn + 60, ""},
		"after the login":     {signedIn + 61, reason.LoginChanged},
		"that of the refresh": {signedIn + 3600, reason.LoginChanged},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, got := s.signIn(t, s.refreshed(e, oidctest.Claims{"auth_time": c.authTime}))
			require.Equal(t, c.want, got)
		})
	}
}

func TestStepUpKeepsTheUser(t *testing.T) {
	s := newService(t)
	e := s.mustSignIn(t, oidctest.Claims{"acr": "pwd"})
	for sub, want := range map[string]reason.Reason{"alice": "", "bob": reason.LoginChanged} {
		g := s.granted(oidctest.Claims{"sub": sub, "acr": "mfa"})
		g.Former, g.ACR = &e, []string{"mfa"}
		id, _, got := s.signIn(t, g)
		require.Equal(t, want, got)
		if got == "" {
			require.NoError(t, id.RequireAuthentication(0, "mfa"))
		}
	}
}

// A login without openid is judged by introspection or UserInfo.
func TestVerdictLoginWithoutOpenID(t *testing.T) {
	introspected := withClient(t, nil)
	byUserInfo := func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = must(p.UserInfoClient())
	}
	for name, c := range map[string]struct {
		option  option
		token   oidctest.Claims
		info    oidctest.Claims
		grant   func(*signin.Grant)
		want    reason.Reason
		unknown bool // the provider does not know the access token
	}{
		"introspection":              {option: introspected},
		"of another client":          {option: introspected, token: oidctest.Claims{"client_id": "other"}, want: reason.UnauthorizedParty},
		"of another issuer":          {option: introspected, token: oidctest.Claims{"iss": "https://other.example"}, want: reason.LoginIssuerMismatch},
		"for another API":            {option: introspected, token: oidctest.Claims{"aud": "https://other.example"}},
		"without sub":                {option: introspected, token: oidctest.Claims{"sub": nil}, want: reason.InvalidClaims},
		"inactive":                   {option: introspected, unknown: true, want: reason.TokenInactive},
		"without access token":       {option: introspected, grant: func(g *signin.Grant) { g.AccessToken = "" }, want: reason.IDTokenMissing},
		"acr by introspection":       {option: introspected, token: oidctest.Claims{"acr": "mfa"}, grant: func(g *signin.Grant) { g.ACR = []string{"mfa"} }},
		"UserInfo":                   {option: byUserInfo, info: oidctest.Claims{"department": "toys"}},
		"UserInfo refuses":           {option: byUserInfo, unknown: true, want: reason.UserInfoRefused},
		"UserInfo without sub":       {option: byUserInfo, info: oidctest.Claims{"sub": ""}, want: reason.InvalidClaims},
		"acr by UserInfo":            {option: byUserInfo, info: oidctest.Claims{"acr": "mfa"}, grant: func(g *signin.Grant) { g.ACR = []string{"mfa"} }, want: reason.InsufficientUserAuthentication},
		"neither":                    {want: reason.IDTokenMissing},
		"unchecked ID token":         {option: byUserInfo, grant: func(g *signin.Grant) { g.OpenID, g.InsecureSkipIDToken, g.IDToken = true, true, "not even a token" }},
		"unchecked without openid":   {option: byUserInfo, grant: func(g *signin.Grant) { g.InsecureSkipIDToken = true }, want: reason.IDTokenMissing},
		"unchecked without UserInfo": {grant: func(g *signin.Grant) { g.OpenID, g.InsecureSkipIDToken = true, true }, want: reason.IDTokenMissing},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, c.option)
			s.SetUserInfo("alice", merged(oidctest.Claims{"email": "alice@corp.example"}, c.info))
			g := s.granted(nil)
			g.AccessToken = s.Opaque(audience, merged(oidctest.Claims{"sub": "alice", "client_id": loginClient, "scope": "admin"}, c.token))
			if c.unknown {
				g.AccessToken = "unknown-to-the-provider"
			}
			g.OpenID, g.IDToken, g.Nonce = false, "", ""
			if c.grant != nil {
				c.grant(&g)
			}
			id, e, got := s.signIn(t, g)
			require.Equal(t, c.want, got)
			if got != "" {
				return
			}
			again, got := s.resume(t, e)
			require.Empty(t, got)
			for _, id := range []*oidcauth.Identity{id, again} {
				require.Equal(t, "alice", id.Subject())
				require.Equal(t, s.Issuer(), id.Issuer())
				require.Equal(t, loginClient, id.ClientID())
				require.False(t, id.HasScopes("admin"))
			}
			require.Error(t, signin.Of(s.auth).Check(signin.Client{Issuer: "https://other.example", ClientID: loginClient, OpenID: true}))
		})
	}
}

// The clock of this service may be ahead of the provider's. UserInfo states no time of the login.
func TestLogoutOfSessionWithoutTime(t *testing.T) {
	s := newService(t, withLogout, func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = must(p.UserInfoClient())
		c.Now = func() time.Time { return p.Now().Add(2 * time.Minute) }
	})
	s.SetUserInfo("alice", nil)
	signIn := func() signin.Evidence {
		g := s.granted(nil)
		g.OpenID, g.IDToken, g.Nonce = false, "", ""
		_, e, why := s.signIn(t, g)
		require.Empty(t, why)
		return e
	}
	first := signIn()
	s.Advance(2 * time.Second)
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	_, got := s.resume(t, first)
	require.Equal(t, reason.TokenRevoked, got)
	s.Advance(2 * time.Second)
	second := signIn()
	_, got = s.resume(t, second)
	require.Empty(t, got)
	s.Advance(2 * time.Second)
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"jti": "l-2"}))
	_, got = s.resume(t, second)
	require.Equal(t, reason.TokenRevoked, got)
}

// A session is judged by the configuration in use.
func TestSessionFollowsNext(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*oidcauth.Config)
		want   reason.Reason
	}{
		"same":           {func(*oidcauth.Config) {}, ""},
		"check":          {func(c *oidcauth.Config) { c.Issuers[0].Claims.Checks = []claims.Check{claims.Has(claims.Name("tier"))} }, reason.CheckClaimMissing},
		"issuer is gone": {func(c *oidcauth.Config) { c.Issuers[0].URL = "https://other.example" }, reason.SessionUnknown},
		"user is disabled": {func(c *oidcauth.Config) {
			c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "1"}})
		}, reason.UserDisabled},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			e := s.mustSignIn(t, nil)
			config := s.Config(audience)
			c.change(&config)
			next, err := s.auth.Next(config)
			require.NoError(t, err)
			next.Reloaded(t.Context(), decision.Reload{Source: "test"})
			_, got := s.resume(t, e)
			require.Equal(t, c.want, got)
		})
	}
}

func TestSessionNeedsTheDenyListAndTheUserStore(t *testing.T) {
	var down error
	s := newService(t, withDenyList(listFunc(func() error { return down })))
	e := s.mustSignIn(t, nil)
	down = errTooLate
	_, got := s.resume(t, e)
	require.Equal(t, reason.DenyListUnavailable, got)
	_, _, got = s.signIn(t, s.granted(nil))
	require.Equal(t, reason.DenyListUnavailable, got)
}
