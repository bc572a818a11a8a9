package login_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// bubble is a world without sockets, for the clock of a synctest bubble.
type bubble struct {
	*world
	hangs atomic.Pointer[string] // the end of the paths of the provider that never answer
}

// newBubble makes the world. op must be started outside the bubble. transport changes the client for the provider, and may be nil.
func newBubble(t *testing.T, op *oidctest.Provider, s setup, change func(*http.Client)) *bubble {
	t.Helper()
	b := &bubble{world: &world{t: t, op: op, app: &httptest.Server{URL: "https://app.example"}}}
	client := &http.Client{Transport: roundTripper(b.roundTrip)}
	if change != nil {
		change(client)
	}
	s.auth = func(c *oidcauth.Config) { c.HTTPClient = client }
	s.provider = func(c *provider.Config) { c.HTTPClient = client }
	b.register(s)
	op.AutoLogin("alice")
	b.rp = b.relyingParty(s)
	b.serve(b.routes(b.rp))
	return b
}

// roundTrip calls the handler of the provider or of the application.
func (b *bubble) roundTrip(r *http.Request) (*http.Response, error) {
	if hangs := b.hangs.Load(); hangs != nil && strings.HasSuffix(r.URL.Path, *hangs) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	own := r.Clone(r.Context())
	own.RequestURI, own.Host = r.URL.RequestURI(), r.URL.Host
	if own.Body == nil {
		own.Body = http.NoBody
	}
	var handler http.Handler = b.op
	if r.URL.Host == "app.example" {
		handler = *b.handler.Load()
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, own)
	answer := rec.Result()
	answer.Request = r
	return answer, nil
}

func (b *bubble) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	out := &browser{t: b.t, jar: jar}
	out.client = &http.Client{Jar: jar, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		out.seen = append(out.seen, r)
		return b.roundTrip(r)
	})}
	return out
}

// A provider accepts the connection and never answers. The HTTPClient of the configuration bounds the wait, and 5 s bound it.
func TestProviderThatHangsAtTheCallback(t *testing.T) {
	op := oidctest.New(t)
	for _, c := range []struct {
		name             string
		configured, want time.Duration
	}{{"default", 0, 5 * time.Second}, {"configured", 2 * time.Second, 2 * time.Second}, {"longer than the limit", time.Minute, 5 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, op, setup{}, func(client *http.Client) { client.Timeout = c.configured })
				b := w.browser()
				at := b.callback(w.world, "/orders")
				path := string(oidctest.TokenEndpoint)
				w.hangs.Store(&path)
				began := time.Now()
				v := b.open(at)
				require.Equal(t, c.want, time.Since(began))
				require.Equal(t, http.StatusServiceUnavailable, v.status)
				require.Zero(t, v.hops)
				require.NotEmpty(t, v.header.Get("Retry-After"))
				require.Nil(t, b.cookie(w.world, "__Host-session"))
				require.Contains(t, w.logged(), "provider_unavailable")
				w.hangs.Store(nil)
				require.Equal(t, "GET /orders user=user-alice sub=alice", b.open(w.app.URL+linksOf(v.body)[0]).body)
			})
		})
	}
}

// hangingStore never answers by choice.
type hangingStore struct {
	login.Memory
	hangs atomic.Bool
}

func (s *hangingStore) wait(ctx context.Context) error {
	if s.hangs.Load() {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (s *hangingStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if err := s.wait(ctx); err != nil {
		return nil, false, err
	}
	return s.Memory.FindCtx(ctx, token)
}

func (s *hangingStore) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Memory.CommitCtx(ctx, token, value, expiry)
}

func (s *hangingStore) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	if err := s.wait(ctx); err != nil {
		return false, err
	}
	return s.Memory.SwapCtx(ctx, token, old, value, expiry)
}

func (s *hangingStore) DeleteCtx(ctx context.Context, token string) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Memory.DeleteCtx(ctx, token)
}

// A store that never answers ends each request after 5 s with 503, and the sessions go on.
func TestStoreThatHangs(t *testing.T) {
	op := oidctest.New(t)
	same := with(navigation(), "Sec-Fetch-Site", "same-origin")
	for name, send := range map[string]func(w *bubble, b *browser, at string) visit{
		"a page": func(w *bubble, b *browser, _ string) visit { return b.open(w.app.URL + "/") },
		"a script": func(w *bubble, b *browser, _ string) visit {
			return b.send(http.MethodGet, w.app.URL+"/", nil, fetching())
		},
		"a callback": func(_ *bubble, b *browser, at string) visit { return b.open(at) },
		"a used callback": func(_ *bubble, b *browser, _ string) visit {
			return b.open("https://app.example/auth/callback?code=a&state=b")
		},
		"a logout": func(w *bubble, b *browser, _ string) visit {
			return b.send(http.MethodPost, w.app.URL+"/auth/logout", url.Values{}, same)
		},
		"the end of a logout": func(w *bubble, b *browser, _ string) visit {
			return b.open(w.app.URL + "/auth/frontchannel-logout?sid=a&iss=" + url.QueryEscape(w.op.Issuer()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &hangingStore{}
				w := newBubble(t, op, setup{login: func(c *login.Config) { c.Sessions.Store = store }}, nil)
				b := w.browser()
				require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
				at := b.callback(w.world, "/auth/login")
				store.hangs.Store(true)
				began := time.Now()
				v := send(w, b, at)
				require.Equal(t, 5*time.Second, time.Since(began))
				require.Equal(t, http.StatusServiceUnavailable, v.status, v.body)
				require.Zero(t, v.hops)
				store.hangs.Store(false)
				require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
			})
		})
	}
}
