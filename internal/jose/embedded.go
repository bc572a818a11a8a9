package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// EmbeddedKey returns the public key that the header contains as jwk (RFC 7515 section 4.1.3), and its thumbprint (RFC 7638
// section 3) in base64url. A key in a header proves nothing by itself: the caller must compare the thumbprint with one that it
// trusts.
//
// A member that has more than one spelling is refused, so that a key has one thumbprint. The key is as strong as [Fits] demands.
func (h Header) EmbeddedKey() (pub crypto.PublicKey, thumbprint string, err error) {
	member, found := h.Raw.Get("jwk")
	if !found {
		return nil, "", errors.New("the header has no jwk")
	}
	key, ok := member.Object()
	if !ok {
		return nil, "", errors.New("jwk is not an object without duplicate members")
	}
	if err := checkPurpose(key, nil); err != nil {
		return nil, "", err
	}
	if alg, ok := optionalText(key, "alg"); !ok || alg != "" && !SameAlgorithm(alg, h.Algorithm) {
		return nil, "", errors.New("the alg of jwk is not that of the header")
	}
	pub, canonical, err := embeddedKey(key)
	if err != nil {
		return nil, "", err
	}
	if !Suits(h.Algorithm, pub) { // embeddedEC has checked the point
		return nil, "", errors.New("the key is weak or malformed, or does not fit alg")
	}
	sum := sha256.Sum256([]byte(canonical))
	return pub, base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// embeddedCurves lists the curves of RFC 7518 section 6.2.1.1.
var embeddedCurves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

// embeddedKey returns the key, and the JSON whose hash is its thumbprint. The members of this JSON are base64url or names, so they
// need no escapes.
func embeddedKey(o strictjson.Object) (pub crypto.PublicKey, canonical string, err error) {
	switch o.Text("kty") {
	case "EC":
		return embeddedEC(o)
	case "RSA":
		return embeddedRSA(o)
	case "OKP":
		return embeddedEd25519(o)
	}
	return nil, "", errors.New("the kty of jwk is not supported")
}

func embeddedEC(o strictjson.Object) (crypto.PublicKey, string, error) {
	crv := o.Text("crv")
	curve := embeddedCurves[crv]
	if curve == nil {
		return nil, "", errors.New("the crv of jwk is not supported")
	}
	size := (curve.Params().BitSize + 7) / 8
	x, xText, okX := octets(o, "x")
	y, yText, okY := octets(o, "y")
	if !okX || !okY || len(x) != size || len(y) != size {
		return nil, "", errors.New("x or y of jwk is not a coordinate of the curve")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y)) // SEC 1 section 2.3.3
	if err != nil {
		return nil, "", errors.New("jwk is not a point of its curve")
	}
	return key, `{"crv":"` + crv + `","kty":"EC","x":"` + xText + `","y":"` + yText + `"}`, nil
}

func embeddedRSA(o strictjson.Object) (crypto.PublicKey, string, error) {
	n, nText, okN := octets(o, "n")
	e, eText, okE := octets(o, "e")
	if !okN || !okE || len(n) > maxRSABits/8 || len(e) > 4 || n[0] == 0 || e[0] == 0 {
		return nil, "", errors.New("n or e of jwk is not a number of supported size in its shortest form")
	}
	exponent := 0
	for _, digit := range e {
		exponent = exponent<<8 | int(digit)
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: exponent}, `{"e":"` + eText + `","kty":"RSA","n":"` + nText + `"}`, nil
}

func embeddedEd25519(o strictjson.Object) (crypto.PublicKey, string, error) {
	x, text, ok := octets(o, "x")
	if o.Text("crv") != "Ed25519" || !ok || len(x) != ed25519.PublicKeySize {
		return nil, "", errors.New("jwk is not an Ed25519 key")
	}
	return ed25519.PublicKey(x), `{"crv":"Ed25519","kty":"OKP","x":"` + text + `"}`, nil
}

// octets decodes a member that is base64url. ok is false if it is absent, empty or not strictly encoded.
func octets(o strictjson.Object, name string) (decoded []byte, text string, ok bool) {
	v, found := o.Get(name)
	if !found {
		return nil, "", false
	}
	if text, ok = v.Text(); !ok || text == "" || len(text) > maxRSABits/8*2 {
		return nil, "", false
	}
	if strings.ContainsAny(text, "\r\n") { // the standard library skips them even in strict mode
		return nil, "", false
	}
	decoded, err := strictBase64.DecodeString(text)
	return decoded, text, err == nil
}
