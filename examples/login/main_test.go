package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/readme"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

var update = flag.Bool("update", false, "write the output into the README again")

// journeyOf runs the program with -once, and returns what it prints.
func journeyOf(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, options{once: true}), "%s", &out)
	return out.String()
}

func TestJourneyHasTheRecordOfEachRefusal(t *testing.T) {
	out := journeyOf(t)
	for _, reason := range []string{"role_missing", "user_disabled", "token_revoked"} {
		require.Equal(t, 1, strings.Count(out, "reason="+reason), out)
	}
	require.NotContains(t, out, "alice@example.com")
}

// The README shows the table of the journey.
func TestREADME(t *testing.T) {
	table, _, _ := strings.Cut(journeyOf(t), "\n\n")
	lines := strings.Split(table, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	p := &readme.Pages{Outputs: map[string]func() (string, error){"journey": func() (string, error) { return strings.Join(lines, "\n"), nil }}}
	have, err := os.ReadFile("README.md")
	require.NoError(t, err)
	want, err := p.Render(string(have))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(have), "run go test . -update")
}

// served runs the program at a real provider, and returns its URL.
func served(t *testing.T, o options) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serveReal(ctx, io.Discard, listener, o, url, &records{}) }()
	t.Cleanup(func() {
		end()
		require.NoError(t, <-done)
	})
	return url
}

// realOptions are the flags for a provider, whose client is registered for the URL of the service when it is known.
func realOptions(t *testing.T, p *oidctest.Provider) options {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(oidctest.ClientSecret+"\n"), 0o600))
	return options{provider: p.Issuer(), clientID: oidctest.ClientID, secretFile: secret, scopes: "openid email", audience: audience}
}

func TestRealProvider(t *testing.T) {
	p := oidctest.New(t)
	url := served(t, realOptions(t, p))
	p.Register(oidctest.Client{RedirectURIs: []string{url + "/auth/callback"}})
	v, err := newVisitor(url)
	require.NoError(t, err)
	got, err := v.signIn("/", "erin")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, "erin", got.name())
	got, err = v.open("/payments") // a recent sign-in is enough
	require.NoError(t, err)
	require.Equal(t, "Payments", got.title())
	got, err = v.send("/end-at-provider")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, got.status)
}

func TestSecretThatCannotBeRead(t *testing.T) {
	o := realOptions(t, oidctest.New(t))
	o.secretFile = filepath.Join(t.TempDir(), "absent")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	require.ErrorIs(t, serveReal(t.Context(), io.Discard, listener, o, "http://127.0.0.1:8080", &records{}), os.ErrNotExist)
}

// The pages load nothing from elsewhere, and no inline script or style, which their policy would block.
func TestPagesAreSelfContained(t *testing.T) {
	log := &records{}
	d, err := newDemo("http://127.0.0.1:8080", log)
	require.NoError(t, err)
	defer d.close()
	for _, path := range []string{"/static/style.css", "/static/script.js"} {
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		require.Equal(t, http.StatusOK, w.Code, path)
		require.NotContains(t, w.Body.String(), "//", path)
	}
	require.NotContains(t, pageText, "://")
	require.NotContains(t, pageText, "<style")
	require.NotContains(t, pageText, " on")
}
