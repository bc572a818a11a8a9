package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const audience = "api://echo"

var speaker = oidctest.Claims{"sub": "alice", "scope": "echo"}

// service is the program over a socket, with a clock that the test can put forward.
type service struct {
	*oidctest.Provider
	auth    *oidcauth.Authenticator
	url     string
	advance atomic.Int64
}

func start(t *testing.T) *service {
	t.Helper()
	s := &service{Provider: oidctest.New(t)}
	config := s.Config(audience)
	config.Now = func() time.Time { return time.Now().Add(time.Duration(s.advance.Load())) }
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	config.Credentials.WebSocketProtocol = protocol
	config.WatchInterval = time.Second
	var err error
	s.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	server := httptest.NewServer(handler(s.auth))
	t.Cleanup(server.Close)
	s.url = "ws" + strings.TrimPrefix(server.URL, "http") + "/echo"
	return s
}

func asBrowser(token string) *websocket.DialOptions {
	return &websocket.DialOptions{Subprotocols: []string{protocol, token}}
}

func asService(token string) *websocket.DialOptions {
	return &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}}
}

func dial(t *testing.T, s *service, options *websocket.DialOptions) (*websocket.Conn, *http.Response, error) {
	t.Helper()
	conn, res, err := websocket.Dial(t.Context(), s.url, options)
	if err == nil {
		t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, res, err
}

func TestBadTokensAreNotUpgraded(t *testing.T) {
	s := start(t)
	revoked := s.Token(audience, speaker)
	require.NoError(t, s.auth.Revoke(t.Context(), revoked, "access_token"))
	good := s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "echo", "jti": "good"})
	both := asBrowser(good)
	both.HTTPHeader = asService(good).HTTPHeader
	for name, c := range map[string]struct {
		options *websocket.DialOptions
		status  int
	}{
		"expired":         {asBrowser(s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "echo", "exp": time.Now().Add(-time.Hour).Unix()})), 401},
		"revoked":         {asBrowser(revoked), 401},
		"revoked, header": {asService(revoked), 401},
		"forbidden":       {asBrowser(s.Token(audience, oidctest.Claims{"sub": "bob", "jti": "b"})), 403},
		"no token":        {nil, 401},
		"two tokens":      {both, 400},
	} {
		t.Run(name, func(t *testing.T) {
			_, res, err := dial(t, s, c.options)
			require.Error(t, err)
			require.Equal(t, c.status, res.StatusCode)
		})
	}
}

func TestConnectionEndsWithTheToken(t *testing.T) {
	for name, c := range map[string]struct {
		options func(string) *websocket.DialOptions
		end     func(context.Context, *service, string) error
	}{
		"expired": {asBrowser, func(_ context.Context, s *service, _ string) error {
			s.advance.Store(int64(2 * time.Hour))
			return nil
		}},
		"revoked": {asBrowser, func(ctx context.Context, s *service, token string) error {
			return s.auth.Revoke(ctx, token, "access_token")
		}},
		"revoked, header": {asService, func(ctx context.Context, s *service, token string) error {
			return s.auth.Revoke(ctx, token, "access_token")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			token := s.Token(audience, speaker)
			conn, res, err := dial(t, s, c.options(token))
			require.NoError(t, err)
			require.NotContains(t, res.Header.Get("Sec-WebSocket-Protocol"), token, "the response repeats the token")
			require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte("hello")))
			_, message, err := conn.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, "hello", string(message))
			require.NoError(t, c.end(t.Context(), s, token))
			_, _, err = conn.Read(t.Context()) // until the server closes the connection
			require.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err))
		})
	}
}
