package oidcauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// In an opaque token with dots, the part after the last dot is not a signature, so the deny list compares it.
func TestRevokingAnOpaqueTokenWithDotsRevokesNoOther(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Owns = func(token string) bool { return strings.HasPrefix(token, "v4.local.") }
	}))
	i.answers["v4.local.alice"], i.answers["v4.local.bob"] = i.answers["opaque-of-alice"], i.answers["opaque-of-alice"]
	require.Empty(t, s.reason(t, "v4.local.bob"))
	require.NoError(t, s.auth.Revoke(t.Context(), "v4.local.alice", ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, "v4.local.alice"))
	require.Empty(t, s.reason(t, "v4.local.bob"))
}

// trimming is an Introspector that ignores characters around a token.
type trimming struct{ *introspection }

func (i trimming) Introspect(ctx context.Context, token string) (claims.Set, error) {
	return i.introspection.Introspect(ctx, strings.TrimSpace(token))
}

// Revoke refuses a text that no request could send as a token.
func TestRevokeAcceptsOnlyTokensThatARequestCouldSend(t *testing.T) {
	list := &denylist.Memory{Entries: 1}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Client, c.Revocation.DenyList = trimming{i}, list
	}))
	for _, odd := range []string{"", " ", "opaque-of-alice\n", "opaque-of-alice x", "\"opaque-of-alice\"", "opaque-of-alice\x00"} {
		var refused *oidcauth.Error
		require.ErrorAs(t, s.auth.Revoke(t.Context(), odd, "access_token"), &refused, "%q", odd)
		require.Equal(t, reason.MalformedRequest, refused.Reason)
	}
	require.NoError(t, s.auth.Revoke(t.Context(), " opaque-of-alice", ""), "blanks before it are read over in a request as well")
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
}

// The sender of a revoked token can close the connection: this does not count as a failure of the list.
func TestAbortedRequestDoesNotFailOpen(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.InsecureFailOpen = true })
	token := s.Token(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, ran := s.answer(withHeaders("Bearer " + token).WithContext(gone))
	require.False(t, ran)
}

// Replicas that share a list may differ in clock and leeway.
func TestRevocationIsStoredForTheLongestLeeway(t *testing.T) {
	p := oidctest.New(t)
	list := &denylist.Memory{Now: p.Now}
	withLeeway := func(leeway time.Duration) option {
		return withConfig(func(c *oidcauth.Config) { c.Issuers[0].Leeway = oidcauth.Exactly(leeway) })
	}
	strict, lenient := serviceOf(t, p, withDenyList(list), withLeeway(0)), serviceOf(t, p, withDenyList(list), withLeeway(10*time.Minute))
	token := p.Token(audience, alice)
	require.NoError(t, strict.auth.Revoke(t.Context(), token, ""))
	p.Advance(15*time.Minute - 2*time.Second)
	require.Equal(t, reason.TokenRevoked, lenient.reason(t, token))
	require.Equal(t, reason.Expired, strict.reason(t, token))
}

// The provider verifies an introspected JWT in every spelling of its signature, so each spelling is revoked.
func TestRevocationCoversEverySpellingOfAnIntrospectedJWT(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withIntrospectedJWTs)
	token := s.Token(audience, alice)
	other := token[:len(token)-4] + "AAAA"
	i.answers[token], i.answers[other] = i.answers["opaque-of-alice"], i.answers["opaque-of-alice"]
	require.Empty(t, s.reason(t, other))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, other))
}

func TestRevokedOpaqueTokenIsNotIntrospected(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	require.NoError(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""))
	asked := i.asked.Load()
	s.Advance(2 * time.Minute)
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
	require.Equal(t, asked, i.asked.Load())
}

// storedKey is the key of an entry as each version writes it to a list that replicas share.
func storedKey(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00") + "\x00"))
	return kind + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Entries of other versions remain valid. An earlier version stored an opaque token unchanged.
func TestEntriesOfAnotherVersionStayDenied(t *testing.T) {
	for name, c := range map[string]struct {
		token func(service) string
		key   func(s service, token string) string
	}{
		"opaque token": {
			func(service) string { return "opaque-of-bob" },
			func(_ service, token string) string { return storedKey("t:", token) },
		},
		"opaque token with padding": {
			func(service) string { return "opaque+of/bob==" },
			func(_ service, token string) string { return storedKey("t:", token) },
		},
		"opaque token with padding, as it is kept now": {
			func(service) string { return "opaque+of/bob==" },
			func(service, string) string { return storedKey("t:", "~opaque-of_bob") },
		},
		"JWT": {
			func(s service) string { return s.Token(audience, alice) },
			func(_ service, token string) string {
				return storedKey("t:", token[:strings.LastIndexByte(token, '.')])
			},
		},
		"session": {
			func(s service) string { return s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "s-1"}) },
			func(s service, _ string) string { return storedKey("s:", s.Issuer(), "s-1") },
		},
		"subject": {
			func(s service) string { return s.Token(audience, oidctest.Claims{"sub": "alice", "sid": "s-1"}) },
			func(s service, _ string) string { return storedKey("u:", s.Issuer(), "alice") },
		},
		"subject without session": {
			func(s service) string { return s.Token(audience, alice) },
			func(s service, _ string) string { return storedKey("n:", s.Issuer(), "alice") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			list := &denylist.Memory{}
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil), withDenyList(list))
			token := c.token(s)
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Empty(t, s.reason(t, token))
			_, err := list.Add(t.Context(), denylist.Entry{Key: c.key(s, token), Until: time.Now().Add(time.Hour)})
			require.NoError(t, err)
			require.Equal(t, reason.TokenRevoked, s.reason(t, token))
		})
	}
}

// A caller of Revoke cannot fill the list with tokens that were never issued.
func TestRevocationsOfForgedAndExpiredTokensAreNotStored(t *testing.T) {
	list := &denylist.Memory{Entries: 1}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = list })
	good := s.Token(audience, alice)
	at := strings.LastIndexByte(good, '.') + 1
	for want, token := range map[reason.Reason]string{
		reason.InvalidSignature: good[:at] + strings.Repeat("A", len(good)-at),
		reason.KeyNotFound:      s.Forge(oidctest.Forgery{Header: map[string]any{"kid": "x"}, Claims: alice}),
		reason.Expired:          s.Token(audience, oidctest.Claims{"exp": s.Now().Add(-time.Hour).Unix()}),
		reason.InvalidClaims:    s.Token(audience, oidctest.Claims{"exp": nil}),
		reason.WrongTokenType:   s.Forge(oidctest.Forgery{Header: map[string]any{"typ": "logout+jwt"}, Claims: logoutClaims(nil)}),
	} {
		var refused *oidcauth.Error
		require.ErrorAs(t, s.auth.Revoke(t.Context(), token, ""), &refused)
		require.Equal(t, want, refused.Reason)
	}
	require.NoError(t, s.auth.Revoke(t.Context(), good, ""), "there is room still")
}
