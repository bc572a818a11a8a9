package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"slices"
	"testing"
)

func (f *forge) addRSA(t testing.TB) {
	t.Helper()
	s := schemes[f.alg]
	f.under(t, "RSA key of 1024 bits", weakRSA().Public(), func(input string) []byte {
		if f.alg == "PS512" { // a salt as long as its hash has no room in such a key
			return signPSS(s.hash, 32, weakRSA(), input)
		}
		return sign(f.alg, weakRSA(), input)
	})
	if s.salt > 0 {
		f.with("PSS with a salt too short", func(input string) []byte { return signPSS(s.hash, s.salt-1, f.key, input) })
		f.with("PSS with a salt too long", func(input string) []byte { return signPSS(s.hash, s.salt+1, f.key, input) })
		f.with("PSS with the longest salt", func(input string) []byte {
			return signPSS(s.hash, rsa.PSSSaltLengthAuto, f.key, input)
		})
		f.with("PKCS #1 v1.5", func(input string) []byte {
			return must(f.key.Sign(nil, digest(s.hash, input), s.hash))
		})
		return
	}
	f.with("PSS", func(input string) []byte { return signPSS(s.hash, s.hash.Size(), f.key, input) })
	f.with("hash without its name", func(input string) []byte {
		return must(f.key.Sign(nil, digest(s.hash, input), crypto.Hash(0)))
	})
}

func (f *forge) addElliptic(t testing.TB) {
	t.Helper()
	s := schemes[f.alg]
	size := (s.curve.Params().BitSize + 7) / 8
	key := f.key.(*ecdsa.PrivateKey)
	n := s.curve.Params().N
	f.with("DER", func(input string) []byte { return must(key.Sign(rand.Reader, digest(s.hash, input), s.hash)) })
	// Nothing forbids it: who has a token can write it in two ways, so its signature is no name for it.
	f.with("s negated", func(input string) []byte {
		r, v := split(sign(f.alg, key, input))
		return pair(r, v.Sub(n, v), size)
	})
	f.with("r and s exchanged", func(input string) []byte {
		r, v := split(sign(f.alg, key, input))
		return pair(v, r, size)
	})
	f.with("integers padded to more bytes", func(input string) []byte {
		r, v := split(sign(f.alg, key, input))
		return pair(r, v, size+1)
	})
	f.with("r and s are n", func(string) []byte { return pair(n, n, size) })
	f.with("r and s are 1", func(string) []byte { return pair(big.NewInt(1), big.NewInt(1), size) })

	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		if curve == s.curve || curve.Params().BitSize > 8*size {
			continue
		}
		other := must(ecdsa.GenerateKey(curve, rand.Reader))
		f.underEC(t, "key of a smaller curve, "+curve.Params().Name, other, size)
		f.underEC(t, "key and signature of a smaller curve", other, (curve.Params().BitSize+7)/8)
	}
}

// underEC signs with a key that is none for the algorithm, in integers of that many bytes.
func (f *forge) underEC(t testing.TB, name string, key *ecdsa.PrivateKey, size int) {
	t.Helper()
	f.under(t, name, key.Public(), func(input string) []byte {
		r, v, err := ecdsa.Sign(rand.Reader, key, digest(schemes[f.alg].hash, input))
		return pair(must(r, err), v, size)
	})
}

func split(signature []byte) (r, s *big.Int) {
	half := len(signature) / 2
	return new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
}

func (f *forge) addEdwards() {
	_, _, plain := f.plain()
	f.with("s beyond the order", func(string) []byte {
		raw := must(base64.RawURLEncoding.DecodeString(plain))
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		slices.Reverse(raw[32:])
		sum := new(big.Int).Add(new(big.Int).SetBytes(raw[32:]), order)
		sum.FillBytes(raw[32:])
		slices.Reverse(raw[32:])
		return raw
	})
	f.with("Ed25519ph", func(input string) []byte {
		return must(f.key.Sign(nil, digest(crypto.SHA512, input), &ed25519.Options{Hash: crypto.SHA512}))
	})
	f.with("Ed25519ctx", func(input string) []byte {
		return must(f.key.Sign(nil, []byte(input), &ed25519.Options{Context: "JWT"}))
	})
}
