package provider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func newProver(t *testing.T) *provider.Prover {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p, err := provider.NewProver(key)
	require.NoError(t, err)
	return p
}

// bindingClient returns a client whose tokens are bound to the key of the Prover.
func bindingClient(t *testing.T, p *oidctest.Provider, prover *provider.Prover) *provider.Client {
	t.Helper()
	config := p.ClientConfig()
	config.DPoP = prover
	client, err := provider.New(config)
	require.NoError(t, err)
	return client
}

// resourceServer is an API that accepts bound tokens only. It demands nonces if told so.
func resourceServer(t *testing.T, p *oidctest.Provider, nonces bool) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	var handler http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	config := p.Config("api://stock")
	config.PublicURL, config.DPoP.RequireNonce, config.Issuers[0].RequireBoundTokens = s.URL, nonces, true
	config.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	handler = auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s", r.Method, body)
	}))
	return s.URL, requests
}

var stock = provider.TokenRequest{Audience: "api://stock"}

// Tokens of each grant are bound to the key, with and without nonces of both servers, and an API accepts them.
func TestBoundTokensReachTheAPI(t *testing.T) {
	for name, c := range map[string]struct {
		nonce  string
		nonces bool
	}{"without nonces": {}, "with nonces": {"n-1", true}} {
		t.Run(name, func(t *testing.T) {
			p, prover := oidctest.New(t), newProver(t)
			p.DemandNonce(c.nonce)
			client := bindingClient(t, p, prover)
			api, requests := resourceServer(t, p, c.nonces)
			exchanged, err := client.Exchange(t.Context(), p.Token("api://orders", oidctest.Claims{"sub": "alice"}), provider.ExchangeRequest{TokenRequest: stock})
			require.NoError(t, err)
			require.Equal(t, "DPoP", exchanged.TokenType)
			for _, source := range []oauth2.TokenSource{client.ClientCredentials(t.Context(), stock), oauth2.StaticTokenSource(exchanged)} {
				calling := &http.Client{Transport: prover.Transport(nil, source)}
				for range 2 {
					res, err := calling.Post(api+"/orders?page=2", "text/plain", strings.NewReader("body")) //nolint:noctx // a test
					require.NoError(t, err)
					text, err := io.ReadAll(res.Body)
					require.NoError(t, err)
					require.NoError(t, res.Body.Close())
					require.Equal(t, http.StatusOK, res.StatusCode)
					require.Equal(t, "POST body", string(text))
				}
			}
			want := int64(4)
			if c.nonces {
				want++ // the first request learns the nonce
			}
			require.Equal(t, want, requests.Load())
		})
	}
}

// A token that is not bound, although it was requested so, is an error and not sent.
func TestUnboundTokenIsRefused(t *testing.T) {
	p, prover := oidctest.New(t), newProver(t)
	client := bindingClient(t, p, prover)
	p.Fail(oidctest.TokenEndpoint, oidctest.Fault{Body: `{"access_token":"a","token_type":"Bearer","issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}`})
	_, err := client.ClientCredentials(t.Context(), stock).Token()
	require.Error(t, err)
	_, err = client.Exchange(t.Context(), p.Token("api://orders", nil), provider.ExchangeRequest{TokenRequest: stock})
	require.Error(t, err)
	api, requests := resourceServer(t, p, false)
	calling := &http.Client{Transport: prover.Transport(nil, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "a", TokenType: "Bearer"}))}
	_, err = calling.Get(api) //nolint:noctx,bodyclose // there is no response
	require.Error(t, err)
	require.Zero(t, requests.Load())
}

// A server that demands a nonce again and again gets one request more, and its answer is returned.
func TestNonceIsTriedOnce(t *testing.T) {
	var requests atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("DPoP-Nonce", fmt.Sprint("n", requests.Add(1)))
		w.Header().Set("WWW-Authenticate", `DPoP error="use_dpop_nonce"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(s.Close)
	bound := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "a", TokenType: "DPoP"})
	calling := &http.Client{Transport: newProver(t).Transport(nil, bound)}
	res, err := calling.Get(s.URL) //nolint:noctx // a test
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Equal(t, int64(2), requests.Load())
	res, err = calling.Post(s.URL, "text/plain", io.MultiReader(strings.NewReader("x"))) //nolint:noctx // a test
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, int64(3), requests.Load(), "a body that cannot be read again is sent once")
}

// A redirect must not take the token to another server.
func TestRedirectDoesNotTakeTheTokenAlong(t *testing.T) {
	var stolen atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	t.Cleanup(thief.Close)
	s := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusFound))
	t.Cleanup(s.Close)
	calling := &http.Client{Transport: newProver(t).Transport(nil, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "a", TokenType: "DPoP"}))}
	_, err := calling.Get(s.URL) //nolint:noctx,bodyclose // there is no response
	require.Error(t, err)
	require.Zero(t, stolen.Load())
}

func TestKeysOfAProver(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	weak, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // it is refused
	require.NoError(t, err)
	for name, c := range map[string]struct {
		key crypto.Signer
		ok  bool
	}{"P-384": {p384, true}, "Ed25519": {ed, true}, "P-224": {p224, false}, "RSA of 1024 bits": {weak, false}, "none": {nil, false}, "nil": {(*ecdsa.PrivateKey)(nil), false}} {
		t.Run(name, func(t *testing.T) {
			p, err := provider.NewProver(c.key)
			require.Equal(t, c.ok, err == nil)
			if !c.ok {
				return
			}
			proof, err := p.Prove(provider.ProofRequest{Method: "GET", URL: "https://u:p@api.example.com?secret#x", AccessToken: "a"})
			require.NoError(t, err)
			require.Len(t, strings.Split(proof, "."), 3)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
				require.Equal(t, "Prover("+p.Thumbprint()+")", fmt.Sprintf(verb, p))
			}
			_, err = p.Prove(provider.ProofRequest{Method: "GET", URL: "/orders"})
			require.Error(t, err)
		})
	}
}

// The endpoints for mutual TLS are used by choice, and an alias that cannot be used is not replaced.
func TestMTLSEndpointAliases(t *testing.T) {
	var asked atomic.Value
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	alias := s.URL + "/mtls/token"
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"token_endpoint":%q,"introspection_endpoint":%q,"mtls_endpoint_aliases":{"token_endpoint":%q}}`,
			s.URL, s.URL+"/jwks", s.URL+"/token", s.URL+"/introspect", alias)
	})
	for _, path := range []string{"/token", "/mtls/token", "/introspect"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			asked.Store(r.URL.Path)
			_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer","active":true}`)
		})
	}
	for _, c := range []struct {
		use          bool
		alias        string
		path, inspec string
	}{{false, alias, "/token", "/introspect"}, {true, alias, "/mtls/token", "/introspect"}, {true, "ftp://x", "", "/introspect"}} {
		alias = c.alias
		asked.Store("")
		client, err := provider.New(provider.Config{Issuer: s.URL, ClientID: "api", MTLSEndpointAliases: c.use})
		require.NoError(t, err)
		_, err = client.ClientCredentials(t.Context(), stock).Token()
		require.Equal(t, c.path != "", err == nil)
		require.Equal(t, c.path, asked.Load())
		_, _ = client.Introspect(t.Context(), "t")
		require.Equal(t, c.inspec, asked.Load())
	}
}
