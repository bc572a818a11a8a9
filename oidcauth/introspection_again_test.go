package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The token of a new login is accepted although the deny list still contains the logout.
func TestTokenOfANewLoginIsAccepted(t *testing.T) {
	for name, session := range map[string]oidctest.Claims{"of a subject": nil, "of a session": {"sid": "one"}} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil), withLogout)
			require.Empty(t, s.reason(t, "opaque-of-alice"))
			require.Equal(t, http.StatusOK, s.logout(t, nil, session))
			delete(i.answers, "opaque-of-alice")
			require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"))
			i.answers["opaque-again"] = oidctest.Claims{"active": true, "sub": "alice", "aud": audience, "token_type": "Bearer"}
			for range 20 { // every 15 minutes
				require.Empty(t, s.reason(t, "opaque-again"))
				s.Advance(15 * time.Minute)
			}
		})
	}
}

// Some minutes after the logout, the answer is later by every clock, so each token is introspected only once.
func TestTokenIsIntrospectedOnceLongAfterTheLogout(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withLogout)
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	for _, c := range []struct {
		after time.Duration
		asks  int64
	}{{0, 2}, {time.Second, 0}, {5 * time.Minute, 2}, {10 * time.Minute, 1}, {30 * time.Minute, 1}} {
		s.Advance(c.after)
		asked := i.asked.Load()
		for range 3 {
			require.Empty(t, s.reason(t, "opaque-of-alice"))
		}
		require.Equal(t, c.asks, i.asked.Load()-asked, "%s later", c.after)
	}
}

func TestEachLogoutCausesANewIntrospection(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withLogout)
	now := s.Now().Unix()
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	for n := range 3 { // all within a second
		asked := i.asked.Load()
		require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": fmt.Sprint(n), "jti": fmt.Sprint(n), "iat": now}))
		require.Empty(t, s.reason(t, "opaque-of-alice"))
		require.Empty(t, s.reason(t, "opaque-of-alice"))
		require.Equal(t, asked+1, i.asked.Load())
	}
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "last", "jti": "last", "iat": now}))
	delete(i.answers, "opaque-of-alice")
	require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"))
}

// The second answer is checked in full, like a first answer.
func TestSecondAnswerIsCheckedInFull(t *testing.T) {
	for want, change := range map[reason.Reason]oidctest.Claims{
		reason.WrongAudience:     {"aud": "api://invoices"},
		reason.Expired:           {"exp": 1},
		reason.SenderConstrained: {"cnf": oidctest.Claims{"jkt": "x"}},
		reason.WrongTokenType:    {"token_type": "refresh_token"},
		reason.UserNotFound:      {"sub": "mallory"},
		reason.UnknownIssuer:     {"iss": "https://other.example"},
		reason.TokenRevoked:      {"iat": 1},
	} {
		t.Run(string(want), func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil), withLogout)
			require.Empty(t, s.reason(t, "opaque-of-alice"))
			require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
			i.answers["opaque-of-alice"] = merged(i.answers["opaque-of-alice"], change)
			require.Equal(t, want, s.reason(t, "opaque-of-alice"))
			require.Equal(t, want, s.auth.Explain(t.Context(), "opaque-of-alice").Reason)
		})
	}
}

func TestTokenIsRefusedIfTheProviderIsDownAfterALogout(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withLogout)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	i.err = errors.New("down")
	for range 2 {
		require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, "opaque-of-alice"))
		d := s.auth.Explain(t.Context(), "opaque-of-alice")
		require.Equal(t, reason.IntrospectionUnavailable, d.Reason)
		require.Equal(t, decision.Skipped, stepOf(t, d, "user").Outcome, "what was said before the logout counts no more")
	}
	i.err = nil
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

// listing runs a hook if Find is called with other keys than those of tokens. Only the step revocation makes such a call.
type listing struct {
	denylist.Memory
	found func()
}

func (l *listing) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	found, err := l.Memory.Find(ctx, keys...)
	if !strings.HasPrefix(keys[len(keys)-1], "t:") && l.found != nil {
		l.found()
	}
	return found, err
}

// An answer that another logout caused does not cover a logout that arrives meanwhile.
func TestLogoutDuringTheNewIntrospection(t *testing.T) {
	list := &listing{}
	s := newService(t, withOpaqueToken(&introspection{}, nil), withLogout, withConfig(func(c *oidcauth.Config) { list.Now, c.Revocation.DenyList = c.Now, list }))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	s.Advance(2 * time.Second)
	list.found = func() {
		list.found = nil
		require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"jti": "l-2"}))
	}
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

// slowIntrospection answers when the test releases it.
type slowIntrospection struct {
	*introspection
	read, release chan struct{}
}

func (i slowIntrospection) Introspect(ctx context.Context, token string) (claims.Set, error) {
	set, err := i.introspection.Introspect(ctx, token)
	i.read <- struct{}{}
	<-i.release
	return set, err
}

// If an answer was requested before the logout, it does not count, even if it arrives after the logout.
func TestAnswerRequestedBeforeTheLogoutIsRequestedAgain(t *testing.T) {
	i := &introspection{}
	slow := slowIntrospection{introspection: i, read: make(chan struct{}, 2), release: make(chan struct{})}
	list := &denylist.Memory{}
	s := newService(t, withOpaqueToken(i, nil), withLogout, withConfig(func(c *oidcauth.Config) {
		list.Now, c.Revocation.DenyList, c.Issuers[0].Introspection.Client = c.Now, list, slow
	}))
	said := make(chan reason.Reason)
	go func() { said <- s.reason(t, "opaque-of-alice") }()
	<-slow.read
	require.Equal(t, http.StatusOK, s.logout(t, nil, nil))
	delete(slow.answers, "opaque-of-alice")
	close(slow.release)
	require.Equal(t, reason.TokenInactive, <-said)
	require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"))
}

// Replicas share the deny list, and each replica introspects by itself.
func TestReplicaIntrospectsAgainAfterALogout(t *testing.T) {
	p := oidctest.New(t)
	list := &denylist.Memory{Now: p.Now}
	i := &introspection{}
	told := serviceOf(t, p, withOpaqueToken(&introspection{}, nil), withLogout, withDenyList(list))
	other := serviceOf(t, p, withOpaqueToken(i, nil), withLogout, withDenyList(list))
	require.Empty(t, other.reason(t, "opaque-of-alice"))
	require.Equal(t, http.StatusOK, told.logout(t, nil, nil))
	delete(i.answers, "opaque-of-alice")
	require.Equal(t, reason.TokenInactive, other.reason(t, "opaque-of-alice"))
}

// UserInfo states neither sid nor iat.
func TestLogoutIfUserInfoAloneDecides(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client), withLogout, func(p *oidctest.Provider, _ *oidcauth.Config) {
		p.SetUserInfo("alice", nil)
	})
	s = serviceOf(t, s.Provider, withLogout, withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = client, true
	}))
	ended, stays := s.Opaque(audience, alice), s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, ended))
	require.Empty(t, s.reason(t, stays))
	require.NoError(t, client.Revoke(t.Context(), ended, ""))
	require.Empty(t, s.reason(t, ended), "UserInfo's answer is kept")
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one"}))
	asked := s.Requests(oidctest.UserInfo)
	for range 3 {
		require.Equal(t, reason.UserInfoRefused, s.reason(t, ended))
		require.Empty(t, s.reason(t, stays))
	}
	require.Equal(t, asked+2, s.Requests(oidctest.UserInfo))
	require.Empty(t, s.reason(t, s.Opaque(audience, alice)), "a later login")
}
