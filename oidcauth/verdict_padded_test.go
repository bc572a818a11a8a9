package oidcauth_test

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	balancer     = "https://balancer.example"
	balancerARN  = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188"
	balancerKid  = "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c01"
	foreignKid   = "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c02"
	balancerKeys = "https://keys.balancer.example/"
)

func publishBalancerKeys(w *world) {
	serve := func(kid string, public crypto.PublicKey) {
		der := must(x509.MarshalPKIXPublicKey(public))
		w.set(balancerKeys+kid, answer{body: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))})
	}
	serve(balancerKid, es256().public)
	serve(foreignKid, attacker().public)
	w.set(balancerKeys+"00000000-0000-4000-8000-000000000000", answer{status: http.StatusForbidden})
}

// trustBalancer trusts a load balancer beside the issuer of the table.
func trustBalancer(c *oidcauth.Config) {
	c.Users = nil
	c.Issuers = append(c.Issuers, oidcauth.Issuer{
		URL: balancer, Algorithms: []string{"ES256"}, Keys: certsource.KeyURL{URL: balancerKeys + "{kid}"},
		HeaderChecks: []claims.Check{claims.Equals(claims.Name("signer"), balancerARN), claims.Equals(claims.Name("client"), "shop")},
		PaddedTokens: true, HeaderChecksInsteadOfAudience: true,
	})
}

// fromBalancer makes a row of a token whose header and claims are those of a load balancer, and whose parts have padding.
func fromBalancer(v verdict) verdict {
	header := obj{"typ": "JWT", "kid": balancerKid, "signer": balancerARN, "client": "shop", "iss": balancer, "exp": inSeconds(120)}
	payload := obj{"iss": balancer, "aud": nil, "iat": nil, "exp": inSeconds(120)}
	maps.Copy(header, v.header)
	maps.Copy(payload, v.claims)
	v.header, v.claims, v.world = header, payload, publishBalancerKeys
	if v.config == nil {
		v.config = trustBalancer
	}
	key := v.key
	if key == nil {
		key = es256()
	}
	edit := v.edit
	v.edit = func(token string) string {
		if token = paddedBy(token, key); edit != nil {
			token = edit(token)
		}
		return token
	}
	return v
}

// paddedBy adds the padding to the parts of a token, and signs it again.
func paddedBy(token string, key *signingKey) string {
	parts := strings.Split(token, ".")
	for i, part := range parts {
		parts[i] = padding(part)
	}
	input := parts[0] + "." + parts[1]
	return input + "." + base64.URLEncoding.EncodeToString([]byte(key.sign(input)))
}

func padding(part string) string { return part + strings.Repeat("=", (4-len(part)%4)%4) }

// of the parts of a token, this one loses its padding.
func withoutPadding(n int) func(string) string {
	return func(token string) string {
		parts := strings.Split(token, ".")
		parts[n] = strings.TrimRight(parts[n], "=")
		return strings.Join(parts, ".")
	}
}

// spaced has lengths of header and payload that need padding, so that each part of the row has some.
func spaced(v verdict) verdict {
	for n := range 3 {
		for m := range 3 {
			with := v
			with.header, with.claims = maps.Clone(v.header), maps.Clone(v.claims)
			if with.header == nil {
				with.header = obj{}
			}
			if with.claims == nil {
				with.claims = obj{}
			}
			with.header["x"], with.claims["x"] = strings.Repeat("a", n), strings.Repeat("a", m)
			row := fromBalancer(with)
			row.edit = nil
			parts := strings.Split(paddedBy(row.token(), es256()), ".")
			if strings.HasSuffix(parts[0], "=") && strings.HasSuffix(parts[1], "=") {
				return fromBalancer(with)
			}
		}
	}
	panic("no length needs padding")
}

// Padding is accepted from the issuer that writes it, and nowhere else; and there in one spelling only.
func TestVerdictPadding(t *testing.T) {
	strict := func(c *oidcauth.Config) {
		trustBalancer(c)
		c.Issuers[1].PaddedTokens = false
	}
	second := func(c *oidcauth.Config) {
		trustBalancer(c)
		c.Issuers[1].URL = "https://other.example"
	}
	runVerdicts(t, []verdict{
		fromBalancer(verdict{name: "padded"}),
		spaced(verdict{name: "every part padded"}),
		spaced(verdict{name: "no padding at all", edit: func(token string) string { return strings.ReplaceAll(token, "=", "") }, want: reason.MalformedToken}),
		spaced(verdict{name: "no padding of the header", edit: withoutPadding(0), want: reason.MalformedRequest}),
		spaced(verdict{name: "no padding of the payload", edit: withoutPadding(1), want: reason.MalformedRequest}),
		spaced(verdict{name: "no padding of the signature", edit: withoutPadding(2), want: reason.MalformedRequest}),
		spaced(verdict{name: "padded twice", edit: func(token string) string { return token + "====" }, want: reason.MalformedRequest}),
		spaced(verdict{name: "one = too few", edit: func(token string) string { return token[:len(token)-1] }, want: reason.MalformedRequest}),
		spaced(verdict{name: "base64 instead of base64url", edit: func(token string) string { return strings.NewReplacer("-", "+", "_", "/").Replace(token) }, claims: obj{"y": "???>>>~~~"}, want: reason.MalformedRequest}),
		spaced(verdict{name: "padding within a part", edit: func(token string) string { return "ab==" + token }, want: reason.MalformedRequest}),
		spaced(verdict{name: "a line break", edit: func(token string) string { return strings.Replace(token, ".", "\n.", 1) }, want: reason.MalformedRequest}),
		spaced(verdict{name: "the setting is not set", config: strict, want: reason.MalformedRequest}),
		spaced(verdict{name: "an unknown issuer", config: second, want: reason.UnknownIssuer}),
		{name: "the issuer of the table, padded", world: publishBalancerKeys, config: trustBalancer, edit: func(token string) string { return paddedBy(token, es256()) }, want: reason.MalformedToken},
		{name: "the issuer of the table, padded, nowhere allowed", edit: func(token string) string { return paddedBy(token, es256()) }, want: reason.MalformedRequest},
		{name: "the issuer of the table beside it", world: publishBalancerKeys, config: trustBalancer},
	})
}

func TestVerdictHeaderChecks(t *testing.T) {
	aud := func(c *oidcauth.Config) {
		trustBalancer(c)
		c.Issuers[1].Audience, c.Issuers[1].HeaderChecksInsteadOfAudience = []string{audience}, false
	}
	runVerdicts(t, []verdict{
		fromBalancer(verdict{name: "another signer", header: obj{"signer": balancerARN + "0"}, want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "another signer, key and kid of another customer", header: obj{"signer": balancerARN + "0", "kid": foreignKid}, key: attacker(), want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "no signer", header: obj{"signer": nil}, want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "signer in another case", header: obj{"signer": strings.ToUpper(balancerARN)}, want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "signer an object", header: obj{"signer": obj{"arn": balancerARN}}, want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "signer in the payload", header: obj{"signer": nil}, claims: obj{"signer": balancerARN}, want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "another client", header: obj{"client": "wiki"}, want: reason.HeaderRefused}),
		fromBalancer(verdict{name: "a forged signature", key: attacker(), want: reason.InvalidSignature}),
		fromBalancer(verdict{name: "a kid that does not exist", header: obj{"kid": "00000000-0000-4000-8000-000000000000"}, want: reason.KeyNotFound}),
		fromBalancer(verdict{name: "a kid that is a path", header: obj{"kid": "../" + balancerKid}, want: reason.KeyNotFound}),
		fromBalancer(verdict{name: "a kid that is a URL", header: obj{"kid": "https://evil.example/" + balancerKid}, want: reason.KeyNotFound}),
		fromBalancer(verdict{name: "no kid", header: obj{"kid": nil}, want: reason.KeyNotFound}),
		fromBalancer(verdict{name: "expired", claims: obj{"exp": inSeconds(-120)}, want: reason.Expired}),
		fromBalancer(verdict{name: "exp in the header only", claims: obj{"exp": nil}, want: reason.InvalidClaims}),
		fromBalancer(verdict{name: "iss in the header only", claims: obj{"iss": nil}, want: reason.UnknownIssuer}),
		fromBalancer(verdict{name: "an aud of another service", claims: obj{"aud": "other"}, want: reason.WrongAudience}),
		fromBalancer(verdict{name: "no aud where it is needed", config: aud, want: reason.WrongAudience}),
		fromBalancer(verdict{name: "an aud where it is needed", config: aud, claims: obj{"aud": audience}}),
		{name: "the issuer of the table needs no signer", world: publishBalancerKeys, config: trustBalancer},
		{name: "the issuer of the table without aud", world: publishBalancerKeys, config: trustBalancer, claims: obj{"aud": nil}, want: reason.WrongAudience},
	})
}

// A token with another header causes no request for keys.
func TestHeaderIsCheckedBeforeKeysAreFetched(t *testing.T) {
	row := fromBalancer(verdict{header: obj{"signer": "another"}})
	w := row.begin(t, nil)
	require.Equal(t, reason.HeaderRefused, w.reason(t, row))
	w.auth.Explain(t.Context(), row.token())
	require.Zero(t, w.total())
}

func TestConfigurationOfHeaderChecks(t *testing.T) {
	for name, c := range map[string]struct {
		field  string
		change func(*oidcauth.Issuer)
	}{
		"no check instead of the audience": {"Issuers[0].HeaderChecks", func(i *oidcauth.Issuer) { i.HeaderChecks = nil }},
		"a check that is none":             {"Issuers[0].HeaderChecks[0]", func(i *oidcauth.Issuer) { i.HeaderChecks = []claims.Check{{}} }},
		"opaque tokens":                    {"Issuers[0].HeaderChecks", func(i *oidcauth.Issuer) { i.Introspection.Client = &introspection{} }},
		"padded opaque tokens": {"Issuers[0].PaddedTokens", func(i *oidcauth.Issuer) {
			i.HeaderChecks, i.HeaderChecksInsteadOfAudience, i.Audience, i.Introspection.Client = nil, false, []string{audience}, &introspection{}
		}},
		"a JWT-SVID": {"Issuers[0].JWTSVID", func(i *oidcauth.Issuer) { i.URL, i.JWTSVID = trustDomain, true }},
	} {
		t.Run(name, func(t *testing.T) {
			config := oidcauth.Config{Logger: silent}
			trustBalancer(&config)
			require.NoError(t, config.Validate())
			require.Zero(t, warnings(t, config))
			c.change(&config.Issuers[0])
			require.ErrorContains(t, config.Validate(), c.field)
		})
	}
	config := oidcauth.Config{Logger: silent}
	trustBalancer(&config)
	trustBalancer(&config)
	require.ErrorContains(t, config.Validate(), "Issuers[1].URL")
}

// Keys that are fetched when a token names them are no reason to be unready.
func TestKeyURLIsReady(t *testing.T) {
	w := fromBalancer(verdict{}).begin(t, func(c *oidcauth.Config) { c.Issuers = c.Issuers[1:] })
	require.NoError(t, w.auth.Ready(t.Context()))
	require.True(t, w.auth.Status().Issuers[0].Ready)
	require.Zero(t, w.total())
}
