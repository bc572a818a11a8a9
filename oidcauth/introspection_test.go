package oidcauth_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestOpaqueTokenEndToEnd(t *testing.T) {
	for _, signed := range []bool{false, true} {
		s := newService(t, withClient(t, nil, func(c *provider.Config) { c.RequireSignedIntrospection = signed }), func(p *oidctest.Provider, c *oidcauth.Config) {
			p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		})
		token := s.Opaque(audience, oidctest.Claims{"sub": "alice", "scope": "orders.read"})
		id, err := s.auth.Check(withHeaders("Bearer " + token))
		require.NoError(t, err)
		require.Equal(t, "alice", id.Subject())
		require.True(t, id.HasScopes("orders.read"))
		require.True(t, id.Claims().FromUserInfo(claims.Name("email")))
		require.Equal(t, reason.WrongAudience, s.reason(t, s.Opaque("api://invoices", alice)))
		require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-nobody"))

		require.NoError(t, s.auth.Revoke(t.Context(), token, "access_token"))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
		require.Equal(t, 1, s.Requests(oidctest.Revocation))
	}
}

// A revocation at the provider takes effect within Introspection.MaxAge.
func TestRevocationAtTheProviderIsSeenWithinTheStatedAge(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client))
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.NoError(t, client.Revoke(t.Context(), token, ""))
	s.Advance(time.Minute)
	require.Equal(t, reason.TokenInactive, s.reason(t, token))
}

func TestWrongSecretIsTheOperatorsFault(t *testing.T) {
	s := newService(t, withClient(t, nil, func(c *provider.Config) { c.Auth.Secret = "wrong" }))
	require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, s.Opaque(audience, alice)))
	d := s.auth.Explain(t.Context(), s.Opaque(audience, alice))
	require.Equal(t, []string{"client_refused"}, d.HintCodes())
	require.NotContains(t, d.String(), "wrong")
}

// A refusal of introspection is cached for a short time, and the number of cached refusals is bounded.
func TestRefusalsOfIntrospectionAreCachedForAShortTime(t *testing.T) {
	s := newService(t, withClient(t, nil))
	s.Fail(oidctest.Introspection, oidctest.Fault{Status: 400})
	for range 10 {
		require.Equal(t, reason.TokenInactive, s.reason(t, "garbage"))
	}
	require.Equal(t, 1, s.Requests(oidctest.Introspection))
	s.Advance(10 * time.Second)
	require.Equal(t, reason.TokenInactive, s.reason(t, "garbage"))
	require.Equal(t, 2, s.Requests(oidctest.Introspection))
	for i := range 1500 {
		require.Equal(t, reason.TokenInactive, s.reason(t, fmt.Sprint("garbage-", i)))
	}
	require.LessOrEqual(t, s.auth.Status().Caches[2].Entries, 1000)
	s.Fail(oidctest.Introspection, oidctest.Fault{})
	require.Empty(t, s.reason(t, s.Opaque(audience, alice)))
}

func TestManyRequestsWithOneOpaqueTokenAskOnce(t *testing.T) {
	s := newService(t, withClient(t, nil))
	token := s.Opaque(audience, alice)
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			_, err := s.auth.Check(withHeaders("Bearer " + token))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	require.Equal(t, 1, s.Requests(oidctest.Introspection))
}

// Tokens that were never issued cause bounded calls and memory, and do not evict answers about good tokens.
func TestFloodOfBadOpaqueTokensIsBounded(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client, func(c *provider.Config) { c.Concurrency = 4 }))
	good := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, good))
	var most atomic.Int64
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			_, err := s.auth.Check(withHeaders("Bearer " + fmt.Sprint("bad-", i)))
			assert.Error(t, err)
			for n := int64(client.Stats().Introspection.InFlight); n > most.Load(); {
				most.Store(n)
			}
		})
	}
	wg.Wait()
	require.LessOrEqual(t, most.Load(), int64(4))
	require.LessOrEqual(t, s.auth.Status().Caches[2].Entries, 2000)
	asked := s.Requests(oidctest.Introspection)
	require.Empty(t, s.reason(t, good))
	require.Equal(t, asked, s.Requests(oidctest.Introspection))
}

// While introspection hangs, requests that do not need it are not delayed.
func TestHangingIntrospectionDelaysNoOther(t *testing.T) {
	s := newService(t, withClient(t, nil))
	kept, signed := s.Opaque(audience, alice), s.Token(audience, alice)
	require.Empty(t, s.reason(t, kept))
	require.Empty(t, s.reason(t, signed))
	s.Fail(oidctest.Introspection, oidctest.Fault{Hang: true})
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() { _, _ = s.auth.Check(withHeaders("Bearer " + fmt.Sprint("waits-", i))) })
	}
	for s.Requests(oidctest.Introspection) < 2 {
		runtime.Gosched()
	}
	hanging := s.Requests(oidctest.Introspection)
	for range 50 {
		require.Empty(t, s.reason(t, kept))
		require.Empty(t, s.reason(t, signed))
	}
	require.GreaterOrEqual(t, s.Requests(oidctest.Introspection), hanging, "the others hang still")
	s.Fail(oidctest.Introspection, oidctest.Fault{})
	s.Resume()
	wg.Wait()
}

func TestIntrospectionOutageIs503AndRecovers(t *testing.T) {
	s := newService(t, withClient(t, nil))
	for _, f := range []oidctest.Fault{{Status: 500}, {Status: 502}, {Body: "<html>"}, {Body: `{"active":"true"}`}, {Body: `{}`}} {
		s.Fail(oidctest.Introspection, f)
		require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, s.Opaque(audience, alice)))
	}
	s.Fail(oidctest.Introspection, oidctest.Fault{})
	s.Advance(5 * time.Second)
	require.Empty(t, s.reason(t, s.Opaque(audience, alice)))
}
