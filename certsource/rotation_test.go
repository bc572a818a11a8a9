package certsource_test

import (
	"context"
	"crypto"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

// slowSet is a key endpoint that takes a second to answer with the keys of the moment of the request.
type slowSet struct {
	body  atomic.Value
	asked atomic.Int64
}

func (s *slowSet) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	body := s.body.Load().(string)
	time.Sleep(time.Second) // of the bubble
	return &http.Response{StatusCode: 200, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// A fetch that began before the rotation cannot return the new key, so a token of that key needs the next fetch.
func TestKeyPublishedWhileAFetchIsUnderWayIsFoundByTheNext(t *testing.T) {
	one, two := newKey(t).Public(), newKey(t).Public()
	synctest.Test(t, func(t *testing.T) {
		e := &slowSet{}
		e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one}))
		s, err := keybind.Bind(certsource.JWKS{URL: "https://idp.example"}, keybind.Binding{HTTPClient: &http.Client{Transport: e}})
		require.NoError(t, err)
		require.NoError(t, refresh(t, s, rs256("one")))
		go func() { _ = s.(certsource.Refresher).Refresh(context.Background(), rs256("bogus")) }()
		synctest.Wait()
		e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one, "two": two}))
		for range 3 {
			go func() { _ = s.(certsource.Refresher).Refresh(context.Background(), rs256("two")) }()
		}
		require.NoError(t, refresh(t, s, rs256("two")))
		keys, err := s.Keys(rs256("two"))
		require.NoError(t, err)
		require.Len(t, keys, 1)
		require.EqualValues(t, 3, e.asked.Load(), "one more fetch for all of them")
	})
}

// Several callers find no key, and one asks for a fetch only after another's fetch has ended. It must not spend the
// budget, because the key has arrived.
func TestKeyThatArrivedSinceTheCallerLookedIsNotFetchedAgain(t *testing.T) {
	one, two := newKey(t).Public(), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	s, err := keybind.Bind(certsource.JWKS{URL: e.URL}, keybind.Binding{})
	require.NoError(t, err)
	require.NoError(t, refresh(t, s, rs256("one")))
	e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one, "two": two}))
	_, err = s.Keys(rs256("two"))
	require.ErrorIs(t, err, certsource.ErrNoKey)
	require.NoError(t, refresh(t, s, rs256("two")), "another's")
	require.NoError(t, refresh(t, s, rs256("two")))
	require.EqualValues(t, 2, e.asked.Load())
}

// Nor does the forger wait for a fetch that another request started.
func TestKeyThatIsHeldIsNotWaitedFor(t *testing.T) {
	set := keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()})
	synctest.Test(t, func(t *testing.T) {
		e := &slowSet{}
		e.body.Store(set)
		s, err := keybind.Bind(certsource.JWKS{URL: "https://idp.example"}, keybind.Binding{HTTPClient: &http.Client{Transport: e}})
		require.NoError(t, err)
		require.NoError(t, refresh(t, s, rs256("one")))
		others := make(chan error, 1)
		go func() { others <- s.(certsource.Refresher).Refresh(context.Background(), rs256("bogus")) }()
		synctest.Wait()
		require.NoError(t, refresh(t, s, rs256("one")))
		require.EqualValues(t, 2, e.asked.Load())
		require.Empty(t, others, "that fetch is under way still")
		require.NoError(t, <-others)
		synctest.Wait()
	})
}
