package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Prover is a client that has a key of its own: its tokens are bound to the key, and it makes DPoP proofs (RFC 9449), good and
// bad. It is safe for concurrent use.
type Prover struct {
	provider  *Provider
	publicURL string
	key       *ecdsa.PrivateKey
}

// NewProver makes a Prover with a new key. publicURL is the oidcauth.Config.PublicURL of the service.
func (p *Provider) NewProver(publicURL string) *Prover {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("oidctest: key: " + err.Error())
	}
	return &Prover{p, strings.TrimSuffix(publicURL, "/"), key}
}

// Thumbprint returns the jkt of the key (RFC 7638).
func (p *Prover) Thumbprint() string { return jose.KeyThumbprints(p.key.Public())[0] }

// Token is [Provider.Token] for a token that is bound to the key.
func (p *Prover) Token(audience string, claims Claims) string {
	all := Claims{"cnf": Claims{"jkt": p.Thumbprint()}}
	maps.Copy(all, claims)
	return p.provider.Token(audience, all)
}

// Prove adds the token and a new proof to the request. The changes are made to the claims of the proof, jti, htm, htu, iat and ath: a
// nil value removes one. Without changes the proof is good. For the proof of a thief, take another Prover.
func (p *Prover) Prove(r *http.Request, token string, changes Claims) {
	sum := sha256.Sum256([]byte(token))
	claims := map[string]any{
		"jti": rand.Text(), "htm": r.Method, "htu": p.publicURL + r.URL.EscapedPath(), "iat": p.provider.Now().Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(sum[:]),
	}
	overlay(claims, changes)
	payload, err := json.Marshal(claims)
	if err != nil {
		panic("oidctest: proof: " + err.Error())
	}
	jwk, err := jose.MarshalJWK("", "", p.key.Public())
	if err != nil {
		panic("oidctest: proof: " + err.Error())
	}
	proof, err := jose.Sign("ES256", map[string]any{"typ": "dpop+jwt", "jwk": json.RawMessage(jwk)}, payload, p.key)
	if err != nil {
		panic("oidctest: proof: " + err.Error())
	}
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", proof)
}

// DemandNonce makes the token endpoint demand this nonce in each DPoP proof (RFC 9449 section 8). An empty one demands none.
func (p *Provider) DemandNonce(nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nonce = nonce
}

// proofOf reads the proof of a request to the token endpoint. It returns the thumbprint of its key, or "" if the request has no
// proof, or an error code.
func (p *Provider) proofOf(w http.ResponseWriter, r *http.Request) (jkt, refused string) {
	values := r.Header.Values("DPoP")
	if len(values) == 0 {
		return "", ""
	}
	p.mu.Lock()
	nonce := p.nonce
	p.mu.Unlock()
	token, err := jose.Parse(values[0], 0)
	if err != nil || len(values) > 1 || token.Header.MediaType() != "dpop+jwt" {
		return "", "invalid_dpop_proof"
	}
	key, jkt, err := token.Header.EmbeddedKey()
	if err != nil || token.Verify(key) != nil {
		return "", "invalid_dpop_proof"
	}
	c := token.Claims
	switch {
	case c.Text("htm") != r.Method, c.Text("htu") != p.issuer+r.URL.Path, c.Text("jti") == "", !c.Has("iat"):
		return "", "invalid_dpop_proof"
	case nonce != "" && c.Text("nonce") != nonce:
		w.Header().Set("DPoP-Nonce", nonce)
		return "", "use_dpop_nonce"
	}
	return jkt, ""
}
