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

// Sign makes a compact token: a client's assertion, and whatever issuers in tests and examples make, which forge as
// well. So it checks neither the payload nor the strength of the key, knows HMAC, and lets header name another alg than
// the one that signs. Without one, alg is added. The salt of PSS is as long as the hash.
func Sign(alg string, header map[string]any, payload []byte, key any) (string, error) {
	full := map[string]any{"alg": alg}
	maps.Copy(full, header)
	text, err := json.Marshal(full)
	if err != nil {
		return "", fmt.Errorf("jose: header: %w", err)
	}
	if SameAlgorithm(alg, "EdDSA") {
		alg = "EdDSA" // the only name that the JOSE library knows
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

// MarshalJWK writes a public key as a JWK with use "sig". Empty id and alg are left out. Anything that is not
// a public key is refused, or a slip of the caller would publish a private one.
func MarshalJWK(id, alg string, pub crypto.PublicKey) ([]byte, error) {
	switch pub.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return nil, errors.New("jose: not a public key of a known type")
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
