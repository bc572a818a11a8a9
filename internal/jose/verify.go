package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
)

// Verify checks a signature like [Token.Verify], over any text. Published test vectors need it.
func Verify(alg, input string, signature []byte, pub crypto.PublicKey) error {
	t := &Token{Header: Header{Algorithm: alg}, input: input, signature: signature}
	return t.Verify(pub)
}

// Verify checks the signature over the bytes as they were received. Every error matches [ErrSignature]. If the
// algorithm is not allowed or does not fit the key, the error is also an [*Error].
func (t *Token) Verify(pub crypto.PublicKey) error {
	if !Suits(t.Header.Algorithm, pub) {
		return &Error{
			Code:    AlgorithmRefused,
			Problem: "the algorithm is not allowed or the key does not fit it",
			Err:     ErrSignature,
		}
	}
	if !t.holds(algorithms[t.Header.Algorithm], pub) {
		return ErrSignature // The cause is left out, because it only says where the computation failed.
	}
	return nil
}

// holds lets the standard library verify. The JOSE library copies and hashes the signed text once more, checks a
// third time that a key is on its curve, and accepts any length of the PSS salt, while RFC 7518 section 3.5 requires
// the length of the hash.
func (t *Token) holds(a algorithm, pub crypto.PublicKey) bool {
	switch key := pub.(type) {
	case *rsa.PublicKey:
		if a.family == pss {
			options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: a.hash}
			return rsa.VerifyPSS(key, a.hash, t.digest(a.hash), t.signature, options) == nil
		}
		return rsa.VerifyPKCS1v15(key, a.hash, t.digest(a.hash), t.signature) == nil
	case *ecdsa.PublicKey:
		// Both integers must have exactly the size of the curve. Otherwise the same signature has many spellings.
		half := len(t.signature) / 2
		if len(t.signature) != t.SignatureWanted(pub) {
			return false
		}
		r, s := new(big.Int).SetBytes(t.signature[:half]), new(big.Int).SetBytes(t.signature[half:])
		return ecdsa.Verify(key, t.digest(a.hash), r, s)
	case ed25519.PublicKey:
		h := hashers.Get().(*hasher)
		defer h.release()
		h.buf = append(h.buf, t.input...)
		return ed25519.Verify(key, h.buf, t.signature)
	}
	return false
}

// Forget drops the signed text and the signature, so that the claims can be kept without the token. Verify then
// always fails.
func (t *Token) Forget() {
	t.input, t.signature = "", nil
	t.sum, t.summed = [sha256.Size]byte{}, false
}
