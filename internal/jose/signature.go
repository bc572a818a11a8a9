package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
)

// SignatureSize returns the length of the token's signature in bytes.
func (t *Token) SignatureSize() int { return len(t.signature) }

// SignatureWanted returns the length in bytes that a signature of this key has under the token's algorithm. It is 0
// if the key does not fit the algorithm.
func (t *Token) SignatureWanted(pub crypto.PublicKey) int {
	if !Suits(t.Header.Algorithm, pub) {
		return 0
	}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		return key.Size()
	case *ecdsa.PublicKey:
		return 2 * ((key.Params().BitSize + 7) / 8)
	}
	return ed25519.SignatureSize
}
