package login_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

const audience = "api://orders"

// world is a service with a login, its provider, and what the operator sees.
type world struct {
	t    *testing.T
	op   *oidctest.Provider
	app  *httptest.Server
	auth *oidcauth.Authenticator
	rp   *login.RelyingParty
	mux  *http.ServeMux

	handler atomic.Pointer[http.Handler]
	log     lockedBuffer
	mu      sync.Mutex
	events  []decision.Event
}

// setup changes the configuration of a world.
type setup struct {
	auth     func(*oidcauth.Config)
	login    func(*login.Config)
	provider func(*provider.Config)
	client   func(*oidctest.Client)
}

func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{t: t, op: oidctest.New(t)}
	w.start()
	w.register(s)
	w.op.AutoLogin("alice")
	w.rp = w.relyingParty(s)
	w.mux = w.routes(w.rp)
	w.serve(w.mux)
	return w
}

// serve replaces the handler of the application.
func (w *world) serve(h http.Handler) { w.handler.Store(&h) }

// start starts the server of the application, whose handler is set later because it needs the URL.
func (w *world) start() {
	w.serve(http.NotFoundHandler())
	w.app = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		(*w.handler.Load()).ServeHTTP(rw, r)
	}))
	w.t.Cleanup(w.app.Close)
}

func (w *world) register(s setup) {
	c := oidctest.Client{
		RedirectURIs: []string{w.app.URL + "/auth/callback"}, PostLogoutRedirectURIs: []string{w.app.URL + "/auth/logged-out"},
		BackChannelLogoutURI: w.app.URL + "/auth/backchannel-logout", HTTPClient: w.app.Client(),
	}
	if s.client != nil {
		s.client(&c)
	}
	w.op.Register(c)
}

func key(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

// config returns the configuration of a login at the provider of the world.
func (w *world) config(s setup) login.Config {
	w.t.Helper()
	a := w.op.Config(audience)
	a.Issuers[0].LogoutAudience = []string{oidctest.ClientID}
	a.Logger = slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
		return []usermap.User{{ID: "user-" + q.Value, Enabled: true}}, nil
	})
	a.OnEvent = func(_ context.Context, e decision.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}
	if s.auth != nil {
		s.auth(&a)
	}
	auth, err := oidcauth.New(a)
	require.NoError(w.t, err)
	w.auth = auth
	p := w.op.ClientConfig()
	if s.provider != nil {
		s.provider(&p)
	}
	client, err := provider.New(p)
	require.NoError(w.t, err)
	c := login.Config{
		Authenticator: auth, PublicURL: w.app.URL, Keys: [][]byte{key(1)},
		Providers: []login.Provider{{Client: client, Scopes: []string{"openid", "profile"}}},
	}
	if s.login != nil {
		s.login(&c)
	}
	return c
}

func (w *world) relyingParty(s setup) *login.RelyingParty {
	w.t.Helper()
	rp, err := login.New(w.config(s))
	require.NoError(w.t, err)
	return rp
}

func (w *world) routes(rp *login.RelyingParty) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/", rp.Require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id, ok := oidcauth.FromContext(r.Context())
		if !ok {
			http.Error(rw, "no identity", http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(rw, "%s %s user=%s sub=%s", r.Method, r.URL.RequestURI(), id.User().ID, id.Subject())
	})))
	mux.Handle("/token", rp.Require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		token, err := login.TokenSource(r.Context()).Token()
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		fmt.Fprint(rw, token.AccessToken)
	})))
	return mux
}

// logged returns what the operator's log contains.
func (w *world) logged() string { return w.log.String() }

// kinds returns the kinds of the events, without those of calls.
func (w *world) kinds() []decision.EventKind {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []decision.EventKind
	for _, e := range w.events {
		if e.Kind != decision.Fetched {
			out = append(out, e.Kind)
		}
	}
	return out
}

// refusal returns the decision of the last refusal.
func (w *world) refusal(t *testing.T) *decision.Decision {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range slices.Backward(w.events) {
		if e.Kind == decision.Refused {
			return e.Decision
		}
	}
	t.Fatal("nothing was refused")
	return nil
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type authConfig = oidcauth.Config

func (w *world) client(t *testing.T) *provider.Client {
	t.Helper()
	client, err := provider.New(w.op.ClientConfig())
	require.NoError(t, err)
	return client
}

// addIssuer trusts another provider too.
func addIssuer(p *oidctest.Provider) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		iss := p.Config(audience).Issuers[0]
		iss.LogoutAudience = []string{oidctest.ClientID}
		c.Issuers = append(c.Issuers, iss)
	}
}

// plainStore has the three methods of scs only.
type plainStore struct{ m *login.Memory }

func (s plainStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return s.m.FindCtx(ctx, token)
}

func (s plainStore) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	return s.m.CommitCtx(ctx, token, value, expiry)
}

func (s plainStore) DeleteCtx(ctx context.Context, token string) error {
	return s.m.DeleteCtx(ctx, token)
}

// toggledUsers finds each user, who is disabled by choice.
func toggledUsers(disabled *atomic.Bool) usermap.Finder {
	return usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
		return []usermap.User{{ID: "user-" + q.Value, Enabled: !disabled.Load()}}, nil
	})
}

func contextThatEnds(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func writeSID(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	var all struct{ SID string }
	if err := id.Decode(&all); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, all.SID)
}

// stripPrefix removes a prefix as a proxy does: the handler cannot see it.
func stripPrefix(prefix string, next http.Handler) http.Handler {
	return http.StripPrefix(prefix, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI = r.URL.RequestURI()
		next.ServeHTTP(w, r)
	}))
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
