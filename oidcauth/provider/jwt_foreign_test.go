package provider_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Several issuers may share keys, so a signed answer must name the issuer that was asked.
func TestSignedIntrospectionOfAnotherIssuer(t *testing.T) {
	p := oidctest.New(t)
	client := newClient(t, p, func(c *provider.Config) { c.RequireSignedIntrospection = true })
	for name, c := range map[string]struct {
		changes oidctest.Claims
		good    bool
	}{
		"the one asked":     {nil, true},
		"another":           {oidctest.Claims{"iss": "https://other.example"}, false},
		"with a slash":      {oidctest.Claims{"iss": p.Issuer() + "/"}, false},
		"none":              {oidctest.Claims{"iss": nil}, false},
		"a list":            {oidctest.Claims{"iss": []string{p.Issuer()}}, false},
		"to another client": {oidctest.Claims{"aud": "another"}, false},
		"to no client":      {oidctest.Claims{"aud": nil}, false},
		"without a date":    {oidctest.Claims{"iat": nil}, false},
		"without an answer": {oidctest.Claims{"token_introspection": nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			all := oidctest.Claims{"aud": oidctest.ClientID, "exp": nil, "token_introspection": oidctest.Claims{"active": true}}
			for member, v := range c.changes {
				all[member] = v
			}
			p.Fail(oidctest.Introspection, oidctest.Fault{
				Type: "application/token-introspection+jwt",
				Body: p.Forge(oidctest.Forgery{Header: map[string]any{"typ": "token-introspection+jwt"}, Claims: all}),
			})
			_, err := client.Introspect(context.Background(), "t")
			if c.good {
				require.NoError(t, err)
				return
			}
			assertUnverified(t, err, provider.ErrUnverified)
		})
	}
}

// foreign holds the provider's keys as those of another issuer.
type foreign struct {
	certsource.Refresher
	issuer string
}

func (f foreign) Keys(q certsource.Query) ([]certsource.Key, error) {
	keys, err := f.Refresher.Keys(q)
	for i := range keys {
		keys[i].Issuer = f.issuer
	}
	return keys, err
}

// A service's own source may hold keys of several issuers, and return those of the wrong one.
func TestAKeyOfAnotherIssuerVerifiesNoAnswer(t *testing.T) {
	p := oidctest.New(t)
	token := p.Opaque("api", nil)
	for issuer, good := range map[string]bool{p.Issuer(): true, "": true, "https://other.example": false} {
		source, err := keybind.Bind(certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}, keybind.Binding{Issuer: p.Issuer()})
		require.NoError(t, err)
		client := newClient(t, p, func(c *provider.Config) {
			c.Keys, c.RequireSignedIntrospection = foreign{source.(certsource.Refresher), issuer}, true
		})
		_, err = client.Introspect(context.Background(), token)
		if good {
			require.NoError(t, err)
			continue
		}
		assertUnverified(t, err, provider.ErrUnverified)
	}
}
