package oidcauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const publicURL = "https://api.example.com"

// prover makes DPoP proofs with a key.
type prover struct {
	alg string
	key crypto.Signer
}

var (
	holderKey = sync.OnceValue(func() prover { return newProver() })
	thiefKey  = sync.OnceValue(func() prover { return newProver() })
)

func newProver() prover {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return prover{"ES256", key}
}

// jkt returns the thumbprint of the key.
func (p prover) jkt() string { return jose.KeyThumbprints(p.key.Public())[0] }

// proof makes a good proof for GET /orders and the token, with changes to header and payload. A nil value removes a member.
func (p prover) proof(now time.Time, token string, header, payload obj) string {
	jwk, err := jose.MarshalJWK("", "", p.key.Public())
	if err != nil {
		panic(err)
	}
	h := obj{"typ": "dpop+jwt", "jwk": json.RawMessage(jwk)}
	c := obj{"jti": rand.Text(), "htm": "GET", "htu": publicURL + "/orders", "iat": now.Unix(), "ath": athOf(token)}
	maps.Copy(h, header)
	maps.Copy(c, payload)
	for _, m := range []obj{h, c} {
		maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	out, err := jose.Sign(p.alg, h, text, p.key)
	if err != nil {
		panic(err)
	}
	return out
}

func athOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// proofRow is one row about a proof.
type proofRow struct {
	name            string
	header, payload obj
	by              func() prover                          // default: the holder of the token
	edit            func(proof string) string              // changes the text of the proof
	send            func(r *http.Request, token, p string) // default: scheme DPoP and one DPoP header
	cnf             any                                    // default: the jkt of the holder
	config          func(*oidcauth.Config)
	want            reason.Reason
}

func (c proofRow) verdict() verdict {
	if c.by == nil {
		c.by = holderKey
	}
	if c.cnf == nil {
		c.cnf = obj{"jkt": holderKey().jkt()}
	}
	claims := obj{"cnf": c.cnf}
	if c.cnf == unbound {
		claims = nil
	}
	return verdict{
		name: c.name, claims: claims, want: c.want,
		config: func(config *oidcauth.Config) {
			config.PublicURL = publicURL
			if c.config != nil {
				c.config(config)
			}
		},
		send: func(r *http.Request, token string) {
			p := c.by().proof(verdictTime, token, c.header, c.payload)
			if c.edit != nil {
				p = c.edit(p)
			}
			if c.send != nil {
				c.send(r, token, p)
				return
			}
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", p)
		},
	}
}

const unbound = "unbound"

func runProofs(t *testing.T, rows []proofRow) {
	t.Helper()
	var all []verdict
	for _, c := range rows {
		all = append(all, c.verdict())
	}
	runVerdicts(t, all)
}

func TestVerdictProof(t *testing.T) {
	payload := func(name string, value any) obj { return obj{name: value} }
	at := func(seconds int64) int64 { return verdictTime.Unix() + seconds }
	bearer := func(r *http.Request, token, p string) {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("DPoP", p)
	}
	runProofs(t, []proofRow{
		{name: "good"},
		{name: "scheme in lower case", send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "dpop "+token)
			r.Header.Set("DPoP", p)
		}},
		{name: "scheme Bearer", send: bearer, want: reason.ProofMissing},
		{name: "no proof", send: func(r *http.Request, token, _ string) { r.Header.Set("Authorization", "DPoP "+token) }, want: reason.ProofMissing},
		{name: "two proofs", send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header["Dpop"] = []string{p, p}
		}, want: reason.ProofInvalid},
		{name: "two proofs in one header", edit: func(p string) string { return p + "," + p }, want: reason.ProofInvalid},
		{name: "no PublicURL", config: func(c *oidcauth.Config) { c.PublicURL = "" }, want: reason.NoCredentials},
		{name: "no PublicURL, scheme Bearer", config: func(c *oidcauth.Config) { c.PublicURL = "" }, send: bearer, want: reason.SenderConstrained},
		{name: "token without cnf", cnf: unbound, want: reason.TokenNotBound},
		{name: "token without cnf, scheme Bearer", cnf: unbound, send: bearer},
		{name: "token without cnf where bound ones are required", cnf: unbound, send: bearer, config: requireBound, want: reason.TokenNotBound},
		{name: "bound token where bound ones are required", config: requireBound},
		{name: "ignored by name, scheme Bearer", send: bearer, config: ignoreConfirmation},
		{name: "ignored by name, bad proof", by: thiefKey, config: ignoreConfirmation, want: reason.ProofOtherKey},
		{name: "by another key", by: thiefKey, want: reason.ProofOtherKey},
		{name: "cnf with jkt and an unknown member", cnf: obj{"jkt": holderKey().jkt(), "kid": "1"}, want: reason.SenderConstrained},
		{name: "cnf with jwk", cnf: obj{"jwk": obj{}}, want: reason.SenderConstrained},
		{name: "jkt of another case", cnf: obj{"jkt": strings.ToLower(holderKey().jkt())}, want: reason.ProofOtherKey},
		{name: "jkt a number", cnf: obj{"jkt": 7}, want: reason.SenderConstrained},
		{name: "jkt empty", cnf: obj{"jkt": ""}, want: reason.SenderConstrained},
		{name: "jkt and certificate, certificate missing", cnf: obj{"jkt": holderKey().jkt(), "x5t#S256": "x"}, want: reason.ClientCertificateMissing},
		{name: "certificate only, scheme DPoP", cnf: obj{"x5t#S256": "x"}, want: reason.TokenNotBound},

		{name: "query in htu", payload: payload("htu", publicURL+"/orders?page=1")},
		{name: "fragment in htu", payload: payload("htu", publicURL+"/orders#top")},
		{name: "host in upper case", payload: payload("htu", "https://API.EXAMPLE.COM/orders")},
		{name: "default port", payload: payload("htu", "https://api.example.com:443/orders")},
		{name: "escape of an unreserved character", payload: payload("htu", publicURL+"/%6frders")},
		{name: "dot segments", payload: payload("htu", publicURL+"/x/../orders")},
		{name: "another path", payload: payload("htu", publicURL+"/invoices"), want: reason.ProofOtherRequest},
		{name: "a slash more", payload: payload("htu", publicURL+"/orders/"), want: reason.ProofOtherRequest},
		{name: "path in another case", payload: payload("htu", publicURL+"/Orders"), want: reason.ProofOtherRequest},
		{name: "a prefix of the path", payload: payload("htu", publicURL+"/order"), want: reason.ProofOtherRequest},
		{name: "escaped slash", payload: payload("htu", publicURL+"%2Forders"), want: reason.ProofOtherRequest},
		{name: "another host", payload: payload("htu", "https://api.example.org/orders"), want: reason.ProofOtherRequest},
		{name: "host of the Host header", payload: payload("htu", "http://example.com/orders"), want: reason.ProofOtherRequest},
		{name: "another port", payload: payload("htu", "https://api.example.com:8443/orders"), want: reason.ProofOtherRequest},
		{name: "scheme http", payload: payload("htu", "http://api.example.com/orders"), want: reason.ProofOtherRequest},
		{name: "scheme of a file", payload: payload("htu", "file:///orders"), want: reason.ProofOtherRequest},
		{name: "user in htu", payload: payload("htu", "https://x@api.example.com/orders"), want: reason.ProofOtherRequest},
		{name: "relative htu", payload: payload("htu", "/orders"), want: reason.ProofOtherRequest},
		{name: "htu with a blank", payload: payload("htu", publicURL+"/orders "), want: reason.ProofOtherRequest},
		{name: "htu a number", payload: payload("htu", 7), want: reason.ProofInvalid},
		{name: "htu missing", payload: payload("htu", nil), want: reason.ProofInvalid},
		{name: "htu null", payload: payload("htu", json.RawMessage("null")), want: reason.ProofInvalid},
		{name: "htm POST", payload: payload("htm", "POST"), want: reason.ProofOtherRequest},
		{name: "htm in lower case", payload: payload("htm", "get"), want: reason.ProofOtherRequest},
		{name: "htm missing", payload: payload("htm", nil), want: reason.ProofInvalid},
		{name: "htm a list", payload: payload("htm", []string{"GET"}), want: reason.ProofInvalid},

		{name: "60 s ago", payload: payload("iat", at(-60))},
		{name: "61 s ago", payload: payload("iat", at(-61)), want: reason.ProofClock},
		{name: "60 s ahead", payload: payload("iat", at(60))},
		{name: "61 s ahead", payload: payload("iat", at(61)), want: reason.ProofClock},
		{name: "90 s ago within MaxAge", payload: payload("iat", at(-90)), config: func(c *oidcauth.Config) { c.DPoP.MaxAge = 2 * time.Minute }},
		{name: "iat missing", payload: payload("iat", nil), want: reason.ProofInvalid},
		{name: "iat a string", payload: payload("iat", "1"), want: reason.ProofInvalid},
		{name: "iat negative", payload: payload("iat", -1), want: reason.ProofInvalid},
		{name: "iat huge", payload: payload("iat", json.RawMessage("1e300")), want: reason.ProofInvalid},
		{name: "iat with a fraction", payload: payload("iat", json.RawMessage(`1.7e9`)), want: reason.ProofClock},
		{name: "exp passed", payload: payload("exp", at(-61)), want: reason.ProofClock},
		{name: "nbf ahead", payload: payload("nbf", at(61)), want: reason.ProofClock},

		{name: "ath of another token", payload: payload("ath", athOf("other")), want: reason.ProofOtherToken},
		{name: "ath in hexadecimal", payload: payload("ath", strings.Repeat("a", 64)), want: reason.ProofOtherToken},
		{name: "ath missing", payload: payload("ath", nil), want: reason.ProofInvalid},
		{name: "jti missing", payload: payload("jti", nil), want: reason.ProofInvalid},
		{name: "jti empty", payload: payload("jti", ""), want: reason.ProofInvalid},
		{name: "jti a number", payload: payload("jti", 1), want: reason.ProofInvalid},
		{name: "further claims", payload: obj{"nonce": "of another server", "sub": "x", "aud": "y"}},

		{name: "typ missing", header: obj{"typ": nil}, want: reason.ProofInvalid},
		{name: "typ JWT", header: obj{"typ": "JWT"}, want: reason.ProofInvalid},
		{name: "typ a number", header: obj{"typ": 7}, want: reason.ProofInvalid},
		{name: "typ with application/", header: obj{"typ": "application/dpop+jwt"}},
		{name: "typ in upper case", header: obj{"typ": "DPOP+JWT"}},
		{name: "alg none", header: obj{"alg": "none"}, want: reason.ProofInvalid},
		{name: "alg HS256", header: obj{"alg": "HS256"}, want: reason.ProofInvalid},
		{name: "alg of another key", header: obj{"alg": "RS256"}, want: reason.ProofInvalid},
		{name: "alg ES384", header: obj{"alg": "ES384"}, want: reason.ProofInvalid},
		{name: "jwk missing", header: obj{"jwk": nil}, want: reason.ProofInvalid},
		{name: "jwk null", header: obj{"jwk": json.RawMessage("null")}, want: reason.ProofInvalid},
		{name: "jwk empty", header: obj{"jwk": obj{}}, want: reason.ProofInvalid},
		{name: "jwk symmetric", header: obj{"jwk": obj{"kty": "oct", "k": "AAAA"}}, want: reason.ProofInvalid},
		{name: "kid instead of jwk", header: obj{"jwk": nil, "kid": "k1"}, want: reason.ProofInvalid},
		{name: "jku beside jwk", header: obj{"jku": idp + "/keys"}},
		{name: "crit", header: obj{"crit": []string{"exp"}}, want: reason.ProofInvalid},
		{name: "b64 false", header: obj{"b64": false}, want: reason.ProofInvalid},

		{name: "empty header", edit: func(string) string { return "" }, want: reason.ProofInvalid},
		{name: "not a JWT", edit: func(string) string { return "abc" }, want: reason.ProofInvalid},
		{name: "no signature", edit: func(p string) string { return p[:strings.LastIndexByte(p, '.')+1] }, want: reason.ProofInvalid},
		{name: "padding", edit: func(p string) string { return p + "=" }, want: reason.ProofInvalid},
		{name: "a fourth part", edit: func(p string) string { return p + ".x" }, want: reason.ProofInvalid},
		{name: "blank before", edit: func(p string) string { return " " + p }, want: reason.ProofInvalid},
		{name: "longer than 8 KiB", payload: payload("pad", strings.Repeat("x", 8<<10)), want: reason.ProofInvalid},
		{name: "access token as proof", send: func(r *http.Request, token, _ string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", token)
		}, want: reason.ProofInvalid},
		{name: "proof as access token", send: func(r *http.Request, _, p string) {
			r.Header.Set("Authorization", "DPoP "+p)
			r.Header.Set("DPoP", p)
		}, want: reason.WrongTokenType},
		{name: "proof in the query", send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.URL.RawQuery = "dpop=" + p
		}, want: reason.ProofMissing},
		{name: "bearer and DPoP credentials", send: func(r *http.Request, token, p string) {
			r.Header["Authorization"] = []string{"DPoP " + token, "Bearer " + token}
			r.Header.Set("DPoP", p)
		}, want: reason.MalformedRequest},
		{name: "forwarded host", payload: payload("htu", "https://evil.example/orders"), send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", p)
			r.Header.Set("X-Forwarded-Host", "evil.example")
			r.Header.Set("Forwarded", "host=evil.example;proto=https")
			r.Host = "evil.example"
		}, want: reason.ProofOtherRequest},
		{name: "nonce required and missing", config: requireNonce, want: reason.ProofNonce},
		{name: "nonce required and foreign", payload: payload("nonce", "x"), config: requireNonce, want: reason.ProofNonce},
		{name: "nonce of the shared secret", payload: payload("nonce", nonceAt(verdictTime)), config: requireNonce},
		{name: "nonce of the period before", payload: payload("nonce", nonceAt(verdictTime.Add(-2*time.Minute))), config: requireNonce},
		{name: "nonce of 6 minutes ago", payload: payload("nonce", nonceAt(verdictTime.Add(-6*time.Minute))), config: requireNonce, want: reason.ProofNonce},
	})
}

func requireBound(c *oidcauth.Config)       { c.Issuers[0].RequireBoundTokens = true }
func ignoreConfirmation(c *oidcauth.Config) { c.Issuers[0].InsecureIgnoreConfirmation = true }

var nonceSecret = []byte(strings.Repeat("n", 32))

func requireNonce(c *oidcauth.Config) { c.DPoP.RequireNonce, c.DPoP.NonceSecret = true, nonceSecret }

func nonceAt(now time.Time) string { return dpop.NewNonces(nonceSecret).At(now) }

func TestVerdictProofReplayed(t *testing.T) {
	row := proofRow{name: "again", payload: obj{"jti": "once"}}.verdict()
	w := row.begin(t, nil)
	token := row.token()
	require.Empty(t, w.judge(t, row.request(), token))
	require.Equal(t, reason.ProofReplayed, w.judge(t, row.request(), token))
	other := proofRow{name: "other", payload: obj{"jti": "once"}, by: thiefKey, cnf: obj{"jkt": thiefKey().jkt()}}.verdict()
	require.Empty(t, w.judge(t, other.request(), other.token()), "another client may choose the same jti")
}
