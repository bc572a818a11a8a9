package provider_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// closer is a provider that closes a kept connection when the next request arrives on it, as after an idle timeout.
type closer struct {
	net.Listener

	mu    sync.Mutex
	forms []url.Values
}

const keptAnswer = `{"active":true,"access_token":"a","token_type":"Bearer"}`

func newCloser(t *testing.T) *closer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &closer{Listener: l}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { c.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); open.Wait() })
	return c
}

// serve answers the first request; the second one is read, and never answered.
func (c *closer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	for answered := false; c.read(r) && !answered; answered = true {
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(keptAnswer), keptAnswer)
	}
}

func (c *closer) read(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return false
	}
	form, err := url.ParseQuery(string(body))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forms = append(c.forms, form)
	return err == nil
}

func (c *closer) all() []url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]url.Values(nil), c.forms...)
}

func (c *closer) client(t *testing.T, auth provider.Auth) *provider.Client {
	t.Helper()
	base := "http://" + c.Addr().String()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := provider.New(provider.Config{
		IntrospectionURL: base + "/introspect", RevocationURL: base + "/revoke", TokenURL: base + "/token",
		ClientID: "api", Auth: auth, HTTPClient: &http.Client{Transport: transport},
	})
	require.NoError(t, err)
	return client
}

func TestRequestsThatAreSafeToRepeatSurviveAConnectionThatWasJustClosed(t *testing.T) {
	ctx := context.Background()
	for name, ask := range map[string]func(*provider.Client) error{
		"introspection": func(c *provider.Client) error { _, err := c.Introspect(ctx, "t"); return err },
		"revocation":    func(c *provider.Client) error { return c.Revoke(ctx, "t", "") },
		"client credentials": func(c *provider.Client) error {
			_, err := c.ClientCredentials(ctx, provider.TokenRequest{}).Token()
			return err
		},
	} {
		for _, auth := range []provider.Auth{
			{Secret: longSecret}, {Secret: longSecret, Method: provider.ClientSecretPost}, {Secret: longSecret, Method: provider.ClientSecretJWT},
		} {
			t.Run(name+" "+auth.String(), func(t *testing.T) {
				s := newCloser(t)
				client := s.client(t, auth)
				require.NoError(t, ask(client))
				require.NoError(t, ask(client))
				forms := s.all()
				require.Len(t, forms, 3, "the second was sent on the kept connection, and once more on a fresh one")
				if auth.Method != provider.ClientSecretJWT {
					require.Equal(t, forms[1], forms[2])
					return
				}
				require.NotEqual(t, forms[1].Get("client_assertion"), forms[2].Get("client_assertion"), "an assertion is for one request")
			})
		}
	}
}

// A provider treats the second use of a code, or of a refresh token that it rotates, as theft.
func TestCodesAndRefreshTokensAreNotRepeated(t *testing.T) {
	for name, ask := range map[string]func(*provider.Client) error{
		"refresh": func(c *provider.Client) error {
			_, err := c.Refresh(context.Background(), &oauth2.Token{RefreshToken: "r"}, provider.TokenRequest{}).Token()
			return err
		},
		"code": func(c *provider.Client) error {
			_, err := c.AuthorizationCode(context.Background(), code, codeRequest)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newCloser(t)
			client := s.client(t, provider.Auth{Secret: longSecret})
			require.NoError(t, ask(client))
			require.Error(t, ask(client))
			require.Len(t, s.all(), 2)
		})
	}
}

// A token that makes the provider close the connection must not be sent over every kept connection in turn.
func TestARequestIsRepeatedOnAFreshConnectionOnly(t *testing.T) {
	const kept = 5
	var arrived sync.WaitGroup
	var dropped atomic.Int32
	arrived.Add(kept)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("token") == "drop" {
			dropped.Add(1)
			panic(http.ErrAbortHandler)
		}
		arrived.Done()
		arrived.Wait()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, keptAnswer)
	}))
	defer s.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: kept}
	defer transport.CloseIdleConnections()
	client, err := provider.New(provider.Config{
		IntrospectionURL: s.URL, ClientID: "api", HTTPClient: &http.Client{Transport: transport},
	})
	require.NoError(t, err)
	var callers sync.WaitGroup
	for i := range kept {
		callers.Go(func() {
			_, err := client.Introspect(context.Background(), fmt.Sprint("t", i))
			assert.NoError(t, err)
		})
	}
	callers.Wait()
	_, err = client.Introspect(context.Background(), "drop")
	require.Error(t, err)
	require.EqualValues(t, 2, dropped.Load())
}
