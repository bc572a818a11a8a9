package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// TB is the part of testing.TB that is used, so that package testing is not linked into programs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Provider is an identity provider on a loopback socket.
type Provider struct {
	issuer string
	server *http.Server

	mu       sync.Mutex
	now      func() time.Time
	keys     []signingKey // the last one signs; all are published
	made     int
	users    map[string]Claims // sub -> UserInfo
	tokens   map[string]string // token -> sub
	opaque   map[string]opaqueToken
	client   [2]string // id and secret of who may introspect and revoke
	signFor  string    // audience of signed UserInfo; empty: not signed
	faults   map[Endpoint]Fault
	requests map[Endpoint]int
	resume   chan struct{} // closed to let hanging requests go
}

type signingKey struct {
	id, alg string
	private crypto.Signer
}

// New starts a provider that ends with the test.
func New(tb TB) *Provider {
	tb.Helper()
	p, err := Start()
	if err != nil {
		tb.Fatalf("oidctest: %v", err)
	}
	tb.Cleanup(p.Close)
	return p
}

// Start starts a provider; the caller closes it. It has one RS256 key of 2048 bits.
func Start() (*Provider, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	p := &Provider{
		issuer: "http://" + listener.Addr().String(), now: time.Now, users: map[string]Claims{}, tokens: map[string]string{},
		opaque: map[string]opaqueToken{}, client: [2]string{ClientID, ClientSecret}, faults: map[Endpoint]Fault{}, requests: map[Endpoint]int{}, resume: make(chan struct{}),
	}
	if err := p.Rotate("RS256"); err != nil {
		_ = listener.Close()
		return nil, err
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(listener) }() // ends in Close
	return p, nil
}

// Close ends the provider and every request to it. The issuer's address refuses connections from then on.
func (p *Provider) Close() {
	_ = p.server.Close()
	p.Resume()
}

// Issuer is the iss of the provider's tokens, and the URL under which discovery is found.
func (p *Provider) Issuer() string { return p.issuer }

// Config trusts this provider for one audience, with the provider's clock. Add Users, Checks and the like to it.
func (p *Provider) Config(audience string) oidcauth.Config {
	return oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: p.issuer, Audience: []string{audience}}},
		Now:     p.Now,
	}
}

// UserInfoClient is a client of the provider's UserInfo endpoint, for oidcauth.Issuer.UserInfo.
func (p *Provider) UserInfoClient() (*provider.Client, error) {
	return provider.New(provider.Config{Issuer: p.issuer})
}

// Now is the provider's clock.
func (p *Provider) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

// Advance moves the provider's clock, and with it that of every Config made from it.
func (p *Provider) Advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.now
	p.now = func() time.Time { return before().Add(d) }
}

// Rotate makes a new key for this algorithm (RS256, PS256 or ES256), signs with it from now on, and goes on
// publishing the former keys.
func (p *Provider) Rotate(alg string) error {
	key, err := newKey(alg)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	p.keys = append(p.keys, signingKey{fmt.Sprintf("key-%d", p.made), alg, key})
	return nil
}

// Retire stops publishing all keys but the one that signs.
func (p *Provider) Retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = p.keys[len(p.keys)-1:]
}

func newKey(alg string) (crypto.Signer, error) {
	switch alg {
	case "RS256", "PS256":
		return rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return nil, fmt.Errorf("oidctest: no keys for algorithm %q", alg)
}
