package provider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// Prover makes DPoP proofs (RFC 9449) with one key. With [Config.DPoP] a Client requests tokens that are bound to the key, and
// [Prover.Transport] sends them. It keeps the newest nonce of each of at most 100 servers. It is safe for concurrent use.
type Prover struct {
	key        crypto.Signer
	alg        string
	jwk        json.RawMessage
	thumbprint string

	mu     sync.Mutex
	nonces map[string]string // by origin
}

const (
	maxNonceOrigins = 100
	maxNonce        = 1 << 10
)

var errProofKey = errors.New("provider: the key of a Prover must be ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 8192 bits")

// NewProver returns a Prover. The key is an ECDSA, Ed25519 or RSA key; RSA signs with PS256. It must be safe for concurrent use.
func NewProver(key crypto.Signer) (*Prover, error) {
	if key == nil || guard.IsNil(key) {
		return nil, errProofKey
	}
	alg := proofAlgorithm(key.Public())
	if !jose.Fits(alg, key.Public()) {
		return nil, errProofKey
	}
	jwk, err := publicJWK(key.Public())
	if err != nil {
		return nil, errProofKey
	}
	return &Prover{key: key, alg: alg, jwk: jwk, thumbprint: jose.KeyThumbprints(key.Public())[0], nonces: map[string]string{}}, nil
}

func proofAlgorithm(pub crypto.PublicKey) string {
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		return map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[pub.Params().BitSize]
	case ed25519.PublicKey:
		return "EdDSA"
	case *rsa.PublicKey:
		return "PS256"
	}
	return ""
}

// publicJWK returns the key without use, because RFC 9449 has only the members of the key.
func publicJWK(pub crypto.PublicKey) (json.RawMessage, error) {
	text, err := jose.MarshalJWK("", "", pub)
	if err != nil {
		return nil, err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	delete(members, "use")
	return json.Marshal(members)
}

// Thumbprint returns the thumbprint of the key (RFC 7638) in base64url, which cnf of a bound token has as jkt.
func (p *Prover) Thumbprint() string { return p.thumbprint }

// String returns the thumbprint, so that a printed Prover does not contain the key.
func (p *Prover) String() string { return "Prover(" + p.thumbprint + ")" }

// GoString is String.
func (p *Prover) GoString() string { return p.String() }

// MarshalJSON returns the thumbprint as a JSON text.
func (p *Prover) MarshalJSON() ([]byte, error) { return json.Marshal(p.thumbprint) }

// ProofRequest describes the request that a proof is for. Method and URL are required.
type ProofRequest struct {
	Method string
	URL    string // its query and fragment are left out of the proof
	// AccessToken is the token that the request carries. It is empty in a request to the token endpoint.
	AccessToken string
	// Nonce is the nonce that the server has given. It may be empty.
	Nonce string
	// At is the time of the proof. If zero, it is that of the system.
	At time.Time
}

// Prove returns a new proof, which is good for one request (RFC 9449 section 4.2).
func (p *Prover) Prove(r ProofRequest) (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return "", errors.New("provider: the URL of a proof is not absolute")
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	at := *u
	at.User, at.RawQuery, at.ForceQuery, at.Fragment, at.RawFragment = nil, "", false, "", ""
	if at.Path == "" {
		at.Path = "/"
	}
	claims := map[string]any{"jti": rand.Text(), "htm": r.Method, "htu": at.String(), "iat": r.At.Unix()}
	if r.AccessToken != "" {
		sum := sha256.Sum256([]byte(r.AccessToken))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if r.Nonce != "" {
		claims["nonce"] = r.Nonce
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("provider: proof: %w", err)
	}
	proof, err := jose.Sign(p.alg, map[string]any{"typ": "dpop+jwt", "jwk": p.jwk}, payload, p.key)
	if err != nil {
		return "", fmt.Errorf("provider: proof: %w", err)
	}
	return proof, nil
}

// nonce returns the newest nonce of a server.
func (p *Prover) nonce(origin string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nonces[origin]
}

// keepNonce keeps the nonce of a response. It reports whether the response has one.
func (p *Prover) keepNonce(origin string, h http.Header) bool {
	values := h.Values("DPoP-Nonce")
	if len(values) != 1 || values[0] == "" || len(values[0]) > maxNonce {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.nonces[origin]; !known && len(p.nonces) >= maxNonceOrigins {
		clear(p.nonces)
	}
	p.nonces[origin] = values[0]
	return true
}

func originOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
