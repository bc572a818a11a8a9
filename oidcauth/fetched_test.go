package oidcauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// fetches collects the calls of a service. Calls may end on any goroutine.
type fetches struct {
	mu   sync.Mutex
	told []decision.Event
}

func (f *fetches) option(_ *oidctest.Provider, c *oidcauth.Config) {
	c.OnEvent = func(_ context.Context, e decision.Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if e.Kind == decision.Fetched {
			f.told = append(f.told, e)
		}
	}
}

// results returns endpoint and result of each call, and forgets the calls.
func (f *fetches) results() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.told {
		out = append(out, string(e.Fetch.Endpoint)+" "+string(e.Fetch.Result))
	}
	f.told = nil
	return out
}

func (f *fetches) last(t *testing.T) decision.Event {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	require.NotEmpty(t, f.told)
	return f.told[len(f.told)-1]
}

func TestFetchOfKeysIsAnEvent(t *testing.T) {
	var calls fetches
	s := newService(t, calls.option)
	host, err := url.Parse(s.Issuer())
	require.NoError(t, err)
	token := s.Token(audience, alice)
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	require.Equal(t, reason.KeysUnavailable, s.reason(t, token))
	failed := calls.last(t)
	require.Equal(t, s.Issuer(), failed.Issuer)
	require.Equal(t, host.Host, failed.Fetch.Host)
	require.Equal(t, http.StatusBadGateway, failed.Fetch.Status)
	require.NotEmpty(t, failed.Fetch.Fault)
	require.Equal(t, []string{"discovery succeeded", "keys unavailable"}, calls.results())
	s.Fail(oidctest.JWKS, oidctest.Fault{})
	require.Empty(t, s.reason(t, token))
	require.Equal(t, http.StatusOK, calls.last(t).Fetch.Status)
	require.Contains(t, calls.results(), "keys succeeded")
	require.Empty(t, s.reason(t, token))
	require.Empty(t, calls.results(), "the token is cached")
}

func TestCallsAboutATokenAreEvents(t *testing.T) {
	var calls fetches
	var users usermap.Finder = anyUser
	finder := usermap.FinderFunc(func(ctx context.Context, q usermap.Query) ([]usermap.User, error) { return users.FindUsers(ctx, q) })
	var client *provider.Client
	s := newService(t, calls.option, withClient(t, &client), withConfig(func(c *oidcauth.Config) {
		c.Users = finder
		c.Issuers[0].Introspection.Client, c.Issuers[0].Claims.UserInfo, c.Issuers[0].Revoker = client, client, client
		c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		c.Cache.Disabled = true
	}))
	require.Empty(t, s.reason(t, s.Opaque(audience, oidctest.Claims{"sub": "alice", "email": "a@corp.example"})))
	require.Equal(t, []string{"discovery succeeded", "introspection succeeded", "users succeeded"}, calls.results())
	require.Equal(t, reason.TokenInactive, s.reason(t, "unknown"))
	require.Equal(t, []string{"introspection declined"}, calls.results())

	users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
		return nil, errors.New("no connection to look up " + q.Value)
	})
	require.Equal(t, reason.UserStoreUnavailable, s.reason(t, s.Opaque(audience, oidctest.Claims{"sub": "alice-liddell", "email": "a@corp.example"})))
	require.Equal(t, "no connection to look up [redacted]", calls.last(t).Fetch.Fault)
	require.Equal(t, []string{"introspection succeeded", "users unavailable"}, calls.results())

	token := s.Opaque(audience, oidctest.Claims{"sub": "bob", "email": "b@corp.example"})
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Contains(t, calls.results(), "revocation succeeded")
}

// A panic of the hook on a goroutine of this module would end the process. On the request's goroutine it concerns one request.
func TestPanicOfTheHookAboutAFetchIsLogged(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger), withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Fetched {
				panic("broken")
			}
		}
	}))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Len(t, records(), 1)
	require.Equal(t, "OnEvent", records()[0]["called"])
}
