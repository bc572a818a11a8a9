package main

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// freeAddress returns an address of this machine on which no one listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// page opens a page as a browser does, and returns what is shown at last.
func page(t *testing.T, browser *http.Client, url string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	r.Header = http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}}
	resp, err := browser.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

// With a login in the document, a browser and a program use the same route. A changed document ends no session.
func TestUserOfABrowserStaysSignedIn(t *testing.T) {
	t.Parallel()
	p := oidctest.New(t)
	addr := freeAddress(t)
	p.Register(oidctest.Client{RedirectURIs: []string{"http://" + addr + "/auth/callback"}})
	p.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"preferred_username": "alice"}})
	p.AutoLogin("alice")
	dir := folder(t, p.Issuer())
	put(t, filepath.Join(dir, "client-secret.txt"), oidctest.ClientSecret)
	put(t, filepath.Join(dir, "session-key.txt"), "NlnQwUQNWMPJqgrFmTQZfs3xa5gTQcUN8Rmi8qXH6iQ=\n")
	file := filepath.Join(dir, "settings.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	document := strings.NewReplacer(
		`"claims": {"user"`, `"client": {"clientID": "`+oidctest.ClientID+`", "auth": {"secret": {"file": "client-secret.txt"}}}, "claims": {"user"`,
		`"users": {`, `"login": {"publicURL": "http://`+addr+`", "keys": [{"file": "session-key.txt"}]}, "users": {`,
	).Replace(string(data))
	put(t, file, document)
	_, service := started(t, dir, "-settings", "settings.json", "-addr", addr)

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	require.Equal(t, "orders of Alice\n", page(t, browser, service+"/orders"))
	require.Equal(t, http.StatusOK, status(t, service, p, audience))
	logins := p.Requests(oidctest.TokenEndpoint)

	put(t, file+".new", strings.Replace(document, `["api://orders"]`, `["api://orders", "api://invoices"]`, 1))
	require.NoError(t, os.Rename(file+".new", file))
	eventually(t, func() bool { return status(t, service, p, "api://invoices") == http.StatusOK })
	require.Equal(t, "orders of Alice\n", page(t, browser, service+"/orders"))
	require.Equal(t, logins, p.Requests(oidctest.TokenEndpoint))
}
