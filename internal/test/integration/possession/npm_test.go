package possession_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "embed"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// The newest versions at the time of writing.
const (
	oauth4webapi = "3.8.8"
	dpop         = "2.1.2"
	oldestNode   = 20
)

//go:embed client.mjs
var client []byte

// newAPI serves an API that accepts tokens of the issuer that are bound to a key.
func newAPI(t *testing.T, issuer string, nonces bool) string {
	t.Helper()
	s := httptest.NewUnstartedServer(nil) // its address is known before it serves
	t.Cleanup(s.Close)
	address := "http://" + s.Listener.Addr().String()
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers:   []oidcauth.Issuer{{URL: issuer, Audience: []string{oidcprovider.ES256}, RequireBoundTokens: true}},
		PublicURL: address, DPoP: oidcauth.DPoP{RequireNonce: nonces}, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	s.Config.Handler = auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Start()
	return address
}

// Proofs of the clients of npm are accepted once, also for URLs with a query, with and without nonces.
func TestProofsOfNPM(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	node, oauthDir := oidcprovider.NPM(t, "oauth4webapi", oauth4webapi, oldestNode)
	_, dpopDir := oidcprovider.NPM(t, "dpop", dpop, oldestNode)
	script := filepath.Join(t.TempDir(), "client.mjs")
	require.NoError(t, os.WriteFile(script, client, 0o600))
	for name, nonces := range map[string]bool{"without nonces": false, "with nonces": true} {
		t.Run(name, func(t *testing.T) {
			run := exec.CommandContext(t.Context(), node, script, oauthDir, dpopDir, op.Issuer, oidcprovider.Confidential, oidcprovider.ClientSecret,
				oidcprovider.ES256, newAPI(t, op.Issuer, nonces))
			run.Stderr = os.Stderr
			out, err := run.Output()
			require.NoError(t, err)
			require.JSONEq(t, `{"type": "dpop", "get": 200, "query": 200, "escaped": 200, "dpop": [200, 401], "dpopQuery": [200, 401],
				"elsewhere": [401, 401], "bearer": 401}`, string(out))
		})
	}
}

// oidc-provider binds the tokens of provider.Client, and an API accepts them.
func TestBoundTokensOfOIDCProvider(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	prover, err := provider.NewProver(key)
	require.NoError(t, err)
	c, err := provider.New(provider.Config{
		Issuer: op.Issuer, ClientID: oidcprovider.Confidential, Auth: provider.Auth{Secret: oidcprovider.ClientSecret}, DPoP: prover,
	})
	require.NoError(t, err)
	tokens := c.ClientCredentials(t.Context(), provider.TokenRequest{Scopes: []string{"api:read"}, Resources: []string{oidcprovider.ES256}})
	for _, nonces := range []bool{false, true} {
		calling := &http.Client{Transport: prover.Transport(nil, tokens)}
		for range 2 {
			res, err := calling.Get(newAPI(t, op.Issuer, nonces) + "/orders?page=2") //nolint:noctx // a test
			require.NoError(t, err)
			_, _ = io.Copy(io.Discard, res.Body)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusOK, res.StatusCode)
		}
	}
}
