package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Sign makes a compact token. Clients use it for assertions, and tests for good and forged tokens. It therefore
// checks neither the payload nor the strength of the key, supports HMAC, and lets header name another alg than the
// one that signs. If header has no alg, alg is added. The salt of PSS is as long as the hash.
func Sign(alg string, header map[string]any, payload []byte, key any) (string, error) {
	full := map[string]any{"alg": alg}
	maps.Copy(full, header)
	text, err := json.Marshal(full)
	if err != nil {
		return "", fmt.Errorf("jose: header: %w", err)
	}
	if SameAlgorithm(alg, "EdDSA") {
		alg = "EdDSA" // The JOSE library knows no other name.
	}
	signer, err := jws.NewSigner(jwa.SignatureAlgorithm(alg))
	if err != nil {
		return "", fmt.Errorf("jose: algorithm: %w", err)
	}
	input := base64.RawURLEncoding.EncodeToString(text) + "." + base64.RawURLEncoding.EncodeToString(payload)
	signature, err := signer.Sign([]byte(input), key)
	if err != nil {
		return "", fmt.Errorf("jose: signing: %w", err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// MarshalJWK returns a public key as a JWK with use "sig". An empty id or alg is omitted. Anything but a public key
// is an error, so that a mistake of the caller cannot publish a private key.
func MarshalJWK(id, alg string, pub crypto.PublicKey) ([]byte, error) {
	switch pub.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return nil, errors.New("jose: the key is not a public key of a supported type")
	}
	key, err := jwk.FromRaw(pub)
	if err != nil {
		return nil, fmt.Errorf("jose: key: %w", err)
	}
	for name, value := range map[string]string{jwk.KeyIDKey: id, jwk.AlgorithmKey: alg, jwk.KeyUsageKey: "sig"} {
		if value == "" {
			continue
		}
		if err := key.Set(name, value); err != nil {
			return nil, fmt.Errorf("jose: %s: %w", name, err)
		}
	}
	return json.Marshal(key)
}
