package settings_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const watchedLogin = `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], CLIENT, "leeway": "LEEWAY", "login": {"acrValues": ["ACR"]}}},
	"login": {"publicURL": "APP", "keys": [{"env": "SESSION_KEY"}], "sessions": {"idle": "IDLE"}}}`

// watchSite serves a document that can change.
func watchSite(t *testing.T) (s *site, w *watched, change func(values ...string)) {
	t.Helper()
	s = newSite(t)
	document := func(values ...string) string {
		text := strings.NewReplacer(values...).Replace(watchedLogin)
		return s.document(strings.NewReplacer("LEEWAY", "1m", "ACR", "mfa", "IDLE", "1h").Replace(text))
	}
	w = watch(t, s.Provider, document(), nil)
	s.serve(w.Handler(func(*oidcauth.Authenticator) http.Handler { return pages(w.RelyingParty()) }))
	return s, w, func(values ...string) {
		w.write(t, "settings.json", document(values...))
		w.settle()
	}
}

func TestUsersStaySignedInWhenTheDocumentChanges(t *testing.T) {
	s, w, change := watchSite(t)
	b := s.browser(t)
	_, shown := s.open(t, b, "/a")
	require.Equal(t, "/a alice", shown)
	before, logins := w.RelyingParty(), s.Requests(oidctest.TokenEndpoint)

	change("LEEWAY", "30s")
	require.Same(t, before, w.RelyingParty(), "nothing of the login has changed")
	change("ACR", "phr")
	require.NotSame(t, before, w.RelyingParty())
	require.Len(t, w.reloads(), 2)

	_, shown = s.open(t, b, "/b")
	require.Equal(t, "/b alice", shown)
	require.Equal(t, logins, s.Requests(oidctest.TokenEndpoint), "no one signed in anew")
	_, _ = s.open(t, s.browser(t), "/c")
	require.Equal(t, "phr", s.AuthorizationRequest().Get("acr_values"))
}

// A login that begins before a change ends after it.
func TestLoginGoesOnAfterAChange(t *testing.T) {
	s, _, change := watchSite(t)
	s.AutoLogin("")
	b := s.browser(t)
	_, form := s.open(t, b, "/a")
	require.Contains(t, form, "<form")
	change("ACR", "phr")
	s.AutoLogin("alice")
	_, shown := s.open(t, b, "/a")
	require.Equal(t, "/a alice", shown)
}

func TestLoginWithFaultsChangesNothing(t *testing.T) {
	s, w, change := watchSite(t)
	before := w.RelyingParty()
	change("IDLE", "1ms")
	require.Same(t, before, w.RelyingParty())
	require.Len(t, w.reloads(), 1)
	require.Contains(t, w.reloads()[0].Reload.Fault, "login.sessions.idle")
	_, shown := s.open(t, s.browser(t), "/a")
	require.Equal(t, "/a alice", shown)
	change("IDLE", "2m")
	require.NotSame(t, before, w.RelyingParty())
}

func TestLoginAppearsAndGoes(t *testing.T) {
	s, w, change := watchSite(t)
	w.write(t, "settings.json", s.document(`{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"]}}}`))
	w.settle()
	require.Nil(t, w.RelyingParty())
	change()
	require.NotNil(t, w.RelyingParty())
}

// Sessions end at the time of the new document.
func TestNewTimesOfSessionsApply(t *testing.T) {
	s, _, change := watchSite(t)
	b := s.browser(t)
	_, _ = s.open(t, b, "/a")
	change("IDLE", "1m")
	_, _ = s.open(t, b, "/a")
	logins := s.Requests(oidctest.TokenEndpoint)
	s.Advance(10 * time.Minute)
	_, _ = s.open(t, b, "/a")
	require.Greater(t, s.Requests(oidctest.TokenEndpoint), logins)
}
