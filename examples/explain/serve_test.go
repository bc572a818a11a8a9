package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// served runs the command with -serve until the test ends, and returns the printed link.
func served(t *testing.T, args ...string) (link string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	status := make(chan int, 1)
	go func() { status <- run(ctx, append(args, "-serve"), strings.NewReader(""), in, io.Discard) }()
	t.Cleanup(func() {
		cancel()
		require.Equal(t, accepted, <-status)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

func answered(t *testing.T, res *http.Response, err error) (int, string) {
	t.Helper()
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(body)
}

func TestServedPageExplainsATokenToItsGuestOnly(t *testing.T) {
	p := oidctest.New(t)
	link := served(t, "-issuer", p.Issuer(), "-audience", audience)
	base, _, _ := strings.Cut(link, "?")
	token := url.Values{"text": {p.Token("api://other", nil)}}

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	guest := &http.Client{Jar: jar}
	stranger := &http.Client{}
	for _, path := range []string{"", "?key=", "?key=wrong", "decision?id=x"} {
		res, err := stranger.Get(base + path)
		status, text := answered(t, res, err)
		require.Equal(t, http.StatusForbidden, status)
		require.NotContains(t, text, p.Issuer())
	}
	res, err := stranger.PostForm(base+"explain", token)
	status, _ := answered(t, res, err)
	require.Equal(t, http.StatusForbidden, status)

	res, err = guest.Get(link)
	require.Equal(t, base, res.Request.URL.String(), "the key leaves the address")
	status, text := answered(t, res, err)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, p.Issuer())
	res, err = guest.PostForm(base+"explain", token)
	status, text = answered(t, res, err)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "names no audience of this API")

	named, err := http.NewRequest(http.MethodGet, link, nil)
	require.NoError(t, err)
	named.Host = "attacker.example"
	res, err = guest.Do(named)
	status, _ = answered(t, res, err)
	require.Equal(t, http.StatusForbidden, status, "a name that resolves to this machine")
}

func TestPageIsServedOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":8089", "example.com:80", "localhost:0", "127.0.0.1", "192.0.2.1:0"} {
		got := runWith(t, "", "-serve", "-listen", address, "-issuer", "https://login.example.com", "-audience", audience)
		require.Equal(t, usage, got.status, address)
		require.NotEmpty(t, got.err)
	}
	require.Equal(t, usage, runWith(t, "", "-listen", "127.0.0.1:0", "-issuer", "https://login.example.com", "-audience", audience).status)
}
