package settings_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const bothDocument = `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders", "api://invoices"]}}}`

var bob = oidctest.Claims{"sub": "bob"}

func TestChangedDocumentIsUsedWithTheStateOfTheFormerOne(t *testing.T) {
	w := watch(t, oidctest.New(t), ordersDocument, nil)
	before := w.Authenticator()
	revoked, good, invoice := w.Token(audience, oidctest.Claims{"sub": "alice"}), w.Token(audience, bob), w.Token("api://invoices", bob)
	require.Empty(t, reasonOf(t, before, good))
	require.NoError(t, before.Revoke(t.Context(), revoked, "access_token"))
	require.Equal(t, reason.WrongAudience, reasonOf(t, before, invoice))
	fetched := w.Requests(oidctest.JWKS)

	w.write(t, "settings.json", bothDocument)
	require.Same(t, before, w.Authenticator(), "10 s have not passed")
	after := w.settle()
	require.NotSame(t, before, after)
	require.Empty(t, reasonOf(t, after, invoice))
	require.Empty(t, reasonOf(t, after, good))
	require.Equal(t, reason.TokenRevoked, reasonOf(t, after, revoked))
	require.Equal(t, reason.WrongAudience, reasonOf(t, before, invoice), "requests that have begun end with the former configuration")
	require.Equal(t, fetched, w.Requests(oidctest.JWKS), "the keys are those of the former configuration")

	require.Len(t, w.reloads(), 1)
	require.Empty(t, w.reloads()[0].Reload.Fault)
	require.Equal(t, w.file, w.reloads()[0].Reload.Source)
	require.NotNil(t, after.Status().Reload)
}

// The second issuer changes; the first one keeps its cached tokens and counters.
func TestUnchangedIssuerKeepsItsCache(t *testing.T) {
	document := func(audience string) string {
		return `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"]},
			"other": {"issuer": "https://other.example", "audience": ["` + audience + `"], "keys": [{"pem": {"file": "other.pem"}}]}}}`
	}
	certificate, err := os.ReadFile("testdata/cert.pem")
	require.NoError(t, err)
	w := watch(t, oidctest.New(t), document("a"), map[string]string{"other.pem": string(certificate)})
	token := w.Token(audience, bob)
	require.Empty(t, reasonOf(t, w.Authenticator(), token))
	before := w.Authenticator().Status().Caches[0]
	w.write(t, "settings.json", document("b"))
	after := w.settle()
	require.Empty(t, reasonOf(t, after, token))
	status := after.Status()
	require.Equal(t, []string{"b"}, status.Issuers[1].Audience)
	require.Equal(t, before.Misses, status.Caches[0].Misses)
	require.Greater(t, status.Caches[0].Hits, before.Hits)
}

// A cached token is judged by the rules of the new configuration.
func TestCachedTokenIsJudgedByTheNewRules(t *testing.T) {
	w := watch(t, oidctest.New(t), bothDocument, nil)
	invoice := w.Token("api://invoices", bob)
	require.Empty(t, reasonOf(t, w.Authenticator(), invoice))
	require.Empty(t, reasonOf(t, w.Authenticator(), invoice))
	w.write(t, "settings.json", ordersDocument)
	require.Equal(t, reason.WrongAudience, reasonOf(t, w.settle(), invoice))
}

func TestDocumentWithFaultsChangesNothingAndIsToldOnce(t *testing.T) {
	for name, text := range map[string]string{
		"half-written": `{"providers": {"corp": {"issuer": "ISS`,
		"refused":      `{"providers": {"corp": {"issuer": "ISSUER"}}}`,
		"misspelt":     `{"providers": {"corp": {"issuers": "ISSUER", "audience": ["api://orders"]}}}`,
		"empty":        ``,
	} {
		t.Run(name, func(t *testing.T) {
			w := watch(t, oidctest.New(t), ordersDocument, nil)
			before := w.Authenticator()
			w.write(t, "settings.json", text)
			require.Same(t, before, w.settle())
			for range 5 {
				require.Same(t, before, w.settle())
			}
			require.Len(t, w.reloads(), 1)
			require.NotEmpty(t, w.reloads()[0].Reload.Fault)
			require.NotEmpty(t, before.Status().Reload.Fault)
			require.Contains(t, reloadOutcomes(before.Diagnose(t.Context())), decision.Failed)

			w.write(t, "settings.json", ordersDocument)
			require.Same(t, before, w.settle(), "the configuration in use is in the file again")
			require.Len(t, w.reloads(), 2)
			require.Empty(t, before.Status().Reload.Fault)
			require.NotContains(t, reloadOutcomes(before.Diagnose(t.Context())), decision.Failed)
		})
	}
}

func reloadOutcomes(findings []decision.Finding) (out []decision.Outcome) {
	for _, f := range findings {
		if f.Subject == "reload" {
			out = append(out, f.Outcome)
		}
	}
	return out
}

// A file that is being written is never used, even if its beginning is a whole document.
func TestFileThatIsBeingWrittenIsNotUsed(t *testing.T) {
	w := watch(t, oidctest.New(t), ordersDocument, nil)
	before := w.Authenticator()
	w.write(t, "settings.json", bothDocument)
	w.Advance(10 * time.Second)
	require.Same(t, before, w.Authenticator(), "seen once")
	w.write(t, "settings.json", bothDocument+"\n\n")
	w.Advance(time.Second)
	require.Same(t, before, w.Authenticator(), "it is another text")
	w.Advance(time.Second)
	require.NotSame(t, before, w.Authenticator(), "seen twice")
	require.Len(t, w.reloads(), 1)
}

func TestChangedSecretFileIsAChange(t *testing.T) {
	w := watch(t, oidctest.New(t), `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"],
		"client": {"clientID": "api:orders", "auth": {"method": "client_secret_basic", "secret": {"file": "secret"}}}, "introspection": {"client": true}}}}`,
		map[string]string{"secret": "a wrong secret"})
	opaque := w.Opaque(audience, bob)
	before := w.Authenticator()
	require.Equal(t, reason.IntrospectionUnavailable, reasonOf(t, before, opaque))
	w.write(t, "secret", oidctest.ClientSecret)
	after := w.settle()
	require.NotSame(t, before, after)
	require.Empty(t, reasonOf(t, after, opaque))
}

// Kubernetes mounts a folder ..data that is a symbolic link, and replaces the link. Each file is a link into it.
func TestReplacedMountOfKubernetesIsNoticed(t *testing.T) {
	w := &watched{Provider: oidctest.New(t), dir: t.TempDir()}
	mount := func(version, text string) {
		dir := filepath.Join(w.dir, version)
		require.NoError(t, os.Mkdir(dir, 0o700))
		w.write(t, filepath.Join(version, "settings.json"), text)
		link := filepath.Join(w.dir, "..data_tmp")
		require.NoError(t, os.Symlink(version, link))
		require.NoError(t, os.Rename(link, filepath.Join(w.dir, "..data")))
	}
	mount("..2026_01", ordersDocument)
	w.file = filepath.Join(w.dir, "settings.json")
	require.NoError(t, os.Symlink(filepath.Join("..data", "settings.json"), w.file))
	w.start(t)
	before := w.Authenticator()
	require.Same(t, before, w.settle())
	mount("..2026_02", bothDocument)
	require.NoError(t, os.RemoveAll(filepath.Join(w.dir, "..2026_01")))
	require.Empty(t, reasonOf(t, w.settle(), w.Token("api://invoices", bob)))
}

// An editor writes another file and renames it. In between, the file may not exist.
func TestRenameOfAnEditorIsNoticed(t *testing.T) {
	w := watch(t, oidctest.New(t), ordersDocument, nil)
	before := w.Authenticator()
	require.NoError(t, os.Rename(w.file, w.file+"~"))
	w.Advance(10 * time.Second)
	require.Same(t, before, w.Authenticator())
	w.write(t, ".settings.json.swp", bothDocument)
	require.NoError(t, os.Rename(filepath.Join(w.dir, ".settings.json.swp"), w.file))
	w.Advance(time.Second)
	require.Same(t, before, w.Authenticator())
	w.Advance(time.Second)
	require.Empty(t, reasonOf(t, w.Authenticator(), w.Token("api://invoices", bob)))
	require.Len(t, w.reloads(), 1)
	require.Empty(t, w.reloads()[0].Reload.Fault, "the file was missing at one look only")
}

// A new issuer without keys does not become active, until its keys are there or the time is over.
func TestNewIssuerWaitsForItsKeys(t *testing.T) {
	other := oidctest.New(t)
	document := `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"]},
		"other": {"issuer": "` + other.Issuer() + `", "audience": ["api://orders"], "keys": [{"discovered": {"refresh": {"interval": "1s"}}}]}}}`
	for name, ends := range map[string]bool{"the outage ends": true, "the time is over": false} {
		t.Run(name, func(t *testing.T) {
			other.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusInternalServerError})
			defer other.Fail(oidctest.JWKS, oidctest.Fault{})
			w := watch(t, oidctest.New(t), ordersDocument, nil)
			before := w.Authenticator()
			w.write(t, "settings.json", document)
			require.Same(t, before, w.settle())
			w.Advance(5 * time.Second)
			require.Same(t, before, w.Authenticator())
			if ends {
				other.Fail(oidctest.JWKS, oidctest.Fault{})
			}
			require.Eventually(t, func() bool {
				w.Advance(2 * time.Second)
				return w.Authenticator() != before
			}, 10*time.Second, time.Millisecond)
			if ends {
				require.Empty(t, reasonOf(t, w.Authenticator(), other.Token(audience, bob)))
			}
			require.Len(t, w.reloads(), 1)
		})
	}
}

func TestHandlerServesWithTheConfigurationInUse(t *testing.T) {
	w := watch(t, oidctest.New(t), ordersDocument, nil)
	builds := 0
	h := w.Handler(func(auth *oidcauth.Authenticator) http.Handler {
		builds++
		return auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	})
	status := func() int {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+w.Token("api://invoices", bob))
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	require.Equal(t, http.StatusUnauthorized, status())
	w.write(t, "settings.json", bothDocument)
	w.settle()
	require.Equal(t, http.StatusOK, status())
	require.Equal(t, http.StatusOK, status())
	require.Equal(t, 2, builds)
}

func TestDocumentThatCannotBeUsedIsNotWatched(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	_, err := settings.Watch(file, settings.WatchOptions{})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(ordersDocument, "ISSUER", "https://sso.example.com")), 0o600))
	_, err = settings.Watch(file, settings.WatchOptions{MaxWait: 2 * time.Hour})
	require.Error(t, err)
}

// A database stays open while the configuration in use names it.
func TestDatabaseIsOpenedOnceAndClosedAfterItsLastUse(t *testing.T) {
	const users = `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["AUDIENCE"]}}, "users": {"sql": {"driver": "sqlite",
		"dsn": {"env": "USERS_DSN"}, "dialect": "sqlite", "table": "a", "valueColumn": "v", "idColumn": "i"}}}`
	w := &watched{Provider: oidctest.New(t), dir: t.TempDir()}
	w.file = filepath.Join(w.dir, "settings.json")
	w.write(t, "settings.json", strings.ReplaceAll(users, "AUDIENCE", audience))
	var opened []*sql.DB
	o := options
	o.OpenDB = func(string, string) (*sql.DB, error) {
		opened = append(opened, sql.OpenDB(noConnector{}))
		return opened[len(opened)-1], nil
	}
	var err error
	w.Watcher, err = settings.Watch(w.file, settings.WatchOptions{Options: o, Adapt: w.adapt})
	require.NoError(t, err)
	closed := func() bool { return strings.Contains(opened[0].PingContext(t.Context()).Error(), "closed") }
	before := w.Authenticator()
	w.write(t, "settings.json", strings.ReplaceAll(users, "AUDIENCE", "api://other"))
	require.NotSame(t, before, w.settle())
	w.Advance(time.Hour)
	w.settle()
	require.Len(t, opened, 1)
	require.False(t, closed())
	w.write(t, "settings.json", ordersDocument)
	w.settle()
	require.False(t, closed(), "a request may still use it")
	w.Advance(time.Minute)
	w.settle()
	require.True(t, closed())
	require.NoError(t, w.Watcher.Close())
}

func TestRunNoticesAChangeWithoutARequest(t *testing.T) {
	w := watch(t, oidctest.New(t), ordersDocument, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	w.write(t, "settings.json", bothDocument)
	require.Eventually(t, func() bool {
		w.Advance(10 * time.Second)
		return len(w.reloads()) == 1
	}, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}
