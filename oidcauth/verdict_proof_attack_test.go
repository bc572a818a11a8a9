package oidcauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// weakKey is an RSA key that is too short.
var weakKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 1024)) })

var edKey = sync.OnceValue(func() prover {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return prover{"EdDSA", must(key, err)}
})

// jwkMembers returns the public JWK of a prover, with changes.
func (p prover) jwkMembers(changes obj) obj {
	var out obj
	if err := json.Unmarshal(must(jose.MarshalJWK("", "", p.key.Public())), &out); err != nil {
		panic(err)
	}
	maps.Copy(out, changes)
	return out
}

// signed returns a JWS of these texts, which may be no proof.
func (p prover) signed(header, payload string) string {
	input := b64(header) + "." + b64(payload)
	return input + "." + b64(string(ecOf(p).sign(input)))
}

// crooked returns an edit that rewrites header and payload as texts and signs them again.
func crooked(p func() prover, header, payload func(string) string) func(string) string {
	return func(proof string) string {
		parts := strings.Split(proof, ".")
		h, c := unb64(parts[0]), unb64(parts[1])
		if header != nil {
			h = header(h)
		}
		if payload != nil {
			c = payload(c)
		}
		return p().signed(h, c)
	}
}

func addMember(member string) func(string) string {
	return func(text string) string { return strings.TrimSuffix(text, "}") + "," + member + "}" }
}

// TestVerdictProofAttack contains the ways of a thief who has a bound token, proofs of its holder for other requests, or both.
func TestVerdictProofAttack(t *testing.T) {
	htu := func(url string) obj { return obj{"htu": url} }
	at := func(uri string, change ...func(*http.Request)) func(*http.Request, string, string) {
		return func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", p)
			r.RequestURI = uri
			for _, f := range change {
				f(r)
			}
		}
	}
	header := func(pairs ...string) func(*http.Request, string, string) {
		return at("/orders", func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Add(pairs[i], pairs[i+1])
			}
		})
	}
	authorization := func(values ...string) func(*http.Request, string, string) {
		return func(r *http.Request, token, p string) {
			r.Header.Set("DPoP", p)
			for _, v := range values {
				r.Header.Add("Authorization", strings.ReplaceAll(v, "TOKEN", token))
			}
		}
	}
	otherRequest, invalid := reason.ProofOtherRequest, reason.ProofInvalid
	jwk := func(changes obj) obj { return obj{"jwk": holderKey().jwkMembers(changes)} }
	runProofs(t, []proofRow{
		// The request target (RFC 9112 section 3.2).
		{name: "absolute form of this host", send: at(publicURL + "/orders")},
		{name: "absolute form of another host", send: at("http://evil.example/orders")},
		{name: "absolute form of another path", send: at(publicURL + "/admin"), want: otherRequest},
		{name: "proof for the host of the absolute form", payload: htu("http://evil.example/orders"), send: at("http://evil.example/orders"), want: otherRequest},
		{name: "asterisk form", payload: obj{"htm": "OPTIONS", "htu": publicURL}, send: at("*", func(r *http.Request) { r.Method = "OPTIONS" })},
		{name: "asterisk form with a proof for the path *", payload: obj{"htm": "OPTIONS", "htu": publicURL + "/*"}, send: at("*", func(r *http.Request) { r.Method = "OPTIONS" }), want: otherRequest},
		{name: "path that a middleware changed", send: at("/admin"), want: otherRequest},
		{name: "path that looks like a host", payload: htu("https://evil.example/orders"), send: at("//evil.example/orders"), want: otherRequest},
		{name: "empty segment before the path", send: at("//orders"), want: otherRequest},
		{name: "dot segments of the request", send: at("/x/../orders")},
		{name: "dot segments above the root", send: at("/../../orders")},
		{name: "escaped dot segments", send: at("/x/%2e%2E/orders")},
		{name: "escaped slash in dot segments", send: at("/x/..%2forders"), want: otherRequest},
		{name: "escaped slash in another case", payload: htu(publicURL + "/a%2fb"), send: at("/a%2Fb")},
		{name: "escaped slash against a slash", payload: htu(publicURL + "/a/b"), send: at("/a%2Fb"), want: otherRequest},
		{name: "double escape", payload: htu(publicURL + "/%256frders"), want: otherRequest},
		{name: "path parameter", send: at("/orders;admin"), want: otherRequest},
		{name: "backslash", send: at(`/x\..\orders`), want: otherRequest},
		{name: "letters beyond ASCII", payload: htu(publicURL + "/ärger"), send: at("/%c3%a4rger")},
		{name: "query of the request", send: at("/orders?htu=/admin&access_token=x")},
		{name: "query that looks like a path", send: at("/admin?/orders"), want: otherRequest},
		{name: "fragment of the request", send: at("/admin#/orders"), want: otherRequest},

		// The authority.
		{name: "X-Forwarded-Proto", payload: htu("http://api.example.com/orders"), send: header("X-Forwarded-Proto", "http"), want: otherRequest},
		{name: "X-Forwarded-Prefix", payload: htu(publicURL + "/shop/orders"), send: header("X-Forwarded-Prefix", "/shop"), want: otherRequest},
		{name: "X-Original-URL", payload: htu(publicURL + "/admin"), send: header("X-Original-Url", "/admin", "X-Rewrite-Url", "/admin"), want: otherRequest},
		{name: "X-HTTP-Method-Override", payload: obj{"htm": "DELETE"}, send: header("X-Http-Method-Override", "DELETE"), want: otherRequest},
		{name: "trailing dot of the host", payload: htu("https://api.example.com./orders"), want: otherRequest},
		{name: "empty port", payload: htu("https://api.example.com:/orders")},
		{name: "default port of http", payload: htu("https://api.example.com:80/orders"), want: otherRequest},
		{name: "port with a zero before", payload: htu("https://api.example.com:0443/orders"), want: otherRequest},
		{name: "IPv6 host", payload: htu("https://[2001:DB8::1]:443/orders"), config: public("https://[2001:db8::1]")},
		{name: "other IPv6 host", payload: htu("https://[2001:db8::2]/orders"), config: public("https://[2001:db8::1]"), want: otherRequest},
		{name: "internationalised host in ASCII", payload: htu("https://XN--MNCHEN-3YA.example/orders"), config: public("https://xn--mnchen-3ya.example")},
		{name: "letter that lower case turns into k", payload: htu("https://boo\u212a.example/orders"), config: public("https://book.example"), want: otherRequest},
		{name: "host that only begins alike", payload: htu(publicURL + ".evil.example/orders"), want: otherRequest},
		{name: "host in the user of a URL", payload: htu("https://api.example.com:x@evil.example/orders"), want: otherRequest},
		{name: "escaped host", payload: htu("https://api%2Eexample.com/orders"), want: otherRequest},
		{name: "line break in htu", payload: htu(publicURL + "/orders\n"), want: otherRequest},
		{name: "long htu", payload: htu(publicURL + "/" + strings.Repeat("x", 5000)), want: otherRequest},
		{name: "prefix of PublicURL left out", config: public(publicURL + "/shop"), want: otherRequest},
		{name: "prefix of PublicURL by dot segments", payload: htu(publicURL + "/shop/../admin"), config: public(publicURL + "/shop"), send: at("/../admin"), want: otherRequest},

		// The key.
		{name: "jwk with further members", header: jwk(obj{"kid": "x", "x5u": "https://evil.example", "ext": true})},
		{name: "jwk with a certificate", header: jwk(obj{"x5c": []string{"AAAA"}})},
		{name: "jwk with the private key", header: jwk(obj{"d": "AAAA"}), want: invalid},
		{name: "jwk with a private member of RSA", header: jwk(obj{"qi": "AAAA"}), want: invalid},
		{name: "jwk for encryption", header: jwk(obj{"use": "enc"}), want: invalid},
		{name: "jwk with another alg", header: jwk(obj{"alg": "ES384"}), want: invalid},
		{name: "jwk in a list", header: obj{"jwk": []obj{holderKey().jwkMembers(nil)}}, want: invalid},
		{name: "jwk with a coordinate in another spelling", header: jwk(obj{"x": holderKey().jwkMembers(nil)["x"].(string) + "="}), want: invalid},
		{name: "secp256k1", header: obj{"alg": "ES256K", "jwk": holderKey().jwkMembers(obj{"crv": "secp256k1"})}, want: invalid},
		{name: "Ed448", header: obj{"alg": "EdDSA", "jwk": obj{"kty": "OKP", "crv": "Ed448", "x": strings.Repeat("A", 76)}}, want: invalid},
		{name: "Ed25519", by: edKey, cnf: obj{"jkt": edKey().jkt()}},
		{name: "RSA of 1024 bits", cnf: obj{"jkt": jose.KeyThumbprints(weakKey().Public())[0]}, edit: func(p string) string {
			h := overlaid(obj{"typ": "dpop+jwt", "alg": "RS256"}, obj{"jwk": json.RawMessage(jwkOf("", "", weakKey().Public()))}, "")
			input := b64(h) + "." + strings.Split(p, ".")[1]
			return input + "." + b64(string(rsaKey("RS256", weakKey(), crypto.SHA256).sign(input)))
		}, want: invalid},
		{name: "HS256 with the public key as secret", edit: func(p string) string {
			parts := strings.Split(p, ".")
			h := overlaid(obj{"typ": "dpop+jwt", "alg": "HS256"}, jwk(nil), "")
			key := hmacKey([]byte(jwkOf("", "", holderKey().key.Public())))
			return b64(h) + "." + parts[1] + "." + b64(string(key.sign(b64(h)+"."+parts[1])))
		}, want: invalid},
		{name: "signature by the thief with the key of the holder in the header", edit: func(p string) string {
			input := p[:strings.LastIndexByte(p, '.')]
			return input + "." + b64(string(ecOf(thiefKey()).sign(input)))
		}, want: invalid},
		{name: "key of the holder in kid, and that of the thief in jwk", by: thiefKey, header: obj{"kid": holderKey().jkt()}, want: reason.ProofOtherKey},

		// The text.
		{name: "two keys in the header", edit: crooked(holderKey, addMember(`"jwk":{}`), nil), want: invalid},
		{name: "two typ", edit: crooked(holderKey, addMember(`"typ":"dpop+jwt"`), nil), want: invalid},
		{name: "two htu", edit: crooked(holderKey, nil, addMember(`"htu":"`+publicURL+`/orders"`)), want: invalid},
		{name: "two ath", edit: crooked(holderKey, nil, addMember(`"ath":"x"`)), want: invalid},
		{name: "htu escaped in JSON", edit: crooked(holderKey, nil, func(c string) string { return strings.Replace(c, `/orders`, `\/order\u0073`, 1) })},
		{name: "HTU in upper case beside htu", edit: crooked(holderKey, nil, addMember(`"HTU":"x"`))},
		{name: "text after the payload", edit: crooked(holderKey, nil, func(c string) string { return c + "{}" }), want: invalid},
		{name: "payload that is a list", edit: crooked(holderKey, nil, func(string) string { return "[]" }), want: invalid},
		{name: "payload that nests deeply", edit: crooked(holderKey, nil, addMember(`"x":`+strings.Repeat("[", 2000)+strings.Repeat("]", 2000))), want: invalid},
		{name: "byte order mark", edit: crooked(holderKey, func(h string) string { return "\ufeff" + h }, nil), want: invalid},
		{name: "five parts", edit: func(p string) string { return p + "..a" }, want: invalid},
		{name: "JSON serialization", edit: func(p string) string { return `{"payload":"` + p + `"}` }, want: invalid},
		{name: "iat null", payload: obj{"iat": json.RawMessage("null")}, want: invalid},
		{name: "iat beyond time", payload: obj{"iat": json.RawMessage("9223372036854775807")}, want: invalid},
		{name: "further claim of 5 KiB", payload: obj{"pad": strings.Repeat("j", 5<<10)}},

		// The credential.
		{name: "two schemes in one value", send: authorization("DPoP TOKEN, Bearer TOKEN"), want: reason.MalformedRequest},
		{name: "Bearer, then DPoP, as two headers", send: authorization("Bearer TOKEN", "DPoP TOKEN"), want: reason.MalformedRequest},
		{name: "DPoP twice", send: authorization("DPoP TOKEN", "DPoP TOKEN"), want: reason.MalformedRequest},
		{name: "scheme with a tab", send: authorization("DPoP\tTOKEN"), want: reason.NoCredentials},
		{name: "scheme DPoP with parameters", send: authorization(`DPoP token="TOKEN"`), want: reason.MalformedRequest},
		{name: "scheme that begins alike", send: authorization("DPoPX TOKEN"), want: reason.NoCredentials},
		{name: "scheme without token", send: authorization("DPoP "), want: reason.MalformedRequest},
		{name: "three proofs, the second one good", send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header["Dpop"] = []string{"", p, ""}
		}, want: invalid},
		{name: "proof in a header with an underscore", send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header["D_pop"] = []string{p}
		}, want: reason.ProofMissing},
		{name: "proof in a trailer", send: func(r *http.Request, token, p string) {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Trailer = http.Header{"Dpop": {p}}
		}, want: reason.ProofMissing},
		{name: "named header with a bound token", config: func(c *oidcauth.Config) { c.Credentials.Header = "X-Token" }, send: func(r *http.Request, token, p string) {
			r.Header.Set("X-Token", token)
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", p)
		}, want: reason.ProofMissing},
		{name: "WebSocket subprotocol with a bound token", config: func(c *oidcauth.Config) { c.Credentials.WebSocketProtocol = "bearer" }, send: func(r *http.Request, token, p string) {
			r.Header.Set("Sec-WebSocket-Protocol", "bearer, "+token)
			r.Header.Set("DPoP", p)
		}, want: reason.ProofMissing},
		{name: "WebSocket subprotocol beside DPoP", config: func(c *oidcauth.Config) { c.Credentials.WebSocketProtocol = "bearer" }, send: func(r *http.Request, token, p string) {
			r.Header.Set("Sec-WebSocket-Protocol", "bearer, "+token)
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", p)
		}, want: reason.MalformedRequest},
		{name: "unbound token in a subprotocol with a proof", cnf: unbound, config: func(c *oidcauth.Config) { c.Credentials.WebSocketProtocol = "bearer" }, send: func(r *http.Request, token, p string) {
			r.Header.Set("Sec-WebSocket-Protocol", "bearer, "+token)
			r.Header.Set("DPoP", p)
		}},

		// The token.
		{name: "cnf null", cnf: json.RawMessage("null"), want: reason.SenderConstrained},
		{name: "cnf a text", cnf: holderKey().jkt(), want: reason.SenderConstrained},
		{name: "cnf empty", cnf: obj{}, want: reason.SenderConstrained},
		{name: "cnf with two jkt", cnf: obj{"jkt": []string{thiefKey().jkt(), holderKey().jkt()}}, want: reason.SenderConstrained},
		{name: "jkt at the top of the token", cnf: obj{"x5t": holderKey().jkt(), "jkt": holderKey().jkt()}, want: reason.SenderConstrained},
		{name: "jkt with padding", cnf: obj{"jkt": holderKey().jkt() + "="}, want: reason.ProofOtherKey},

		// The store.
		{name: "store is down", config: replays(listFunc(func() error { return errors.New("down") })), want: reason.ReplayStoreUnavailable},
		{name: "store is down, deny list fails open", config: func(c *oidcauth.Config) {
			replays(listFunc(func() error { return errors.New("down") }))(c)
			c.Revocation.InsecureFailOpen = true
		}, want: reason.ReplayStoreUnavailable},
		{name: "token that is refused does not reach the store", payload: obj{"ath": "x"}, config: replays(listFunc(func() error { panic("reached") })), want: reason.ProofOtherToken},
		{name: "window of 10 minutes", payload: obj{"iat": verdictTime.Add(-10 * time.Minute).Unix()}, config: func(c *oidcauth.Config) { c.DPoP.MaxAge = 10 * time.Minute }},
	})
}

func public(url string) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.PublicURL = url }
}

func replays(l listFunc) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.DPoP.Replays = l }
}

// ecOf returns the key of a prover as one that signs any text.
func ecOf(p prover) *signingKey { return ecKey(p.alg, p.key.(*ecdsa.PrivateKey), crypto.SHA256) }

func unb64(s string) string { return string(must(base64.RawURLEncoding.DecodeString(s))) }
