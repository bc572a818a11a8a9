package oidcauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// Some providers and gateways expect an API key in the query of the keys' URL.
func TestSecretInTheURLOfKeysIsNotReported(t *testing.T) {
	const query = "?appid=1&key=hunter2"
	for name, keys := range map[string]func(p *oidctest.Provider, iss *oidcauth.Issuer){
		"key set": func(p *oidctest.Provider, iss *oidcauth.Issuer) {
			iss.Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS) + query}
		},
		"endpoint": func(p *oidctest.Provider, iss *oidcauth.Issuer) {
			iss.Keys = certsource.Endpoint{URL: p.Issuer() + string(oidctest.JWKS) + query, InsecureTrustAny: true}
		},
		"document": func(p *oidctest.Provider, iss *oidcauth.Issuer) {
			iss.DiscoveryURL = p.Issuer() + string(oidctest.Discovery) + query
		},
		"named by the document": func(p *oidctest.Provider, _ *oidcauth.Issuer) {
			p.Fail(oidctest.Discovery, oidctest.Fault{Body: fmt.Sprintf(`{"issuer":%q,"jwks_uri":%q}`, p.Issuer(), p.Issuer()+string(oidctest.JWKS)+query)})
		},
	} {
		for _, down := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", down ", down), func(t *testing.T) {
				var out bytes.Buffer
				s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
					c.Logger = slog.New(slog.NewJSONHandler(&out, nil))
					keys(p, &c.Issuers[0])
					if down {
						p.Fail(oidctest.JWKS, oidctest.Fault{Status: 500})
					}
				})
				for _, token := range []string{
					s.Token(audience, alice), s.Token("another", alice), s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "unknown"}}),
				} {
					_, err := s.auth.Check(withHeaders("Bearer " + token))
					d := s.auth.Explain(t.Context(), token)
					data, _ := json.Marshal(d)
					fmt.Fprintln(&out, err, d, string(data))
				}
				fmt.Fprintln(&out, s.auth.Diagnose(t.Context()), s.auth.Ready(t.Context()))
				require.False(t, strings.Contains(out.String(), "hunter2"), "it is said")
				require.Contains(t, out.String(), s.Issuer())
			})
		}
	}
}
