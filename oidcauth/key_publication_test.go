package oidcauth_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	burst     = 3  // the number of fetches at once
	rotations = 5  // the number of rotations in each test
	together  = 32 // the number of requests at a time
)

// rotating is a provider that changes its signing key from time to time, and publishes the last two keys.
type rotating struct {
	*survivor
	n    int
	last string // JWK
	kid  string
	key  *signingKey
}

func newRotating(t *testing.T) *rotating {
	r := &rotating{survivor: newSurvivor(t), last: jwkOf("k1", "", es256().public), kid: "k1", key: es256()}
	require.Empty(t, r.ask(t, r.good()))
	return r
}

// renew makes the next key, and returns how it is published.
func (r *rotating) renew() (publish func()) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	r.n++
	r.kid = fmt.Sprint("rotated", r.n)
	r.key = &signingKey{"EdDSA", public, func(input string) []byte { return ed25519.Sign(private, []byte(input)) }}
	before, now := r.last, jwkOf(r.kid, "", public)
	r.last = now
	return func() { r.publish(before, now) }
}

func (r *rotating) good() string { return r.token(r.kid, r.key, true, "") }

// all sends every token at the same time, and counts the reasons of refusal.
func (r *rotating) all(tokens ...string) map[reason.Reason]int {
	var mu sync.Mutex
	var asking sync.WaitGroup
	said := map[reason.Reason]int{}
	for i := range together {
		asking.Go(func() {
			reason := r.verdict(tokens[i%len(tokens)])
			mu.Lock()
			defer mu.Unlock()
			said[reason]++
		})
	}
	asking.Wait()
	return said
}

func (r *rotating) verdict(token string) reason.Reason {
	_, err := r.auth.Check(withHeaders("Bearer " + token))
	if err == nil {
		return ""
	}
	return err.(*oidcauth.Error).Reason
}

var allServed = map[reason.Reason]int{"": together}

func TestKeyPublishedBeforeItsFirstUseVerifies(t *testing.T) {
	r := newRotating(t)
	for range rotations {
		old := r.good()
		r.renew()()
		fetched := r.count(keysHost)
		r.advance(10*time.Minute + 1)
		require.Eventually(t, func() bool {
			r.advance(time.Second) // the key of a cached token is looked for once a second
			return r.ask(t, old) == "" && r.count(keysHost) > fetched
		}, watchdog, time.Millisecond)
		require.Equal(t, allServed, r.all(old, r.good()))
	}
}

func TestKeyPublishedWithItsFirstUseVerifies(t *testing.T) {
	r := newRotating(t)
	for range rotations {
		old := r.good()
		r.renew()()
		r.advance(interval)
		require.Equal(t, allServed, r.all(old, r.good()))
	}
	require.LessOrEqual(t, r.count(keysHost), 1+2*rotations, "one fetch for all; two where one was under way")
}

func TestKeyPublishedAfterItsFirstUseVerifies(t *testing.T) {
	r := newRotating(t)
	for range rotations {
		old := r.good()
		publish := r.renew()
		r.advance(interval)
		require.Equal(t, map[reason.Reason]int{"": together / 2, reason.KeyNotFound: together / 2}, r.all(old, r.good()))
		publish()
		r.advance(interval)
		require.Equal(t, allServed, r.all(old, r.good()), "seen within the interval")
	}
}

// An attacker sends unknown kids all the time. Tokens of cached keys are accepted, and tokens of a new key are accepted from
// the next permitted fetch on.
func TestNewKeyVerifiesDuringAFloodOfUnknownKids(t *testing.T) {
	r := newRotating(t)
	var flooding sync.WaitGroup
	var stop atomic.Bool
	var sent atomic.Int64
	forge := verdict{key: attacker(), claims: obj{"iss": r.issuer}}
	for range 4 {
		flooding.Go(func() {
			for !stop.Load() {
				v := forge
				v.header = obj{"kid": fmt.Sprint("evil", sent.Add(1))}
				_, err := r.auth.Check(withHeaders("Bearer " + v.token()))
				assert.Equal(t, http.StatusUnauthorized, err.(*oidcauth.Error).Status())
			}
		})
	}
	for range rotations {
		flooded := sent.Load()
		require.Eventually(t, func() bool { return sent.Load() > flooded+5 }, watchdog, time.Millisecond)
		old := r.good()
		r.renew()()
		r.advance(interval)
		require.Eventually(t, func() bool { return r.verdict(r.good()) == "" }, watchdog, time.Millisecond, "seen within the interval")
		require.Equal(t, allServed, r.all(old, r.good()))
	}
	stop.Store(true)
	flooding.Wait()
	require.LessOrEqual(t, r.count(keysHost), burst+rotations)
	r.requireNothingOpen(t)
}
