package oidcauth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d discarded) WriteHeader(int)             {}

// BenchmarkRefusal compares the cost of two refusals. The first is explained and logged. The second is one of a flood, and is
// neither: at most 10 refusals a second are explained for each reason.
func BenchmarkRefusal(b *testing.B) {
	p, err := oidctest.Start()
	require.NoError(b, err)
	defer p.Close()
	good := p.Token(audience, alice)
	for name, token := range map[string]string{
		"signature": good[:len(good)-8] + "AAAAAAAA",
		"audience":  p.Token("api://default", alice),
		"expired":   p.Token(audience, oidctest.Claims{"exp": time.Now().Add(-time.Hour).Unix()}),
		"issuer":    p.Token(audience, oidctest.Claims{"iss": "https://other.example"}),
		"opaque":    "opaque",
	} {
		for _, examined := range []bool{false, true} {
			auth := serviceOf(b, p, withRefusalsLogged(examined), withConfig(func(c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
			})).auth
			require.NoError(b, auth.Ready(context.Background()))
			handler := auth.Handler(http.NotFoundHandler())
			r, w := withHeaders("Bearer "+token), discarded{http.Header{}}
			for range 200 { // beyond the burst
				handler.ServeHTTP(w, r)
			}
			b.Run(name+map[bool]string{false: "/plain", true: "/examined"}[examined], func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					handler.ServeHTTP(w, r)
				}
			})
		}
	}
}
