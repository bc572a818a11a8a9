package mcp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
)

// server is an MCP server for users of a provider.
type server struct {
	url  string // its resource identifier, and the audience of its tokens
	auth *oidcauth.Authenticator

	mu      sync.Mutex
	callers []string // of the tool cancel
}

type greeting struct {
	Name string `json:"name"`
}

func serve(t *testing.T, issuer string) *server {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	s := &server{url: "http://" + web.Listener.Addr().String() + "/mcp"}
	var err error
	s.auth, err = oidcauth.New(oidcauth.Config{
		Issuers:  []oidcauth.Issuer{{URL: issuer, Audience: []string{s.url}}},
		Resource: oidcauth.Resource{ID: s.url, Scopes: []string{"api:read"}},
	})
	require.NoError(t, err)
	orders := mcp.NewServer(&mcp.Implementation{Name: "orders", Version: "1"}, nil)
	mcp.AddTool(orders, &mcp.Tool{Name: "whoami"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, greeting, error) {
		id, _ := oidcauth.FromContext(ctx)
		return nil, greeting{id.Name()}, nil
	})
	mcp.AddTool(orders, &mcp.Tool{Name: "cancel"}, s.cancel)
	web.Config.Handler = mcpauth.Handler(s.auth, orders, mcpauth.Rules{"whoami": nil, "cancel": mcpauth.Scopes("api:write")}, nil)
	web.Start()
	t.Cleanup(web.Close)
	return s
}

func (s *server) cancel(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, greeting, error) {
	id, _ := oidcauth.FromContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callers = append(s.callers, id.Name())
	return nil, greeting{id.Name()}, nil
}

// bearer sends one token with each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
