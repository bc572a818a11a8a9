package oidcauth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

type requestName struct{}

// nameRecorder is a transport that keeps, for each path, the name in the context of the last request.
type nameRecorder struct {
	http.Transport
	mu sync.Mutex
	by map[string]any
}

func (n *nameRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.by[r.URL.Path] = r.Context().Value(requestName{})
	n.mu.Unlock()
	return n.Transport.RoundTrip(r)
}

func (n *nameRecorder) of(e oidctest.Endpoint) any {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.by[string(e)]
}

func TestCallsHaveTheValuesOfTheRequestThatCausesThem(t *testing.T) {
	calls := &nameRecorder{by: map[string]any{}}
	t.Cleanup(calls.CloseIdleConnections)
	var client *provider.Client
	s := newService(t, withClient(t, &client, func(c *provider.Config) { c.HTTPClient = &http.Client{Transport: calls} }),
		withConfig(func(c *oidcauth.Config) {
			c.HTTPClient = &http.Client{Transport: calls}
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		}))
	s.SetUserInfo("alice", oidctest.Claims{"email": "a@corp.example"})
	check := func(name, token string) {
		_, err := s.auth.CheckToken(context.WithValue(t.Context(), requestName{}, name), oidcauth.Presented{Token: token})
		require.NoError(t, err)
	}
	check("first", s.Token(audience, alice))
	check("second", s.Opaque(audience, oidctest.Claims{"sub": "alice", "email": "a@corp.example"}))
	for e, name := range map[oidctest.Endpoint]string{
		oidctest.Discovery: "first", oidctest.JWKS: "first", oidctest.UserInfo: "first", oidctest.Introspection: "second",
	} {
		require.Equal(t, name, calls.of(e), e)
	}

	// A refresh in the background belongs to no request.
	s.Advance(11 * time.Minute)
	require.Eventually(t, func() bool {
		check("third", s.Token(audience, alice))
		return calls.of(oidctest.JWKS) == nil
	}, watchdog, time.Millisecond)
}
