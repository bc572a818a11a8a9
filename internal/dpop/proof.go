package dpop

import (
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
)

// MaxBytes is the longest proof that is accepted. A proof with the largest supported RSA key has about 4 KiB.
const MaxBytes = 8 << 10

// Proof is a proof whose signature is verified.
type Proof struct {
	// Thumbprint identifies the key (RFC 7638) in base64url.
	Thumbprint string
	// Algorithm is the alg of the header.
	Algorithm string
	// Issued is iat.
	Issued time.Time

	id, method, url, tokenHash, nonce string
	notBefore, expires                time.Time // zero if absent
}

// Parse parses a proof and verifies its signature. The algorithm must be one of algorithms.
func Parse(text string, algorithms []string) (*Proof, *Fault) {
	token, err := jose.Parse(text, MaxBytes)
	if err != nil {
		return nil, refuse(Invalid, "the proof is not a JWT: %v", err)
	}
	if typ := token.Header.MediaType(); typ != "dpop+jwt" {
		return nil, refuse(Invalid, "typ %q of the proof is not dpop+jwt", record.Short(token.Header.Type))
	}
	if alg := token.Header.Algorithm; !jose.Allowed(alg) || !jose.Listed(algorithms, alg) {
		return nil, refuse(Invalid, "alg %q of the proof is not allowed", record.Short(alg))
	}
	key, thumbprint, err := token.Header.EmbeddedKey()
	if err != nil {
		return nil, refuse(Invalid, "the proof has no usable key: %v", err)
	}
	if err := token.Verify(key); err != nil {
		return nil, refuse(Invalid, "the signature of the proof does not verify with its jwk")
	}
	p := &Proof{Thumbprint: thumbprint, Algorithm: token.Header.Algorithm}
	return p, p.read(token)
}

// read reads the claims (RFC 9449 section 4.2).
func (p *Proof) read(token *jose.Token) *Fault {
	for _, c := range [...]struct {
		name     string
		to       *string
		required bool
	}{{"jti", &p.id, true}, {"htm", &p.method, true}, {"htu", &p.url, true}, {"ath", &p.tokenHash, true}, {"nonce", &p.nonce, false}} {
		v, found := token.Claims.Get(c.name)
		if !found && !c.required {
			continue
		}
		text, ok := v.Text()
		if !ok || text == "" {
			return refuse(Invalid, "%s of the proof is missing, empty or not a string", c.name)
		}
		*c.to = text
	}
	for _, c := range [...]struct {
		name     string
		to       *time.Time
		required bool
	}{{"iat", &p.Issued, true}, {"nbf", &p.notBefore, false}, {"exp", &p.expires, false}} {
		at, present, ok := tokenclaims.Time(token.Claims, c.name)
		if !ok || c.required && !present {
			return refuse(Invalid, "%s of the proof is missing or not a number of seconds", c.name)
		}
		if present {
			*c.to = at
		}
	}
	return nil
}

// ID identifies the proof among all proofs: a hash of its key, its URL and its jti, as RFC 9449 section 11.1 recommends. The URL
// is that of the request, because a proof may spell it in several ways.
func (p *Proof) ID(target Target) string {
	h := sha256.New()
	for _, part := range []string{p.Thumbprint, target.origin + target.path, p.id} {
		var size [4]byte
		for i := range size {
			size[i] = byte(len(part) >> (8 * i))
		}
		_, _ = h.Write(size[:]) // a hash never fails
		_, _ = h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
