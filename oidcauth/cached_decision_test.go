package oidcauth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The decision about a cached token equals the decision about a new token.
func TestDecisionOfACachedTokenEqualsThatOfANewToken(t *testing.T) {
	for name, users := range map[string]bool{"no users": false, "users": true} {
		t.Run(name, func(t *testing.T) {
			var told []*decision.Decision
			s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
				if users {
					c.Users = anyUser
				}
			})
			token := s.Token(audience, twentyClaims(1))
			for range 3 {
				r := withHeaders("Bearer " + token)
				r.Method, r.Pattern = http.MethodPut, "PUT /orders/{id}"
				_, err := s.auth.Check(r)
				require.NoError(t, err)
			}
			require.Len(t, told, 3)
			require.EqualValues(t, 2, s.auth.Status().Caches[0].Hits)
			ids := map[string]bool{}
			for i, d := range told {
				ids[d.ID] = true
				require.Equal(t, i > 0, d.Cached)
				d.ID, d.Elapsed, d.Time, d.Cached = "", 0, time.Time{}, false
				require.Equal(t, told[0], d)
			}
			require.Len(t, ids, 3)
			require.True(t, told[2].Accepted)
			require.True(t, told[2].Verified)
			require.Equal(t, s.Issuer(), told[2].Issuer)
			require.Equal(t, "PUT /orders/{id}", told[2].Route)
			require.Equal(t, `"`+audience+`"`, told[2].Token.Audience)
			require.NotEmpty(t, told[2].Token.KeySource)
			require.Len(t, told[2].Token.Claims, 20)
		})
	}
}
