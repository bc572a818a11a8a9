package login_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The functions that the guide shows work together: a page needs a second factor, and calls another API for the user.
func TestFunctionsOfTheGuide(t *testing.T) {
	w := newWorld(t, setup{})
	stock := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprint(rw, len(r.Header.Get("Authorization")) > len("Bearer "))
	}))
	t.Cleanup(stock.Close)
	protectPayments(w.mux, w.rp, onBehalf(stock.URL))
	b := w.browser()
	b.open(w.app.URL + "/")
	require.Equal(t, "true", b.open(w.app.URL+"/payments").body)
	require.Equal(t, "urn:example:mfa", w.op.AuthorizationRequest().Get("acr_values"))
}

// After a reload, bearer tokens and sessions are judged by the new configuration.
func TestReloadedConfigurationAppliesToALogin(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	c := w.op.Config("api://billing")
	c.Issuers[0].LogoutAudience = []string{oidctest.ClientID}
	c.Logger = quiet()
	next, err := w.auth.Next(c)
	require.NoError(t, err)
	next.Reloaded(t.Context(), decision.Reload{Source: "test"})
	require.Equal(t, "GET / user= sub=alice", b.open(w.app.URL+"/").body) // no users are configured
	for token, status := range map[string]int{
		w.op.Token("api://billing", oidctest.Claims{"sub": "machine"}): http.StatusOK,
		w.op.Token(audience, oidctest.Claims{"sub": "machine"}):        http.StatusUnauthorized,
	} {
		v := b.send(http.MethodGet, w.app.URL+"/", nil, with(fetching(), "Authorization", "Bearer "+token))
		require.Equal(t, status, v.status)
	}

	c.Issuers = []oidcauth.Issuer{{URL: "https://other.example", Audience: []string{audience}}}
	last, err := next.Next(c)
	require.NoError(t, err)
	last.Reloaded(t.Context(), decision.Reload{Source: "test"})
	v := b.send(http.MethodGet, w.app.URL+"/", nil, fetching())
	require.Equal(t, http.StatusUnauthorized, v.status) // the issuer is not trusted any more
}

// An attempt that took too long is told apart from one whose cookie is lost.
func TestAttemptThatTookTooLong(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	at := b.callback(w, "/orders")
	for range 2 { // the first one begins anew
		w.op.Advance(11 * time.Minute)
		v := b.step(http.MethodGet, at, nil, navigation())
		if v.status == http.StatusSeeOther {
			at = b.step(http.MethodGet, v.location(t).String(), nil, navigation()).location(t).String()
			continue
		}
		require.Equal(t, http.StatusBadRequest, v.status)
	}
	require.Contains(t, w.logged(), "attempt_expired")
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
}

func TestHEADUsesNoCode(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	at := b.callback(w, "/orders")
	require.Equal(t, http.StatusBadRequest, b.step(http.MethodHead, at, nil, navigation()).status)
	require.Equal(t, "GET /orders user=user-alice sub=alice", b.open(at).body)
}
