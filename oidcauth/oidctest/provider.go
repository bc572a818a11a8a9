package oidctest

import (
	"crypto"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// TB is the part of testing.TB that [New] uses. It keeps package testing out of programs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Provider is an identity provider on a loopback socket. [New] or [Start] makes one. It is safe for concurrent use.
type Provider struct {
	issuer string
	server *http.Server

	mu       sync.Mutex
	now      func() time.Time
	keys     []signingKey // The last key signs. All are published.
	made     int
	users    map[string]Claims // UserInfo by sub.
	tokens   map[string]string // The sub of each token.
	opaque   map[string]opaqueToken
	client   [2]string // The ID and secret of the client that may introspect and revoke.
	signFor  string    // The audience of signed UserInfo. If empty, UserInfo is not signed.
	faults   map[Endpoint]Fault
	requests map[Endpoint]int
	nonce    string // What the token endpoint demands of a DPoP proof.
	metadata Claims // The changes of the discovery document.
	logins
	resume chan struct{} // Closed to answer the delayed requests.
	closed bool
}

// logins holds what logins need. The lock of the Provider guards it.
type logins struct {
	clients       map[string]Client // by ID
	accounts      map[string]User   // by name
	autoLogin     string            // The name of the user who needs no form.
	loginFault    LoginFault
	lastRequest   url.Values
	authRequests  map[string]authorizationRequest // The pushed ones by request_uri, and those that wait for the form by its ID.
	sessions      map[string]*session             // by cookie
	codes         map[string]*grant
	refreshTokens map[string]*refreshToken
	assertions    map[string]struct{} // The client_id and jti of each client assertion.
}

func newLogins() logins {
	return logins{
		clients: map[string]Client{}, accounts: map[string]User{}, authRequests: map[string]authorizationRequest{},
		sessions: map[string]*session{}, codes: map[string]*grant{}, refreshTokens: map[string]*refreshToken{},
		assertions: map[string]struct{}{},
	}
}

type signingKey struct {
	id, alg string
	private crypto.Signer
}

// New starts a provider, and closes it when the test ends.
func New(tb TB) *Provider {
	tb.Helper()
	p, err := Start()
	if err != nil {
		tb.Fatalf("oidctest: %v", err)
	}
	tb.Cleanup(p.Close)
	return p
}

// Start starts a provider with one RS256 key of 2048 bits. The caller must close it.
func Start() (*Provider, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("oidctest: listen on loopback: %w", err)
	}
	p := &Provider{
		issuer: "http://" + listener.Addr().String(), now: time.Now, users: map[string]Claims{}, tokens: map[string]string{},
		opaque: map[string]opaqueToken{}, client: [2]string{ClientID, ClientSecret}, faults: map[Endpoint]Fault{}, requests: map[Endpoint]int{}, resume: make(chan struct{}),
		logins: newLogins(),
	}
	if err := p.Rotate("RS256"); err != nil {
		_ = listener.Close()
		return nil, err
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(listener) }() // Close ends it.
	return p, nil
}

// Close ends the provider and every request to it. Its address then refuses connections. A later provider may sign with its keys.
func (p *Provider) Close() {
	_ = p.server.Close()
	p.Resume()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		giveBack(p.keys)
	}
}

// Issuer returns the iss of the provider's tokens, which is also the base URL of discovery.
func (p *Provider) Issuer() string { return p.issuer }

// Config returns a configuration that trusts this provider for one audience and uses the provider's clock. Add to it what
// your service configures: Users, and the Claims of its only issuer, Issuers[0].
func (p *Provider) Config(audience string) oidcauth.Config {
	return oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: p.issuer, Audience: []string{audience}}},
		Now:     p.Now,
	}
}

// UserInfoClient returns a client of the provider's UserInfo endpoint, for oidcauth.Issuer.Claims.UserInfo.
func (p *Provider) UserInfoClient() (*provider.Client, error) {
	return provider.New(provider.Config{Issuer: p.issuer})
}

// Now returns the time of the provider's clock.
func (p *Provider) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

// Advance moves the provider's clock, and so that of every Config made from it.
func (p *Provider) Advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.now
	p.now = func() time.Time { return before().Add(d) }
}

// Rotate makes a key for this algorithm (RS256, PS256 or ES256) and signs with it from now on. The previous keys stay
// published.
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

// Retire stops publishing all keys except the one that signs.
func (p *Provider) Retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = p.keys[len(p.keys)-1:]
}
