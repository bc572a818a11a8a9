package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// scheme is how an algorithm signs, written down once more so that no library forges for itself.
type scheme struct {
	hash  crypto.Hash
	salt  int // of PSS
	curve elliptic.Curve
}

var schemes = map[string]scheme{
	"RS256": {hash: crypto.SHA256},
	"RS384": {hash: crypto.SHA384},
	"RS512": {hash: crypto.SHA512},
	"PS256": {hash: crypto.SHA256, salt: 32},
	"PS384": {hash: crypto.SHA384, salt: 48},
	"PS512": {hash: crypto.SHA512, salt: 64},
	"ES256": {hash: crypto.SHA256, curve: elliptic.P256()},
	"ES384": {hash: crypto.SHA384, curve: elliptic.P384()},
	"ES512": {hash: crypto.SHA512, curve: elliptic.P521()},
	"EdDSA": {},
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newRSA(bits int) func() crypto.Signer {
	return sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, bits)) })
}

var (
	issuerRSA   = newRSA(2048)
	attackerRSA = newRSA(2048)
	weakRSA     = newRSA(1024)
)

// newKey returns a key for the algorithm. RSA keys are made once; others returns a key that is not trusted.
func newKey(alg string, other bool) crypto.Signer {
	switch {
	case alg == "EdDSA":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return must(key, err)
	case schemes[alg].curve != nil:
		return must(ecdsa.GenerateKey(schemes[alg].curve, rand.Reader))
	case other:
		return attackerRSA()
	}
	return issuerRSA()
}

func digest(hash crypto.Hash, input string) []byte {
	h := hash.New()
	h.Write([]byte(input))
	return h.Sum(nil)
}

// sign makes the signature that RFC 7518 and RFC 8037 describe.
func sign(alg string, key crypto.Signer, input string) []byte {
	s := schemes[alg]
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(input))
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, digest(s.hash, input))
		return pair(must(r, err), v, (s.curve.Params().BitSize+7)/8)
	case *rsa.PrivateKey:
		if s.salt > 0 {
			return signPSS(s.hash, s.salt, key, input)
		}
		return must(rsa.SignPKCS1v15(nil, key, s.hash, digest(s.hash, input)))
	}
	panic("no such key")
}

func signPSS(hash crypto.Hash, salt int, key crypto.Signer, input string) []byte {
	return must(key.Sign(rand.Reader, digest(hash, input), &rsa.PSSOptions{SaltLength: salt, Hash: hash}))
}

// pair writes the integers of an ECDSA signature one after the other, each size bytes long.
func pair(r, s *big.Int, size int) []byte {
	out := make([]byte, 2*size)
	r.FillBytes(out[:size])
	s.FillBytes(out[size:])
	return out
}

func encode[T string | []byte](part T) string {
	return base64.RawURLEncoding.EncodeToString([]byte(part))
}

// issuer publishes one key, in one key set with its algorithm and in another without, as some providers do.
type issuer struct {
	alg              string
	public           crypto.PublicKey
	labelled, silent certsource.Source
}

func newIssuer(t testing.TB, alg string, pub crypto.PublicKey) *issuer {
	t.Helper()
	publish := func(label string) certsource.Source {
		return newSource(t, fmt.Appendf(nil, `{"keys":[%s]}`, must(jose.MarshalJWK("k1", label, pub))))
	}
	return &issuer{alg, pub, publish(alg), publish("")}
}

// accepts tells whether our library takes the token, payload and all.
func accepts(t testing.TB, source certsource.Source, token string) bool {
	t.Helper()
	out := judge(t, source, token)
	return out.stage == accepted && !out.standIn
}
