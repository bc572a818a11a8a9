package replicas_test

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/internal/test/visitor"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

//go:embed redis.sh
var script string

const (
	replicas = 5
	users    = 5
	tabs     = 20 // of each user
	patient  = 5 * time.Second
)

// world is a service of five replicas behind a load balancer, its provider and its Redis.
type world struct {
	t     *testing.T
	op    *oidctest.Provider
	redis *throwaway.Server
	app   *httptest.Server
	all   []*replica
	next  atomic.Uint32
	users []*user
}

// replica is one process of the service.
type replica struct {
	mux   *http.ServeMux
	redis *redis.Client
	// hold is called before each request to the token endpoint.
	hold atomic.Pointer[func(*http.Request) error]
}

// user has one browser with many tabs.
type user struct {
	name string
	jar  http.CookieJar
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server, err := throwaway.Start(throwaway.Program{Package: "replicas", Needs: "Redis (Debian: redis-server)", Script: script})
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	w := &world{t: t, op: oidctest.New(t), redis: server}
	w.app = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.all[int(w.next.Add(1))%len(w.all)].mux.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.app.Close)
	w.op.Register(oidctest.Client{RedirectURIs: []string{w.app.URL + "/auth/callback"}})
	for range replicas {
		w.all = append(w.all, w.newReplica())
	}
	for i := range users {
		w.signIn(fmt.Sprint("user-", i))
	}
	return w
}

func (w *world) newReplica() *replica {
	w.t.Helper()
	own := &replica{redis: redis.NewClient(&redis.Options{Addr: fmt.Sprint("127.0.0.1:", w.redis.Port()), ContextTimeoutEnabled: true, DialerRetries: 1})}
	w.t.Cleanup(func() { _ = own.redis.Close() }) // a test may have closed it
	store, err := redisstore.NewSessions(redisstore.Config{Client: own.redis, Timeout: patient})
	require.NoError(w.t, err)
	a := w.op.Config("api://orders")
	a.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(a)
	require.NoError(w.t, err)
	c := w.op.ClientConfig()
	c.HTTPClient = &http.Client{Transport: holding{own}}
	client, err := provider.New(c)
	require.NoError(w.t, err)
	rp, err := login.New(login.Config{
		Authenticator: auth, Providers: []login.Provider{{Client: client}}, PublicURL: w.app.URL,
		Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")}, Sessions: login.Sessions{Store: store, Idle: 10 * time.Hour},
	})
	require.NoError(w.t, err)
	own.mux = http.NewServeMux()
	own.mux.Handle("/auth/", rp)
	own.mux.Handle("/", rp.Require(http.HandlerFunc(answer)))
	return own
}

// answer writes the subject of the session, and the access token.
func answer(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	token, err := login.TokenSource(r.Context()).Token()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_, _ = fmt.Fprint(w, id.Subject(), " ", token.AccessToken)
}

type holding struct{ own *replica }

func (h holding) RoundTrip(r *http.Request) (*http.Response, error) {
	if hold := h.own.hold.Load(); hold != nil && strings.HasSuffix(r.URL.Path, string(oidctest.TokenEndpoint)) {
		if err := (*hold)(r); err != nil {
			return nil, err
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// visit is the answer to a request, after its redirects.
type visit struct {
	status, hops int
	body         string
}

func (w *world) signIn(name string) {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	u := &user{name, jar}
	w.op.AutoLogin(name)
	v, err := w.get(u, w.app.URL+"/", true)
	require.NoError(w.t, err)
	require.NoError(w.t, v.fault(u))
	w.users = append(w.users, u)
}

// get requests a URL as a page or as a script of a page.
func (w *world) get(u *user, at string, page bool) (visit, error) {
	v := visit{}
	client := &http.Client{Jar: u.jar, Transport: w.app.Client().Transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		v.hops = len(via)
		return nil
	}}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, at, nil)
	if err != nil {
		return v, err
	}
	r.Header = visitor.Script()
	if page {
		r.Header = visitor.Page()
	}
	res, err := client.Do(r)
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	v.status, v.body = res.StatusCode, string(body)
	return v, err
}

// fault says why the visit does not show the user's own session and token.
func (v visit) fault(u *user) error {
	sub, token, _ := strings.Cut(v.body, " ")
	var claims struct{ Sub string }
	if parts := strings.Split(token, "."); len(parts) == 3 {
		text, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(text, &claims)
	}
	if v.status != http.StatusOK || sub != u.name || claims.Sub != u.name {
		return fmt.Errorf("the tab of %s: status %d after %d redirects: %.200s", u.name, v.status, v.hops, v.body)
	}
	return nil
}

// allTabs lets all tabs of all users request at once. ended is called after each, and may be nil.
func (w *world) allTabs(ended func()) {
	w.t.Helper()
	var wait sync.WaitGroup
	for i := range users * tabs {
		u := w.users[i%users]
		wait.Go(func() {
			v, err := w.get(u, w.app.URL+"/", i%3 == 0)
			if err == nil {
				err = v.fault(u)
			}
			if err == nil && v.hops > 0 {
				err = fmt.Errorf("the tab of %s was redirected %d times", u.name, v.hops)
			}
			if err != nil {
				w.t.Error(err)
			}
			if ended != nil {
				ended()
			}
		})
	}
	wait.Wait()
}

// tokenCalls returns how many requests the token endpoint has received.
func (w *world) tokenCalls() int { return w.op.Requests(oidctest.TokenEndpoint) }
