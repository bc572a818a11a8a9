package oidcauth_test

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// changing is a source whose only key can be changed.
type changing struct {
	key atomic.Pointer[certsource.Key]
}

func (c *changing) Keys(certsource.Query) ([]certsource.Key, error) {
	return []certsource.Key{*c.key.Load()}, nil
}

// gate lets the first request for keys hang or panic until the test releases it.
type gate struct {
	certsource.Source
	first   atomic.Bool
	entered chan struct{}
	leave   chan struct{}
}

func (g *gate) Keys(q certsource.Query) ([]certsource.Key, error) {
	if g.first.CompareAndSwap(false, true) {
		close(g.entered)
		<-g.leave
		panic("a broken source")
	}
	return g.Source.Keys(q)
}

// The first request with a token may hang and panic: the other requests end by their own context, and later requests are served.
func TestFirstRequestThatHangsAndPanicsDoesNotAffectOthers(t *testing.T) {
	g := &gate{entered: make(chan struct{}), leave: make(chan struct{})}
	w := newWorld(t)
	key := certsource.Key{ID: "k1", Public: es256().public, Issuer: idp}
	ring := &changing{}
	ring.key.Store(&key)
	g.Source = ring
	w.start(t, func(config *oidcauth.Config) { config.Issuers[0].Keys, config.Revocation.DenyList = g, emptyList{} })
	token := verdict{}.token()
	var wg sync.WaitGroup
	wg.Go(func() {
		assert.Panics(t, func() { _, _ = w.auth.Check(withHeaders("Bearer " + token)) })
	})
	<-g.entered
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.Empty(t, reasonOf(t, w.auth, withHeaders("Bearer "+token).WithContext(gone)), "it waits for no other request")
	close(g.leave)
	wg.Wait()
	for range 8 {
		wg.Go(func() { assert.Empty(t, reasonOf(t, w.auth, withHeaders("Bearer "+token))) })
	}
	wg.Wait()
}

// The cache finds a token by its exact text only, so a text that resembles a cached token is not served from the cache.
func TestCachedTokenIsFoundByItsExactTextOnly(t *testing.T) {
	w := newWorld(t)
	w.start(t, nil)
	token, bearer := verdict{}.token(), verdict{}.request()
	require.Empty(t, w.judge(t, bearer, token))
	at := strings.LastIndexByte(token, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[at:])
	require.NoError(t, err)
	order, ok := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	require.True(t, ok)
	order.Sub(order, new(big.Int).SetBytes(signature[32:])).FillBytes(signature[32:])
	require.Empty(t, w.judge(t, bearer, token[:at]+base64.RawURLEncoding.EncodeToString(signature)))
	require.Equal(t, 2, w.auth.Status().Caches[0].Entries)
	for _, near := range []string{
		token + "=", token + "A", token[:at], token[:len(token)-1], token[:at] + strings.Repeat("A", 86), strings.ToUpper(token), "." + token,
		token + ".",
	} {
		require.NotEmpty(t, w.judge(t, bearer, near), near)
	}
	require.Equal(t, 2, w.auth.Status().Caches[0].Entries)
}

// Tokens of the greatest allowed size do not exceed the cache's bound on memory.
func TestCachedTokensWithHugeClaimsAreBounded(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Cache.Bytes = 4 << 20 })
	huge := strings.Repeat("x", 20<<10)
	for i := range 200 {
		require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "n": i, "x": huge})))
	}
	stats := s.auth.Status().Caches[0]
	require.LessOrEqual(t, stats.Bytes, 4<<20)
	require.NotZero(t, stats.Entries)
	require.GreaterOrEqual(t, stats.Bytes, stats.Entries*len(huge), "an entry is counted with its claims")
}

// A cached token is accepted only while the source has the key that verified it. Another key with the same kid does not count,
// and neither does the same key for another issuer or algorithm.
func TestCachedTokenEndsWhenItsKeyIsChanged(t *testing.T) {
	other := newEC("ES256", elliptic.P256(), crypto.SHA256).public
	for name, c := range map[string]struct {
		change func(*certsource.Key)
		want   reason.Reason
	}{
		"other key, same kid": {func(k *certsource.Key) { k.Public = other }, reason.InvalidSignature},
		"other algorithm":     {func(k *certsource.Key) { k.Algorithm = "ES384" }, reason.KeyNotFound},
		"other issuer":        {func(k *certsource.Key) { k.Issuer = "https://other.example" }, reason.KeyNotFound},
		"the same":            {func(*certsource.Key) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			key := certsource.Key{ID: "k1", Public: es256().public, Issuer: idp}
			source := &changing{}
			source.key.Store(&key)
			w := newWorld(t)
			w.start(t, func(config *oidcauth.Config) { config.Issuers[0].Keys = source })
			token, bearer := verdict{}.token(), verdict{}.request()
			require.Empty(t, w.judge(t, bearer, token))
			changed := key
			c.change(&changed)
			source.key.Store(&changed)
			w.advance(time.Second)
			require.Equal(t, c.want, w.judge(t, bearer, token))
		})
	}
}

// A cached user belongs to the value of the query. Another value may belong to another user, or to no user.
func TestCachedUserBelongsToTheValueOfItsQuery(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		info, err := p.UserInfoClient()
		require.NoError(t, err)
		p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Claims.User = info, claims.Name("email")
		c.Users = usermap.NewTable(
			usermap.Entry{Value: "alice@corp.example", User: person("7", true)}, usermap.Entry{Value: "al@corp.example", User: person("8", true)},
		)
		c.Cache.MaxAge, c.Cache.UserMaxAge = time.Hour, time.Hour
	})
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(time.Hour).Unix()})
	for _, c := range []struct{ email, user string }{{"alice@corp.example", "7"}, {"al@corp.example", "8"}, {"nobody@corp.example", ""}} {
		s.SetUserInfo("alice", oidctest.Claims{"email": c.email})
		s.Advance(5 * time.Minute)
		id, _ := s.auth.Check(withHeaders("Bearer " + token))
		require.Equal(t, c.user, id.User().ID, c.email)
	}
}

// queue is a source that blocks every request until the test releases it, and counts the requests.
type queue struct {
	certsource.Source
	asked atomic.Int64
	leave chan struct{}
}

func (s *queue) Keys(q certsource.Query) ([]certsource.Key, error) {
	s.asked.Add(1)
	<-s.leave
	return s.Source.Keys(q)
}

// A request that arrives while its token is verified for the first time waits, and takes the result.
func TestConcurrentRequestsWithANewTokenVerifyItOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := certsource.Key{ID: "k1", Public: es256().public, Issuer: idp}
		ring := &changing{}
		ring.key.Store(&key)
		source := &queue{Source: ring, leave: make(chan struct{})}
		w := newWorld(t)
		w.start(t, func(config *oidcauth.Config) { config.Issuers[0].Keys = source })
		token := verdict{}.token()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { assert.Empty(t, reasonOf(t, w.auth, withHeaders("Bearer "+token))) })
		}
		synctest.Wait()
		close(source.leave)
		wg.Wait()
		require.EqualValues(t, 1, source.asked.Load())
	})
}
