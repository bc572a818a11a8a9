package oidcauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A user who logs in and out all day does not use up the entries of other users, and no ended session is accepted again.
func TestLogoutsOfOneUserAreBounded(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	list.Entries = 2*share + 20
	session := func(sub string, n int) string {
		return s.Token(audience, oidctest.Claims{"sub": sub, "sid": fmt.Sprint(sub, n), "exp": s.Now().Add(23 * time.Hour).Unix()})
	}
	end := func(sub string, n int) int {
		return s.logout(t, nil, oidctest.Claims{"sub": sub, "sid": fmt.Sprint(sub, n), "jti": fmt.Sprint(sub, n)})
	}
	var ended []string
	for n := range 5 * share {
		ended = append(ended, session("alice", n))
		require.Equal(t, http.StatusOK, end("alice", n))
		s.Advance(time.Minute)
	}
	for _, token := range ended {
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.Empty(t, s.reason(t, session("alice", -1)), "a session that was begun since")
	require.Equal(t, http.StatusOK, end("bob", 1))
	require.Equal(t, reason.TokenRevoked, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "bob", "sid": "bob1"})))
	require.LessOrEqual(t, list.kinds()["s:"], share+1)
	require.Equal(t, 1, list.kinds()["u:"])
	require.LessOrEqual(t, list.kinds()["j:"], 2*share)

	s.Advance(25 * time.Hour)
	before := list.kinds()["s:"]
	require.Equal(t, http.StatusOK, end("alice", 10_000))
	require.Equal(t, before+1, list.kinds()["s:"], "what has ended counts no more")
}

// A logout beyond the quota also ends the user's other sessions, so that no ended session remains.
func TestLogoutBeyondTheQuotaEndsAllTokensOfTheUser(t *testing.T) {
	s := newService(t, withES256(t), withLogout, withRecordingList(&recording{}))
	other := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "other"})
	bobs := s.Token(audience, oidctest.Claims{"sub": "bob", "sid": "other"})
	for n := range share / 2 { // each logout stores a session and a jti
		require.Empty(t, s.reason(t, other))
		require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": fmt.Sprint(n), "jti": fmt.Sprint(n)}))
	}
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "x", "jti": "x"}))
	require.Equal(t, reason.TokenRevoked, s.reason(t, other))
	require.Empty(t, s.reason(t, bobs))
}

func TestReplayBeyondTheQuotaWritesNothing(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	for n := range share / 2 {
		require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": fmt.Sprint(n), "jti": fmt.Sprint(n)}))
	}
	last := s.LogoutToken("orders-client", oidctest.Claims{"sub": "alice", "sid": "x"})
	require.Equal(t, http.StatusOK, s.post(t, last))
	written := len(list.added)
	for range 3 {
		s.Advance(time.Second)
		require.Equal(t, http.StatusOK, s.post(t, last))
	}
	require.Len(t, list.added, written)
	require.Equal(t, http.StatusBadRequest, s.logout(t, nil, oidctest.Claims{"sid": "0", "jti": "0"}), "one that was taken before is known")
}

// The list keeps a jti only while its logout token could be accepted.
func TestLogoutTokenIsStoredWhileItCouldBeAccepted(t *testing.T) {
	const leeway = 10 * time.Minute // the longest leeway that a replica may have
	for name, c := range map[string]struct {
		exp  any
		ends time.Duration
	}{"with exp": {2 * time.Minute, 2*time.Minute + leeway}, "days later": {50 * time.Hour, 50*time.Hour + leeway}, "without": {nil, 5*time.Minute + leeway}} {
		t.Run(name, func(t *testing.T) {
			list := &recording{}
			s := newService(t, withES256(t), withLogout, withRecordingList(list))
			now := time.Unix(s.Now().Unix(), 0)
			claims := oidctest.Claims{"sid": "one", "exp": nil, "iat": now.Unix()}
			if life, ok := c.exp.(time.Duration); ok {
				claims["exp"] = now.Add(life).Unix()
			}
			require.Equal(t, http.StatusOK, s.logout(t, nil, claims))
			for _, e := range list.added {
				if strings.HasPrefix(e.Key, "j:") {
					require.Equal(t, now.Add(c.ends), e.Until)
				} else {
					require.False(t, e.Until.Before(now.Add(24*time.Hour+leeway)), "a token's own leeway outlives MaxTokenLife")
				}
			}
		})
	}
}

// A token with the longest lifetime is accepted until its exp plus the leeway.
func TestLogoutOutlivesTheLeeway(t *testing.T) {
	s := newService(t, withLogout)
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "one", "exp": s.Now().Add(24 * time.Hour).Unix()})
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "one"}))
	s.Advance(24*time.Hour + 30*time.Second)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// The entry for all tokens of a user lasts as long as the longest token, even if short-lived tokens have caused it.
func TestLogoutBeyondTheQuotaLastsAsLongAsAnyToken(t *testing.T) {
	s := newService(t, withES256(t), withLogout, withRecordingList(&recording{}))
	now := s.Now().Unix()
	long := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "x", "iat": now - 1, "exp": now + 20*3600})
	for n := range share + 1 {
		require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(n), "iat": now}), ""))
	}
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "x", "iat": now}))
	s.Advance(time.Hour)
	require.Equal(t, reason.TokenRevoked, s.reason(t, long))
}

// A logout token that arrives late is stored as long as a logout token that arrives at once.
func TestDelayedLogoutTokenIsStoredAsLong(t *testing.T) {
	s := newService(t, withES256(t), withLogout, withRecordingList(&recording{}))
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "x", "exp": s.Now().Add(24 * time.Hour).Unix()})
	at := s.Now().Add(-time.Hour).Unix()
	require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sid": "x", "iat": at}))
	s.Advance(24*time.Hour + 30*time.Second)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}
