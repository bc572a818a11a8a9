package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The client of a login asks UserInfo instead of the client of the Issuer. The keys and the algorithms of the Issuer apply to a signed
// answer as they do to one for a bearer token.
func TestSignedUserInfoOfALoginFollowsTheIssuer(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*oidcauth.Issuer)
		want   reason.Reason
	}{
		"default":           {},
		"its algorithm":     {change: func(iss *oidcauth.Issuer) { iss.Algorithms = []string{"RS256"} }},
		"another algorithm": {change: func(iss *oidcauth.Issuer) { iss.Algorithms = []string{"ES384"} }, want: reason.UserInfoUnavailable},
		"another key": {change: func(iss *oidcauth.Issuer) {
			iss.Keys = certsource.JWKS{URL: oidctest.New(t).Issuer() + string(oidctest.JWKS)}
		}, want: reason.UserInfoUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(p *oidctest.Provider, config *oidcauth.Config) {
				iss := &config.Issuers[0]
				iss.Claims.UserInfo = must(p.UserInfoClient())
				if c.change != nil {
					c.change(iss)
				}
			})
			s.SetUserInfo("alice", nil)
			s.SignUserInfo(oidctest.ClientID)
			g := s.granted(nil)
			g.OpenID, g.IDToken, g.Nonce = false, "", ""
			g.Client = must(provider.New(s.ClientConfig()))
			for range 2 {
				_, _, got := s.signIn(t, g)
				require.Equal(t, c.want, got)
			}
		})
	}
}
