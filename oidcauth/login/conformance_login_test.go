package login_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// calls are the requests that this service sends to the provider.
type calls struct {
	mu   sync.Mutex
	sent []*http.Request
}

func (c *calls) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.sent = append(c.sent, r)
	c.mu.Unlock()
	return http.DefaultTransport.RoundTrip(r)
}

// to returns the requests to an endpoint.
func (c *calls) to(e oidctest.Endpoint) (out []*http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.sent {
		if r.URL.Path == string(e) {
			out = append(out, r)
		}
	}
	return out
}

// UserInfo has the claims of the requested scopes. It is asked with the token in the header, once for a login, and may be signed.
func TestUserInfoOfALogin(t *testing.T) {
	for _, signed := range []bool{false, true} {
		var c calls
		w := newWorld(t, setup{
			auth: asksUserInfo.auth, provider: func(p *provider.Config) { p.HTTPClient = &http.Client{Transport: &c} },
			login: func(l *login.Config) { l.Providers[0].Scopes = []string{"openid", "profile", "email"} },
		})
		w.op.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
		if signed {
			w.op.SignUserInfo(oidctest.ClientID)
		}
		b := w.browser()
		v := b.open(w.app.URL + "/orders")
		require.Equal(t, "GET /orders user=user-alice@corp.example sub=alice", v.body, w.logged())
		require.Equal(t, 3, v.hops)
		require.Equal(t, "openid profile email", w.op.AuthorizationRequest().Get("scope"))
		require.True(t, w.isSignedIn(b))
		asked := c.to(oidctest.UserInfo)
		require.Len(t, asked, 1)
		require.Equal(t, http.MethodGet, asked[0].Method)
		require.Empty(t, asked[0].URL.RawQuery)
		require.Regexp(t, `^Bearer [^ ]+$`, asked[0].Header.Get("Authorization"))
	}
}

// The suite also wants max_age=0 and prompt=none. This service cannot send prompt=none, so the provider needs no reason for its error.
func TestErrorInTheBodyOfAPOST(t *testing.T) {
	for _, c := range []struct {
		fault  string
		status int
		why    reason.Reason
	}{
		{"login_required", 401, "interaction_required"},
		{"access_denied", 403, "authorization_refused"},
		{"server_error", 503, "provider_unavailable"},
	} {
		w := newWorld(t, setup{login: func(l *login.Config) { l.Providers[0].FormPost = true }})
		w.op.FailLogin(oidctest.LoginFault{Error: c.fault})
		b := w.browser()
		v := b.open(w.app.URL + "/orders") // the page of the provider, whose script sends the form
		require.Equal(t, 1, v.hops)
		form, action := hiddenForm(t, v.body)
		require.False(t, form.Has("code"))
		v = b.send(http.MethodPost, action, form, with(navigation(), "Sec-Fetch-Site", "cross-site", "Origin", w.op.Issuer()))
		require.Equal(t, c.status, v.status, v.body)
		require.Zero(t, v.hops)
		requireExplained(t, w, b, v, c.why)
		require.False(t, w.isSignedIn(b))
		require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
	}
}

// The endpoints and keys are used where discovery says they are.
func TestEndpointsAreDiscovered(t *testing.T) {
	var c calls
	client := &http.Client{Transport: &c}
	w := newWorld(t, setup{
		auth:     func(a *authConfig) { a.Issuers[0].HTTPClient = client },
		provider: func(p *provider.Config) { p.HTTPClient = client },
	})
	members := map[string]oidctest.Endpoint{
		"jwks_uri": oidctest.JWKS, "token_endpoint": oidctest.TokenEndpoint, "pushed_authorization_request_endpoint": oidctest.PushedAuthorization,
		"authorization_endpoint": oidctest.Authorization, "end_session_endpoint": oidctest.EndSession,
	}
	changes := oidctest.Claims{}
	for name, e := range members {
		changes[name] = w.op.Issuer() + string(e) + "?at=" + name
	}
	w.op.SetMetadata(changes)
	b := w.browser()
	v := b.open(w.app.URL + "/orders")
	require.Equal(t, http.StatusOK, v.status, w.logged())
	require.Equal(t, 3, v.hops)
	seen := append(slices.Clone(v.request), c.sent...)
	seen = append(seen, w.logOut(b).request...)
	for name, e := range members {
		found := slices.ContainsFunc(seen, func(r *http.Request) bool {
			return r.URL.Path == string(e) && r.URL.Query().Get("at") == name
		})
		require.True(t, found, name)
	}
}

// The metadata of another issuer sends no visitor anywhere, and its keys verify nothing.
func TestDiscoveryOfAnotherIssuer(t *testing.T) {
	w := newWorld(t, setup{})
	w.op.SetMetadata(oidctest.Claims{"issuer": "https://other.example"})
	b := w.browser()
	v := b.open(w.app.URL + "/orders")
	require.Equal(t, http.StatusServiceUnavailable, v.status)
	require.Zero(t, v.hops)
	requireExplained(t, w, b, v, "provider_unavailable")

	w.op.SetMetadata(nil)
	w.op.Advance(time.Hour)
	at := w.browser()
	callback := at.callback(w, "/orders")
	w.op.SetMetadata(oidctest.Claims{"issuer": "https://other.example"})
	v = at.open(callback)
	require.Equal(t, http.StatusServiceUnavailable, v.status)
	require.Zero(t, v.hops)
	requireExplained(t, w, at, v, "keys_unavailable")
}

func TestKeysRotateBetweenLogins(t *testing.T) {
	w := newWorld(t, setup{})
	for range 3 {
		v := w.browser().open(w.app.URL + "/orders")
		require.Equal(t, "GET /orders user=user-alice sub=alice", v.body, w.logged())
		require.Equal(t, 3, v.hops)
		require.NoError(t, w.op.Rotate("ES256"))
		w.op.Retire()
		w.op.Advance(time.Minute)
	}
	require.Equal(t, 3, w.op.Requests(oidctest.JWKS))
}

// The provider signs with a key that it publishes only after the visitor has signed in there.
func TestKeysRotateDuringALogin(t *testing.T) {
	w := newWorld(t, setup{})
	require.Equal(t, http.StatusOK, w.browser().open(w.app.URL+"/").status) // the keys are known
	b := w.browser()
	at := b.callback(w, "/orders")
	require.NoError(t, w.op.Rotate("ES256"))
	w.op.Retire()
	v := b.open(at)
	require.Equal(t, "GET /orders user=user-alice sub=alice", v.body, w.logged())
	require.Equal(t, 1, v.hops)
	require.Equal(t, 2, w.op.Requests(oidctest.JWKS))
}

// A refresh with an ID token of another issuer, user or client ends the session (OpenID Connect Core 1.0 section 12.2).
func TestRefreshThatChangesTheLogin(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		why   reason.Reason
	}{
		{"iss", "https://other.example", "login_issuer_mismatch"},
		{"sub", "mallory", "login_changed"},
		{"aud", "another-client", "wrong_audience"},
		{"azp", "another-client", "unauthorized_party"},
		{"nonce", "of-another-login", "nonce_mismatch"},
		{"auth_time", time.Now().Add(4 * time.Minute).Unix(), "login_changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{})
			b := w.browser()
			require.Equal(t, 3, b.open(w.app.URL+"/").hops)
			claim(c.name, c.value)(w)
			w.op.Advance(4*time.Minute + time.Second)
			v := b.send(http.MethodGet, w.app.URL+"/token", nil, fetching())
			require.Equal(t, http.StatusUnauthorized, v.status, v.body)
			require.Zero(t, v.hops)
			require.Contains(t, w.logged(), "reason="+string(c.why))
			require.NotContains(t, v.body, string(c.why))
			w.op.FailLogin(oidctest.LoginFault{})
			require.False(t, w.isSignedIn(b))
			require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint))
		})
	}
}
