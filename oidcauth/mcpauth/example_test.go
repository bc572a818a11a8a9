package mcpauth_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
)

// newHandler is a block of the README.
func newHandler(issuer, resource string) (http.Handler, error) {
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers:  []oidcauth.Issuer{{URL: issuer, Audience: []string{resource}}},
		Resource: oidcauth.Resource{ID: resource, Scopes: []string{"orders.read"}},
	})
	if err != nil {
		return nil, err
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "orders", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "whoami"}, whoami)
	mcp.AddTool(server, &mcp.Tool{Name: "cancel"}, cancel)
	rules := mcpauth.Rules{"whoami": nil, "cancel": mcpauth.Scopes("orders.write")}
	return mcpauth.Handler(auth, server, rules, nil), nil
}

// whoami is a block of the README.
func whoami(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
	id, _ := oidcauth.FromContext(ctx)
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: id.Name()}}}, nil, nil
}

func cancel(context.Context, *mcp.CallToolRequest, struct{}) (*mcp.CallToolResult, any, error) {
	return nil, nil, nil
}

func TestHandlerOfTheReadme(t *testing.T) {
	s := serve(t, func(s *service) http.Handler {
		h, err := newHandler(s.Issuer(), s.url)
		require.NoError(t, err)
		return h
	})
	session, c := s.session(t, s.of("alice"))
	got, err := call(t, session, "whoami")
	require.NoError(t, err)
	require.Equal(t, "alice", got)
	_, err = call(t, session, "cancel")
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, c.status)
}
