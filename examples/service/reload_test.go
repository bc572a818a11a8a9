package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// eventually waits longer than two looks at the files take.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, time.Minute, 200*time.Millisecond)
}

// status returns the status of a request with a token of alice for an audience.
func status(t *testing.T, url string, p *oidctest.Provider, aud string) int {
	t.Helper()
	code, _ := get(t, url+"/orders", bearer(p.Token(aud, oidctest.Claims{"preferred_username": "alice"})))
	return code
}

func put(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

// An editor renames the file. A user who was logged out stays logged out, and a faulty document changes nothing.
func TestChangedDocumentIsUsedWithoutARestart(t *testing.T) {
	t.Parallel()
	p := oidctest.New(t)
	dir := folder(t, p.Issuer())
	file := filepath.Join(dir, "settings.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	document := strings.Replace(string(data), `"audience": ["api://orders"]`, `"audience": ["api://orders"], "logoutAudience": ["orders"]`, 1)
	put(t, file, document)
	process, service := started(t, dir, arguments(t)...)
	token := p.Token(audience, oidctest.Claims{"preferred_username": "alice", "sub": "alice"})
	code, _ := get(t, service+"/orders", bearer(token))
	require.Equal(t, http.StatusOK, code)
	resp, err := http.PostForm(service+"/logout", url.Values{"logout_token": {p.LogoutToken("orders", oidctest.Claims{"sub": "alice"})}})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)

	put(t, file+".new", strings.Replace(document, `["api://orders"]`, `["api://orders", "api://invoices"]`, 1))
	require.NoError(t, os.Rename(file+".new", file))
	eventually(t, func() bool { return status(t, service, p, "api://invoices") == http.StatusOK })
	code, _ = get(t, service+"/orders", bearer(token))
	require.Equal(t, http.StatusUnauthorized, code)

	put(t, file, strings.Replace(document, `"audience"`, `"audiences"`, 1))
	eventually(t, func() bool {
		_, page := get(t, service+"/debug/auth/", http.Header{})
		return strings.Contains(page, "audiences")
	})
	_, metrics := get(t, service+"/metrics", http.Header{})
	require.Regexp(t, `(?m)^oidcauth_reloads_total\{result="succeeded"\} 1$`, metrics)
	require.Regexp(t, `(?m)^oidcauth_reloads_total\{result="failed"\} 1$`, metrics)
	require.Equal(t, http.StatusOK, status(t, service, p, "api://invoices"))
	code, _ = get(t, service+"/orders", bearer(token))
	require.Equal(t, http.StatusUnauthorized, code)
	require.NoError(t, process.Process.Kill())
}

// Kubernetes replaces a symbolic link to the folder of all files.
func TestReplacedMountIsUsedWithoutARestart(t *testing.T) {
	t.Parallel()
	p := oidctest.New(t)
	dir := folder(t, p.Issuer())
	document, err := os.ReadFile(filepath.Join(dir, "settings.json"))
	require.NoError(t, err)
	mount := func(version, text string) {
		require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		put(t, filepath.Join(dir, version, "settings.json"), text)
		require.NoError(t, os.Symlink(version, filepath.Join(dir, "..data_tmp")))
		require.NoError(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	}
	mount("..2026_01", string(document))
	require.NoError(t, os.Remove(filepath.Join(dir, "settings.json")))
	require.NoError(t, os.Symlink(filepath.Join("..data", "settings.json"), filepath.Join(dir, "settings.json")))
	_, service := started(t, dir, arguments(t)...)
	require.Equal(t, http.StatusUnauthorized, status(t, service, p, "api://invoices"))
	mount("..2026_02", strings.Replace(string(document), `["api://orders"]`, `["api://invoices"]`, 1))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "..2026_01")))
	eventually(t, func() bool { return status(t, service, p, "api://invoices") == http.StatusOK })
	require.Equal(t, http.StatusUnauthorized, status(t, service, p, audience))
}
