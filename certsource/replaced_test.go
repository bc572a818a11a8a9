package certsource_test

import (
	"context"
	"crypto"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

// refuted returns the query of a token that the held keys do not verify.
func refuted(t *testing.T, s certsource.Source, q certsource.Query) certsource.Query {
	t.Helper()
	keys, err := s.Keys(q)
	require.NoError(t, err)
	q.Refuted = keys
	return q
}

func TestKeyReplacedUnderItsKidIsFetched(t *testing.T) {
	for name, q := range map[string]certsource.Query{
		"kid": rs256("one"), "kid and x5t": {Issuer: "iss", KeyID: "one", X5T: "AAAA", Algorithm: "RS256"}, "no kid": rs256(""),
	} {
		t.Run(name, func(t *testing.T) {
			one, two := newKey(t).Public(), newKey(t).Public()
			e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
			s := bind(t, certsource.Chain(certsource.JWKS{URL: e.URL}))
			require.NoError(t, refresh(t, s, rs256("one")))
			doubted := refuted(t, s, q)
			e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": two}))
			require.NoError(t, refresh(t, s, doubted))
			keys, err := s.Keys(q)
			require.NoError(t, err)
			require.Len(t, keys, 1)
			require.Equal(t, two, keys[0].Public)
			require.NoError(t, refresh(t, s, doubted), "another token of those that came before")
			require.EqualValues(t, 2, e.asked.Load(), "the new key has arrived: nothing is fetched again")
		})
	}
}

// A key that was just confirmed causes no fetch, whichever kid a forger names.
func TestForgedSignaturesUnderAKnownKeyCauseOneFetch(t *testing.T) {
	var clock shifted
	c := newCert(t, "a", year)
	set := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	certs := newEndpoint(t, string(pemOf(c)))
	for name, v := range map[string]struct {
		e      *endpoint
		source certsource.Source
		kid    func(i int) string
	}{
		"key set":                {set, certsource.JWKS{URL: set.URL}, func(int) string { return "one" }},
		"certificates, any kids": {certs, certsource.Endpoint{URL: certs.URL, InsecureTrustAny: true}, func(i int) string { return fmt.Sprint(i) }},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := keybind.Bind(v.source, keybind.Binding{Issuer: "iss", Now: clock.now})
			require.NoError(t, err)
			require.NoError(t, refresh(t, s, rs256("one")))
			for n := range 4 {
				for i := range 100 {
					require.NoError(t, refresh(t, s, refuted(t, s, rs256(v.kid(i)))))
				}
				require.EqualValues(t, 2+n, v.e.asked.Load())
				clock.by.Add(int64(5 * time.Second))
			}
		})
	}
}

// A failing key set is fetched once an interval as well.
func TestForgedSignaturesWhileTheEndpointFailsAreBounded(t *testing.T) {
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	s := bind(t, certsource.JWKS{URL: e.URL})
	require.NoError(t, refresh(t, s, rs256("one")))
	e.status.Store(500)
	require.Error(t, refresh(t, s, refuted(t, s, rs256("one"))))
	for range 100 {
		require.NoError(t, refresh(t, s, refuted(t, s, rs256("one"))))
	}
	require.EqualValues(t, 2, e.asked.Load())
}

// Keys count as confirmed only once they were fetched: a token that came while nothing might be fetched confirms none.
func TestKeysAreNotConfirmedWithoutAFetch(t *testing.T) {
	var clock shifted
	one, two := newKey(t).Public(), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	s, err := keybind.Bind(certsource.JWKS{URL: e.URL, Refresh: certsource.Refresh{Wait: -1}}, keybind.Binding{Issuer: "iss", Now: clock.now})
	require.NoError(t, err)
	for _, kid := range []string{"one", "x", "y"} { // the whole burst
		require.NoError(t, refresh(t, s, rs256(kid)))
	}
	doubted := refuted(t, s, rs256("one"))
	e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": two}))
	clock.set(4 * time.Second)
	require.ErrorIs(t, refresh(t, s, doubted), fetch.ErrTooSoon)
	clock.set(6 * time.Second)
	require.NoError(t, refresh(t, s, doubted))
	keys, err := s.Keys(rs256("one"))
	require.NoError(t, err)
	require.Equal(t, two, keys[0].Public)
}

// A bounded number of forged tokens under a held kid wait for a fetch, so that a token of a new key can wait too.
func TestForgedSignaturesDoNotHideARotation(t *testing.T) {
	one, two := newKey(t).Public(), newKey(t).Public()
	synctest.Test(t, func(t *testing.T) {
		e := &slowSet{}
		e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one}))
		s, err := keybind.Bind(certsource.JWKS{URL: "https://idp.example"}, keybind.Binding{HTTPClient: &http.Client{Transport: e}})
		require.NoError(t, err)
		require.NoError(t, refresh(t, s, rs256("one")))
		forged := refuted(t, s, rs256("one"))
		var forgers sync.WaitGroup
		for range 2000 {
			forgers.Go(func() { _ = s.(certsource.Refresher).Refresh(context.Background(), forged) })
		}
		synctest.Wait()
		e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one, "two": two}))
		require.NoError(t, refresh(t, s, rs256("two")))
		_, err = s.Keys(rs256("two"))
		require.NoError(t, err)
		forgers.Wait()
	})
}
