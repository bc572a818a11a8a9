package scsstore_test

import (
	_ "embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/internal/test/visitor"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

//go:embed redis.sh
var script string

func newStore(t *testing.T) login.Store {
	t.Helper()
	server, err := throwaway.Start(throwaway.Program{Package: "scsstore", Needs: "Redis (Debian: redis-server)", Script: script})
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprint("127.0.0.1:", server.Port()), ContextTimeoutEnabled: true})
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	return goredisstore.New(client)
}

func TestStoreOfSCSConforms(t *testing.T) {
	store := newStore(t)
	_, swaps := store.(login.Swapper)
	require.False(t, swaps)
	require.NoError(t, oidctest.TestSessionStore(store))
}

// A session outlives the replica that began it, because the store of scs has it.
func TestStoreOfSCSKeepsSessions(t *testing.T) {
	op, store := oidctest.New(t), newStore(t)
	var replica atomic.Pointer[http.ServeMux]
	app := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { replica.Load().ServeHTTP(w, r) }))
	t.Cleanup(app.Close)
	op.Register(oidctest.Client{RedirectURIs: []string{app.URL + "/auth/callback"}})
	op.AutoLogin("alice")
	browser := visitor.New(t, app.Client().Transport)
	for range 2 {
		replica.Store(newReplica(t, op, store, app.URL))
		require.Equal(t, "hello alice", visitor.Send(t, browser, http.MethodGet, app.URL+"/", visitor.Page()).Body)
	}
	require.Equal(t, 1, op.Requests(oidctest.Authorization), "the second replica knows the session")
}

func newReplica(t *testing.T, op *oidctest.Provider, store login.Store, publicURL string) *http.ServeMux {
	t.Helper()
	auth, err := oidcauth.New(op.Config("api://orders"))
	require.NoError(t, err)
	client, err := provider.New(op.ClientConfig())
	require.NoError(t, err)
	rp, err := login.New(login.Config{
		Authenticator: auth, Providers: []login.Provider{{Client: client}}, PublicURL: publicURL,
		Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")}, Sessions: login.Sessions{Store: store},
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/", rp.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		_, _ = fmt.Fprint(w, "hello ", id.Subject())
	})))
	return mux
}
