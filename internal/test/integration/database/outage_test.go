package database_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/mariadbtest"
	"github.com/knownbearer/knownbearer/internal/test/integration/postgrestest"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// server is one that a test may kill: its own.
type server interface {
	Kill() error
	Restart() error
	Stop() error
}

func onEachServer(t *testing.T, test func(*testing.T, server, backend)) {
	t.Run("PostgreSQL", func(t *testing.T) {
		s, err := postgrestest.Start()
		throwaway.Require(t, err)
		t.Cleanup(func() { assert.NoError(t, s.Stop()) })
		test(t, s, openSchema(t, s))
	})
	t.Run("MariaDB", func(t *testing.T) {
		s, err := mariadbtest.Start()
		throwaway.Require(t, err)
		t.Cleanup(func() { assert.NoError(t, s.Stop()) })
		test(t, s, openDatabase(t, s, ""))
	})
}

const (
	patience = 30 * time.Second
	again    = 20 * time.Millisecond
)

// service is what asks the database: a handler behind an authenticator.
type service struct {
	provider *oidctest.Provider
	auth     *oidcauth.Authenticator
	handler  http.Handler
}

func newService(t *testing.T, users usermap.Finder) service {
	p := oidctest.New(t)
	config := p.Config("api://orders")
	config.Users = users
	config.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return service{p, auth, auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))}
}

func (s service) request(t *testing.T, subject string) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+s.provider.Token("api://orders", oidctest.Claims{"sub": subject}))
	return r
}

func (s service) status(t *testing.T, subject string) int {
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, s.request(t, subject))
	return w.Code
}

func (s service) refuses(t *testing.T, subject string, status int, reason reason.Reason) {
	t.Helper()
	assert.Equal(t, status, s.status(t, subject), subject)
	_, err := s.auth.Check(s.request(t, subject))
	var refused *oidcauth.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, reason, refused.Reason, subject)
}

func TestServiceOutlivesItsDatabase(t *testing.T) {
	onEachServer(t, func(t *testing.T, server server, b backend) {
		createAlice(t, b)
		f := b.finder(t, nil)
		s := newService(t, f)
		require.Equal(t, http.StatusNoContent, s.status(t, "alice"))
		s.refuses(t, "mallory", http.StatusForbidden, reason.UserNotFound)
		for range 2 {
			require.NoError(t, server.Kill())
			fails(t, f, value("alice"))
			s.refuses(t, "alice", http.StatusServiceUnavailable, reason.UserStoreUnavailable)
			s.refuses(t, "mallory", http.StatusServiceUnavailable, reason.UserStoreUnavailable)

			require.NoError(t, server.Restart())
			require.Eventually(t, func() bool { return s.status(t, "alice") == http.StatusNoContent }, patience, again)
			s.refuses(t, "mallory", http.StatusForbidden, reason.UserNotFound)
			assert.Equal(t, []string{"1"}, find(t, f, value("alice")))
		}
	})
}

func TestServerKilledDuringALookupIsAFailure(t *testing.T) {
	onEachServer(t, func(t *testing.T, server server, b backend) {
		createAlice(t, b)
		endless := b.statement(t, b.pick("",
			`SELECT CAST(? AS TEXT) AS value, 1 AS id, 1 AS enabled FROM pg_sleep(3600)`,
			`SELECT ? AS value, SLEEP(3600) AS id, 1 AS enabled`))
		running := b.pick("",
			`SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`,
			`SELECT count(*) FROM information_schema.processlist WHERE state = 'User sleep'`)
		ended := make(chan error, 1)
		go func() {
			_, err := endless.FindUsers(t.Context(), value("alice"))
			ended <- err
		}()
		require.Eventually(t, func() bool {
			var n int
			return b.QueryRowContext(t.Context(), running).Scan(&n) == nil && n == 1
		}, patience, again)
		require.NoError(t, server.Kill())
		select {
		case err := <-ended:
			require.Error(t, err)
		case <-time.After(patience):
			require.Fail(t, "the lookup waits for a server that is gone")
		}
		assert.Zero(t, b.Stats().InUse)

		require.NoError(t, server.Restart())
		f := b.finder(t, nil)
		require.Eventually(t, func() bool {
			users, err := f.FindUsers(t.Context(), value("alice"))
			return err == nil && len(users) == 1
		}, patience, again)
	})
}

func TestOutageIsNeverAUserThatIsNotThere(t *testing.T) {
	onEachServer(t, func(t *testing.T, server server, b backend) {
		createAlice(t, b)
		f := b.finder(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		var lookups sync.WaitGroup
		for range 4 {
			lookups.Go(func() {
				for ctx.Err() == nil {
					if users, err := f.FindUsers(ctx, value("alice")); err == nil {
						assert.Len(t, users, 1)
					}
				}
			})
		}
		t.Cleanup(lookups.Wait)
		t.Cleanup(cancel)
		for range 3 {
			require.NoError(t, server.Kill())
			require.NoError(t, server.Restart())
			require.Eventually(t, func() bool {
				_, err := f.FindUsers(t.Context(), value("alice"))
				return err == nil
			}, patience, again)
		}
	})
}
