package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// acceptsToken is a UserInfo that accepts the token, and answers about this user.
func acceptsToken(sub string) claims.Fetcher {
	return infoAnswers(`{"sub":"` + sub + `","email":"a@corp.example"}`)
}

// With InsecureByUserInfo, UserInfo alone decides about a JWT. The claims of the JWT itself can only cause a refusal.
func TestVerdictJWTByUserInfoAlone(t *testing.T) {
	alone := func(info claims.Fetcher) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) {
			c.Issuers[0].Claims.UserInfo = info
			c.Issuers[0].Introspection.JWTs, c.Issuers[0].Introspection.InsecureByUserInfo = true, true
		}
	}
	by := func(claim string) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) {
			alone(acceptsToken(holder))(c)
			c.Issuers[0].Claims.UserInfoSubject = claims.Name(claim)
		}
	}
	accepted := alone(acceptsToken(holder))
	refused := alone(infoRefuses(claims.RefusedError{Status: http.StatusUnauthorized}))
	runVerdicts(t, []verdict{
		{name: "UserInfo accepts", config: accepted},
		{name: "UserInfo accepts what no key verifies", key: attacker(), config: accepted},
		{name: "UserInfo refuses", config: refused, want: reason.UserInfoRefused},
		{name: "UserInfo refuses what no key verifies", key: attacker(), config: refused, want: reason.UserInfoRefused},
		{name: "UserInfo is down", config: alone(infoIsDown()), want: reason.UserInfoUnavailable},
		{name: "expired", claims: obj{"exp": inSeconds(-3600)}, config: accepted, want: reason.Expired},
		{name: "for another service", claims: obj{"aud": "api://invoices"}, config: accepted, want: reason.WrongAudience},
		{name: "for no service", claims: obj{"aud": nil}, config: accepted},
		{name: "of another issuer", claims: obj{"iss": idp + "/"}, config: accepted, want: reason.UnknownIssuer},
		{name: "ID token", header: obj{"typ": "JWT"}, claims: obj{"nonce": "n"}, config: accepted, want: reason.IDTokenAsAccessToken},
		{name: "refresh token", claims: obj{"typ": "Refresh"}, config: accepted, want: reason.WrongTokenType},
		{name: "bound to a key", claims: obj{"cnf": obj{"jkt": "x"}}, config: accepted, want: reason.SenderConstrained},
		{name: "UserInfo is about another user", config: alone(acceptsToken("root")), want: reason.UserInfoSubjectMismatch},
		{name: "no sub in the JWT", claims: obj{"sub": nil}, config: accepted, want: reason.UserInfoSubjectMismatch},
		{name: "sub null in the JWT", claims: obj{"sub": json.RawMessage("null")}, config: accepted, want: reason.UserInfoSubjectMismatch},
		{name: "another claim of the JWT", claims: obj{"sub": "a@corp.example", "uid": holder}, config: by("uid")},
		{name: "another claim of the JWT, another user", claims: obj{"uid": "root"}, config: by("uid"), want: reason.UserInfoSubjectMismatch},
		{name: "unsigned", header: obj{"alg": "none"}, config: accepted, want: reason.AlgorithmRefused},
	})
}

// With InsecureSkipIDTokenCheck, UserInfo decides whether a token that looks like an ID token is an access token. All other
// checks remain.
func TestVerdictIDTokenCheckSkipped(t *testing.T) {
	skipping := func(info claims.Fetcher) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) {
			c.Issuers[0].Claims.UserInfo, c.Issuers[0].InsecureSkipIDTokenCheck = info, true
		}
	}
	accepted := skipping(acceptsToken(holder))
	refused := skipping(infoRefuses(claims.RefusedError{Status: http.StatusUnauthorized, Code: "invalid_token"}))
	row := func(name string, config func(*oidcauth.Config), want reason.Reason, has obj) verdict {
		return verdict{name: name, header: obj{"typ": "JWT"}, claims: overlay(obj{"nonce": "n", "at_hash": "x", "typ": "ID"}, has), config: config, want: want}
	}
	forged := row("forged", accepted, reason.InvalidSignature, nil)
	forged.key = attacker()
	runVerdicts(t, []verdict{
		row("UserInfo accepts it", accepted, "", nil),
		row("UserInfo refuses it", refused, reason.UserInfoRefused, nil),
		row("UserInfo is down", skipping(infoIsDown()), reason.UserInfoUnavailable, nil),
		row("UserInfo is about another user", skipping(acceptsToken("root")), reason.UserInfoSubjectMismatch, nil),
		row("without the setting", func(c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = acceptsToken(holder) }, reason.IDTokenAsAccessToken, nil),
		forged,
		row("expired", accepted, reason.Expired, obj{"exp": inSeconds(-3600)}),
		row("for the client", accepted, reason.WrongAudience, obj{"aud": "web-shop"}),
		row("logout token", accepted, reason.WrongTokenType, obj{"events": obj{"http://schemas.openid.net/event/backchannel-logout": obj{}}}),
		row("refresh token", accepted, reason.WrongTokenType, obj{"typ": "Refresh"}),
		row("bound to a key", accepted, reason.SenderConstrained, obj{"cnf": obj{"jkt": "x"}}),
		{name: "plain access token that UserInfo refuses", config: refused, want: reason.UserInfoRefused},
		{name: "plain access token", config: accepted},
	})
}

func TestSettingsOfUserInfoAloneNeedUserInfo(t *testing.T) {
	for name, c := range map[string]struct {
		field  string
		change func(*oidcauth.Issuer)
	}{
		"ID token check without UserInfo": {"InsecureSkipIDTokenCheck", func(iss *oidcauth.Issuer) { iss.InsecureSkipIDTokenCheck = true }},
		"ID tokens accepted twice": {"InsecureSkipIDTokenCheck", func(iss *oidcauth.Issuer) {
			iss.InsecureSkipIDTokenCheck, iss.InsecureIDTokenAsAccessToken, iss.Claims.UserInfo = true, true, infoIsDown()
		}},
		"JWTs by nothing": {"Introspection.JWTs", func(iss *oidcauth.Issuer) { iss.Introspection.JWTs, iss.Claims.UserInfo = true, infoIsDown() }},
		"JWTs by UserInfo, without it": {"Introspection.InsecureByUserInfo", func(iss *oidcauth.Issuer) {
			iss.Introspection.JWTs, iss.Introspection.InsecureByUserInfo = true, true
		}},
	} {
		t.Run(name, func(t *testing.T) {
			iss := oidcauth.Issuer{URL: "https://a.example", Audience: []string{"x"}}
			c.change(&iss)
			_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}})
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, "Issuers[0]."+c.field, fault.Field)
		})
	}
}
