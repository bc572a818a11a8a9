package login_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// The client of a login authenticates itself at the exchange of the code, at the refresh and at the pushed request, by each method of OpenID
// Connect Core 1.0 section 9.
func TestClientAuthentication(t *testing.T) {
	const id, secret = "portal", "a secret of at least 32 bytes, with 100% odd + signs"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for _, c := range []struct {
		auth       provider.Auth
		registered oidctest.Client
		header     string   // the scheme of Authorization
		body       []string // the parameters of the client
	}{
		{provider.Auth{Method: provider.ClientSecretBasic, Secret: secret}, oidctest.Client{Secret: secret}, "Basic", nil},
		{provider.Auth{Method: provider.ClientSecretPost, Secret: secret}, oidctest.Client{Secret: secret}, "", []string{"client_id", "client_secret"}},
		{provider.Auth{Method: provider.ClientSecretJWT, Secret: secret}, oidctest.Client{Secret: secret}, "", assertion},
		{provider.Auth{Method: provider.PrivateKeyJWT, Key: key}, oidctest.Client{PublicKey: key.Public()}, "", assertion},
		{provider.Auth{Method: provider.NoAuth}, oidctest.Client{}, "", []string{"client_id"}},
	} {
		t.Run(string(c.auth.Method), func(t *testing.T) {
			record := &recorder{}
			w := newWorld(t, setup{
				client: func(registered *oidctest.Client) {
					registered.ID, registered.Secret, registered.PublicKey = id, c.registered.Secret, c.registered.PublicKey
				},
				auth: func(a *authConfig) { a.Issuers[0].LogoutAudience = []string{id} },
				provider: func(p *provider.Config) {
					p.ClientID, p.Auth, p.HTTPClient = id, c.auth, &http.Client{Transport: record}
				},
			})
			b := w.browser()
			v := b.open(w.app.URL + "/orders")
			require.Equal(t, "GET /orders user=user-alice sub=alice", v.body, w.logged())
			require.Equal(t, 3, v.hops)
			w.op.Advance(4*time.Minute + time.Second)
			require.Equal(t, http.StatusOK, b.open(w.app.URL+"/token").status, w.logged())

			forms := record.forms
			require.Len(t, forms, 3, "the pushed request, the code and the refresh token")
			seen := map[string]bool{}
			for i, f := range forms {
				scheme, _, _ := strings.Cut(record.headers[i].Get("Authorization"), " ")
				require.Equal(t, c.header, scheme)
				for _, name := range []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"} {
					if i > 0 || name != "client_id" { // a pushed request has it anyway
						require.Equal(t, slices.Contains(c.body, name), f.Has(name), name)
					}
				}
				if !f.Has("client_assertion") {
					continue
				}
				token, err := jose.Parse(f.Get("client_assertion"), 0)
				require.NoError(t, err)
				jti := token.Claims.Text("jti")
				require.False(t, seen[jti] || jti == "", "each request has an assertion of its own")
				seen[jti] = true
				require.Equal(t, w.op.Issuer(), token.Claims.Text("aud"))
				require.NotContains(t, w.logged(), f.Get("client_assertion"))
			}
		})
	}
}

var assertion = []string{"client_id", "client_assertion", "client_assertion_type"}

// A client whose credentials are wrong signs no visitor in, and the operator reads why.
func TestClientThatIsRefused(t *testing.T) {
	const id, secret = "portal", "a secret of at least 32 bytes, with 100% odd + signs"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	shared, signs := oidctest.Client{Secret: secret}, oidctest.Client{PublicKey: key.Public()}
	for _, c := range []struct {
		auth       provider.Auth
		registered oidctest.Client
	}{
		{provider.Auth{Method: provider.ClientSecretBasic, Secret: secret + "!"}, shared},
		{provider.Auth{Method: provider.ClientSecretPost, Secret: secret + "!"}, shared},
		{provider.Auth{Method: provider.ClientSecretJWT, Secret: secret + "!"}, shared},
		{provider.Auth{Method: provider.PrivateKeyJWT, Key: other}, signs},
		{provider.Auth{Method: provider.PrivateKeyJWT, Key: key, Audience: "https://other.example"}, signs},
		{provider.Auth{Method: provider.NoAuth}, shared},
	} {
		t.Run(string(c.auth.Method), func(t *testing.T) {
			w := newWorld(t, setup{
				client: func(registered *oidctest.Client) {
					registered.ID, registered.Secret, registered.PublicKey = id, c.registered.Secret, c.registered.PublicKey
				},
				provider: func(p *provider.Config) {
					p.ClientID, p.Auth, p.PushedAuthorizationRequestURL = id, c.auth, ""
				},
			})
			w.op.SetMetadata(oidctest.Claims{"pushed_authorization_request_endpoint": nil})
			b := w.browser()
			v := b.open(w.app.URL + "/orders")
			require.Equal(t, http.StatusServiceUnavailable, v.status, w.logged())
			require.Equal(t, 2, v.hops)
			requireExplained(t, w, b, v, "provider_unavailable")
			require.Contains(t, w.logged(), "invalid_client")
			require.False(t, w.isSignedIn(b))
		})
	}
}

// A client assertion that an attacker has seen is of no use.
func TestReplayOfAClientAssertion(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	record := &recorder{}
	w := newWorld(t, setup{
		client: func(registered *oidctest.Client) { registered.ID, registered.PublicKey = "portal", key.Public() },
		provider: func(p *provider.Config) {
			p.ClientID, p.Auth, p.HTTPClient = "portal", provider.Auth{Key: key}, &http.Client{Transport: record}
		},
	})
	require.Equal(t, http.StatusOK, w.browser().open(w.app.URL+"/").status, w.logged())
	for _, form := range record.forms {
		res, err := http.PostForm(w.op.Issuer()+string(oidctest.TokenEndpoint), form) //nolint:noctx // of the test's own provider
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	}
}

// recorder keeps the forms that this service posts.
type recorder struct {
	calls
	forms   []url.Values
	headers []http.Header
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	if q.Method == http.MethodPost {
		text, err := io.ReadAll(q.Body) // GetBody would make another assertion
		if err != nil {
			return nil, err
		}
		q = q.Clone(q.Context())
		q.Body = io.NopCloser(bytes.NewReader(text))
		form, err := url.ParseQuery(string(text))
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		r.forms, r.headers = append(r.forms, form), append(r.headers, q.Header.Clone())
		r.mu.Unlock()
	}
	return r.calls.RoundTrip(q)
}
