package oidcauth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// embedding is a deny list of the application that inherits all methods of a Memory except Add and Find.
type embedding struct {
	denylist.Memory // stays empty

	mu   sync.Mutex
	kept map[string]denylist.Entry
}

func (l *embedding) Add(_ context.Context, e denylist.Entry) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, known := l.kept[e.Key]
	if known {
		e = old.With(e)
	}
	if l.kept == nil {
		l.kept = map[string]denylist.Entry{}
	}
	l.kept[e.Key] = e
	return !known, nil
}

func (l *embedding) Find(_ context.Context, keys ...string) ([]denylist.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []denylist.Entry
	for _, k := range keys {
		if e, ok := l.kept[k]; ok {
			out = append(out, e)
		}
	}
	return out, nil
}

// The embedded Memory is empty although the list has entries, so Empty of an embedded Memory is ignored.
func TestListThatEmbedsAMemoryIsRead(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Revocation.DenyList, c.Issuers[0].LogoutAudience = &embedding{}, []string{"orders-client"}
	})
	revoked, loggedOut := s.Token(audience, alice), s.Token(audience, oidctest.Claims{"sub": "bob"})
	for _, token := range []string{revoked, loggedOut} {
		require.Empty(t, s.reason(t, token))
		require.Empty(t, s.reason(t, token), "it is kept now")
	}
	require.NoError(t, s.auth.Revoke(t.Context(), revoked, ""))
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sub": "bob"}))
	require.Equal(t, reason.TokenRevoked, s.reason(t, revoked))
	require.Equal(t, reason.TokenRevoked, s.reason(t, loggedOut))
}
