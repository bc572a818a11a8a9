package oidcauth_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// The verdicts about the claims of ID tokens follow OpenID Connect Core 1.0 section 3.1.3.7.
func TestVerdictIDTokenClaims(t *testing.T) {
	runLogins(t, []loginVerdict{
		login("good", "", nil),
		login("iss missing", reason.LoginIssuerMismatch, obj{"iss": nil}),
		login("iss of another issuer", reason.LoginIssuerMismatch, obj{"iss": "https://other.example"}),
		login("iss with a slash", reason.LoginIssuerMismatch, obj{"iss": idp + "/"}),
		login("iss a list", reason.LoginIssuerMismatch, obj{"iss": []string{idp}}),
		login("sub missing", reason.InvalidClaims, obj{"sub": nil}),
		login("sub empty", reason.InvalidClaims, obj{"sub": ""}),
		login("sub a number", reason.InvalidClaims, obj{"sub": 4711}),
		login("aud a list", "", obj{"aud": []string{loginClient}}),
		login("aud missing", reason.WrongAudience, obj{"aud": nil}),
		login("aud empty", reason.WrongAudience, obj{"aud": ""}),
		login("aud an empty list", reason.WrongAudience, obj{"aud": []string{}}),
		login("aud of another client", reason.WrongAudience, obj{"aud": "other-client"}),
		login("aud of the API", reason.WrongAudience, obj{"aud": audience}),
		login("aud in another case", reason.WrongAudience, obj{"aud": "Shop-Client"}),
		login("aud with a number", reason.WrongAudience, obj{"aud": []any{loginClient, 1}}),
		login("aud several, azp of the client", "", obj{"aud": []string{loginClient, "other"}, "azp": loginClient}),
		login("aud several, azp missing", reason.UnauthorizedParty, obj{"aud": []string{loginClient, "other"}}),
		login("aud several, azp of another", reason.UnauthorizedParty, obj{"aud": []string{loginClient, "other"}, "azp": "other"}),
		login("aud twice the client", "", obj{"aud": []string{loginClient, loginClient}}),
		login("azp of the client", "", obj{"azp": loginClient}),
		login("azp of another", reason.UnauthorizedParty, obj{"azp": "other"}),
		login("azp a list", reason.UnauthorizedParty, obj{"azp": []string{loginClient}}),
		login("azp null", reason.UnauthorizedParty, obj{"azp": rawNull}),
		login("iat missing", reason.InvalidClaims, obj{"iat": nil}),
		login("iat a text", reason.InvalidClaims, obj{"iat": "1800000000"}),
		login("iat zero", reason.InvalidClaims, obj{"iat": 0}),
		login("iat within the leeway", "", obj{"iat": inSeconds(59)}),
		login("iat in the future", reason.NotYetValid, obj{"iat": inSeconds(61)}),
		login("exp missing", reason.InvalidClaims, obj{"exp": nil}),
		login("exp before iat", reason.InvalidClaims, obj{"iat": inSeconds(10), "exp": inSeconds(5)}),
		login("expired within the leeway", "", obj{"iat": inSeconds(-300), "exp": inSeconds(-59)}),
		login("expired", reason.Expired, obj{"iat": inSeconds(-300), "exp": inSeconds(-60)}),
		login("nbf in the future", reason.NotYetValid, obj{"nbf": inSeconds(61)}),
		login("nonce missing", reason.NonceMismatch, obj{"nonce": nil}),
		login("nonce empty", reason.NonceMismatch, obj{"nonce": ""}),
		login("nonce of another login", reason.NonceMismatch, obj{"nonce": "n-other"}),
		login("nonce a prefix", reason.NonceMismatch, obj{"nonce": loginNonce[:4]}),
		login("nonce a list", reason.NonceMismatch, obj{"nonce": []string{loginNonce}}),
		{verdict: verdict{name: "nonce that was not sent", want: reason.NonceMismatch}, grant: func(g *signin.Grant) { g.Nonce = "" }},
		login("at_hash missing", "", obj{"at_hash": nil}),
		login("at_hash of another token", reason.TokenHashMismatch, obj{"at_hash": atHash256("another")}),
		login("at_hash of another hash", reason.TokenHashMismatch, obj{"at_hash": atHash512(loginAccess)}),
		login("at_hash empty", reason.TokenHashMismatch, obj{"at_hash": ""}),
		login("at_hash null", reason.TokenHashMismatch, obj{"at_hash": rawNull}),
		login("at_hash padded", reason.TokenHashMismatch, obj{"at_hash": atHash256(loginAccess) + "=="}),
		{verdict: verdict{name: "at_hash without access token", want: reason.TokenHashMismatch}, grant: func(g *signin.Grant) { g.AccessToken = "" }},
		login("logout token", reason.WrongTokenType, obj{"events": obj{"http://schemas.openid.net/event/backchannel-logout": obj{}}}),
		login("access token by token_use", reason.WrongTokenType, obj{"token_use": "access"}),
		login("access token by typ", reason.WrongTokenType, obj{"typ": "Bearer"}),
		login("refresh token by typ", reason.WrongTokenType, obj{"typ": "Refresh"}),
		login("ID token by token_use", "", obj{"token_use": "id"}),
		login("ID token by typ", "", obj{"typ": "ID"}),
		login("scope in the ID token", "", obj{"scope": "admin", "scp": []string{"root"}}),
	})
}

// rawNull is the JSON null, because nil removes a claim.
var rawNull = (*string)(nil)

func TestVerdictIDTokenType(t *testing.T) {
	for typ, want := range map[string]reason.Reason{
		"JWT": "", "jwt": "", "application/jwt": "", "at+jwt": reason.WrongTokenType, "application/at+jwt": reason.WrongTokenType, "logout+jwt": reason.WrongTokenType,
		"dpop+jwt": reason.WrongTokenType, "secevent+jwt": reason.WrongTokenType, "token-introspection+jwt": reason.WrongTokenType, "kb+jwt": reason.WrongTokenType,
	} {
		t.Run(typ, func(t *testing.T) {
			runLogins(t, []loginVerdict{{verdict: verdict{name: "typ", header: obj{"typ": typ}, want: want}}})
		})
	}
	runLogins(t, []loginVerdict{
		{verdict: verdict{name: "absent", header: obj{"typ": nil}}},
		{verdict: verdict{name: "no token", edit: always("no-token"), want: reason.MalformedToken}},
		{verdict: verdict{name: "encrypted", edit: always("a.b.c.d.e"), want: reason.EncryptedToken}},
		{verdict: verdict{name: "empty", edit: always(""), want: reason.IDTokenMissing}},
	})
}

func TestVerdictIDTokenSignature(t *testing.T) {
	hashOf512 := obj{"at_hash": atHash512(loginAccess)}
	rs256 := func() *signingKey { return rsaKey("RS256", rsa2048(), crypto.SHA256) }
	both := func(w *world) { w.publish(jwkOf("k1", "ES256", es256().public), jwkOf("k2", "RS256", rs256().public)) }
	twoOfOneKind := func(w *world) {
		w.publish(jwkOf("k7", "ES256", attacker().public), jwkOf("k1", "ES256", es256().public))
	}
	row := func(name string, want reason.Reason, v verdict) loginVerdict {
		v.name, v.want = name, want
		return loginVerdict{verdict: v}
	}
	runLogins(t, []loginVerdict{
		row("alg none", reason.AlgorithmRefused, verdict{key: unsigned("none")}),
		row("alg none, signed", reason.AlgorithmRefused, verdict{key: signedAs("none", es256())}),
		row("alg None", reason.AlgorithmRefused, verdict{key: signedAs("None", es256())}),
		row("HS256", reason.AlgorithmRefused, verdict{key: hmacKey([]byte("the secret of the client, at least 32 bytes"))}),
		row("HS512", reason.AlgorithmRefused, verdict{key: signedAs("HS512", es256())}),
		row("RS256", "", verdict{key: rs256(), header: obj{"kid": "k2"}, world: both}),
		row("RS256 tampered", reason.InvalidSignature, verdict{key: rs256(), header: obj{"kid": "k2"}, world: both, edit: part(2, flip(7))}),
		row("ES256 tampered", reason.InvalidSignature, verdict{edit: part(2, flip(7))}),
		row("ES256 without signature", reason.InvalidSignature, verdict{edit: part(2, always(""))}),
		row("another subject", reason.InvalidSignature, verdict{edit: part(1, instead(holder, "root"))}),
		row("signed by an attacker", reason.InvalidSignature, verdict{key: attacker()}),
		row("RS256 by the kid of ES256", reason.KeyNotFound, verdict{key: rs256(), world: both}),
		row("EdDSA", "", verdict{key: edDSA(), claims: hashOf512, world: func(w *world) { w.publish(jwkOf("k1", "EdDSA", edDSA().public)) }}),
		row("Ed25519", "", verdict{key: edDSA(), header: obj{"alg": "Ed25519"}, claims: hashOf512, world: func(w *world) { w.publish(jwkOf("k1", "", edDSA().public)) }}),
		row("EdDSA with a shorter hash", reason.TokenHashMismatch, verdict{key: edDSA(), world: func(w *world) { w.publish(jwkOf("k1", "EdDSA", edDSA().public)) }}),
		row("no kid, one key", "", verdict{header: obj{"kid": nil}}),
		row("no kid, keys of two kinds", "", verdict{header: obj{"kid": nil}, world: both}),
		row("no kid, two keys of one kind", "", verdict{header: obj{"kid": nil}, world: twoOfOneKind}),
		row("no kid, no key verifies", reason.InvalidSignature, verdict{header: obj{"kid": nil}, key: attacker(), world: both}),
		row("kid unknown", reason.KeyNotFound, verdict{header: obj{"kid": "k9"}}),
		row("algorithm that is not configured", reason.AlgorithmRefused, verdict{config: func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"RS256"} }}),
		row("discovery of another issuer", reason.KeysUnavailable, verdict{world: func(w *world) {
			w.set(idpDiscovery, answer{body: `{"issuer":"https://other.example","jwks_uri":"` + idpKeys + `"}`})
		}}),
	})
}

// The keys rotate between two logins.
func TestVerdictIDTokenAfterRotation(t *testing.T) {
	first := loginVerdict{}
	w := first.begin(t, nil)
	_, _, got := w.signIn(t, first.answer())
	require.Empty(t, got)
	w.publish(jwkOf("k2", "RS256", rsa2048().Public()))
	w.advance(time.Minute)
	next := loginVerdict{verdict: verdict{key: rsaKey("RS256", rsa2048(), crypto.SHA256), header: obj{"kid": "k2"}}}
	_, _, got = w.signIn(t, next.answer())
	require.Empty(t, got)
}

// Which rules of the Issuer apply to an ID token: those about claims and users, and not those about access tokens.
func TestVerdictIDTokenRules(t *testing.T) {
	rules := func(change func(*oidcauth.Issuer)) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) { change(&c.Issuers[0]) }
	}
	row := func(name string, want reason.Reason, claims obj, change func(*oidcauth.Issuer)) loginVerdict {
		return loginVerdict{verdict: verdict{name: name, want: want, claims: claims, config: rules(change)}}
	}
	tier := claims.Equals(claims.Name("tier"), "gold")
	runLogins(t, []loginVerdict{
		row("other ClientIDs", "", nil, func(i *oidcauth.Issuer) { i.ClientIDs = []string{"another"} }),
		row("access token types", "", nil, func(i *oidcauth.Issuer) { i.AccessTokenTypes = []string{"special"} }),
		row("bound tokens", "", nil, func(i *oidcauth.Issuer) { i.RequireBoundTokens = true }),
		row("JWTs are introspected", "", nil, func(i *oidcauth.Issuer) {
			i.Introspection.JWTs, i.Introspection.AudienceOfJWT, i.Introspection.Client = true, true, introspectorFunc(func(string) (claims.Set, error) {
				panic("asked about an ID token")
			})
		}),
		row("check holds", "", obj{"tier": "gold"}, func(i *oidcauth.Issuer) { i.Claims.Checks = []claims.Check{tier} }),
		row("check fails", reason.CheckFailed, obj{"tier": "none"}, func(i *oidcauth.Issuer) { i.Claims.Checks = []claims.Check{tier} }),
		row("check lacks its claim", reason.CheckClaimMissing, nil, func(i *oidcauth.Issuer) { i.Claims.Checks = []claims.Check{tier} }),
		row("claim missing", reason.ClaimMissing, nil, func(i *oidcauth.Issuer) { i.Claims.Required = []claims.Path{claims.Name("oid")} }),
		row("no such user", reason.UserNotFound, obj{"oid": "nobody"}, func(i *oidcauth.Issuer) { i.Claims.User, i.Users = claims.Name("oid"), usermap.NewTable() }),
		row("leeway", reason.Expired, obj{"iat": inSeconds(-300), "exp": inSeconds(-1)}, func(i *oidcauth.Issuer) { i.Leeway = oidcauth.Exactly(0) }),
	})
}

func TestVerdictIDTokenAuthentication(t *testing.T) {
	maxAge := func(d time.Duration) func(*signin.Grant) { return func(g *signin.Grant) { g.MaxAge = d } }
	acr := func(values ...string) func(*signin.Grant) { return func(g *signin.Grant) { g.ACR = values } }
	row := func(name string, want reason.Reason, claims obj, grant func(*signin.Grant)) loginVerdict {
		return loginVerdict{verdict: verdict{name: name, want: want, claims: claims}, grant: grant}
	}
	const insufficient = reason.InsufficientUserAuthentication
	runLogins(t, []loginVerdict{
		row("young enough", "", obj{"auth_time": inSeconds(-300)}, maxAge(5*time.Minute)),
		row("within the leeway", "", obj{"auth_time": inSeconds(-360)}, maxAge(5*time.Minute)),
		row("too old", insufficient, obj{"auth_time": inSeconds(-361)}, maxAge(5*time.Minute)),
		row("max_age 0, now", "", obj{"auth_time": inSeconds(0)}, maxAge(0)),
		row("max_age 0, before", insufficient, obj{"auth_time": inSeconds(-61)}, maxAge(0)),
		row("auth_time missing", insufficient, obj{"auth_time": nil}, maxAge(time.Hour)),
		row("auth_time a text", insufficient, obj{"auth_time": "1800000000"}, maxAge(time.Hour)),
		row("auth_time in the future", insufficient, obj{"auth_time": inSeconds(61)}, maxAge(time.Hour)),
		row("auth_time that is not needed", "", obj{"auth_time": "soon"}, nil),
		row("acr", "", obj{"acr": "mfa"}, acr("phr", "mfa")),
		row("acr of another level", insufficient, obj{"acr": "pwd"}, acr("phr", "mfa")),
		row("acr missing", insufficient, nil, acr("mfa")),
		row("acr in another case", insufficient, obj{"acr": "MFA"}, acr("mfa")),
		row("acr of no level", insufficient, obj{"acr": "mfa"}, acr([]string{}...)),
	})
}

// A login never gets a scope from the claims of its ID token.
func TestScopesOfSessionAreThoseGranted(t *testing.T) {
	c := login("", "", obj{"scope": "admin", "scp": []string{"root"}})
	w := c.begin(t, nil)
	id, e, _ := w.signIn(t, c.answer())
	require.Equal(t, []string{"openid", "orders.read"}, id.Scopes())
	resumed, err := signin.Of(w.auth).Resume(t.Context(), nil, e)
	require.NoError(t, err)
	again := resumed.(*oidcauth.Identity)
	require.NoError(t, again.RequireScopes("orders.read"))
	require.Error(t, again.RequireScopes("admin"))
	require.Error(t, again.RequireScopes("root"))
	require.NoError(t, again.RequireAuthentication(time.Minute))
	require.Error(t, again.RequireAuthentication(0, "mfa"))
}

func TestVerdictIDTokenUserInfo(t *testing.T) {
	asks := func(only bool) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) {
			c.Issuers[0].Claims.UserInfo = must(provider.New(provider.Config{Issuer: idp, ClientID: loginClient}))
			c.Issuers[0].Claims.UserInfoOnly = only
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("department")}
		}
	}
	says := func(kind, body string) func(*world) {
		return func(w *world) { w.set(idpUserInfo, answer{kind: kind, body: body}) }
	}
	json := func(body string) func(*world) { return says("application/json", body) }
	signed := func(c obj) func(*world) {
		return says("application/jwt", verdict{header: obj{"typ": "JWT"}, claims: merged(obj{"exp": nil, "iat": nil, "aud": loginClient}, c)}.token())
	}
	row := func(name string, want reason.Reason, only bool, world func(*world)) loginVerdict {
		return loginVerdict{verdict: verdict{name: name, want: want, config: asks(only), world: world}}
	}
	good := `{"sub":"` + holder + `","department":"toys"}`
	runLogins(t, []loginVerdict{
		row("good", "", false, json(good)),
		row("only", "", true, json(good)),
		row("other sub", reason.UserInfoSubjectMismatch, false, json(`{"sub":"other","department":"toys"}`)),
		row("no sub", reason.UserInfoSubjectMismatch, false, json(`{"department":"toys"}`)),
		row("other sub, only", reason.UserInfoSubjectMismatch, true, json(`{"sub":"other","department":"toys"}`)),
		row("signed", "", false, signed(obj{"department": "toys"})),
		row("signed, other sub", reason.UserInfoSubjectMismatch, false, signed(obj{"department": "toys", "sub": "other"})),
		row("signed for another client", reason.UserInfoUnavailable, false, signed(obj{"department": "toys", "aud": "other"})),
		row("signed by an attacker", reason.UserInfoUnavailable, false, says("application/jwt", verdict{
			header: obj{"typ": "JWT"}, key: attacker(), claims: obj{"exp": nil, "iat": nil, "aud": loginClient, "department": "toys"},
		}.token())),
		row("claim in neither", reason.ClaimMissing, false, json(`{"sub":"`+holder+`"}`)),
		row("refused", reason.UserInfoRefused, false, func(w *world) { w.set(idpUserInfo, answer{status: 401}) }),
		row("down", reason.UserInfoUnavailable, false, func(w *world) { w.set(idpUserInfo, answer{status: 500}) }),
	})
}
