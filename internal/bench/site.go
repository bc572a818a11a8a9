package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
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
	return s, s.publish()
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

// publish serves the key instead of the provider's own.
func (s *site) publish() error {
	jwk, err := jose.MarshalJWK(keyID, s.alg, s.key.Public())
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"keys": []json.RawMessage{jwk}})
	s.Fail(oidctest.JWKS, oidctest.Fault{Body: string(body)})
	return err
}

// claims are the 20 of a common access token; with the header and the signature it has about 1.1 KB.
func (s *site) claims() map[string]any {
	s.serial++
	now := time.Now()
	return map[string]any{
		"iss": s.Issuer(), "sub": fmt.Sprintf("0f8e6c1a-90d1-4d0b-8a55-%012d", s.serial), "aud": audience,
		"exp": now.Add(12 * time.Hour).Unix(), "iat": now.Unix(), "nbf": now.Unix(), "jti": fmt.Sprintf("jti-%024d", s.serial),
		"azp": "0oa1gjh63g214q0Hq0g4", "scope": "orders.read orders.write", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
		"oid": fmt.Sprintf("9a1c2f3e-5b7d-4e1f-8c3a-%012d", s.serial), "name": "Alice Liddell", "email": "alice@example.com",
		"email_verified": true, "preferred_username": "alice@example.com", "given_name": "Alice",
		"family_name": "Liddell", "locale": "en-GB", "ver": "2.0",
		"roles": []string{"orders.reader", "orders.writer"},
	}
}

// token signs the claims, changed by change where it is given.
func (s *site) token(change func(map[string]any)) (string, error) {
	claims := s.claims()
	if change != nil {
		change(claims)
	}
	return s.sign(claims)
}

func (s *site) sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return jose.Sign(s.alg, map[string]any{"kid": keyID, "typ": "at+jwt"}, payload, s.key)
}

// tokens makes n distinct good tokens, on all cores: an RSA signature takes a millisecond.
func (s *site) tokens(n int) ([]string, error) {
	all := make([]map[string]any, n)
	for i := range all {
		all[i] = s.claims()
	}
	out, faults := make([]string, n), make([]error, n)
	var workers sync.WaitGroup
	for part := range runtime.NumCPU() {
		workers.Go(func() {
			for i := part; i < n; i += runtime.NumCPU() {
				out[i], faults[i] = s.sign(all[i])
			}
		})
	}
	workers.Wait()
	return out, errors.Join(faults...)
}

// broken exchanges one character in the middle of the signature, where every bit counts.
func broken(token string) string {
	at := strings.LastIndexByte(token, '.') + 20
	replacement := "A"
	if token[at] == 'A' {
		replacement = "B"
	}
	return token[:at] + replacement + token[at+1:]
}

// requests are made beforehand, so that only what a server would spend is timed.
func requests(tokens []string) []*http.Request {
	out := make([]*http.Request, len(tokens))
	for i, token := range tokens {
		out[i], _ = http.NewRequest(http.MethodGet, "/orders", nil)
		out[i].Header.Set("Authorization", "Bearer "+token)
	}
	return out
}
