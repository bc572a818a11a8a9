package provider_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// asked is a request as an endpoint sees it.
type asked struct {
	path, query string
	header      http.Header
	form        url.Values
}

// endpoint is a URL that records its requests and gives one answer.
type endpoint struct {
	*httptest.Server

	mu       sync.Mutex
	requests []asked
	status   int
	kind     string
	body     string
}

func answering(t *testing.T, status int, kind, body string) *endpoint {
	t.Helper()
	e := &endpoint{status: status, kind: kind, body: body}
	e.Server = httptest.NewTLSServer(e)
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests = append(e.requests, asked{r.URL.Path, r.URL.RawQuery, r.Header, r.PostForm})
	w.Header().Set("Content-Type", e.kind)
	w.Header().Set("Set-Cookie", "session=1")
	w.WriteHeader(e.status)
	_, _ = io.WriteString(w, e.body)
}

func (e *endpoint) answer(status int, kind, body string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status, e.kind, e.body = status, kind, body
}

func (e *endpoint) all() []asked {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]asked(nil), e.requests...)
}

func (e *endpoint) last(t *testing.T) asked {
	t.Helper()
	all := e.all()
	require.NotEmpty(t, all)
	return all[len(all)-1]
}

// client returns a client whose calls all go to this endpoint.
func (e *endpoint) client(t *testing.T, change func(*provider.Config)) *provider.Client {
	t.Helper()
	c := provider.Config{
		UserInfoURL: e.URL + "/userinfo", IntrospectionURL: e.URL + "/introspect", RevocationURL: e.URL + "/revoke",
		TokenURL: e.URL + "/token", EndSessionURL: e.URL + "/logout", HTTPClient: e.Client(), ClientID: "api",
	}
	if change != nil {
		change(&c)
	}
	client, err := provider.New(c)
	require.NoError(t, err)
	return client
}

// everything calls each endpoint once with the token.
func everything(ctx context.Context, p *provider.Client, token string) map[string]error {
	out := map[string]error{"revocation": p.Revoke(ctx, token, provider.AccessToken)}
	_, out["UserInfo"] = p.UserInfo(ctx, token)
	_, out["introspection"] = p.Introspect(ctx, token)
	_, out["token endpoint"] = p.ClientCredentials(ctx, provider.TokenRequest{}).Token()
	return out
}

func asError[T error](err error, target *T) bool { return errors.As(err, target) }
