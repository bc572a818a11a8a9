package oidcauth_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing/fstest"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

func keyHints() []hinted {
	unknownKey := func(iss string) scene {
		s := of(iss, iss)
		s.header = map[string]any{"kid": "unknown"}
		return s
	}
	b2c := unknownKey("https://corp.b2clogin.com/" + tenantID + "/v2.0/")
	b2c.claims["tfp"] = "B2C_1_signin"
	unreachable := scene{issuer: oidcauth.Issuer{Keys: certsource.JWKS{URL: "https://127.0.0.1:1/keys"}}}
	discovered := scene{issuer: oidcauth.Issuer{Keys: certsource.Discovered{}, DiscoveryURL: discoveryOfProvider}}
	return append(keySourceHints(), []hinted{
		{
			"6 app-specific key", "entra_app_key", unknownKey(entraV2),
			func(s *scene) { s.issuer.DiscoveryURL = entraV2 + "/.well-known/openid-configuration?appid=" + appID },
		},
		{
			"7 B2C", "b2c_policy", b2c, func(s *scene) {
				s.issuer.DiscoveryURL = "https://corp.b2clogin.com/corp/B2C_1_signin/v2.0/.well-known/openid-configuration"
			},
		},
		{"7 B2C by acr", "b2c_policy", func() scene {
			s := unknownKey(entraV2)
			s.claims["acr"] = "b2c_1_signin"
			return s
		}(), func(s *scene) { s.claims["acr"] = "1" }},
		{"10 Okta's org server", "okta_org_server", unknownKey("https://corp.okta.com"), func(s *scene) {
			*s = unknownKey("https://corp.okta.com/oauth2/default")
		}},
		{"28 unknown kid", "unknown_key", unknownKey(corpIssuer), func(s *scene) { s.header = nil }},
		{"28 unknown kid, not without kid", "unknown_key", unknownKey(corpIssuer), func(s *scene) {
			s.header, s.alg, s.key = map[string]any{"kid": nil}, "EdDSA", must(ed25519Key())
		}},
		{"30 stale", "keys_stale", scene{keysLast: 1}, func(s *scene) { s.keysLast = 0 }},
		{"29 unreachable", "keys_unreachable", unreachable, func(s *scene) { s.issuer.Keys = nil }},
		{
			"discovery of another issuer", "discovery_issuer", func() scene {
				s := discovered
				s.prepare = func(p *oidctest.Provider) {
					p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"https://other"}`})
				}
				return s
			}(), func(s *scene) {
				s.prepare = func(p *oidctest.Provider) { p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500}) }
			},
		},
	}...)
}

// publishingSet returns an issuer whose key set is this text, or an answer with this status.
func publishingSet(set string, status int) oidcauth.Issuer {
	return oidcauth.Issuer{
		Keys: certsource.JWKS{URL: "https://keys.example/jwks", Refresh: certsource.Refresh{Wait: -1}},
		HTTPClient: &http.Client{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(set))}, nil
		})},
	}
}

func ed25519Key() (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

// keySourceHints are keys that are missing because of their source, and not because the provider rotated them.
func keySourceHints() []hinted {
	instead := func(s scene) func(*scene) { return func(to *scene) { *to = s } }
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	usable := jwkOf("k1", "", rsa2048().Public())
	spiffe := strings.Replace(usable, `"use":"sig"`, `"use":"jwt-svid"`, 1)
	const akp = `{"kty":"AKP","alg":"ML-DSA-65","kid":"k1","pub":"AAAA"}`
	of := func(set string, header map[string]any) scene {
		return scene{issuer: publishingSet(set, 200), header: header}
	}
	down := scene{issuer: publishingSet("", 500)}
	kid := func(id any) map[string]any { return map[string]any{"kid": id} }
	foreign := scene{key: rsa2048(), header: kid(nil)}
	text := certsource.PEM(pemOf(certificate(rsaKey("RS256", rsa2048(), crypto.SHA256), "idp", -1, 1<<20)))
	local := func(keys certsource.Source) scene { return scene{issuer: oidcauth.Issuer{Keys: keys}} }
	folder := fstest.MapFS{"idp.pem": {Data: []byte(text)}}
	return []hinted{
		{"28 no kid, foreign key", "signature_of_no_key", foreign, func(s *scene) { s.header = nil }},
		{"28 kid, foreign key", "invalid_signature", scene{key: rsa2048()}, instead(foreign)},
		{"28 no kid, no key of the algorithm", "no_key_of_algorithm", scene{alg: "EdDSA", key: must(ed25519Key()), header: kid(nil)}, func(s *scene) { s.header = kid("unknown") }},
		{"28 a key of another algorithm", "key_of_other_algorithm", of(set(jwkOf("k1", "ES256", es256().public)), kid("k1")), func(s *scene) { s.header = kid("k2") }},
		{"28 rotated, keys are a text", "key_not_renewed", local(text), func(s *scene) { s.issuer.Keys = certsource.Chain(text, certsource.JWKS{URL: "https://127.0.0.1:1"}) }},
		{"28 rotated, keys are a folder", "key_not_renewed", local(certsource.Dir{FS: folder, Subject: "CN=idp,O=Example"}), func(s *scene) { s.issuer.Keys = nil }},
		{"28 rotated, text, other algorithm", "key_not_renewed", scene{issuer: oidcauth.Issuer{Keys: text}, alg: "EdDSA", key: must(ed25519Key())}, func(s *scene) { s.issuer.Keys = nil }},
		{
			"28 a folder without the certificate", "key_not_selected", local(certsource.Dir{FS: folder, Subject: "CN=other"}),
			func(s *scene) { s.issuer.Keys = certsource.Dir{FS: folder, Subject: "CN=idp,O=Example"} },
		},
		{"29 keys of SPIFFE", "keys_spiffe", of(set(spiffe), nil), instead(of(set(akp), nil))},
		{"29 keys of another type", "keys_unusable", of(set(akp), nil), instead(down)},
		{"29 an empty key set", "keys_unusable", of(set(), nil), instead(of(set(usable), nil))},
		{"29 not unreachable", "keys_unreachable", down, instead(of(set(akp), nil))},
		{"29 a key that cannot be used", "key_unusable", of(set(strings.Replace(usable, "k1", "k0", 1), akp), kid("k1")), func(s *scene) { s.header = kid("k2") }},
	}
}

func timeHints() []hinted {
	at := func(claim string, d time.Duration) scene {
		return scene{claims: oidctest.Claims{claim: time.Now().Add(d).Unix()}}
	}
	instead := func(s scene) func(*scene) { return func(to *scene) { *to = s } }
	late := at("iat", time.Hour)
	late.issuer.Audience = []string{"api://invoices"}
	early := late
	early.claims = oidctest.Claims{}
	return []hinted{
		{"31 clock", "clock_differs", at("nbf", 5*time.Minute), instead(at("nbf", time.Hour))},
		{"31 iat", "issued_in_future", late, instead(early)},
		{"no exp", "exp_missing", scene{claims: oidctest.Claims{"exp": nil}}, instead(scene{claims: oidctest.Claims{"exp": "soon"}})},
		{"exp is a string", "time_not_a_number", scene{claims: oidctest.Claims{"exp": "1735689600"}}, instead(scene{claims: oidctest.Claims{"exp": nil}})},
		{"nbf is a string", "time_not_a_number", scene{claims: oidctest.Claims{"nbf": "now"}}, instead(at("nbf", time.Hour))},
		{"nbf in milliseconds", "time_in_milliseconds", scene{claims: oidctest.Claims{"nbf": time.Now().UnixMilli()}}, instead(at("nbf", 90*24*time.Hour))},
		{"exp in milliseconds", "time_in_milliseconds", scene{claims: oidctest.Claims{"exp": time.Now().UnixMilli()}}, instead(scene{claims: oidctest.Claims{"exp": "1795308293000"}})},
		{"32 expired", "expired", at("exp", -3*time.Hour), instead(at("nbf", time.Hour))},
	}
}

func userHints() []hinted {
	needsInfo := func(f claims.Fetcher) scene {
		return scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: f, User: claims.Name("email")}}, users: usermap.NewTable()}
	}
	refused := func(e claims.RefusedError) scene { return needsInfo(infoRefuses(e)) }
	instead := func(s scene) func(*scene) { return func(to *scene) { *to = s } }
	withScope := func(s scene, scope string) scene {
		s.claims = oidctest.Claims{"scope": scope}
		return s
	}
	lacks := claims.RefusedError{Status: 403, Code: "insufficient_scope"}
	needs := func(scope string) claims.RefusedError {
		return claims.RefusedError{Status: 403, Code: "insufficient_scope", Scope: scope}
	}
	openIAM := refused(claims.RefusedError{Status: 400})
	openIAM.issuer.URL, openIAM.claims = "https://openiam.corp.example/idp", oidctest.Claims{"iss": "https://openiam.corp.example/idp"}
	about := func(token oidctest.Claims, answer string) scene {
		s := needsInfo(infoAnswers(answer))
		s.claims = token
		return s
	}
	mail := oidctest.Claims{"sub": "alice@corp.example"}
	okta := oidctest.Claims{"sub": "alice@corp.example", "uid": "00u1", "cid": "shop"}
	graph := refused(claims.RefusedError{Status: 401})
	graph.issuer.URL, graph.claims = entraV2, oidctest.Claims{"iss": entraV2}
	known := func(value string, ids ...string) *usermap.Table {
		var entries []usermap.Entry
		for _, id := range ids {
			entries = append(entries, usermap.Entry{Value: value, User: usermap.User{ID: id, Enabled: true}})
		}
		return usermap.NewTable(entries...)
	}
	opaque := func(err error) scene {
		return scene{
			issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: &introspection{err: err}}},
			sent:   func(string) []string { return []string{"Bearer opaque"} },
		}
	}
	return []hinted{
		{"43 invalid_client", "client_refused", opaque(&provider.ClientRefusedError{Status: 401, Code: "invalid_client"}), instead(opaque(errors.New("down")))},
		{
			"43 wrong secret is 403", "client_refused", opaque(&provider.ClientRefusedError{Status: 403, Code: "access_denied"}),
			instead(opaque(&provider.ClientRefusedError{Status: 403, HTML: true})),
		},
		{
			"introspection does not take its kind", "introspection_refuses_token",
			opaque(&provider.TokenRefusedError{Status: 400, Code: "unsupported_token_type"}), instead(opaque(claims.ErrInactive)),
		},
		{"introspected JWT without aud", "introspected_jwt_audience", jwtWithoutAudience(), func(s *scene) { s.issuer.Introspection.AudienceOfJWT = true }},
		{"introspection without sub", "introspection_without_subject", withoutSubject(`"client_id":"shop"`), instead(withoutSubject(`"sub":"alice"`))},
		{"introspection without token_type", "introspection_without_token_type", withoutTokenType(), func(s *scene) {
			s.issuer.Introspection.RequireTokenType = false
		}},
		{"introspection without aud", "introspection_without_audience", withoutAudience(), func(s *scene) {
			s.issuer.Introspection.InsecureWithoutAudience = true
		}},
		{
			"a certificate of an unknown authority", "certificate_unknown", opaque(x509.UnknownAuthorityError{}),
			instead(opaque(x509.HostnameError{Certificate: &x509.Certificate{}})),
		},
		{
			"a certificate of another host", "certificate_host", opaque(x509.HostnameError{Certificate: &x509.Certificate{}}),
			instead(opaque(x509.UnknownAuthorityError{})),
		},
		{
			"a certificate that has expired", "certificate_expired", opaque(x509.CertificateInvalidError{Reason: x509.Expired}),
			instead(opaque(x509.CertificateInvalidError{Reason: x509.TooManyIntermediates})),
		},
		{"another certificate than the pinned", "certificate_pin", opaque(certFault("pin")), instead(opaque(certFault("expired")))},
		{"no endpoint", "endpoint_missing", opaque(missing("IntrospectionURL")), instead(opaque(errors.New("down")))},
		{
			"43 the assertion's audience", "assertion_audience",
			opaque(&provider.ClientRefusedError{Status: 401, Code: "invalid_client", Assertion: corpIssuer}),
			instead(opaque(&provider.ClientRefusedError{Status: 401, Code: "invalid_client"})),
		},
		{
			"42 gateway before introspection", "introspection_entitlement", opaque(&provider.ClientRefusedError{Status: 403, HTML: true}),
			instead(opaque(&provider.ClientRefusedError{Status: 400, Code: "invalid_client"})),
		},
		{"41 UserInfo does not know it", "userinfo_refuses_token", refused(claims.RefusedError{Status: 400}), instead(refused(claims.RefusedError{Status: 403}))},
		{"42 page", "userinfo_entitlement", refused(claims.RefusedError{Status: 403, HTML: true}), instead(refused(claims.RefusedError{Status: 401, HTML: true}))},
		{"42 rights", "userinfo_entitlement", refused(claims.RefusedError{Status: 403, Code: "insufficient_rights"}), instead(needsInfo(infoIsDown()))},
		{"42 UserInfo's own scope", "userinfo_scope", withScope(refused(needs("openid profile")), "openid"), instead(withScope(refused(needs("content.read")), "openid"))},
		{"42 a gateway's scope", "userinfo_entitlement", withScope(refused(needs("content.read")), "openid"), instead(withScope(refused(needs("profile")), "openid"))},
		{"42 an unnamed scope", "userinfo_entitlement", withScope(refused(lacks), "openid orders"), instead(withScope(refused(lacks), "orders"))},
		{"41 OpenIAM's UserInfo", "openiam_userinfo", openIAM, func(s *scene) { s.issuer.URL, s.claims = corpIssuer, nil }},
		{"openid was not asked for", "userinfo_scope", withScope(refused(lacks), "orders"), instead(withScope(refused(lacks), "openid orders"))},
		{"Entra's UserInfo refuses it", "entra_userinfo", graph, instead(refused(claims.RefusedError{Status: 401}))},
		{"UserInfo without sub", "userinfo_without_sub", about(nil, `{}`), instead(about(nil, `{"sub":"bob"}`))},
		{"UserInfo's sub is uid", "userinfo_subject_claim", about(okta, `{"sub":"00u1"}`), instead(about(okta, `{"sub":"00u2"}`))},
		{"UserInfo's sub is a number", "userinfo_other_subject", about(mail, `{"sub":"4711"}`), instead(about(mail, `{"sub":"bob@corp.example"}`))},
		{"UserInfo's sub is no string", "userinfo_other_subject", about(mail, `{"sub":4711}`), instead(about(mail, `{"sub":"bob@corp.example"}`))},
		{"no subject in the token", "userinfo_token_subject", about(oidctest.Claims{"sub": nil}, `{"sub":"bob"}`), instead(about(nil, `{"sub":"bob"}`))},
		{"UserInfo of another user", "userinfo_subject_mismatch", about(nil, `{"sub":"bob"}`), instead(about(nil, `{}`))},
		{"44 case", "user_case_differs", scene{users: known("ALICE", "1")}, instead(scene{users: known("ALICE2", "1")})},
		{"45 two users", "user_ambiguous", scene{users: known("alice", "1", "2")}, instead(scene{users: known("bob", "1", "2")})},
	}
}

// certFault is an error about a certificate, and missing an error about an endpoint, as package provider returns them.
type (
	certFault string
	missing   string
)

func (f certFault) Error() string            { return string(f) }
func (f certFault) CertificateFault() string { return string(f) }
func (m missing) Error() string              { return string(m) }
func (m missing) MissingEndpoint() string    { return string(m) }

func withoutAudience() scene {
	return scene{
		issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: &introspection{answers: map[string]oidctest.Claims{"opaque": {"sub": "alice"}}}}},
		sent:   func(string) []string { return []string{"Bearer opaque"} },
	}
}

func withoutTokenType() scene {
	return scene{
		issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{
			Client: says(`{"active":true,"sub":"alice","aud":"` + audience + `"}`), RequireTokenType: true,
		}},
		sent: func(string) []string { return []string{"Bearer opaque"} },
	}
}

// says is an Introspector with one answer for all tokens.
type says string

func (s says) Introspect(context.Context, string) (claims.Set, error) {
	return claims.Parse([]byte(s))
}

func jwtWithoutAudience() scene {
	return scene{issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: says(`{"active":true,"sub":"alice"}`), JWTs: true}}}
}

// withoutSubject returns a scene that needs a claim which the token lacks.
func withoutSubject(member string) scene {
	return scene{
		issuer: oidcauth.Issuer{
			Introspection: oidcauth.Introspection{Client: says(`{"active":true,"scope":"read","username":"alice","aud":"` + audience + `",` + member + `}`)},
			Claims:        oidcauth.ClaimRules{Required: []claims.Path{claims.Name("department")}},
		},
		sent: func(string) []string { return []string{"Bearer opaque"} },
	}
}
