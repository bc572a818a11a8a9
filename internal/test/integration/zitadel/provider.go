// Package zitadel runs a second real OpenID provider for tests: the example server of github.com/zitadel/oidc, in process, behind a
// real loopback listener.
//
// [Start] gives a [Provider]; [Provider.Login], [Provider.IDTokenOnly], [Provider.Refresh] and [Provider.ClientCredentials] get tokens
// from it; [Provider.Rotate], [Provider.Retire] and [Provider.Stop] are what happens to its keys and to itself.
//
//	op := zitadel.Start(t)
//	tokens := op.Login(t, zitadel.JWT, "alice", "openid", "email")
//
// # How it differs from oidc-provider
//
// Access tokens and ID tokens share the header (typ is JWT for both), the key and the audience, which is a list of the client and
// the API. Access tokens carry no scope and ID tokens need no nonce. UserInfo takes every access token of a user, JWT or not. What is
// not a JWT is an id encrypted as a compact JWE, five parts; with op.NewAESCrypto, as in earlier releases, it is plain base64url.
//
// Introspection takes JWTs too, from clients in the audience of the token, and answers with neither iss nor aud nor exp. It refuses a
// client in plain text.
//
// # What is added to the example
//
// Clients whose access tokens are JWTs, the API in the audience (the example names the client alone), accounts, and keys that rotate.
package zitadel

import (
	"crypto"
	"net/http/httptest"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Provider is a running provider. Its methods may be called from one test goroutine at a time.
type Provider struct {
	server *httptest.Server
	store  *store
}

// Start runs a provider on a free loopback port until tb ends. The options are the provider's own.
func Start(tb testing.TB, opts ...op.Option) *Provider {
	tb.Helper()
	// The issuer has to be known before there is a handler, so the listener comes first.
	server := httptest.NewUnstartedServer(nil)
	p := &Provider{server: server, store: newStore(newKey(tb))}
	server.Config.Handler = exampleop.SetupServer("http://"+server.Listener.Addr().String(), p.store, nil, false, opts...)
	server.Start()
	tb.Cleanup(server.Close)
	return p
}

// Issuer is like http://127.0.0.1:41234, without a slash at the end.
func (p *Provider) Issuer() string { return p.server.URL }

// Rotate makes a new key, which signs from now on. The old one stays published until [Provider.Retire].
func (p *Provider) Rotate(tb testing.TB) {
	tb.Helper()
	p.store.add(newKey(tb))
}

// Retire takes the keys that no longer sign out of the key set.
func (p *Provider) Retire() { p.store.retire() }

// Add adds a client like [JWT] with these addresses, for logins in a browser. It must be called before the first request.
func (p *Provider) Add(id, redirectURI, afterLogout string) {
	p.store.register(id, op.AccessTokenTypeJWT, redirectURI, afterLogout)
}

// AddClientKey lets a client authenticate with assertions of this key, beside its secret.
func (p *Provider) AddClientKey(client, keyID string, pub crypto.PublicKey) {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	p.store.clientKeys[client+" "+keyID] = pub
}

// Stop closes the listener and every connection: it answers no more.
func (p *Provider) Stop() {
	p.server.CloseClientConnections()
	p.server.Close()
}
