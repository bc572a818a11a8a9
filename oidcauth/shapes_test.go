package oidcauth_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// shape is an access token in the form of a product, and the configuration that accepts it. The fake provider sets the times.
// It also sets the key id if its form does not matter.
type shape struct {
	name   string
	header map[string]any  // as in oidctest.Forgery: added to alg, kid and typ at+jwt; nil removes
	claims oidctest.Claims // with the product's iss
	issuer oidcauth.Issuer // Keys is filled in
	user   claims.Path     // the claim that the product recommends for finding the user

	mistakes []mistake
}

// mistake is a common mistake with a product: a token for another purpose, or an issuer that differs a little from the
// product's.
type mistake struct {
	name   string
	header map[string]any         // changes to the token's header
	claims oidctest.Claims        // changes to the token's claims
	config func(*oidcauth.Issuer) // changes to the configuration
	want   reason.Reason
}

// These headers are of products that write no typ, and of products that write the typ of RFC 7519.
var (
	noType = map[string]any{"typ": nil}
	jwt    = map[string]any{"typ": "JWT"}
)

// realShapes returns the shapes of all products.
func realShapes() []shape {
	var all []shape
	for _, some := range [][]shape{microsoftShapes(), cloudShapes(), oktaShapes(), keycloakShapes(), selfHostedShapes()} {
		all = append(all, some...)
	}
	return all
}

func TestRealTokenShapes(t *testing.T) {
	p := oidctest.New(t)
	for _, s := range realShapes() {
		t.Run(s.name, func(t *testing.T) {
			require.Empty(t, s.decide(t, p, mistake{}))
			require.GreaterOrEqual(t, len(s.mistakes), 2)
			for _, m := range s.mistakes {
				t.Run(m.name, func(t *testing.T) { require.Equal(t, m.want, s.decide(t, p, m)) })
			}
		})
	}
}

// The user of each product is found by its claim. Without this test, the tests of mistakes would prove nothing about the user.
func TestRealTokenShapesFindTheirUser(t *testing.T) {
	p := oidctest.New(t)
	for _, s := range realShapes() {
		t.Run(s.name, func(t *testing.T) {
			require.Equal(t, reason.UserNotFound, s.decide(t, p, mistake{claims: oidctest.Claims{s.user.String(): "another"}}))
			require.Equal(t, reason.ClaimMissing, s.decide(t, p, mistake{claims: oidctest.Claims{s.user.String(): nil}}))
		})
	}
}

// decide makes the token and the configuration with the mistake, and returns the verdict.
func (s shape) decide(t *testing.T, p *oidctest.Provider, m mistake) reason.Reason {
	t.Helper()
	iss := s.issuer
	iss.Claims.User = s.user
	iss.Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
	if m.config != nil {
		m.config(&iss)
	}
	value, ok := s.claims[s.user.String()].(string)
	require.True(t, ok, "the product's user claim is a string")
	users := usermap.NewTable(usermap.Entry{
		Value: value, Claim: s.user.String(), Issuer: s.issuer.URL, User: usermap.User{ID: "7", Name: "Alice", Enabled: true},
	})
	trusting := serviceOf(t, p, withIssuers(iss), withConfig(func(c *oidcauth.Config) { c.Users = users }))
	token := p.Forge(oidctest.Forgery{Header: merged(s.header, m.header), Claims: merged(s.claims, m.claims)})
	return trusting.reason(t, token)
}

// merged returns base with changes. A change to nil removes the claim.
func merged(base, changes map[string]any) map[string]any {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, changes)
	return out
}

func issuerURL(url string) func(*oidcauth.Issuer) {
	return func(iss *oidcauth.Issuer) { iss.URL = url }
}

func audiences(aud ...string) func(*oidcauth.Issuer) {
	return func(iss *oidcauth.Issuer) { iss.Audience = aud }
}

func clients(ids ...string) func(*oidcauth.Issuer) {
	return func(iss *oidcauth.Issuer) { iss.ClientIDs = ids }
}

func search(claim string) func(*oidcauth.Issuer) {
	return func(iss *oidcauth.Issuer) { iss.Claims.User = claims.Name(claim) }
}
