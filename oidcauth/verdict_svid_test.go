package oidcauth_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	trustDomain      = "spiffe://corp.example"
	otherTrustDomain = "spiffe://partner.example"
	ownBundle        = "https://spire.corp.example/bundle"
	otherBundle      = "https://spire.partner.example/bundle"
	workload         = trustDomain + "/ns/shop/sa/sync"
)

// publishBundles publishes the keys of two trust domains as bundles, whose keys have the use jwt-svid.
func publishBundles(w *world) {
	bundle := func(key *signingKey) answer {
		return answer{body: `{"spiffe_sequence":1,"keys":[` + strings.Replace(jwkOf("k1", "ES256", key.public), `"sig"`, `"jwt-svid"`, 1) + `]}`}
	}
	w.set(ownBundle, bundle(es256()))
	w.set(otherBundle, bundle(attacker()))
}

// trustDomains trusts two trust domains beside the issuer of the table.
func trustDomains(c *oidcauth.Config) {
	c.Users = nil
	of := func(url, bundle string) oidcauth.Issuer {
		return oidcauth.Issuer{URL: url, JWTSVID: true, Audience: []string{audience}, Keys: certsource.JWKS{URL: bundle, JWTSVID: true}}
	}
	c.Issuers = append(c.Issuers, of(trustDomain, ownBundle), of(otherTrustDomain, otherBundle))
}

// svid makes a row of a JWT-SVID, which has no iss and the typ JWT.
func svid(v verdict) verdict {
	claims, header := obj{"iss": nil, "sub": workload}, obj{"typ": "JWT"}
	for name, value := range v.claims {
		claims[name] = value
	}
	for name, value := range v.header {
		header[name] = value
	}
	v.claims, v.header, v.world = claims, header, publishBundles
	if v.config == nil {
		v.config = trustDomains
	}
	return v
}

// Only a token without iss is judged as a JWT-SVID, by the trust domain of its sub, and only with the keys of this trust domain.
func TestVerdictSVID(t *testing.T) {
	null := json.RawMessage("null")
	twice := func(c *oidcauth.Config) {
		trustDomains(c)
		second := c.Issuers[1]
		second.Audience = []string{"second"}
		c.Issuers = append(c.Issuers, second)
	}
	named := func(c *oidcauth.Config) { // the trust domain is an issuer like any other
		trustDomains(c)
		for i := range c.Issuers {
			c.Issuers[i].JWTSVID = false
		}
	}
	runVerdicts(t, []verdict{
		svid(verdict{name: "typ JWT"}),
		svid(verdict{name: "typ JOSE", header: obj{"typ": "JOSE"}}),
		svid(verdict{name: "typ JOSE as a media type", header: obj{"typ": "application/jose"}}),
		svid(verdict{name: "no typ", header: obj{"typ": nil}}),
		svid(verdict{name: "no kid", header: obj{"kid": nil}}),
		svid(verdict{name: "iss is the trust domain", claims: obj{"iss": trustDomain}}),
		svid(verdict{name: "the other trust domain", key: attacker(), claims: obj{"sub": otherTrustDomain + "/x"}}),
		svid(verdict{name: "the first application of the trust domain", config: twice}),
		svid(verdict{name: "the second application of the trust domain", config: twice, claims: obj{"aud": "second"}}),
		{name: "the issuer of the table beside them", config: func(c *oidcauth.Config) {
			users := c.Users
			trustDomains(c)
			c.Users = users
		}},

		svid(verdict{name: "typ at+jwt", header: obj{"typ": "at+jwt"}, want: reason.WrongTokenType}),
		svid(verdict{name: "typ empty", header: obj{"typ": ""}, want: reason.WrongTokenType}),
		svid(verdict{name: "typ JOSE+JSON", header: obj{"typ": "JOSE+JSON"}, want: reason.WrongTokenType}),
		svid(verdict{name: "typ logout+jwt", header: obj{"typ": "logout+jwt"}, want: reason.WrongTokenType}),
		{name: "typ JOSE of the issuer of the table", header: obj{"typ": "JOSE"}, config: trustDomains, want: reason.WrongTokenType},
		{name: "typ JOSE of an unknown issuer", header: obj{"typ": "JOSE"}, claims: obj{"iss": secondIDP, "sub": workload}, config: trustDomains, want: reason.WrongTokenType},
		svid(verdict{name: "typ JOSE, no such trust domain", header: obj{"typ": "JOSE"}, claims: obj{"sub": "spiffe://evil.example/x"}, want: reason.WrongTokenType}),

		svid(verdict{name: "iss empty", claims: obj{"iss": ""}, want: reason.UnknownIssuer}),
		svid(verdict{name: "iss null", claims: obj{"iss": null}, want: reason.UnknownIssuer}),
		svid(verdict{name: "iss a list", claims: obj{"iss": []string{trustDomain}}, want: reason.UnknownIssuer}),
		svid(verdict{name: "iss of the jwt_issuer", claims: obj{"iss": "https://oidc.corp.example"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "iss with a slash", claims: obj{"iss": trustDomain + "/"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "iss of the other trust domain", claims: obj{"iss": otherTrustDomain}, want: reason.InvalidSignature}),
		svid(verdict{name: "iss and sub of two trust domains", key: attacker(), claims: obj{"iss": otherTrustDomain}, want: reason.InvalidClaims}),
		svid(verdict{name: "iss, sub no SPIFFE ID", claims: obj{"iss": trustDomain, "sub": "alice"}, want: reason.InvalidClaims}),
		svid(verdict{name: "iss, no sub", claims: obj{"iss": trustDomain, "sub": nil}, want: reason.InvalidClaims}),
		svid(verdict{name: "not configured for JWT-SVIDs", config: named, want: reason.UnknownIssuer}),

		svid(verdict{name: "no sub", claims: obj{"sub": nil}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub empty", claims: obj{"sub": ""}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub a list", claims: obj{"sub": []string{workload}}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub without scheme", claims: obj{"sub": "corp.example/ns/shop"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub of another scheme", claims: obj{"sub": "https://corp.example/ns/shop"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub with a scheme in upper case", claims: obj{"sub": "SPIFFE://corp.example/ns/shop"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub with a trust domain in upper case", claims: obj{"sub": "spiffe://CORP.example/ns/shop"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub with a port", claims: obj{"sub": "spiffe://corp.example:443/x"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub with a user", claims: obj{"sub": "spiffe://corp.example@evil.example/x"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub of an unknown trust domain", claims: obj{"sub": "spiffe://evil.example/x"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub of a longer trust domain", claims: obj{"sub": trustDomain + ".evil.example/x"}, want: reason.UnknownIssuer}),
		svid(verdict{name: "sub of the other trust domain", claims: obj{"sub": otherTrustDomain + "/x"}, want: reason.InvalidSignature}),
		svid(verdict{name: "sub is the trust domain", claims: obj{"sub": trustDomain}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub with a final slash", claims: obj{"sub": workload + "/"}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub with an empty segment", claims: obj{"sub": trustDomain + "//sync"}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub with a dot", claims: obj{"sub": trustDomain + "/./sync"}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub with two dots", claims: obj{"sub": trustDomain + "/ns/../sync"}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub with an escape", claims: obj{"sub": trustDomain + "/%6es"}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub with a query", claims: obj{"sub": workload + "?x"}, want: reason.InvalidClaims}),
		svid(verdict{name: "sub of 2048 bytes", claims: obj{"sub": trustDomain + "/" + strings.Repeat("a", 2048-len(trustDomain)-1)}}),
		svid(verdict{name: "sub of 2049 bytes", claims: obj{"sub": trustDomain + "/" + strings.Repeat("a", 2048-len(trustDomain))}, want: reason.InvalidClaims}),

		svid(verdict{name: "no aud", claims: obj{"aud": nil}, want: reason.WrongAudience}),
		svid(verdict{name: "aud of another service", claims: obj{"aud": []string{"other"}}, want: reason.WrongAudience}),
		svid(verdict{name: "no exp", claims: obj{"exp": nil}, want: reason.InvalidClaims}),
		svid(verdict{name: "a forged signature", key: attacker(), want: reason.InvalidSignature}),
		svid(verdict{name: "a logout token", claims: obj{"events": obj{}}, want: reason.WrongTokenType}),
	})
}

// An issuer of JWT-SVIDs is a trust domain, compares the audience, and verifies every token itself.
func TestConfigurationOfTrustDomains(t *testing.T) {
	for name, c := range map[string]struct {
		field  string
		change func(*oidcauth.Issuer)
	}{
		"https":             {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.URL = "https://corp.example" }},
		"no name":           {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.URL = "spiffe://" }},
		"upper case":        {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.URL = "spiffe://Corp.example" }},
		"a path":            {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.URL += "/ns" }},
		"a final slash":     {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.URL += "/" }},
		"too long":          {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.URL = "spiffe://" + strings.Repeat("a", 256) }},
		"no keys":           {"Issuers[0].URL", func(i *oidcauth.Issuer) { i.Keys = nil }},
		"every audience":    {"Issuers[0].JWTSVID", func(i *oidcauth.Issuer) { i.InsecureSkipAudience = true }},
		"the client":        {"Issuers[0].JWTSVID", func(i *oidcauth.Issuer) { i.ClientIDInsteadOfAudience, i.ClientIDs = true, []string{"c"} }},
		"opaque tokens":     {"Issuers[0].JWTSVID", func(i *oidcauth.Issuer) { i.Introspection.Client = introspectorFunc(nil) }},
		"an audience short": {"Issuers[0].Audience", func(i *oidcauth.Issuer) { i.Audience = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			config := oidcauth.Config{Logger: silent}
			trustDomains(&config)
			config.Issuers = config.Issuers[:1]
			config.Issuers[0].URL = trustDomain
			require.NoError(t, config.Validate())
			c.change(&config.Issuers[0])
			require.ErrorContains(t, config.Validate(), c.field)
		})
	}
	config := oidcauth.Config{Logger: silent}
	trustDomains(&config)
	config.Issuers[1] = config.Issuers[0]
	config.Issuers[1].Audience, config.Issuers[1].JWTSVID = []string{"second"}, false
	require.ErrorContains(t, config.Validate(), "Issuers[1].JWTSVID")
}

// The Identity names the trust domain as its issuer, so that users and denials of two trust domains are never mixed.
func TestIdentityOfASVIDNamesItsTrustDomain(t *testing.T) {
	row := svid(verdict{})
	w := row.begin(t, nil)
	token := row.token()
	id, err := w.auth.Check(withHeaders("Bearer " + token))
	require.NoError(t, err)
	require.Equal(t, trustDomain, id.Issuer())
	require.Equal(t, workload, id.Subject())
	require.NoError(t, w.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, reasonOf(t, w.auth, withHeaders("Bearer "+token)))
}

// A record contains no sub, so the issuer that it names stands for the trust domain.
func TestReplayOfASVID(t *testing.T) {
	var last *decision.Record
	row := svid(verdict{})
	w := row.begin(t, func(c *oidcauth.Config) {
		c.Log.RecordKey = []byte("a key of records with at least 32 bytes")
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { last = d.Record })
	})
	require.Empty(t, w.reason(t, row))
	require.NotNil(t, last)
	require.Equal(t, decision.Passed, w.auth.Replay(t.Context(), *last).Outcome)
}
