package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha512"
	"maps"
	"math"
	"slices"
)

// The sizes of an RSA modulus: RFC 7518 section 3.3 wants 2048 bits, and verifying with a huge key is
// a way to keep a server busy.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

type family uint8

const (
	pkcs1 family = iota + 1
	pss
	ec
	edwards
)

type algorithm struct {
	family family
	hash   crypto.Hash
	curve  elliptic.Curve // ec only
}

// algorithms is the allow-list. HMAC is not on it: a secret shared with the issuer lets its holder forge.
var algorithms = map[string]algorithm{
	"RS256": {pkcs1, crypto.SHA256, nil},
	"RS384": {pkcs1, crypto.SHA384, nil},
	"RS512": {pkcs1, crypto.SHA512, nil},
	"PS256": {pss, crypto.SHA256, nil},
	"PS384": {pss, crypto.SHA384, nil},
	"PS512": {pss, crypto.SHA512, nil},
	"ES256": {ec, crypto.SHA256, elliptic.P256()},
	"ES384": {ec, crypto.SHA384, elliptic.P384()},
	"ES512": {ec, crypto.SHA512, elliptic.P521()},
	"EdDSA": {edwards, 0, nil},
}

// Algorithms are all that are ever accepted, in alphabetical order.
func Algorithms() []string { return slices.Sorted(maps.Keys(algorithms)) }

// Allowed tells whether tokens of this algorithm are verified at all. Names are compared exactly.
func Allowed(alg string) bool {
	_, ok := algorithms[alg]
	return ok
}

// Fits tells whether the key is one for the algorithm: of its type and curve, neither weak nor malformed.
func Fits(alg string, pub crypto.PublicKey) bool {
	a, ok := algorithms[alg]
	if !ok {
		return false
	}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		return (a.family == pkcs1 || a.family == pss) && soundRSA(key)
	case *ecdsa.PublicKey:
		return a.family == ec && soundEC(key, a.curve)
	case ed25519.PublicKey:
		return a.family == edwards && len(key) == ed25519.PublicKeySize
	}
	return false
}

func soundRSA(key *rsa.PublicKey) bool {
	if key == nil || key.N == nil || key.N.Sign() <= 0 || key.N.Bit(0) == 0 {
		return false
	}
	bits := key.N.BitLen()
	return bits >= minRSABits && bits <= maxRSABits && key.E >= 3 && key.E%2 == 1 && key.E <= math.MaxInt32
}

// soundEC insists on a point of the curve; elsewhere a signature proves nothing.
func soundEC(key *ecdsa.PublicKey, curve elliptic.Curve) bool {
	if key == nil || key.Curve != curve || key.X == nil || key.Y == nil {
		return false
	}
	_, err := key.ECDH() // checks the point
	return err == nil
}

// usable tells whether any algorithm fits the key.
func usable(pub crypto.PublicKey) bool {
	for _, alg := range [...]string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		if Fits(alg, pub) {
			return true
		}
	}
	return false
}
