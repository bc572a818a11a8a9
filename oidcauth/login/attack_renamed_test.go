package login_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// exchanged serves a login in whose configuration the two providers have exchanged their names and, by choice, their callbacks. It has the
// store of the login before it.
func exchanged(t *testing.T, w *world, before login.Config, callbacks bool) {
	t.Helper()
	after := before
	after.Providers = slices.Clone(before.Providers)
	a, b := &after.Providers[0], &after.Providers[1]
	a.Name, b.Name = b.Name, a.Name
	if callbacks {
		a.Callback, b.Callback = b.Callback, a.Callback
	}
	rp, err := login.New(after)
	require.NoError(t, err)
	w.serve(w.routes(rp))
}

// twoNamed is a world with two providers, the first of which signs alice in, and its configuration.
func twoNamed(t *testing.T) (*world, *oidctest.Provider, login.Config) {
	t.Helper()
	w, other := twoProviders(t)
	second := &world{t: t, op: other, app: w.app}
	c := w.config(setup{auth: addIssuer(other), login: func(c *login.Config) {
		c.Sessions.Store = &login.Memory{Now: w.op.Now}
		c.Providers[0].Name = "first"
		c.Providers = append(c.Providers, login.Provider{Client: second.client(t), Name: "second", Callback: "callback-second"})
	}})
	rp, err := login.New(c)
	require.NoError(t, err)
	w.serve(w.routes(rp))
	return w, other, c
}

// A name belongs to another provider after the configuration has changed. The tokens of a session must not reach that provider.
func TestAttackTokensOfASessionAtAnotherProvider(t *testing.T) {
	for _, logOut := range []bool{false, true} {
		w, other, c := twoNamed(t)
		b := w.browser()
		require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/auth/login?provider=first").body)
		exchanged(t, w, c, false)
		at := []oidctest.Endpoint{oidctest.TokenEndpoint, oidctest.Revocation, oidctest.EndSession}
		if logOut {
			v := w.logOut(b)
			require.True(t, slices.ContainsFunc(v.request, func(r *http.Request) bool { return strings.HasPrefix(r.URL.String(), w.op.Issuer()) }))
			require.Eventually(t, func() bool { return w.op.Requests(oidctest.Revocation)+other.Requests(oidctest.Revocation) == 1 }, 10*time.Second, 10*time.Millisecond)
		} else {
			w.op.Advance(6 * time.Minute)
			require.Equal(t, http.StatusOK, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
			require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint))
		}
		for _, e := range at {
			require.Zero(t, other.Requests(e), e)
		}
	}
}

// A login is on its way while the configuration changes. Its code must not reach another provider than the one with which it began.
func TestAttackCodeOfALoginAtAnotherProvider(t *testing.T) {
	for _, iss := range []bool{false, true} {
		w, other, c := twoNamed(t)
		if !iss {
			w.op.FailLogin(oidctest.LoginFault{Response: map[string]string{"iss": ""}})
			for _, one := range []*oidctest.Provider{w.op, other} {
				one.SetMetadata(oidctest.Claims{"authorization_response_iss_parameter_supported": nil})
			}
		}
		b := w.browser()
		at := b.callback(w, "/auth/login?provider=first")
		exchanged(t, w, c, true)
		v := b.step(http.MethodGet, at, nil, navigation())
		require.Zero(t, other.Requests(oidctest.TokenEndpoint))
		require.Nil(t, b.cookie(w, "__Host-session"))
		require.GreaterOrEqual(t, v.status, 300)
	}
}
