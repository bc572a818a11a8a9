package mcp

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
)

// logins returns the handler of the go-sdk's own client, whose browser is that of the test, and the scopes of each login.
func logins(t *testing.T, op *oidcprovider.Provider) (auth.OAuthHandler, *[]string) {
	t.Helper()
	var scopes []string
	h, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		PreregisteredClient: &oauthex.ClientCredentials{ClientID: oidcprovider.Public},
		RedirectURL:         oidcprovider.RedirectURI,
		AuthorizationCodeFetcher: func(_ context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			address, err := url.Parse(args.URL)
			require.NoError(t, err)
			scopes = append(scopes, address.Query().Get("scope"))
			back := op.Browse(t, "alice", args.URL).Query()
			return &auth.AuthorizationResult{Code: back.Get("code"), State: back.Get("state"), Iss: back.Get("iss")}, nil
		},
	})
	require.NoError(t, err)
	return h, &scopes
}

func connect(t *testing.T, transport *mcp.StreamableClientTransport) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session
}

// The client knows nothing but the URL of the server. It finds the provider by the challenge and the metadata, logs its user in,
// and asks the user for another scope when a tool needs it.
func TestClientFindsTheProviderAndLogsIn(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	s := serve(t, op.Issuer)
	login, scopes := logins(t, op)
	session := connect(t, &mcp.StreamableClientTransport{Endpoint: s.url, OAuthHandler: login, DisableStandaloneSSE: true})
	require.Equal(t, []string{"api:read"}, *scopes)

	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "whoami"})
	require.NoError(t, err)
	require.Equal(t, map[string]any{"name": "alice"}, result.StructuredContent)
	require.Len(t, *scopes, 1)

	result, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "cancel"})
	require.NoError(t, err)
	require.False(t, result.IsError)
	require.Equal(t, []string{"alice"}, s.callers)
	require.Len(t, *scopes, 2)
	require.ElementsMatch(t, []string{"api:read", "api:write"}, strings.Fields((*scopes)[1])) // the client joins them in any order
}

// A token that the same provider issued for another API is refused.
func TestTokenForAnotherAPI(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	s := serve(t, op.Issuer)
	for resource, ok := range map[string]bool{s.url: true, oidcprovider.RS256: false, "http://127.0.0.1:1/mcp": false} {
		token := op.ClientCredentials(t, resource, "api:read")
		transport := &mcp.StreamableClientTransport{Endpoint: s.url, HTTPClient: &http.Client{Transport: bearer(token)}, DisableStandaloneSSE: true, MaxRetries: -1}
		session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), transport, nil)
		require.Equal(t, ok, err == nil, resource)
		if ok {
			require.NoError(t, session.Close())
		}
	}
}

// A service that has begun keeps its keys while the provider is down; one that begins then answers 503.
func TestProviderThatIsDown(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	s := serve(t, op.Issuer)
	token := bearer(op.ClientCredentials(t, s.url, "api:read"))
	op.Kill(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, nil)
	require.NoError(t, err)
	res, err := token.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	op.Restart(t)
}
