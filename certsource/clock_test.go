package certsource_test

import (
	"crypto"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

const ahead = 300 * 24 * time.Hour

// shifted is a clock that a test can set.
type shifted struct{ by atomic.Int64 }

func (s *shifted) now() time.Time       { return now.Add(time.Duration(s.by.Load())) }
func (s *shifted) set(by time.Duration) { s.by.Store(int64(by)) }

// If the clock is 300 days ahead during a fetch, a withdrawn key must not stay valid for 300 days.
func TestWithdrawnKeyIsNotKeptAfterTheClockWasSetBack(t *testing.T) {
	var clock shifted
	one, two := newKey(t).Public(), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	s, err := keybind.Bind(certsource.JWKS{URL: e.URL}, keybind.Binding{Issuer: "iss", Now: clock.now})
	require.NoError(t, err)
	clock.set(ahead)
	require.NoError(t, refresh(t, s, rs256("one")))
	e.body.Store(keySet(t, map[string]crypto.PublicKey{"two": two}))
	clock.set(0)
	require.Eventually(t, func() bool {
		clock.by.Add(int64(time.Second)) // The budget is empty after the clock was set.
		_, err := s.Keys(rs256("one"))
		return err != nil
	}, 10*time.Second, time.Millisecond)
}

func TestMissingKidIsLookedForAfterTheClockWasSetBack(t *testing.T) {
	var clock shifted
	one, two := newKey(t).Public(), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	s, err := keybind.Bind(certsource.JWKS{URL: e.URL}, keybind.Binding{Issuer: "iss", Now: clock.now})
	require.NoError(t, err)
	clock.set(ahead)
	require.NoError(t, refresh(t, s, rs256("one")))
	require.NoError(t, refresh(t, s, rs256("two")))
	e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one, "two": two}))
	clock.set(0)
	_ = refresh(t, s, rs256("two"))
	clock.set(10 * time.Second) // The budget is empty after the clock was set.
	require.NoError(t, refresh(t, s, rs256("two")))
	_, err = s.Keys(rs256("two"))
	require.NoError(t, err)
}

func TestPlaceOfTheKeysIsAskedForAfterTheClockWasSetBack(t *testing.T) {
	var clock shifted
	one, two := newKey(t).Public(), newKey(t).Public()
	before := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	after := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"two": two}))
	d := newEndpoint(t, `{"issuer":"ISSUER","jwks_uri":"`+before.URL+`"}`)
	s, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: d.URL, Now: clock.now})
	require.NoError(t, err)
	q := func(kid string) certsource.Query {
		return certsource.Query{Issuer: d.URL, KeyID: kid, Algorithm: "RS256"}
	}
	clock.set(ahead)
	require.NoError(t, refresh(t, s, q("one")))
	d.body.Store(`{"issuer":"ISSUER","jwks_uri":"` + after.URL + `"}`)
	clock.set(0)
	_ = refresh(t, s, q("two"))
	clock.set(10 * time.Second) // The budget is empty after the clock was set.
	require.NoError(t, refresh(t, s, q("two")))
	_, err = s.Keys(q("two"))
	require.NoError(t, err)
}
