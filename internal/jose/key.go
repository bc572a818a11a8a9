package jose

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// SameKey reports whether two public keys are equal.
func SameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// KeyThumbprints returns the values that products use as kid if they derive it from the key: the SHA-256 of its JWK
// (RFC 7638) and of its SubjectPublicKeyInfo, in base64url.
func KeyThumbprints(pub crypto.PublicKey) []string {
	var out []string
	if key, err := jwk.FromRaw(pub); err == nil {
		if sum, err := key.Thumbprint(crypto.SHA256); err == nil {
			out = append(out, base64.RawURLEncoding.EncodeToString(sum))
		}
	}
	if der, err := x509.MarshalPKIXPublicKey(pub); err == nil {
		sum := sha256.Sum256(der)
		out = append(out, base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return out
}
