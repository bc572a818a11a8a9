package jose

import (
	"crypto"
	"crypto/rsa"
	"errors"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

var errShape = errors.New("jose: the signature has the wrong length")

// Verify checks the signature over the bytes as they were received. Any failure is [ErrSignature];
// with an algorithm that is not allowed, or a key that does not fit it, it is an [*Error] besides.
func (t *Token) Verify(pub crypto.PublicKey) error {
	alg := t.Header.Algorithm
	if !Suits(alg, pub) {
		return &Error{
			Code:    AlgorithmRefused,
			Problem: "the algorithm is not allowed or the key does not fit it",
			Err:     ErrSignature,
		}
	}
	a := algorithms[alg]
	var err error
	switch a.family {
	case pss:
		err = verifyPSS(a.hash, t.input, t.signature, pub)
	case ec:
		// Two integers of the size of the curve, no more and no less, or one signature had many spellings.
		if len(t.signature) != t.SignatureWanted(pub) {
			err = errShape
			break
		}
		err = verifyLibrary(alg, t.input, t.signature, pub)
	default:
		err = verifyLibrary(alg, t.input, t.signature, pub)
	}
	if err != nil {
		return ErrSignature // the cause would tell nothing but where the mathematics failed
	}
	return nil
}

// Forget drops what was signed and the signature, so that the claims may be kept without the token. It verifies no more.
func (t *Token) Forget() { t.input, t.signature = "", nil }

// verifyPSS is our own because the JOSE library accepts a salt of any length; RFC 7518 section 3.5 has it
// as long as the hash.
func verifyPSS(hash crypto.Hash, input string, signature []byte, pub crypto.PublicKey) error {
	h := hash.New()
	h.Write([]byte(input))
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	return rsa.VerifyPSS(pub.(*rsa.PublicKey), hash, h.Sum(nil), signature, options)
}

func verifyLibrary(alg, input string, signature []byte, pub crypto.PublicKey) error {
	verifier, err := jws.NewVerifier(jwa.SignatureAlgorithm(alg))
	if err != nil {
		return err
	}
	return verifier.Verify([]byte(input), signature, pub)
}
