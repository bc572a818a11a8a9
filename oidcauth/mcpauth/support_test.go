package mcpauth_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// service is an MCP server on a loopback socket, and the provider that it trusts.
type service struct {
	*oidctest.Provider
	auth *oidcauth.Authenticator
	url  string // of the server: its resource identifier, and the audience of its tokens

	mu        sync.Mutex
	calls     []string // the callers of the tool cancel
	decisions []*decision.Decision
	tool      func(context.Context) error // what the tool fail returns
}

var users = usermap.NewTable(
	usermap.Entry{Value: "alice", User: usermap.User{ID: "1", Name: "Alice", Enabled: true}},
	usermap.Entry{Value: "bob", User: usermap.User{ID: "2", Name: "Bob", Enabled: true}},
	usermap.Entry{Value: "eve", User: usermap.User{ID: "3", Name: "Eve"}},
)

var rules = mcpauth.Rules{"whoami": nil, "fail": nil, "cancel": mcpauth.Scopes("orders.write")}

// start serves the tools whoami, fail and cancel.
func start(t *testing.T, options *mcp.StreamableHTTPOptions) *service {
	t.Helper()
	return serve(t, func(s *service) http.Handler { return mcpauth.Handler(s.auth, s.server(), rules, options) })
}

func serve(t *testing.T, build func(*service) http.Handler, changes ...func(*oidcauth.Config)) *service {
	t.Helper()
	s := &service{Provider: oidctest.New(t)}
	web := httptest.NewUnstartedServer(nil)
	s.url = "http://" + web.Listener.Addr().String() + "/mcp"
	config := s.Config(s.url)
	config.Users = users
	config.WatchInterval = time.Second
	config.Resource = oidcauth.Resource{ID: s.url}
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.decisions = append(s.decisions, e.Decision)
		}
	}
	for _, change := range changes {
		change(&config)
	}
	var err error
	s.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	web.Config.Handler = build(s)
	web.Start()
	t.Cleanup(web.Close)
	return s
}

func (s *service) server() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "orders", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "whoami"}, whoami)
	mcp.AddTool(server, &mcp.Tool{Name: "unnamed"}, s.cancel)
	mcp.AddTool(server, &mcp.Tool{Name: "cancel"}, s.cancel)
	mcp.AddTool(server, &mcp.Tool{Name: "fail"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		return nil, nil, s.tool(ctx)
	})
	return server
}

func (s *service) cancel(ctx context.Context, _ *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
	id, _ := oidcauth.FromContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, id.Subject())
	return nil, nil, nil
}

// of returns a token of a user for this server.
func (s *service) of(sub string, scopes ...string) string {
	return s.Token(s.url, oidctest.Claims{"sub": sub, "scope": strings.Join(scopes, " ")})
}

// transport sends a token that may change, and remembers the last answer.
type transport struct {
	token string

	mu        sync.Mutex
	status    int
	header    http.Header
	sessionID string
}

func (c *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && r.Method == http.MethodPost {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.status, c.header, c.sessionID = res.StatusCode, res.Header, r.Header.Get("Mcp-Session-Id")
	}
	return res, err
}

// connect begins a session of the go-sdk's own client.
func (s *service) connect(t *testing.T, token string) (*mcp.ClientSession, *transport, error) {
	t.Helper()
	c := &transport{token: token}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: s.url, HTTPClient: &http.Client{Transport: c}, MaxRetries: -1}, nil)
	if err == nil {
		t.Cleanup(func() { _ = session.Close() }) // a session whose token was refused cannot be ended
	}
	return session, c, err
}

func (s *service) session(t *testing.T, token string) (*mcp.ClientSession, *transport) {
	t.Helper()
	session, c, err := s.connect(t, token)
	require.NoError(t, err)
	return session, c
}

func call(t *testing.T, session *mcp.ClientSession, tool string) (string, error) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: tool})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, part := range result.Content {
		text.WriteString(part.(*mcp.TextContent).Text)
	}
	return text.String(), nil
}

// post sends a body as it is, and reads the whole answer.
func (s *service) post(t *testing.T, body string, session string, authorization ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Authorization": authorization,
		"Mcp-Protocol-Version": {"2025-03-26"},
	}
	if session != "" {
		r.Header.Set("Mcp-Session-Id", session)
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(text)
}

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`
