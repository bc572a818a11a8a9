package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
)

// SignatureSize is the length of the token's signature in bytes.
func (t *Token) SignatureSize() int { return len(t.signature) }

// SignatureWanted is the length of a signature by this key under the token's algorithm; 0 where the key does not fit.
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
