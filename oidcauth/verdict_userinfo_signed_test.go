package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// OpenID Connect Core 1.0 section 5.3.2 describes signed answers, which should have iss and aud.
func TestVerdictUserInfoSigned(t *testing.T) {
	row := func(name string, want reason.Reason, answered verdict) verdict {
		answered.claims = overlay(obj{"aud": "orders", "oid": "o", "exp": nil, "iat": nil}, answered.claims)
		answered.header = overlay(obj{"typ": nil}, answered.header)
		return userInfo(name, want, answer{kind: "application/jwt", body: answered.token()})
	}
	typed := func(typ string) verdict { return verdict{header: obj{"typ": typ}} }
	has := func(claim string, v any) verdict { return verdict{claims: obj{claim: v}} }
	const bad = reason.UserInfoUnavailable
	runVerdicts(t, []verdict{
		row("good", "", verdict{}),
		row("typ JWT", "", typed("JWT")),
		row("typ application/jwt", "", typed("application/jwt")),
		row("typ of UserInfo", "", typed("token-userinfo+jwt")),
		row("iss missing", "", has("iss", nil)),
		row("aud missing", "", has("aud", nil)),
		row("iss and aud missing", "", verdict{claims: obj{"iss": nil, "aud": nil}}),
		row("dated", "", verdict{claims: obj{"exp": inSeconds(300), "iat": inSeconds(0)}}),
		row("another iss", bad, has("iss", idp+"/")),
		row("another aud", bad, has("aud", "invoices")),
		row("aud of the API", bad, has("aud", audience)),
		row("typ of an access token", bad, typed("at+jwt")),
		row("typ of a logout token", bad, typed("logout+jwt")),
		row("exp and no aud, as an access token has", bad, verdict{claims: obj{"aud": nil, "exp": inSeconds(300)}}),
		row("exp and no iss", bad, verdict{claims: obj{"iss": nil, "exp": inSeconds(300)}}),
		row("nonce, as an ID token has", bad, has("nonce", "n")),
		row("old", bad, has("iat", inSeconds(-301))),
		row("forged", bad, verdict{key: attacker()}),
		row("another user", reason.UserInfoSubjectMismatch, has("sub", "root")),
		row("no sub", reason.UserInfoSubjectMismatch, has("sub", nil)),
	})
}

// If UserInfo alone decides about an opaque token, there is no claim of the token with which its sub could be compared.
func TestUserInfoSubjectDoesNotApplyIfUserInfoAloneDecides(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = infoAnswers(`{"sub":"alice","email":"a@corp.example"}`), true
		c.Issuers[0].Claims.UserInfoSubject = claims.Name("uid")
	})
	require.Empty(t, s.reason(t, "opaque"))
}
