package oidcauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A token that is too long for a JWT is too long to be sent to the provider, too.
func TestSurviveHugeOpaqueToken(t *testing.T) {
	for name, is := range map[string]func(string) bool{
		"whatever is no JWT": nil, "by its beginning": func(token string) bool { return strings.HasPrefix(token, "opaque") },
	} {
		t.Run(name, func(t *testing.T) {
			s, i := newOpaqueService(t, nil, func(c *oidcauth.Config) { c.Issuers[0].Introspection.Owns = is })
			longest := "opaque" + strings.Repeat("x", 64<<10-len("opaque"))
			i.answers[longest] = oidctest.Claims{"active": true, "sub": "alice", "aud": audience, "exp": s.Now().Unix() + 60}
			require.Empty(t, s.reason(t, longest))
			asked := i.asked.Load()
			require.Equal(t, reason.MalformedToken, s.reason(t, longest+"x"))
			require.Equal(t, asked, i.asked.Load())
		})
	}
}
