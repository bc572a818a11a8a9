package jose

import (
	"crypto"
	"encoding/base64"
)

// TokenHash returns the at_hash of an access token for an ID token that is signed with the algorithm: the left half of its hash (OpenID
// Connect Core 1.0 section 3.1.3.6). The hash is that of the algorithm, and SHA-512 for Ed25519. ok is false for an algorithm that is
// not supported.
func TokenHash(algorithm, token string) (hash string, ok bool) {
	a, ok := algorithms[algorithm]
	if !ok {
		return "", false
	}
	by := a.hash
	if a.family == edwards {
		by = crypto.SHA512
	}
	h := by.New()
	_, _ = h.Write([]byte(token)) // it never returns an error
	sum := h.Sum(nil)
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2]), true
}
