package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// pinned is an issuer with configured keys, whose discovery document names foreign keys. serviceOf makes its authenticators.
type pinned struct {
	discovered *oidctest.Provider // the issuer, whose endpoints are asked
	own        *oidctest.Provider // has the configured keys
	issuer     oidcauth.Issuer
	config     provider.Config
}

func newPinned(t *testing.T) *pinned {
	t.Helper()
	p := &pinned{discovered: oidctest.New(t), own: oidctest.New(t)}
	p.issuer = oidcauth.Issuer{
		URL: p.discovered.Issuer(), Audience: []string{audience}, Claims: oidcauth.ClaimRules{Required: []claims.Path{claims.Name("oid")}},
		Keys: certsource.JWKS{URL: p.own.Issuer() + string(oidctest.JWKS)},
	}
	p.config = p.discovered.ClientConfig()
	p.config.Now = nil
	return p
}

// client returns the client of the provider for UserInfo, introspection and revocation.
func (p *pinned) client(t *testing.T) *provider.Client {
	t.Helper()
	client, err := provider.New(p.config)
	require.NoError(t, err)
	return client
}

func (p *pinned) auth(t *testing.T, f claims.Fetcher, i claims.Introspector) *oidcauth.Authenticator {
	t.Helper()
	iss := p.issuer
	iss.Claims.UserInfo, iss.Introspection.Client = f, i
	return serviceOf(t, p.discovered, withSystemClock, withIssuers(iss)).auth
}

func (p *pinned) token() string {
	return p.own.Forge(oidctest.Forgery{Claims: oidctest.Claims{"iss": p.discovered.Issuer(), "aud": audience, "sub": "alice"}})
}

// userInfo signs UserInfo's answer with a key of the given provider.
func (p *pinned) userInfo(by *oidctest.Provider, alg string) {
	p.discovered.Fail(oidctest.UserInfo, oidctest.Fault{Type: "application/jwt", Body: by.Forge(oidctest.Forgery{
		Header: map[string]any{"typ": "JWT"}, Algorithm: alg,
		Claims: oidctest.Claims{"iss": p.discovered.Issuer(), "aud": oidctest.ClientID, "sub": "alice", "oid": "o", "exp": nil},
	})})
}

func (p *pinned) introspection(by *oidctest.Provider) {
	p.discovered.Fail(oidctest.Introspection, oidctest.Fault{Type: "application/token-introspection+jwt", Body: by.Forge(oidctest.Forgery{
		Header: map[string]any{"typ": "token-introspection+jwt"},
		Claims: oidctest.Claims{
			"iss": p.discovered.Issuer(), "aud": oidctest.ClientID, "exp": nil,
			"token_introspection": oidctest.Claims{"active": true, "aud": audience, "sub": "alice", "oid": "o", "token_type": "Bearer"},
		},
	})})
}

func judged(t *testing.T, auth *oidcauth.Authenticator, token string) reason.Reason {
	t.Helper()
	return reasonOf(t, auth, withHeaders("Bearer "+token))
}
