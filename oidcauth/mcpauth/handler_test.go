package mcpauth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

var modes = map[string]*mcp.StreamableHTTPOptions{
	"events": nil, "JSON": {JSONResponse: true}, "stateless": {Stateless: true}, "stateless JSON": {Stateless: true, JSONResponse: true},
}

func TestToolFindsItsCaller(t *testing.T) {
	for name, options := range modes {
		t.Run(name, func(t *testing.T) {
			s := start(t, options)
			for sub, name := range map[string]string{"alice": "Alice", "bob": "Bob"} {
				session, _ := s.session(t, s.of(sub))
				got, err := call(t, session, "whoami")
				require.NoError(t, err)
				require.Equal(t, name, got)
			}
		})
	}
}

func TestRefusedRequest(t *testing.T) {
	s := start(t, nil)
	revoked := s.of("bob")
	require.NoError(t, s.auth.Revoke(t.Context(), revoked, "access_token"))
	expired := s.Token(s.url, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(-time.Hour).Unix()})
	for _, c := range []struct {
		name          string
		authorization []string
		status        int
		reason        reason.Reason
	}{
		{"no token", nil, 401, reason.NoCredentials},
		{"no JWT", []string{"Bearer x"}, 401, reason.OpaqueToken},
		{"expired", []string{"Bearer " + expired}, 401, reason.Expired},
		{"revoked", []string{"Bearer " + revoked}, 401, reason.TokenRevoked},
		{"for another server", []string{"Bearer " + s.Token(s.url+"/other", oidctest.Claims{"sub": "alice"})}, 401, reason.WrongAudience},
		{"two tokens", []string{"Bearer " + s.of("alice"), "Bearer " + s.of("alice")}, 400, reason.MalformedRequest},
		{"disabled user", []string{"Bearer " + s.of("eve")}, 403, reason.UserDisabled},
		{"unknown user", []string{"Bearer " + s.of("mallory")}, 403, reason.UserNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, body := s.post(t, initialize, "", c.authorization...)
			require.Equal(t, c.status, res.StatusCode)
			require.Contains(t, res.Header.Get("WWW-Authenticate"), s.auth.ResourceMetadataURL())
			last := s.decisions[len(s.decisions)-1]
			require.Equal(t, c.reason, last.Reason)
			require.Equal(t, last.ID, res.Header.Get("Decision-Id"))
			for _, detail := range []string{string(c.reason), "alice", "eve", "mallory", "exp ", "disabled"} {
				require.NotContains(t, body, detail)
			}
		})
	}
	_, _, err := s.connect(t, expired)
	require.Error(t, err, "the go-sdk's own client")
}

// An outage is 503, which does not end the session of a client.
func TestSessionOutlivesAnOutageOfTheProvider(t *testing.T) {
	s := start(t, nil)
	session, c := s.session(t, s.of("alice"))
	require.NoError(t, s.Rotate("ES256"))
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	c.token = s.of("alice")
	_, err := call(t, session, "whoami")
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, c.status)
	require.Empty(t, c.header.Get("WWW-Authenticate"))

	s.Fail(oidctest.JWKS, oidctest.Fault{})
	s.Advance(time.Minute) // until the keys are fetched again
	c.token = s.of("alice")
	got, err := call(t, session, "whoami")
	require.NoError(t, err)
	require.Equal(t, "Alice", got)
}

var ends = map[string]func(*service, string) error{
	"expires": func(s *service, _ string) error { s.Advance(time.Hour); return nil },
	"revoked": func(s *service, token string) error {
		return s.auth.Revoke(context.Background(), token, "access_token")
	},
}

// The token is checked with each request of a session.
func TestTokenThatExpiresOrIsRevokedInASession(t *testing.T) {
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			s := start(t, nil)
			session, c := s.session(t, s.of("alice"))
			_, err := call(t, session, "whoami")
			require.NoError(t, err)
			require.NoError(t, end(s, c.token))
			_, err = call(t, session, "whoami")
			require.Error(t, err)
			require.Equal(t, http.StatusUnauthorized, c.status)
		})
	}
}

// A stream of events ends with its token, so that the client connects again, and is refused.
func TestStreamEndsWithItsToken(t *testing.T) {
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, nil)
			token := s.of("alice")
			res, _ := s.post(t, initialize, "", "Bearer "+token)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, nil)
			require.NoError(t, err)
			r.Header = http.Header{"Accept": {"text/event-stream"}, "Authorization": {"Bearer " + token}, "Mcp-Session-Id": res.Header["Mcp-Session-Id"]}
			stream, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			defer stream.Body.Close()
			require.Equal(t, http.StatusOK, stream.StatusCode)
			require.NoError(t, end(s, token))
			_, err = io.ReadAll(stream.Body) // which lasts as long as the stream
			require.NoError(t, err)
			again, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			require.NoError(t, again.Body.Close())
			require.Equal(t, http.StatusUnauthorized, again.StatusCode)
		})
	}
}

// A token within the leeway of the issuer is accepted, as everywhere.
func TestLeewayOfTheIssuer(t *testing.T) {
	s := start(t, nil)
	session, _ := s.session(t, s.Token(s.url, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(-30 * time.Second).Unix()}))
	_, err := call(t, session, "whoami")
	require.NoError(t, err)
}

// A session identifier is no credential: another user with a good token cannot use it.
func TestSessionOfAnotherUser(t *testing.T) {
	s := start(t, nil)
	res, _ := s.post(t, initialize, "", "Bearer "+s.of("alice"))
	require.Equal(t, http.StatusOK, res.StatusCode)
	session := res.Header.Get("Mcp-Session-Id")
	require.NotEmpty(t, session)
	const ping = `{"jsonrpc":"2.0","id":2,"method":"ping"}`
	for sub, status := range map[string]int{"alice": http.StatusOK, "bob": http.StatusForbidden} {
		res, _ := s.post(t, ping, session, "Bearer "+s.of(sub))
		require.Equal(t, status, res.StatusCode, sub)
	}
}

// The client learns which scope is missing, and its session continues.
func TestForbiddenTool(t *testing.T) {
	for name, options := range modes {
		t.Run(name, func(t *testing.T) {
			s := start(t, options)
			session, c := s.session(t, s.of("alice", "orders.read"))
			for tool, scope := range map[string]string{"cancel": `scope="orders.write"`, "unnamed": ``, "nowhere": ``} {
				_, err := call(t, session, tool)
				var refused *jsonrpc.Error
				require.ErrorAs(t, err, &refused)
				require.Equal(t, int64(http.StatusForbidden), refused.Code)
				require.NotContains(t, refused.Message, "orders")
				require.Equal(t, http.StatusForbidden, c.status)
				require.Contains(t, c.header.Get("WWW-Authenticate"), scope)
				last := s.decisions[len(s.decisions)-1]
				require.Equal(t, last.ID, c.header.Get("Decision-Id"))
				require.Contains(t, string(refused.Data), last.ID)
			}
			require.Empty(t, s.calls)

			c.token = s.of("alice", "orders.read", "orders.write")
			_, err := call(t, session, "cancel")
			require.NoError(t, err)
			require.Equal(t, []string{"alice"}, s.calls)
		})
	}
}

const cancel7 = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"cancel","arguments":{}}}`

// A rule may be a decision of the application, and may fail. The client learns no more than that.
func TestRuleOfTheApplication(t *testing.T) {
	late := errors.New("too late for order 7")
	for name, c := range map[string]struct {
		rule   func(*oidcauth.Identity) error
		status int
	}{
		"refuses": {func(id *oidcauth.Identity) error {
			return id.Require("before noon", func(*oidcauth.Identity) error { return late })
		}, 403},
		"fails":         {func(*oidcauth.Identity) error { return late }, 500},
		"panics":        {func(*oidcauth.Identity) error { panic("order 7") }, 500},
		"authenticates": {func(id *oidcauth.Identity) error { return id.RequireAuthentication(time.Minute) }, 401},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(s *service) http.Handler {
				return mcpauth.Handler(s.auth, s.server(), mcpauth.Rules{"cancel": c.rule}, nil)
			})
			session, transport := s.session(t, s.of("alice"))
			_, err := call(t, session, "cancel")
			require.Error(t, err)
			require.NotContains(t, err.Error(), "order")
			require.Equal(t, c.status, transport.status)
			require.Empty(t, transport.header.Get("Retry-After"))
			require.Equal(t, c.status != 500, transport.header.Get("WWW-Authenticate") != "")

			_, body := s.post(t, strings.Replace(cancel7, "{", "{"+strings.Repeat(" ", 2<<20), 1), transport.sessionID, "Bearer "+transport.token)
			require.Contains(t, body, fmt.Sprintf(`"code":%d`, c.status), "a message that only the middleware reads")
			require.NotContains(t, body, "order")
			require.Empty(t, s.calls)
		})
	}
}

// Messages in which the name of the tool cannot be read before the go-sdk reads it.
func TestForbiddenToolInAnUnusualMessage(t *testing.T) {
	s := start(t, nil)
	bearer := "Bearer " + s.of("alice")
	res, _ := s.post(t, initialize, "", bearer)
	session := res.Header.Get("Mcp-Session-Id")
	_, _ = s.post(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, session, bearer)
	for name, body := range map[string]string{
		"as it is":     cancel7,
		"a batch":      "[" + cancel7 + "]",
		"a large one":  strings.Replace(cancel7, "{", "{"+strings.Repeat(" ", 2<<20), 1),
		"two names":    strings.Replace(cancel7, `"name":"cancel"`, `"name":"cancel","Name":"whoami"`, 1),
		"two methods":  strings.Replace(cancel7, `"method":"tools/call"`, `"method":"tools/call","Method":"ping"`, 1),
		"two of each":  strings.Replace(cancel7, `"name":"cancel"`, `"name":"whoami","name":"cancel"`, 1),
		"a number":     strings.Replace(cancel7, `"params":`, `"PARAMS":1,"params":`, 1),
		"other casing": strings.Replace(cancel7, `"name"`, `"NAME"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, _ = s.post(t, body, session, bearer)
			require.Empty(t, s.calls)
		})
	}
	_, body := s.post(t, cancel7, session, "Bearer "+s.of("alice", "orders.write"))
	require.Equal(t, []string{"alice"}, s.calls, body)
}

// A tool may return a refusal as it is. The go-sdk would send its text.
func TestRefusalOfATool(t *testing.T) {
	s := start(t, nil)
	s.tool = func(ctx context.Context) error {
		id, _ := oidcauth.FromContext(ctx)
		return fmt.Errorf("order 7: %w", id.RequireScopes("orders.delete"))
	}
	session, _ := s.session(t, s.of("alice"))
	_, err := call(t, session, "fail")
	var refused *jsonrpc.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, int64(http.StatusForbidden), refused.Code)
	require.NotContains(t, refused.Message, "order")
	require.Contains(t, string(refused.Data), s.decisions[len(s.decisions)-1].ID)
}

func TestErrorOfAToolIsItsOwn(t *testing.T) {
	s := start(t, nil)
	s.tool = func(context.Context) error { return fmt.Errorf("no such order") }
	session, _ := s.session(t, s.of("alice"))
	got, err := call(t, session, "fail")
	require.NoError(t, err)
	require.Equal(t, "no such order", got)
}

// Only the metadata needs no token.
func TestMetadataIsPublic(t *testing.T) {
	s := start(t, nil)
	metadata, err := oauthex.GetProtectedResourceMetadata(t.Context(), s.auth.ResourceMetadataURL(), s.url, http.DefaultClient)
	require.NoError(t, err)
	require.Equal(t, s.url, metadata.Resource)
	require.Equal(t, []string{s.Issuer()}, metadata.AuthorizationServers)
	for _, path := range []string{"", "/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp/", "/mcp", "/other"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(s.url, "/mcp")+path, nil)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, path)
	}
}

// The server has a middleware of its own, so that it is not open over a transport without tokens.
func TestRequestWithoutToken(t *testing.T) {
	s := start(t, nil)
	server := s.server()
	_ = mcpauthHandler(s, server)
	here, there := mcp.NewInMemoryTransports()
	_, err := server.Connect(t.Context(), there, nil)
	require.NoError(t, err)
	_, err = mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).Connect(t.Context(), here, nil)
	var refused *jsonrpc.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, int64(http.StatusUnauthorized), refused.Code)
}

// Users without a sub do not share a session, although one client obtained their tokens.
func TestSessionOfAUserWithoutSubject(t *testing.T) {
	byEmail := func(c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("email") }
	noUsers := func(c *oidcauth.Config) { c.Users = nil }
	for name, change := range map[string]func(*oidcauth.Config){"users are looked up": byEmail, "no users are looked up": noUsers} {
		for behind, build := range map[string]func(*service) http.Handler{
			"Handler":       func(s *service) http.Handler { return mcpauthHandler(s, s.server()) },
			"TokenVerifier": verified,
		} {
			t.Run(name+" "+behind, func(t *testing.T) {
				s := serve(t, build, change)
				token := func(email string) string {
					return "Bearer " + s.Token(s.url, oidctest.Claims{"sub": nil, "email": email, "client_id": "desktop"})
				}
				alice := token("alice")
				res, _ := s.post(t, initialize, "", alice)
				require.Equal(t, http.StatusOK, res.StatusCode)
				session := res.Header.Get("Mcp-Session-Id")
				const ping = `{"jsonrpc":"2.0","id":2,"method":"ping"}`
				for token, status := range map[string]int{alice: http.StatusOK, token("bob"): http.StatusForbidden} {
					res, _ := s.post(t, ping, session, token)
					require.Equal(t, status, res.StatusCode)
				}
			})
		}
	}
}
