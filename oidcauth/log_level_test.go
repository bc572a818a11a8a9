package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func levels(records []map[string]any) map[string]int {
	out := map[string]int{}
	for _, r := range records {
		out[fmt.Sprint(r["level"])]++
	}
	return out
}

// A sender whose token makes a dependency fail causes no record at ERROR.
func TestFailureAtATokenIsAWarning(t *testing.T) {
	asks := func(url string) func(*oidctest.Provider, *oidcauth.Config) {
		return func(p *oidctest.Provider, c *oidcauth.Config) {
			client, err := provider.New(provider.Config{IntrospectionURL: url, ClientID: "api", Now: p.Now})
			require.NoError(t, err)
			c.Issuers[0].Introspection.Client = client
		}
	}
	for name, breakdown := range breakdowns {
		t.Run(name, func(t *testing.T) {
			f := &flawed{breakdown: breakdown}
			f.Server = httptest.NewServer(f)
			t.Cleanup(f.Close)
			logger, records := recorder(t)
			s := newService(t, withLogger(logger), asks(f.URL))
			for i := range 30 {
				require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, fmt.Sprint("bad-", i)))
			}
			require.Equal(t, map[string]int{"WARN": 30}, levels(records()))
		})
	}
	t.Run("introspector of the service", func(t *testing.T) {
		logger, records := recorder(t)
		s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].Introspection.Client = introspectorFunc(func(token string) (claims.Set, error) { return claims.Set{}, errors.New("cannot read") })
		})
		require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, "bad"))
		require.Equal(t, map[string]int{"WARN": 1}, levels(records()))
	})
}

// A token with an unknown key may make the request time out, and a gateway may refuse a request because of the form of the
// token.
func TestFaultOfASenderIsNotLoggedAtError(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	over, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	unknown := s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "unknown"}})
	require.Equal(t, reason.KeysUnavailable, reasonOf(t, s.auth, withHeaders("Bearer "+unknown).WithContext(over)))
	require.Equal(t, map[string]int{"WARN": 1}, levels(records()))

	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, "<html>blocked</html>")
	}))
	t.Cleanup(gateway.Close)
	logger, records = recorder(t)
	s = newService(t, withLogger(logger), func(p *oidctest.Provider, c *oidcauth.Config) {
		client, err := provider.New(provider.Config{IntrospectionURL: gateway.URL, ClientID: "api", Now: p.Now})
		require.NoError(t, err)
		c.Issuers[0].Introspection.Client = client
	})
	require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, "/../../etc/passwd"))
	require.Equal(t, map[string]int{"WARN": 1}, levels(records()))
}

// A dependency that is down is logged as an error once a minute, however many requests arrive.
func TestOutageIsAnErrorOnceAMinute(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, c := range map[string]struct {
		change func(*oidctest.Provider, *oidcauth.Config)
		token  func(s service, i int) string
	}{
		"keys": {func(p *oidctest.Provider, _ *oidcauth.Config) {
			p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
		}, nil},
		"users": {func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, errors.New("down") })
		}, nil},
		"deny list": {func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Revocation.DenyList = listFunc(func() error { return errors.New("down") })
		}, nil},
		"introspection": {func(p *oidctest.Provider, c *oidcauth.Config) {
			client, err := provider.New(provider.Config{IntrospectionURL: closed.URL, ClientID: "api", Now: p.Now})
			require.NoError(t, err)
			c.Issuers[0].Introspection.Client = client
		}, func(_ service, i int) string { return fmt.Sprint("opaque-", i) }},
		"introspector of the service": {func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].Introspection.Client = introspectorFunc(func(string) (claims.Set, error) {
				return claims.Set{}, &net.OpError{Op: "dial", Err: errors.New("refused")}
			})
		}, func(_ service, i int) string { return fmt.Sprint("opaque-", i) }},
	} {
		t.Run(name, func(t *testing.T) {
			logger, records := recorder(t)
			s := newService(t, withLogger(logger), c.change)
			token := s.Token(audience, alice)
			for minute := range 3 {
				for i := range 30 {
					if c.token != nil {
						token = c.token(s, 100*minute+i)
					}
					require.Equal(t, http.StatusServiceUnavailable, reasonOf(t, s.auth, withHeaders("Bearer "+token)).Status())
				}
				s.Advance(time.Minute)
			}
			require.Equal(t, map[string]int{"ERROR": 3, "WARN": 87}, levels(records()))
		})
	}
}

// An application may make reasons from input. They share one limit, and do not fill the memory.
func TestReasonsOfAnApplicationShareOneBound(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
		now := time.Now()
		c.Now = func() time.Time { return now }
	})
	for i := range 300 {
		s.auth.Refuse(&discarded{http.Header{}}, withHeaders(), &oidcauth.Error{Reason: reason.Reason(fmt.Sprint(i)), Detail: strings.Repeat("x", 1<<20)})
	}
	require.Len(t, records(), 100)
	for _, r := range records() {
		require.Less(t, len(fmt.Sprint(r)), 16<<10)
	}
}

// hanging is a source of keys that waits for the request to end.
type hanging struct{ certsource.Source }

func (hanging) Keys(certsource.Query) ([]certsource.Key, error) { return nil, certsource.ErrNoKey }

func (hanging) Refresh(ctx context.Context, _ certsource.Query) error {
	<-ctx.Done()
	return ctx.Err()
}

// A sender that aborts requests causes no record at ERROR.
func TestAbortedRequestIsNotLoggedAtError(t *testing.T) {
	for name, change := range map[string]func(*oidcauth.Config){
		"keys": func(c *oidcauth.Config) { c.Issuers[0].Keys = hanging{} },
		"deny list": func(c *oidcauth.Config) {
			list := &denylist.Memory{}
			_, err := list.Add(t.Context(), denylist.Entry{Key: "another", Until: time.Now().Add(time.Hour)})
			require.NoError(t, err)
			c.Revocation.DenyList = list
		},
		"users": func(c *oidcauth.Config) {
			c.Revocation.DenyList = emptyList{}
			c.Users = usermap.FinderFunc(func(ctx context.Context, _ usermap.Query) ([]usermap.User, error) {
				return nil, fmt.Errorf("query: %w", ctx.Err())
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			logger, records := recorder(t)
			s := newService(t, withLogger(logger), withConfig(change))
			token := s.Token(audience, alice)
			if name != "keys" {
				require.NoError(t, s.auth.Ready(t.Context()))
			}
			gone, cancel := context.WithCancel(t.Context())
			cancel()
			require.Equal(t, http.StatusServiceUnavailable, reasonOf(t, s.auth, withHeaders("Bearer "+token).WithContext(gone)).Status())
			require.Len(t, records(), 1)
			require.Equal(t, slog.LevelInfo.String(), records()[0]["level"])
		})
	}
}
