package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
)

// signed is a token taken apart beforehand.
type signed struct{ input, signature []byte }

// limit is what no middleware can beat: the hash of what was signed, and the bare signature with a key held ready.
// Ed25519 hashes by itself.
func limit(s *site, tokens []string) (subject, error) {
	verify, err := bare(s.alg, s.key.Public())
	if err != nil {
		return subject{}, err
	}
	parts := make([]signed, len(tokens))
	for i, token := range tokens {
		if parts[i], err = takeApart(s.alg, token); err != nil {
			return subject{}, err
		}
	}
	return subject{name: "limit", most: len(tokens), prepare: func(lanes int) ([]work, error) {
		out := make([]work, lanes)
		for lane := range out {
			good := 0
			do := func(i int) {
				if verify(parts[i]) {
					good++
				}
			}
			out[lane] = work{do, func(n int) error { return allOf("verified", good, n) }}
		}
		return out, nil
	}}, nil
}

func takeApart(alg, token string) (signed, error) {
	end := strings.LastIndexByte(token, '.')
	raw, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		return signed{}, err
	}
	if alg == "ES256" {
		half := len(raw) / 2
		raw, err = asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
	}
	return signed{[]byte(token[:end]), raw}, err
}

func bare(alg string, public crypto.PublicKey) (func(signed) bool, error) {
	switch key := public.(type) {
	case *rsa.PublicKey:
		if alg == "PS256" {
			return barePSS(key), nil
		}
		return func(t signed) bool {
			sum := sha256.Sum256(t.input)
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], t.signature) == nil
		}, nil
	case *ecdsa.PublicKey:
		return func(t signed) bool {
			sum := sha256.Sum256(t.input)
			return ecdsa.VerifyASN1(key, sum[:], t.signature)
		}, nil
	case ed25519.PublicKey:
		return func(t signed) bool { return ed25519.Verify(key, t.input, t.signature) }, nil
	}
	return nil, fmt.Errorf("no bare signature for %T", public)
}

// barePSS wants the salt as long as the hash, as RFC 7518 section 3.5 does.
func barePSS(key *rsa.PublicKey) func(signed) bool {
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	return func(t signed) bool {
		sum := sha256.Sum256(t.input)
		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], t.signature, options) == nil
	}
}
