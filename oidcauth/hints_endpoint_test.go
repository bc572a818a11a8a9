package oidcauth_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// decideTwice returns the decisions of Check and of Explain. When Explain runs, the failure of the endpoint is already known.
func (s scene) decideTwice(t *testing.T, p *oidctest.Provider) []*decision.Decision {
	t.Helper()
	var told *decision.Decision
	auth := serviceOf(t, p, s.configures, withDecision(&told)).auth
	token := s.token(p)
	if s.sent != nil {
		token = strings.TrimPrefix(s.sent(token)[0], "Bearer ")
	}
	_, _ = auth.Check(withHeaders("Bearer " + token))
	return []*decision.Decision{told, auth.Explain(context.Background(), token)}
}

func sending(token string) func(string) []string {
	return func(string) []string { return []string{"Bearer " + token} }
}

// endpoints returns a client of a provider whose discovery document names only these endpoints.
func endpoints(t *testing.T, named map[string]string) *provider.Client {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case string(oidctest.Discovery):
			doc := `{"issuer":"` + s.URL + `"`
			for name, path := range named {
				doc += `,"` + name + `":"` + strings.Replace(path, "SELF", s.URL, 1) + `"`
			}
			_, _ = w.Write([]byte(doc + "}"))
		case "/introspect":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	client, err := provider.New(provider.Config{Issuer: s.URL, ClientID: "api", Auth: provider.Auth{Key: key}})
	require.NoError(t, err)
	return client
}

func TestHintsNameTheEndpointThatIsMissing(t *testing.T) {
	p := oidctest.New(t)
	introspected := func(named map[string]string) scene {
		return scene{issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: endpoints(t, named)}}, sent: sending("opaque")}
	}
	for name, c := range map[string]struct {
		scene    scene
		code     string
		expected string
	}{
		"introspection": {introspected(nil), "endpoint_missing", "IntrospectionURL"},
		"introspection, of a kind that may not be called": {
			introspected(map[string]string{"introspection_endpoint": "ftp://elsewhere"}), "endpoint_missing", "IntrospectionURL",
		},
		"UserInfo": {
			scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: endpoints(t, nil), User: claims.Name("email")}}, users: usermap.NewTable()},
			"endpoint_missing", "UserInfoURL",
		},
		"an assertion is refused": {introspected(map[string]string{"introspection_endpoint": "SELF/introspect"}), "assertion_audience", "EndpointAudience"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range c.scene.decideTwice(t, p) {
				require.NotEmpty(t, d.Hints)
				require.Equal(t, c.code, d.Hints[0].Code, d)
				require.Contains(t, d.Hints[0].Expected+d.Hints[0].Fix, c.expected)
			}
		})
	}
	t.Run("a secret is refused", func(t *testing.T) {
		client, err := provider.New(provider.Config{Issuer: p.Issuer(), ClientID: "api", Auth: provider.Auth{Secret: "wrong"}})
		require.NoError(t, err)
		s := scene{issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: client}}, sent: sending("opaque")}
		require.Equal(t, []string{"client_refused"}, s.decide(t, p).HintCodes())
	})
}

// If several sources fail, one line lists their faults, and every character of the line is printable.
func TestFaultsOfSeveralSourcesAreInOneLine(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, alice)
	p.Close()
	iss := oidcauth.Issuer{URL: p.Issuer(), Audience: []string{audience}, Keys: certsource.Chain(
		certsource.JWKS{URL: p.Issuer() + "/one"}, certsource.JWKS{URL: p.Issuer() + "/two"},
	)}
	client, err := provider.New(p.ClientConfig())
	require.NoError(t, err)
	iss.Introspection.Client = client
	var logged bytes.Buffer
	auth, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.NewJSONHandler(&logged, nil))})
	require.NoError(t, err)
	for _, sent := range []string{token, "opaque"} {
		logged.Reset()
		_, err := auth.Check(withHeaders("Bearer " + sent))
		require.Error(t, err)
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, logged.String(), `\n`)
		require.NotContains(t, auth.Explain(context.Background(), sent).String(), "\uFFFD")
	}
	for _, f := range auth.Diagnose(context.Background()) {
		require.NotContains(t, f.String(), "\uFFFD")
		require.NotContains(t, f.Text, "\n")
	}
}
