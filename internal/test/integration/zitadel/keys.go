package zitadel

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// key is a signing key; published is what the key set says of it.
type (
	key struct {
		id      string
		private *rsa.PrivateKey
	}
	published struct{ key }
)

func newKey(tb testing.TB) key {
	tb.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatalf("zitadel: %v", err)
	}
	return key{id: "rs-" + rand.Text(), private: private}
}

func (k key) ID() string                                  { return k.id }
func (k key) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k key) Key() any                                    { return k.private }

func (k published) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k published) Use() string                        { return "sig" }
func (k published) Key() any                           { return k.private.Public() }

func (s *store) add(k key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append([]key{k}, s.keys...)
}

func (s *store) retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[:1]
}

// SigningKey is asked for every token, so a new key signs at once.
func (s *store) SigningKey(context.Context) (op.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[0], nil
}

// KeySet is what the provider publishes, and what its own UserInfo endpoint verifies with.
func (s *store) KeySet(context.Context) ([]op.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []op.Key
	for _, k := range s.keys {
		out = append(out, published{k})
	}
	return out, nil
}

// GetKeyByIDAndClientID finds the key that signs a client's assertion; see [Provider.AddClientKey].
func (s *store) GetKeyByIDAndClientID(_ context.Context, keyID, clientID string) (*jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pub, ok := s.clientKeys[clientID+" "+keyID]
	if !ok {
		return nil, fmt.Errorf("no key %q of client %q", keyID, clientID)
	}
	return &jose.JSONWebKey{KeyID: keyID, Use: "sig", Key: pub}, nil
}
