package login_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// bearer returns the header of a program with an access token.
func bearer(token string) http.Header {
	h := fetching()
	h.Set("Authorization", "Bearer "+token)
	return h
}

// "No ID token check" needs the scope openid and UserInfo. It changes nothing for access tokens.
func TestLoginWithoutIDTokenCheck(t *testing.T) {
	for _, c := range []struct {
		name     string
		scopes   []string
		userInfo bool
		accepted bool
	}{
		{"openid and UserInfo", []string{"openid"}, true, true},
		{"openid alone", []string{"openid"}, false, false},
		{"UserInfo alone", []string{"profile"}, true, false},
		{"neither", []string{"profile"}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setup{login: func(l *login.Config) { l.Providers[0].Scopes, l.Providers[0].InsecureSkipIDToken = c.scopes, true }}
			if c.userInfo {
				s.auth = asksUserInfo.auth
			}
			w := &world{t: t, op: oidctest.New(t)}
			w.start()
			w.register(s)
			rp, err := login.New(w.config(s))
			if !c.accepted {
				var fault *login.ConfigError
				require.ErrorAs(t, err, &fault)
				require.Equal(t, "Providers[0].Client", fault.Field)
				return
			}
			require.NoError(t, err)
			w.op.AutoLogin("alice")
			w.op.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
			signsWithTheSecret(w) // an ID token that cannot be verified
			mux := w.routes(rp)
			mux.Handle("/api", w.auth.Handler(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })))
			w.serve(mux)
			v := w.browser().open(w.app.URL + "/")
			require.Equal(t, "GET / user=user-alice@corp.example sub=alice", v.body, w.logged())
			require.Equal(t, 3, v.hops)
			w.requireAccessTokensAreChecked()
		})
	}
}

// requireAccessTokensAreChecked sends a good access token, and others that differ from it.
func (w *world) requireAccessTokensAreChecked() {
	w.t.Helper()
	for name, c := range map[string]struct {
		forgery oidctest.Forgery
		aud     string
		want    int
	}{
		"good":             {aud: audience, want: http.StatusNoContent},
		"another audience": {aud: "api://other", want: http.StatusUnauthorized},
		"expired":          {aud: audience, forgery: oidctest.Forgery{Claims: oidctest.Claims{"exp": 1}}, want: http.StatusUnauthorized},
		"alg none":         {aud: audience, forgery: oidctest.Forgery{Algorithm: "none"}, want: http.StatusUnauthorized},
		"HS256":            {aud: audience, forgery: oidctest.Forgery{Algorithm: "HS256", Key: []byte(oidctest.ClientSecret)}, want: http.StatusUnauthorized},
		"an ID token":      {aud: oidctest.ClientID, forgery: oidctest.Forgery{Header: map[string]any{"typ": "JWT"}, Claims: oidctest.Claims{"nonce": "n"}}, want: http.StatusUnauthorized},
	} {
		all := oidctest.Claims{"aud": c.aud, "sub": "alice"}
		for name, v := range c.forgery.Claims {
			all[name] = v
		}
		c.forgery.Claims = all
		v := w.browser().send(http.MethodGet, w.app.URL+"/api", nil, bearer(w.op.Forge(c.forgery)))
		require.Equal(w.t, c.want, v.status, "%s: %s", name, v.body)
		require.Zero(w.t, v.hops)
	}
}

// The URL of a logout at the provider has the ID token of the session as its hint, and names a URI to return to, none, or another one.
func TestURLOfALogoutAtTheProvider(t *testing.T) {
	for name, c := range map[string]struct {
		logout login.Logout
		target func(*world) string
	}{
		"the URI of the login": {login.Logout{}, func(w *world) string { return w.app.URL + "/auth/logged-out" }},
		"no URI":               {login.Logout{NoRedirect: true}, func(*world) string { return "" }},
		"another URI":          {login.Logout{RedirectURI: "https://www.example.com/bye"}, func(*world) string { return "https://www.example.com/bye" }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, setup{login: func(l *login.Config) { l.Logout = c.logout }})
			b := w.browser()
			b.open(w.app.URL + "/")
			q := b.step(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Site", "same-origin")).location(t).Query()
			require.Equal(t, c.target(w), q.Get("post_logout_redirect_uri"))
			require.Equal(t, oidctest.ClientID, q.Get("client_id"))
			hint, err := jose.Parse(q.Get("id_token_hint"), 0)
			require.NoError(t, err)
			require.Equal(t, []string{"alice", oidctest.ClientID}, []string{hint.Claims.Text("sub"), hint.Claims.Text("aud")})
			require.False(t, w.isSignedIn(b))
		})
	}
}

// A back-channel logout ends the sessions and the access tokens of the session that it names, also tokens that were accepted before.
func TestBackChannelLogoutEndsSessionsAndTokens(t *testing.T) {
	w := newWorld(t, setup{})
	mux := w.routes(w.rp)
	mux.Handle("/api", w.auth.Handler(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })))
	w.serve(mux)
	b, other := w.browser(), w.browser()
	b.open(w.app.URL + "/")
	other.open(w.app.URL + "/")
	mux.Handle("/sid", w.rp.Require(http.HandlerFunc(writeSID)))
	sid, kept := b.open(w.app.URL+"/sid").body, other.open(w.app.URL+"/sid").body
	require.NotEqual(t, sid, kept)
	of := func(sid string) http.Header {
		return bearer(w.op.Token(audience, oidctest.Claims{"sub": "alice", "sid": sid}))
	}
	ended, goesOn := of(sid), of(kept)
	api := func(h http.Header) int { return w.browser().send(http.MethodGet, w.app.URL+"/api", nil, h).status }
	require.Equal(t, http.StatusNoContent, api(ended))

	token := w.op.LogoutToken(oidctest.ClientID, oidctest.Claims{"sid": sid})
	v := w.browser().send(http.MethodPost, w.app.URL+"/auth/backchannel-logout", url.Values{"logout_token": {token}}, http.Header{})
	require.Equal(t, http.StatusOK, v.status)
	require.False(t, w.isSignedIn(b))
	require.Equal(t, http.StatusUnauthorized, api(ended))
	require.True(t, w.isSignedIn(other))
	require.Equal(t, http.StatusNoContent, api(goesOn))
}

// A login with a code has PKCE, state, nonce, the acr_values in their order, and resource. The claims, checks and users of the issuer then
// judge it as they judge a bearer token.
func TestLoginIsJudgedLikeABearerToken(t *testing.T) {
	for name, c := range map[string]struct {
		claims oidctest.Claims
		want   reason.Reason
	}{
		"good":               {oidctest.Claims{"email": "alice@corp.example", "tier": "gold"}, ""},
		"check fails":        {oidctest.Claims{"email": "alice@corp.example", "tier": "none"}, "check_failed"},
		"check has no claim": {oidctest.Claims{"email": "alice@corp.example"}, "check_claim_missing"},
		"claim missing":      {oidctest.Claims{"tier": "gold"}, "claim_missing"},
		"no such user":       {oidctest.Claims{"email": "eve@corp.example", "tier": "gold"}, "user_not_found"},
		"disabled user":      {oidctest.Claims{"email": "bob@corp.example", "tier": "gold"}, "user_disabled"},
		"two users":          {oidctest.Claims{"email": "both@corp.example", "tier": "gold"}, "user_ambiguous"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, setup{
				auth: func(a *authConfig) {
					a.Issuers[0].Claims.User = claims.Name("email")
					a.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("tier"), "gold")}
					a.Users = usermap.FinderFunc(directory)
				},
				login: func(l *login.Config) {
					l.Providers[0].ACRValues = []string{"gold", "silver"}
					l.Providers[0].Resources = []string{"https://api.example"}
				},
			})
			w.op.AddUser(oidctest.User{Name: "alice", Claims: c.claims})
			b := w.browser()
			v := b.open(w.app.URL + "/orders")
			asked := w.op.AuthorizationRequest()
			require.Equal(t, []string{"gold silver", "https://api.example", "S256", "code"},
				[]string{asked.Get("acr_values"), asked.Get("resource"), asked.Get("code_challenge_method"), asked.Get("response_type")})
			for _, name := range []string{"state", "nonce", "code_challenge"} {
				require.NotEmpty(t, asked.Get(name))
			}
			all := oidctest.Claims{"sub": "alice"}
			for name, v := range c.claims {
				all[name] = v
			}
			_, err := w.auth.Check(&http.Request{Method: http.MethodGet, Header: bearer(w.op.Token(audience, all))})
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, "GET /orders user=1 sub=alice", v.body, w.logged())
				require.Equal(t, 3, v.hops)
				return
			}
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want.Status(), v.status)
			require.Equal(t, 2, v.hops)
			requireExplained(t, w, b, v, c.want)
		})
	}
}

// directory has one enabled user, one disabled user, and two with one address.
func directory(_ context.Context, q usermap.Query) ([]usermap.User, error) {
	switch name, _, _ := strings.Cut(q.Value, "@"); name {
	case "alice":
		return []usermap.User{{ID: "1", Enabled: true}}, nil
	case "bob":
		return []usermap.User{{ID: "2"}}, nil
	case "both":
		return []usermap.User{{ID: "3", Enabled: true}, {ID: "4", Enabled: true}}, nil
	}
	return nil, nil
}
