package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The detail of a failed check names the claims that it read, the values that concern no person, and the requirement.
func TestFailedChecksAreExplained(t *testing.T) {
	checks := claims.AllOf(
		claims.AnyOf(claims.Equals(claims.Name("tid"), "tenant-1"), claims.HasPrefix(claims.Name("email"), "ops-")),
		claims.CheckFunc("not a guest", claims.Name("kind"), func(v claims.Value) bool { return v.Raw() == `"staff"` }),
		claims.Absent(claims.Name("act")),
		claims.Has(claims.Name("sub")),
	)
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.Checks = []claims.Check{checks} })
	token := s.Token(audience, oidctest.Claims{"tid": "tenant-2", "email": "alice@corp.example", "kind": "guest-4711", "act": nil})
	told := s.auth.Explain(t.Context(), token)
	var details []string
	for _, f := range told.Faults() {
		details = append(details, f.Detail)
	}
	require.Len(t, details, 3)
	for i, parts := range [][]string{
		{`tid is "tenant-2", a string`, "email is [redacted], a string", `tid == "tenant-1"`, `email begins with "ops-"`},
		{"kind is", "a string", `kind passes "not a guest"`},
		{"sub is missing"},
	} {
		for _, part := range parts {
			require.Contains(t, details[i], part)
		}
	}
	require.NotContains(t, told.String(), "alice@corp.example")
}
