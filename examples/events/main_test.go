package main

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const audience = "api://clock"

var reader = oidctest.Claims{"sub": "alice", "scope": "clock.read"}

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
	config.WatchInterval = time.Second
	var err error
	s.auth, err = oidcauth.New(config)
	require.NoError(t, err)
	server := httptest.NewServer(handler(s.auth, time.Millisecond))
	t.Cleanup(server.Close)
	s.url = server.URL + "/clock"
	return s
}

func (s *service) get(t *testing.T, token string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestBadTokensGetNoEvents(t *testing.T) {
	s := start(t)
	revoked := s.Token(audience, reader)
	require.NoError(t, s.auth.Revoke(t.Context(), revoked, "access_token"))
	for name, c := range map[string]struct {
		token  string
		status int
	}{
		"expired":   {s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "clock.read", "exp": time.Now().Add(-time.Hour).Unix()}), 401},
		"revoked":   {revoked, 401},
		"forbidden": {s.Token(audience, oidctest.Claims{"sub": "bob", "scope": "orders.read", "jti": "b"}), 403},
	} {
		t.Run(name, func(t *testing.T) {
			res := s.get(t, c.token)
			require.Equal(t, c.status, res.StatusCode)
			require.NotEqual(t, "text/event-stream", res.Header.Get("Content-Type"))
		})
	}
}

func TestEventsEndWithTheToken(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *service, string){
		"expired": func(_ *testing.T, s *service, _ string) { s.advance.Store(int64(2 * time.Hour)) },
		"revoked": func(t *testing.T, s *service, token string) {
			require.NoError(t, s.auth.Revoke(t.Context(), token, "access_token"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			token := s.Token(audience, reader)
			res := s.get(t, token)
			require.Equal(t, http.StatusOK, res.StatusCode)
			events := bufio.NewReader(res.Body)
			first, err := events.ReadString('\n')
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(first, "data: "))
			end(t, s, token)
			rest, err := io.ReadAll(events) // until the server ends it
			require.NoError(t, err)
			require.True(t, strings.HasSuffix(string(rest), "event: end\ndata: a new token is needed\n\n"))
			require.Equal(t, http.StatusUnauthorized, s.get(t, token).StatusCode)
		})
	}
}
