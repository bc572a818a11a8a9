package provider_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	openidPath = "/.well-known/openid-configuration"
	oauthPath  = "/.well-known/oauth-authorization-server"
)

// site serves documents by path and counts the requests. SITE in a document is replaced with its URL.
type site struct {
	*httptest.Server
	documents map[string]string

	mu    sync.Mutex
	asked map[string]int
}

func serving(t *testing.T, documents func(url string) map[string]string) *site {
	t.Helper()
	s := &site{asked: map[string]int{}}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	s.documents = documents(s.URL)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	s.mu.Unlock()
	text, ok := s.documents[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, text)
}

func (s *site) requests(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[path]
}

func (s *site) client(t *testing.T, c provider.Config) *provider.Client {
	t.Helper()
	c.HTTPClient, c.ClientID = s.Client(), "api"
	client, err := provider.New(c)
	require.NoError(t, err)
	return client
}

func TestEndpointsComeFromEitherDocument(t *testing.T) {
	const inactive = `{"active":false}`
	for name, documents := range map[string]func(string) map[string]string{
		"OpenID": func(url string) map[string]string {
			return map[string]string{
				openidPath: `{"issuer":"` + url + `","introspection_endpoint":"` + url + `/i","revocation_endpoint":"` + url + `/r"}`,
			}
		},
		"OAuth alone": func(url string) map[string]string {
			return map[string]string{
				oauthPath: `{"issuer":"` + url + `","introspection_endpoint":"` + url + `/i","revocation_endpoint":"` + url + `/r"}`,
			}
		},
		"both": func(url string) map[string]string {
			return map[string]string{
				openidPath: `{"issuer":"` + url + `","introspection_endpoint":"` + url + `/i"}`,
				oauthPath:  `{"issuer":"` + url + `","introspection_endpoint":"` + url + `/wrong","revocation_endpoint":"` + url + `/r"}`,
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serving(t, func(url string) map[string]string {
				all := documents(url)
				all["/i"], all["/r"] = inactive, ""
				return all
			})
			client := s.client(t, provider.Config{Issuer: s.URL})
			for range 5 {
				_, err := client.Introspect(context.Background(), "t")
				require.ErrorIs(t, err, claims.ErrInactive)
				require.NoError(t, client.Revoke(context.Background(), "t", ""))
			}
			assert.Equal(t, 5, s.requests("/i"))
			assert.Equal(t, 5, s.requests("/r"))
			assert.LessOrEqual(t, s.requests(openidPath), 3, "within the budget, where there is none")
			assert.LessOrEqual(t, s.requests(oauthPath), 1)
		})
	}
}

func TestAMissingEndpointIsNotLookedForEveryTime(t *testing.T) {
	s := serving(t, func(url string) map[string]string {
		return map[string]string{openidPath: `{"issuer":"` + url + `"}`}
	})
	client := s.client(t, provider.Config{Issuer: s.URL})
	for range 10 {
		for at, err := range everything(context.Background(), client, "t") {
			require.ErrorIs(t, err, provider.ErrNoEndpoint, at)
		}
		_, err := client.EndSessionURL(context.Background(), provider.Logout{})
		require.ErrorIs(t, err, provider.ErrNoEndpoint)
	}
	assert.Equal(t, 1, s.requests(openidPath))
	assert.Equal(t, 1, s.requests(oauthPath))
}

func TestConfiguredEndpointsWin(t *testing.T) {
	s := serving(t, func(url string) map[string]string {
		return map[string]string{
			openidPath: `{"issuer":"` + url + `","introspection_endpoint":"` + url + `/wrong","revocation_endpoint":"` + url + `/r"}`,
			"/i":       `{"active":false}`, "/r": "",
		}
	})
	client := s.client(t, provider.Config{Issuer: s.URL, IntrospectionURL: s.URL + "/i"})
	_, err := client.Introspect(context.Background(), "t")
	require.ErrorIs(t, err, claims.ErrInactive)
	assert.Zero(t, s.requests(openidPath))
	require.NoError(t, client.Revoke(context.Background(), "t", ""))

	client = s.client(t, provider.Config{IntrospectionURL: s.URL + "/i"})
	require.ErrorIs(t, client.Revoke(context.Background(), "t", ""), provider.ErrNoEndpoint)
	client = s.client(t, provider.Config{Issuer: "urn:STS/identity", IntrospectionURL: s.URL + "/i"})
	require.ErrorIs(t, client.Revoke(context.Background(), "t", ""), provider.ErrNoEndpoint)
}

// Metadata of another issuer are ignored.
func TestMetadataOfAnotherIssuer(t *testing.T) {
	for _, path := range []string{openidPath, oauthPath} {
		s := serving(t, func(url string) map[string]string {
			return map[string]string{path: `{"issuer":"` + url + `/x","introspection_endpoint":"` + url + `/i"}`, "/i": `{"active":true}`}
		})
		_, err := s.client(t, provider.Config{Issuer: s.URL}).Introspect(context.Background(), "t")
		require.Error(t, err)
		assert.Zero(t, s.requests("/i"))
	}
	s := serving(t, func(url string) map[string]string {
		return map[string]string{"/meta": `{"issuer":"` + url + `","introspection_endpoint":"` + url + `/i"}`, "/i": `{"active":false}`}
	})
	_, err := s.client(t, provider.Config{Issuer: s.URL, DiscoveryURL: s.URL + "/meta"}).Introspect(context.Background(), "t")
	require.ErrorIs(t, err, claims.ErrInactive)
}

func TestUnusableURLs(t *testing.T) {
	const bad = "http://x.example"
	for _, c := range []provider.Config{
		{},
		{DiscoveryURL: "https://x.example"},
		{Issuer: "urn:STS/identity"},
		{Issuer: bad},
		{Issuer: "https://x.example", DiscoveryURL: bad},
		{UserInfoURL: bad},
		{IntrospectionURL: bad},
		{RevocationURL: bad},
		{EndSessionURL: bad},
		{TokenURL: bad},
	} {
		_, err := provider.New(c)
		assert.Error(t, err)
	}
}

// An endpoint counts as missing only if a document was read.
func TestDocumentThatIsNotReadNamesNoMissingEndpoint(t *testing.T) {
	s := serving(t, func(string) map[string]string { return nil })
	client := s.client(t, provider.Config{Issuer: s.URL, DiscoveryURL: s.URL + "/nowhere"})
	for range 5 { // beyond the budget of fetches, too
		for at, err := range everything(context.Background(), client, "t") {
			require.Error(t, err, at)
			require.NotErrorIs(t, err, provider.ErrNoEndpoint, at)
			var fetched *fetch.Error
			require.ErrorAs(t, err, &fetched, at)
		}
	}
	s = serving(t, func(url string) map[string]string {
		return map[string]string{openidPath: `{"issuer":"` + url + `","introspection_endpoint":"ftp://elsewhere"}`}
	})
	client = s.client(t, provider.Config{Issuer: s.URL})
	_, err := client.Introspect(context.Background(), "t")
	require.Error(t, err)
	require.NotErrorIs(t, err, provider.ErrNoEndpoint)
	require.ErrorIs(t, client.Revoke(context.Background(), "t", ""), provider.ErrNoEndpoint)
}
