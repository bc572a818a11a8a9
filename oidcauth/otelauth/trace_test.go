package otelauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

const oid = "00000000-0000-4000-8000-0000000000a1"

// newGraph is Microsoft Graph beside the token endpoint of Entra ID.
func newGraph(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		text := `{"value":["` + oid + `"]}`
		if r.URL.Path == "/token" {
			text = `{"access_token":"graph","token_type":"Bearer","expires_in":3600}`
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestNoCallOfARequestIsAnOrphan(t *testing.T) {
	asAlice, forBilling := oidctest.Claims{"sub": "alice"}, provider.TokenRequest{Audience: "api://billing"}
	signed := func(c *provider.Config) { c.RequireSignedUserInfo, c.RequireSignedIntrospection = true, true }
	userInfo := func(s *service, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Claims.UserInfoOnly = s.client(), true
	}
	introspection := func(s *service, c *oidcauth.Config) { c.Issuers[0].Introspection.Client = s.client() }
	for name, c := range map[string]struct {
		client func(*provider.Config)
		config func(*service, *oidcauth.Config)
		handle func(*service, *http.Request) error
		token  func(*service) string
		calls  []string
	}{
		"keys": {calls: []string{"/.well-known/openid-configuration", "/jwks"}},
		"UserInfo": {
			config: userInfo,
			calls:  []string{"/.well-known/openid-configuration", "/jwks", "/.well-known/openid-configuration", "/userinfo"},
		},
		"signed UserInfo": {
			client: signed, config: userInfo,
			calls: []string{"/.well-known/openid-configuration", "/jwks", "/.well-known/openid-configuration", "/userinfo"},
		},
		"introspection": {
			config: introspection,
			token:  func(s *service) string { return s.Opaque(audience, asAlice) },
			calls:  []string{"/.well-known/openid-configuration", "/introspect"},
		},
		"signed introspection": {
			client: signed, config: introspection,
			token: func(s *service) string { return s.Opaque(audience, asAlice) },
			calls: []string{"/.well-known/openid-configuration", "/introspect", "/.well-known/openid-configuration", "/jwks"},
		},
		"users": {
			config: func(s *service, c *oidcauth.Config) { c.Users = s },
			calls:  []string{"/.well-known/openid-configuration", "/jwks", "/users"},
		},
		"Graph": {
			config: func(s *service, c *oidcauth.Config) {
				c.Issuers[0].Claims.UserInfo, c.Issuers[0].Claims.Required = s.groups(), []claims.Path{claims.Name("groups")}
			},
			token: func(s *service) string {
				return s.Token(audience, oidctest.Claims{"sub": "alice", "oid": oid, "tid": oid, "hasgroups": true})
			},
			calls: []string{"/.well-known/openid-configuration", "/jwks", "/token", "/v1.0/users/" + oid + "/getMemberObjects"},
		},
		"exchange": {
			handle: func(s *service, r *http.Request) error {
				_, err := s.client().Exchange(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), provider.ExchangeRequest{TokenRequest: forBilling})
				return err
			},
			calls: []string{"/.well-known/openid-configuration", "/jwks", "/.well-known/openid-configuration", "/token"},
		},
		"client credentials": {
			handle: func(s *service, r *http.Request) error {
				_, err := s.client().ClientCredentials(r.Context(), forBilling).Token()
				return err
			},
			calls: []string{"/.well-known/openid-configuration", "/jwks", "/.well-known/openid-configuration", "/token"},
		},
		"revocation": {
			config: func(s *service, c *oidcauth.Config) { c.Issuers[0].Revoker = s.client() },
			handle: func(s *service, r *http.Request) error {
				return s.auth.Revoke(r.Context(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), "")
			},
			calls: []string{"/.well-known/openid-configuration", "/jwks", "/.well-known/openid-configuration", "/revoke"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			s.SetUserInfo("alice", nil)
			s.SignUserInfo(map[bool]string{true: oidctest.ClientID}[name == "signed UserInfo"])
			s.configureClient, s.handle = c.client, c.handle
			s.start(func(config *oidcauth.Config) {
				if c.config != nil {
					c.config(s, config)
				}
			})
			token := s.Token(audience, asAlice)
			if c.token != nil {
				token = c.token(s)
			}
			require.Equal(t, http.StatusOK, s.get(t.Context(), token))
			server := s.server()
			require.Len(t, server, 1)
			require.Equal(t, c.calls, paths(s.calls()))
			for _, call := range s.calls() {
				assert.Equal(t, server[0].SpanContext.TraceID(), call.SpanContext.TraceID(), path(call))
				assert.True(t, s.has(call.Parent.SpanID()), path(call))
			}
		})
	}
}

// FindUsers asks a user store over HTTP.
func (s *service) FindUsers(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.graph+"/users", nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.http.Do(r)
	if err != nil {
		return nil, err
	}
	return []usermap.User{{ID: q.Value, Enabled: true}}, resp.Body.Close()
}

func (s *service) groups() *entra.Groups {
	client, err := provider.New(provider.Config{
		TokenURL: s.graph + "/token", ClientID: "api", Auth: provider.Auth{Secret: "secret"}, HTTPClient: s.http,
	})
	require.NoError(s.t, err)
	groups, err := entra.NewGroups(entra.GroupsConfig{Client: client, GraphURL: s.graph, HTTPClient: s.http})
	require.NoError(s.t, err)
	return groups
}

// The caller that causes a call may leave. The call goes on for the others, in the trace of the one that caused it.
func TestSharedCallBelongsToTheRequestThatCausedIt(t *testing.T) {
	s := newService(t)
	s.start(nil)
	s.Fail(oidctest.Discovery, oidctest.Fault{Hang: true})
	token := s.Token(audience, oidctest.Claims{"sub": "alice"})
	first, leave := context.WithCancel(t.Context())
	left, other := make(chan struct{}), make(chan int, 1)
	go func() {
		defer close(left)
		s.get(first, token)
	}()
	require.Eventually(t, func() bool { return s.Requests(oidctest.Discovery) == 1 }, patience, poll)
	go func() { other <- s.get(t.Context(), s.Token(audience, oidctest.Claims{"sub": "bob"})) }()
	require.Eventually(t, func() bool { return s.running.Load() == 2 }, patience, poll)
	leave()
	<-left
	require.Eventually(t, func() bool { return len(s.server()) == 1 }, patience, poll)
	s.Fail(oidctest.Discovery, oidctest.Fault{})
	s.Resume()
	require.Equal(t, http.StatusServiceUnavailable, <-other)
	require.Eventually(t, func() bool { return len(s.server()) == 2 }, patience, poll)
	require.Equal(t, []string{"/.well-known/openid-configuration"}, paths(s.calls()))
	require.Equal(t, s.server()[0].SpanContext.TraceID(), s.calls()[0].SpanContext.TraceID())
}

func TestRefreshInTheBackgroundHasATraceOfItsOwn(t *testing.T) {
	s := newService(t)
	s.start(nil)
	require.Equal(t, http.StatusOK, s.get(t.Context(), s.Token(audience, nil)))
	s.spans.Reset()
	s.Advance(11 * time.Minute)
	require.Eventually(t, func() bool {
		return s.get(t.Context(), s.Token(audience, nil)) == http.StatusOK && len(s.calls()) > 0
	}, patience, poll)
	require.Equal(t, []string{"/jwks"}, paths(s.calls()))
	require.False(t, s.calls()[0].Parent.IsValid())
	require.NotEqual(t, s.server()[0].SpanContext.TraceID(), s.calls()[0].SpanContext.TraceID())
	require.NotEqual(t, trace.TraceID{}, s.calls()[0].SpanContext.TraceID())
}
