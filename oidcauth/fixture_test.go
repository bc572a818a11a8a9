package oidcauth_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

const audience = "api://orders"

var alice = oidctest.Claims{"sub": "alice"}

// service is a provider and an authenticator that trusts it.
type service struct {
	*oidctest.Provider
	auth *oidcauth.Authenticator
}

// option configures the provider of a service, or the authenticator that trusts it.
type option func(*oidctest.Provider, *oidcauth.Config)

// newService returns a provider, and an authenticator of the API that trusts it. Options apply in their order; nil is ignored.
// The verdict table uses newWorld, a provider without sockets. newSocketed makes a provider whose host names, connections and
// certificates can fail.
func newService(t testing.TB, options ...option) service {
	t.Helper()
	return serviceOf(t, oidctest.New(t), options...)
}

// serviceOf is newService for a provider that exists. Several services may trust one provider.
func serviceOf(t testing.TB, p *oidctest.Provider, options ...option) service {
	t.Helper()
	config := p.Config(audience)
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, o := range options {
		if o != nil {
			o(p, &config)
		}
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return service{p, auth}
}

func withHeaders(values ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/orders", nil)
	for _, v := range values {
		r.Header.Add("Authorization", v)
	}
	return r
}

// reason returns the reason for which the token is refused, or "" if it is accepted.
func (s service) reason(t *testing.T, token string) reason.Reason {
	t.Helper()
	return reasonOf(t, s.auth, withHeaders("Bearer "+token))
}

func reasonOf(t *testing.T, auth *oidcauth.Authenticator, r *http.Request) reason.Reason {
	t.Helper()
	id, err := auth.Check(r)
	if err == nil {
		require.NotNil(t, id)
		return ""
	}
	require.Nil(t, id)
	var refused *oidcauth.Error
	require.True(t, errors.As(err, &refused))
	require.NotEmpty(t, refused.DecisionID)
	return refused.Reason
}

// answer sends the request through Handler and returns the response. ran reports whether the wrapped handler ran.
func (s service) answer(r *http.Request) (res *http.Response, ran bool) {
	w := httptest.NewRecorder()
	s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })).ServeHTTP(w, r)
	return w.Result(), ran
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// withConfig is an option that does not read the provider. A nil change changes nothing.
func withConfig(change func(*oidcauth.Config)) option {
	return func(_ *oidctest.Provider, c *oidcauth.Config) {
		if change != nil {
			change(c)
		}
	}
}

func withLogger(l *slog.Logger) option {
	return withConfig(func(c *oidcauth.Config) { c.Logger = l })
}

// withLogout accepts the logout tokens of service.logout.
func withLogout(_ *oidctest.Provider, c *oidcauth.Config) {
	c.Issuers[0].LogoutAudience = []string{"orders-client"}
}

func withDenyList(l denylist.List) option {
	return withConfig(func(c *oidcauth.Config) { c.Revocation.DenyList = l })
}

// withRecordingList uses the list as the deny list, and gives it the provider's clock.
func withRecordingList(l *recording) option {
	return func(p *oidctest.Provider, c *oidcauth.Config) { l.Now, c.Revocation.DenyList = p.Now, l }
}

// withES256 makes the provider sign with ES256, which costs less than RS256.
func withES256(t testing.TB) option {
	return func(p *oidctest.Provider, _ *oidcauth.Config) { require.NoError(t, p.Rotate("ES256")) }
}

// withStoppedClock stops the authenticator's clock, so that no rate limit recovers during the test.
func withStoppedClock(_ *oidctest.Provider, c *oidcauth.Config) {
	now := c.Now()
	c.Now = func() time.Time { return now }
}

// withSystemClock uses the system clock, because the provider's clock has a lock.
func withSystemClock(_ *oidctest.Provider, c *oidcauth.Config) { c.Now = nil }

// withIssuers trusts these issuers instead of the provider.
func withIssuers(issuers ...oidcauth.Issuer) option {
	return withConfig(func(c *oidcauth.Config) { c.Issuers = issuers })
}

// withIssuersOf trusts another provider as well.
func withIssuersOf(other *oidctest.Provider) option {
	return withConfig(func(c *oidcauth.Config) { c.Issuers = append(c.Issuers, other.Config(audience).Issuers...) })
}

// withOpaqueToken makes the introspection i accept the opaque token "opaque-of-alice", with these changes to its answer. A change
// to nil removes the member.
func withOpaqueToken(i *introspection, changes oidctest.Claims) option {
	return func(p *oidctest.Provider, c *oidcauth.Config) {
		answer := merged(oidctest.Claims{
			"active": true, "sub": "alice", "aud": audience, "scope": "orders.read", "client_id": "shop",
			"exp": p.Now().Add(time.Hour).Unix(), "iss": p.Issuer(), "token_type": "Bearer",
		}, changes)
		for name, v := range answer {
			if v == nil {
				delete(answer, name)
			}
		}
		i.answers = map[string]oidctest.Claims{"opaque-of-alice": answer}
		c.Issuers[0].Introspection.Client = i
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: person("7", true)})
	}
}

// withIntrospectedJWTs introspects every JWT.
func withIntrospectedJWTs(_ *oidctest.Provider, c *oidcauth.Config) {
	c.Issuers[0].Introspection.JWTs = true
}

// withAudienceOfJWT introspects every JWT, and reads the JWT's own aud if its signature verifies.
func withAudienceOfJWT(_ *oidctest.Provider, c *oidcauth.Config) {
	c.Issuers[0].Introspection.JWTs, c.Issuers[0].Introspection.AudienceOfJWT = true, true
}

// withClient introspects, revokes and asks UserInfo at the provider over sockets, as its registered client. It stores the client
// in made, if made is not nil.
func withClient(t testing.TB, made **provider.Client, changes ...func(*provider.Config)) option {
	return func(p *oidctest.Provider, c *oidcauth.Config) {
		config := p.ClientConfig()
		for _, change := range changes {
			change(&config)
		}
		client, err := provider.New(config)
		require.NoError(t, err)
		c.Issuers[0].Introspection.Client, c.Issuers[0].Revoker, c.Issuers[0].Claims.UserInfo = client, client, client
		if made != nil {
			*made = client
		}
	}
}

// onDecision returns a hook that calls f with the decision of each event that has one.
func onDecision(f func(context.Context, *decision.Decision)) func(context.Context, decision.Event) {
	return func(ctx context.Context, e decision.Event) {
		if e.Decision != nil {
			f(ctx, e.Decision)
		}
	}
}
