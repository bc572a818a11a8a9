package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestFailingEndpointIsNotCalledForAWhile(t *testing.T) {
	p := oidctest.New(t)
	client, err := provider.New(p.ClientConfig())
	require.NoError(t, err)
	ctx := context.Background()
	another := func() string { return p.Opaque("api", oidctest.Claims{"sub": "alice"}) }
	p.SetUserInfo("alice", nil)
	for at, ask := range map[oidctest.Endpoint]func() error{
		oidctest.Introspection: func() error { _, err := client.Introspect(ctx, another()); return err },
		oidctest.UserInfo:      func() error { _, err := client.UserInfo(ctx, another()); return err },
	} {
		t.Run(string(at), func(t *testing.T) {
			stats := func() provider.EndpointStats {
				if at == oidctest.UserInfo {
					return client.Stats().UserInfo
				}
				return client.Stats().Introspection
			}
			p.Fail(at, oidctest.Fault{Status: http.StatusTooManyRequests})
			for range 5 {
				err := ask()
				require.Error(t, err)
				require.NotErrorIs(t, err, provider.ErrPaused)
			}
			require.ErrorIs(t, ask(), provider.ErrPaused)
			require.Equal(t, 5, p.Requests(at))
			require.Equal(t, provider.EndpointStats{Calls: 5, Failures: 5, Paused: 1, Refused: 1, Open: true}, stats())
			p.Fail(at, oidctest.Fault{})
			require.ErrorIs(t, ask(), provider.ErrPaused)
			p.Advance(5 * time.Second)
			require.NoError(t, ask())
			require.Equal(t, provider.EndpointStats{Calls: 6, Failures: 5, Paused: 1, Refused: 2}, stats())
		})
	}
}

// A failure that no token can cause is an outage.
func TestAnEndpointThatIsDownIsLeftAlone(t *testing.T) {
	for name, breaks := range map[string]func(*oidctest.Provider){
		"not there": (*oidctest.Provider).Close,
		"too slow":  func(p *oidctest.Provider) { p.Fail(oidctest.Introspection, oidctest.Fault{Hang: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			config := p.ClientConfig()
			config.IntrospectionURL, config.HTTPClient = p.Issuer()+string(oidctest.Introspection), &http.Client{Timeout: 50 * time.Millisecond}
			client, err := provider.New(config)
			require.NoError(t, err)
			breaks(p)
			for i := range 5 {
				_, err := client.Introspect(context.Background(), fmt.Sprint("t", i))
				require.Error(t, err)
				require.NotErrorIs(t, err, provider.ErrPaused)
			}
			_, err = client.Introspect(context.Background(), "another")
			require.ErrorIs(t, err, provider.ErrPaused)
		})
	}
}

// A failing token must not stop calls about other tokens. It is paused itself, so that it is not sent again at once.
func TestTheCircuitStaysClosedForOneToken(t *testing.T) {
	for name, fault := range map[string]oidctest.Fault{"500": {Status: 500}, "501": {Status: 501}, "502": {Status: 502}, "429": {Status: 429}} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			client, err := provider.New(p.ClientConfig())
			require.NoError(t, err)
			p.Fail(oidctest.Introspection, fault)
			for range 10 {
				_, err := client.Introspect(context.Background(), "bad")
				require.Error(t, err)
				require.NotErrorIs(t, err, provider.ErrPaused)
				_, err = client.Introspect(context.Background(), "bad")
				require.ErrorIs(t, err, provider.ErrPaused)
				p.Advance(2 * time.Second)
			}
			assert.Equal(t, provider.EndpointStats{Calls: 10, Failures: 10, Refused: 10}, client.Stats().Introspection)
		})
	}
}

// Bad tokens, garbage, hang-ups and refused clients are not an outage: their sender must not stop the calls of everyone.
func TestTheCircuitStaysClosedFor(t *testing.T) {
	for name, fault := range map[string]oidctest.Fault{
		"bad request":    {Status: http.StatusBadRequest},
		"refused client": {Status: http.StatusUnauthorized},
		"forbidden":      {Status: http.StatusForbidden},
		"garbage":        {Body: "garbage"},
		"inactive":       {Body: `{"active":false}`},
		"wrong path":     {Status: http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			client, err := provider.New(p.ClientConfig())
			require.NoError(t, err)
			p.Fail(oidctest.Introspection, fault)
			for range 10 {
				_, err := client.Introspect(context.Background(), "t")
				require.Error(t, err)
			}
			assert.Equal(t, provider.EndpointStats{Calls: 10}, client.Stats().Introspection)
		})
	}
	t.Run("callers that hang up", func(t *testing.T) {
		arrived, release := make(chan struct{}), make(chan struct{})
		s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			arrived <- struct{}{}
			<-release
		}))
		defer s.Close()
		defer close(release)
		client := (&endpoint{Server: s}).client(t, nil)
		for range 10 {
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error, 1)
			go func() { _, err := client.Introspect(ctx, "t"); done <- err }()
			<-arrived
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
		}
		assert.Equal(t, provider.EndpointStats{Calls: 10}, client.Stats().Introspection)
	})
}

func TestCallsAtOnceAreBounded(t *testing.T) {
	var inFlight, most atomic.Int32
	arrived, release := make(chan struct{}, 16), make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), inFlight.Add(1)))
		arrived <- struct{}{}
		<-release
		inFlight.Add(-1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"active":false}`))
	}))
	defer s.Close()
	client := (&endpoint{Server: s}).client(t, func(c *provider.Config) { c.Concurrency = 2 })
	results := make(chan error, 8)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() { _, err := client.Introspect(context.Background(), "t"); results <- err })
	}
	<-arrived
	<-arrived
	for range 4 { // two are under way and two wait: the others are turned away while those are
		require.ErrorIs(t, <-results, provider.ErrBusy)
	}
	close(release)
	callers.Wait()
	for range 4 {
		require.ErrorIs(t, <-results, claims.ErrInactive)
	}
	assert.EqualValues(t, 2, most.Load())
	assert.Equal(t, provider.EndpointStats{Calls: 4, Refused: 4}, client.Stats().Introspection)
}
