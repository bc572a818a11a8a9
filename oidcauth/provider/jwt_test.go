package provider_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func newClient(t *testing.T, p *oidctest.Provider, change func(*provider.Config)) *provider.Client {
	t.Helper()
	config := p.ClientConfig()
	if change != nil {
		change(&config)
	}
	client, err := provider.New(config)
	require.NoError(t, err)
	return client
}

// assertUnverified requires that the error does not blame the token.
func assertUnverified(t *testing.T, err, want error) {
	t.Helper()
	require.ErrorIs(t, err, want)
	require.NotErrorIs(t, err, claims.ErrInactive)
	var refused *claims.RefusedError
	require.False(t, asError(err, &refused))
}

func TestSignedAnswersAreVerified(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.test"})
	p.SignUserInfo(oidctest.ClientID)
	client := newClient(t, p, func(c *provider.Config) { c.RequireSignedUserInfo, c.RequireSignedIntrospection = true, true })
	ctx := context.Background()
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	ask := func() {
		t.Helper()
		set, err := client.UserInfo(ctx, token)
		require.NoError(t, err)
		require.Equal(t, "alice@example.test", must(claims.Decode[string](set, claims.Name("email"))))
		set, err = client.Introspect(ctx, token)
		require.NoError(t, err)
		require.Equal(t, "api", must(claims.Decode[string](set, claims.Name("aud"))), "of the token, not of the answer")
		_, err = client.Introspect(ctx, "unknown")
		require.ErrorIs(t, err, claims.ErrInactive)
	}
	ask()
	require.Equal(t, 1, p.Requests(oidctest.JWKS))
	require.NoError(t, p.Rotate("ES256"))
	ask()
	p.Retire()
	require.NoError(t, p.Rotate("PS256"))
	ask()
	require.Equal(t, 3, p.Requests(oidctest.JWKS), "a new kid is fetched once")
}

// The client's own keys replace the discovered ones.
func TestConfiguredKeysVerifyAnswers(t *testing.T) {
	p, other := oidctest.New(t), oidctest.New(t)
	token := p.Opaque("api", nil)
	ctx := context.Background()
	of := func(keys *oidctest.Provider) certsource.Source {
		return certsource.JWKS{URL: keys.Issuer() + string(oidctest.JWKS)}
	}
	_, err := newClient(t, p, func(c *provider.Config) { c.Keys, c.RequireSignedIntrospection = of(p), true }).Introspect(ctx, token)
	require.NoError(t, err)
	_, err = newClient(t, p, func(c *provider.Config) { c.Keys, c.RequireSignedIntrospection = of(other), true }).Introspect(ctx, token)
	assertUnverified(t, err, provider.ErrUnverified)
}

func TestUnsignedAnswersWhereASignatureIsRequired(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", nil)
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	client := newClient(t, p, func(c *provider.Config) { c.RequireSignedUserInfo, c.RequireSignedIntrospection = true, true })
	_, err := client.UserInfo(context.Background(), token)
	assertUnverified(t, err, provider.ErrNotSigned)
	for _, active := range []string{`{"active":true}`, `{"active":false}`} {
		p.Fail(oidctest.Introspection, oidctest.Fault{Body: active})
		_, err = client.Introspect(context.Background(), token)
		assertUnverified(t, err, provider.ErrNotSigned)
	}
}

func TestSignedAnswersNeedAnIssuerAndKeys(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", nil)
	p.SignUserInfo("api")
	token := p.Opaque("api", oidctest.Claims{"sub": "alice"})
	e := p.Issuer() + string(oidctest.UserInfo)
	for _, c := range []provider.Config{{UserInfoURL: e}, {UserInfoURL: e, ClientID: "api"}, {UserInfoURL: e, Issuer: "urn:x", ClientID: "api"}} {
		client, err := provider.New(c)
		require.NoError(t, err)
		_, err = client.UserInfo(context.Background(), token)
		assertUnverified(t, err, provider.ErrUnverified)
	}
	for _, c := range []provider.Config{
		{UserInfoURL: e, RequireSignedUserInfo: true, ClientID: "api"},
		{UserInfoURL: e, Issuer: "urn:x", RequireSignedUserInfo: true, ClientID: "api"},
		{Issuer: p.Issuer(), RequireSignedUserInfo: true},
		{Issuer: p.Issuer(), Algorithms: []string{"HS256"}},
		{Issuer: p.Issuer(), Keys: certsource.JWKS{URL: "http://x.example"}, ClientID: "api"},
	} {
		_, err := provider.New(c)
		require.Error(t, err)
	}
	p.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	_, err := newClient(t, p, func(c *provider.Config) { c.SignedFor = []string{"api"} }).UserInfo(context.Background(), token)
	assertUnverified(t, err, provider.ErrUnverified)
}

// If the provider replaces a key under its kid, the first answer with the new key is accepted.
func TestAnswerUnderAKidWhoseKeyWasReplaced(t *testing.T) {
	p, before := oidctest.New(t), oidctest.New(t)
	var published atomic.Pointer[oidctest.Provider]
	published.Store(p)
	set := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { published.Load().ServeHTTP(w, r) }))
	t.Cleanup(set.Close)
	now := p.Now()
	client := newClient(t, p, func(c *provider.Config) {
		c.Keys, c.RequireSignedIntrospection = certsource.JWKS{URL: set.URL + string(oidctest.JWKS)}, true
		c.Now = func() time.Time { return now }
	})
	token := p.Opaque("api", nil)
	published.Store(before)
	for range 50 {
		_, err := client.Introspect(t.Context(), token)
		assertUnverified(t, err, provider.ErrUnverified)
	}
	require.Equal(t, 2, before.Requests(oidctest.JWKS), "confirmed a moment ago")
	published.Store(p)
	now = now.Add(5 * time.Second)
	_, err := client.Introspect(t.Context(), token)
	require.NoError(t, err)
}
