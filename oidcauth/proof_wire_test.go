package oidcauth_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The text of a request that reaches a real server over HTTP/1.1 decides, not what a middleware makes of it.
func TestProofsOnTheWire(t *testing.T) {
	s, token := bound(t)
	server := httptest.NewServer(http.StripPrefix("/shop", s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))))
	t.Cleanup(server.Close)
	status := func(t *testing.T, head string) int {
		t.Helper()
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		defer func() { _ = c.Close() }()
		_, err = io.WriteString(c, head+"\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	proof := func(path string) string { return holderKey().proof(s.Now(), token, nil, obj{"htu": publicURL + path}) }
	authorization := "\r\nAuthorization: DPoP " + token
	for name, c := range map[string]struct {
		line, headers string
		want          int
	}{
		"good":                       {"GET /shop/orders HTTP/1.1", "\r\nDPoP: " + proof("/shop/orders"), 200},
		"name of the header in dpop": {"GET /shop/orders HTTP/1.1", "\r\ndpop: " + proof("/shop/orders"), 200},
		"path after the middleware":  {"GET /shop/orders HTTP/1.1", "\r\nDPoP: " + proof("/orders"), 401},
		"escaped letter":             {"GET /shop/%6frders HTTP/1.1", "\r\nDPoP: " + proof("/shop/orders"), 200},
		"two headers, one in lower case": {
			"GET /shop/orders HTTP/1.1", "\r\nDPoP: " + proof("/shop/orders") + "\r\ndpop: " + proof("/shop/orders"), 401,
		},
		"absolute form":               {"GET http://evil.example/shop/orders HTTP/1.1", "\r\nDPoP: " + proof("/shop/orders"), 200},
		"absolute form, another path": {"GET http://api.example.com/shop/admin HTTP/1.1", "\r\nDPoP: " + proof("/shop/orders"), 401},
		"blanks around the proof":     {"GET /shop/orders HTTP/1.1", "\r\nDPoP:  \t" + proof("/shop/orders") + " ", 200},
		"blank in the proof":          {"GET /shop/orders HTTP/1.1", "\r\nDPoP: " + strings.Replace(proof("/shop/orders"), ".", " .", 1), 401},
		"proof in a trailer": {
			"POST /shop/orders HTTP/1.1", "\r\nTransfer-Encoding: chunked\r\nTrailer: DPoP\r\n\r\n0\r\nDPoP: " + proof("/shop/orders"), 401,
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, status(t, fmt.Sprintf("%s\r\nHost: evil.example%s%s", c.line, authorization, c.headers)))
		})
	}
}

// The path of a request over HTTP/2 is that of :path.
func TestProofOverHTTP2(t *testing.T) {
	s, token := bound(t)
	server := httptest.NewUnstartedServer(s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	for path, want := range map[string]int{"/orders?page=2": 200, "/x/%2e%2e/orders": 200, "/orders/": 401, "//orders": 401} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "DPoP "+token)
		r.Header.Set("DPoP", holderKey().proof(s.Now(), token, nil, nil))
		res, err := server.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, 2, res.ProtoMajor)
		require.Equal(t, want, res.StatusCode, path)
	}
}
