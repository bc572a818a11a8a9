package soak

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

var reloads = flag.Int("reloads", 60, "how often the configuration is replaced while requests are sent")

const (
	users    = 700
	lifetime = 20 * time.Hour // of a token, longer than the test

	orders, invoices, others = "api://orders", "api://invoices", "api://others"

	document = `{"providers": {"corp": {"issuer": %q, "audience": [%s]}}, "cache": {"entries": 500}}`
)

// reloader replaces the configuration of a service. Every second one accepts tokens for invoices as well.
type reloader struct {
	*oidctest.Provider
	watcher *settings.Watcher
	handler http.Handler
	file    string
	epoch   atomic.Int64 // odd while a configuration is being replaced; then 0 or 2 modulo 4 without and with invoices

	mu      sync.Mutex
	revoked []string
	tokens  map[string]string // the provider keeps every token that it issues, so each is issued once
}

func newReloader(t *testing.T) *reloader {
	t.Helper()
	r := &reloader{Provider: oidctest.New(t), file: filepath.Join(t.TempDir(), "settings.json"), tokens: map[string]string{}}
	r.write(t, fmt.Sprintf("%q", orders))
	var err error
	r.watcher, err = settings.Watch(r.file, settings.WatchOptions{Adapt: func(c *settings.Configuration) error {
		c.Config.Now, c.Config.Logger = r.Now, slog.New(slog.DiscardHandler)
		c.Config.Response.Refuse = refuse
		return nil
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.watcher.Close()) })
	r.handler = r.watcher.Handler(func(auth *oidcauth.Authenticator) http.Handler {
		return auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	})
	return r
}

// refuse answers with the text of the refusal, so that a wrong one can be understood.
func refuse(w http.ResponseWriter, _ *http.Request, e *oidcauth.Error) {
	w.WriteHeader(e.Status())
	_, _ = fmt.Fprintf(w, "%v; decision %s, time %s, token %+v", e, e.DecisionID, e.Decision().Time, e.Decision().Token) // to a recorder
}

func (r *reloader) write(t *testing.T, audiences string) {
	t.Helper()
	require.NoError(t, os.WriteFile(r.file+".new", fmt.Appendf(nil, document, r.Issuer(), audiences), 0o600))
	require.NoError(t, os.Rename(r.file+".new", r.file))
}

// settle lets the time pass in which a change is noticed and used.
func (r *reloader) settle() *oidcauth.Authenticator {
	r.Advance(10 * time.Second)
	r.watcher.Authenticator()
	r.Advance(time.Second)
	return r.watcher.Authenticator()
}

func (r *reloader) ask(token string) verdict {
	req := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/", http.NoBody)
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	return verdict{w.Code, w.Body.String()}
}

// verdict is an answer. The body of a refusal is its decision.
type verdict struct {
	status int
	body   string
}

// token returns the token of a user. It does not expire: the clock may go on by minutes while a request is sent.
func (r *reloader) token(audience string, user int64) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := fmt.Sprint("user", user)
	token, known := r.tokens[audience+who]
	if !known {
		token = r.Token(audience, oidctest.Claims{"sub": who, "exp": r.Now().Add(lifetime).Unix()})
		r.tokens[audience+who] = token
	}
	return token
}

// send sends requests until the context ends. Each has the one right answer, unless a configuration is replaced meanwhile.
func (r *reloader) send(ctx context.Context, t *testing.T, sent *atomic.Int64) {
	for ctx.Err() == nil {
		user := sent.Add(4) % users
		assertStatus(t, http.StatusOK, r.ask(r.token(orders, user)))
		assertStatus(t, http.StatusUnauthorized, r.ask(r.token(others, user)))
		r.mu.Lock()
		revoked := r.revoked[sent.Load()%int64(len(r.revoked))]
		r.mu.Unlock()
		assertStatus(t, http.StatusUnauthorized, r.ask(revoked), "revoked")
		token := r.token(invoices, user)
		before := r.epoch.Load()
		answer := r.ask(token)
		if before%2 == 0 && before == r.epoch.Load() {
			assertStatus(t, map[int64]int{0: http.StatusUnauthorized, 2: http.StatusOK}[before%4], answer, "epoch", before)
		}
	}
}

func assertStatus(t *testing.T, want int, got verdict, of ...any) {
	t.Helper()
	assert.Equal(t, want, got.status, fmt.Sprintln(append(of, got.body)...))
}

// revoke revokes one more token, which lives longer than the test.
func (r *reloader) revoke(t *testing.T, n int) {
	t.Helper()
	token := r.Token(orders, oidctest.Claims{"sub": "eve" + fmt.Sprint(n), "exp": r.Now().Add(lifetime).Unix()})
	require.NoError(t, r.watcher.Authenticator().Revoke(t.Context(), token, "access_token"))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.revoked = append(r.revoked, token)
}

// While the configuration is replaced again and again, no request has a wrong answer, no revocation is lost, and nothing grows.
func TestReloads(t *testing.T) {
	r := newReloader(t)
	r.revoke(t, 0)
	began := r.Now()
	var sent atomic.Int64
	var first, last state
	round := func(from, to int) {
		ctx, cancel := context.WithCancel(t.Context())
		var senders sync.WaitGroup
		for range 4 {
			senders.Go(func() { r.send(ctx, t, &sent) })
		}
		for n := from; n < to; n++ {
			r.reload(t, n)
		}
		cancel()
		senders.Wait()
	}
	half := *reloads / 2
	round(0, half)
	first = settled(t, func() bool { return true }, state{})
	round(half, *reloads)
	last = settled(t, func() bool { return true }, first)
	t.Logf("%d requests, %d reloads, %d fetches of keys, %d and %d goroutines, %d and %d KiB of heap", sent.Load(), *reloads, r.Requests(oidctest.JWKS),
		first.goroutines, last.goroutines, first.heap>>10, last.heap>>10)
	require.LessOrEqual(t, last.goroutines, first.goroutines+few)
	require.Less(t, last.heap, first.heap+4<<20)
	require.LessOrEqual(t, r.Requests(oidctest.JWKS), 2+int(r.Now().Sub(began)/(10*time.Minute)), "no more than without reloads")
	for _, token := range r.revoked {
		require.Equal(t, http.StatusUnauthorized, r.ask(token).status)
	}
}

// reload replaces the configuration. Before every tenth time it finds a document that cannot be used.
func (r *reloader) reload(t *testing.T, n int) {
	t.Helper()
	before := r.watcher.Authenticator()
	if n%10 == 9 {
		r.write(t, `"half`)
		require.Eventually(t, func() bool { // another request may be the one that looks
			require.Same(t, before, r.settle())
			reload := before.Status().Reload
			return reload != nil && reload.Fault != ""
		}, 30*time.Second, 10*time.Millisecond)
	}
	r.revoke(t, n+1)
	r.epoch.Add(1)
	audiences := fmt.Sprintf("%q", orders)
	if n%2 == 0 {
		audiences = fmt.Sprintf("%q, %q", orders, invoices)
	}
	r.write(t, audiences)
	require.Eventually(t, func() bool { return r.settle() != before }, 30*time.Second, 10*time.Millisecond, "reload %d", n)
	require.Eventually(t, func() bool { return r.watcher.Authenticator().Status().Reload.Fault == "" }, 30*time.Second, 10*time.Millisecond,
		"the reload is told after it is used, by the request that looked")
	r.epoch.Add(1)
}
