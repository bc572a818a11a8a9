package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const (
	audience = "api://orders"
	keyID    = "2026-key-1"
)

var algorithms = []string{"RS256", "PS256", "ES256", "EdDSA"}

// site is one identity provider on loopback with one signing key, and a forge of its tokens. It signs by itself:
// oidctest has no keys for EdDSA, and remembers every token it made, which would weigh on the collector.
type site struct {
	*oidctest.Provider
	alg     string
	key     crypto.Signer
	client  *http.Client
	jwksURL string
	serial  int
}

func newSite(alg string) (*site, error) {
	p, err := oidctest.Start()
	if err != nil {
		return nil, err
	}
	key, err := newKey(alg)
	if err != nil {
		return nil, err
	}
	// One client for all that is built on this site, or every authenticator would leave a connection behind.
	s := &site{Provider: p, alg: alg, key: key, client: &http.Client{Timeout: 5 * time.Second}, jwksURL: p.Issuer() + string(oidctest.JWKS)}
	return s, s.publish(nil, 0)
}

func newKey(alg string) (crypto.Signer, error) {
	switch alg {
	case "RS256", "PS256":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("no key for %s", alg)
}

// publish serves the key instead of the provider's own, as the last of a set: behind another key, under as many names as
// are asked for. A search meets them as it meets keys that differ.
func (s *site) publish(other crypto.PublicKey, others int) error {
	set := make([]json.RawMessage, others+1)
	for i := range set {
		id, public := fmt.Sprintf("2025-key-%d", i), other
		if i == others {
			id, public = keyID, s.key.Public()
		}
		var err error
		if set[i], err = jose.MarshalJWK(id, s.alg, public); err != nil {
			return err
		}
	}
	body, err := json.Marshal(map[string]any{"keys": set})
	s.Fail(oidctest.JWKS, oidctest.Fault{Body: string(body)})
	return err
}

// fetches counts how often the key set was asked for.
func (s *site) fetches() int { return s.Requests(oidctest.JWKS) }
