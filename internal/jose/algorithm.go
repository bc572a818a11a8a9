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
	"strings"
)

// The bounds of an RSA modulus in bits. RFC 7518 section 3.3 requires 2048. An upper bound is needed because a huge
// key makes verification slow.
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

// algorithms is the allow-list. It omits HMAC: a service that shares the secret with the issuer could forge tokens.
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

	"Ed25519": {edwards, 0, nil}, // RFC 9864 section 2.2: the only kind of EdDSA here
}

// SameAlgorithm reports whether two names mean the same algorithm. Names are case-sensitive.
func SameAlgorithm(a, b string) bool {
	return a == b || a == "EdDSA" && b == "Ed25519" || a == "Ed25519" && b == "EdDSA"
}

// Listed reports whether the list contains the algorithm, under either of its names if it has two.
func Listed(list []string, alg string) bool {
	for _, have := range list {
		if SameAlgorithm(have, alg) {
			return true
		}
	}
	return false
}

// Algorithms returns every supported algorithm in alphabetical order.
func Algorithms() []string { return slices.Sorted(maps.Keys(algorithms)) }

// Allowed reports whether the algorithm is supported. Names are case-sensitive.
func Allowed(alg string) bool {
	_, ok := algorithms[alg]
	return ok
}

// Fits reports whether the key may be used with the algorithm: its type and curve are right, and it is neither weak
// nor malformed.
func Fits(alg string, pub crypto.PublicKey) bool {
	key, ok := pub.(*ecdsa.PublicKey)
	return Suits(alg, pub) && (!ok || onCurve(key))
}

// Suits is [Fits] without the check that an EC key is a point of its curve. That check costs a fiftieth of a
// verification, and the verification itself repeats it: no signature verifies under such a key.
func Suits(alg string, pub crypto.PublicKey) bool {
	a, ok := algorithms[alg]
	if !ok {
		return false
	}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		return (a.family == pkcs1 || a.family == pss) && soundRSA(key)
	case *ecdsa.PublicKey:
		return a.family == ec && key != nil && key.Curve == a.curve && key.X != nil && key.Y != nil
	case ed25519.PublicKey:
		return a.family == edwards && soundEdwards(key)
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

func onCurve(key *ecdsa.PublicKey) bool {
	_, err := key.ECDH() // checks the point
	return err == nil
}

func soundEdwards(key ed25519.PublicKey) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	y := [ed25519.PublicKeySize]byte(key)
	y[len(y)-1] &= 0x7F // The top bit of this byte is the sign of x.
	return !slices.Contains(smallOrder[:], string(y[:]))
}

// smallOrder lists the y coordinates, in every encoding, of the Ed25519 points whose order divides 8. Anyone can sign
// under such a key. The all-zero key is one of them.
var smallOrder = [...]string{
	strings.Repeat("\x00", 32),
	"\x01" + strings.Repeat("\x00", 31),
	"\xec" + strings.Repeat("\xff", 30) + "\x7f",
	"\xed" + strings.Repeat("\xff", 30) + "\x7f",
	"\xee" + strings.Repeat("\xff", 30) + "\x7f",
	"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
	"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
}

// usable reports whether any algorithm fits the key.
func usable(pub crypto.PublicKey) bool {
	for _, alg := range [...]string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		if Fits(alg, pub) {
			return true
		}
	}
	return false
}
