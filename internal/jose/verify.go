package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// Verify checks a signature over a text that need not be a token's, as [Token.Verify] does: published vectors sign any.
func Verify(alg, input string, signature []byte, pub crypto.PublicKey) error {
	t := &Token{Header: Header{Algorithm: alg}, input: input, signature: signature}
	return t.Verify(pub)
}

// Verify checks the signature over the bytes as they were received. Any failure is [ErrSignature];
// with an algorithm that is not allowed, or a key that does not fit it, it is an [*Error] besides.
func (t *Token) Verify(pub crypto.PublicKey) error {
	if !Suits(t.Header.Algorithm, pub) {
		return &Error{
			Code:    AlgorithmRefused,
			Problem: "the algorithm is not allowed or the key does not fit it",
			Err:     ErrSignature,
		}
	}
	if !t.holds(algorithms[t.Header.Algorithm], pub) {
		return ErrSignature // the cause would tell nothing but where the mathematics failed
	}
	return nil
}

// holds leaves the mathematics to the standard library. The JOSE library would copy and hash what was signed once more,
// look a third time whether a key is on its curve, and take a salt of any length for PSS, which RFC 7518 section 3.5 has
// as long as the hash.
func (t *Token) holds(a algorithm, pub crypto.PublicKey) bool {
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if a.family == pss {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
			return rsa.VerifyPSS(key, a.hash, t.digest(a.hash), t.signature, options) == nil
		}
		return rsa.VerifyPKCS1v15(key, a.hash, t.digest(a.hash), t.signature) == nil
	case *ecdsa.PublicKey:
		// Two integers of the size of the curve, no more and no less, or one signature had many spellings.
		half := len(t.signature) / 2
		if len(t.signature) != t.SignatureWanted(pub) {
			return false
		}
		r, s := new(big.Int).SetBytes(t.signature[:half]), new(big.Int).SetBytes(t.signature[half:])
		return ecdsa.Verify(key, t.digest(a.hash), r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(key, []byte(t.input), t.signature)
	}
	return false
}

// Forget drops what was signed and the signature, so that the claims may be kept without the token. It verifies no more.
func (t *Token) Forget() {
	t.input, t.signature = "", nil
	t.sum, t.summed = [sha256.Size]byte{}, false
}
