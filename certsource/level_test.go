package certsource_test

import (
	"crypto"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
)

// The source that holds the very key is chosen, wherever it is in the chain.
func TestSourceThatHoldsTheNamedKeyGoesFirst(t *testing.T) {
	text, set := newCert(t, "a", year), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": set}))
	s := bind(t, certsource.Chain(certsource.PEM(pemOf(text)), certsource.JWKS{URL: e.URL}))
	q := rs256("one")
	keys, err := s.Keys(q)
	require.NoError(t, err)
	require.Equal(t, text.PublicKey, keys[0].Public, "the set is not there yet")
	q.Refuted = keys
	require.NoError(t, refresh(t, s, q))
	q.Refuted = nil
	for _, refuted := range [][]certsource.Key{nil, keys} {
		q.Refuted = refuted
		found, err := s.Keys(q)
		require.NoError(t, err)
		require.Equal(t, set, found[0].Public)
	}
	keys, err = s.Keys(rs256("two"))
	require.NoError(t, err)
	require.Equal(t, text.PublicKey, keys[0].Public)
	keys, err = s.Keys(rs256(thumb(text)))
	require.NoError(t, err)
	require.Equal(t, text.PublicKey, keys[0].Public)
}

// A certificate that fits any kid is tried after the key that the token names, if that one does not verify it.
func TestCertificateBehindTheNamedKeyIsTried(t *testing.T) {
	text, set := newCert(t, "a", year), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": set}))
	s := bind(t, certsource.Chain(certsource.JWKS{URL: e.URL}, certsource.PEM(pemOf(text))))
	require.NoError(t, refresh(t, s, refuted(t, s, rs256("one"))))
	q := refuted(t, s, rs256("one"))
	require.Equal(t, set, q.Refuted[0].Public)
	keys, err := s.Keys(q)
	require.NoError(t, err)
	require.Equal(t, text.PublicKey, keys[0].Public)
}

// If the key that the token names does not verify it, the signature is invalid, whether or not another source can be reached.
func TestNamedKeyThatIsRefutedIsNoOutage(t *testing.T) {
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	down := newEndpoint(t, "")
	down.status.Store(500)
	s := bind(t, certsource.Chain(certsource.JWKS{URL: down.URL}, certsource.JWKS{URL: e.URL}))
	require.NoError(t, refresh(t, s, rs256("one")))
	_, err := s.Keys(refuted(t, s, rs256("one")))
	require.ErrorIs(t, err, certsource.ErrNoKey)
	_, err = s.Keys(rs256("two"))
	require.Error(t, err)
	require.NotErrorIs(t, err, certsource.ErrNoKey, "that source may hold it")
}

// A key that is replaced under its kid is fetched, even if an earlier certificate fits any kid.
func TestKeyReplacedUnderItsKidBehindACertificate(t *testing.T) {
	text, one, two := newCert(t, "a", year), newKey(t).Public(), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	s := bind(t, certsource.Chain(certsource.PEM(pemOf(text)), certsource.JWKS{URL: e.URL}))
	require.NoError(t, refresh(t, s, refuted(t, s, rs256("one"))))
	e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": two}))
	require.NoError(t, refresh(t, s, refuted(t, s, rs256("one"))))
	keys, err := s.Keys(rs256("one"))
	require.NoError(t, err)
	require.Equal(t, two, keys[0].Public)
}

// If a certificate fits a token but does not verify it, the later set is fetched as for an unknown kid: within the
// budget, and once for a kid.
func TestTokensThatACertificateDoesNotVerifyAreBounded(t *testing.T) {
	text := newCert(t, "a", year)
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	s := bind(t, certsource.Chain(certsource.PEM(pemOf(text)), certsource.JWKS{URL: e.URL, Refresh: certsource.Refresh{Wait: -1}}))
	for _, kid := range []string{"a", "a", "a", "b", "c", "d", "e"} {
		_ = refresh(t, s, refuted(t, s, rs256(kid)))
	}
	require.EqualValues(t, 3, e.asked.Load())
}

// The first level that holds a fitting key is the only one used, even if the key does not verify the token.
func TestLevelsAreNoEquals(t *testing.T) {
	text, ended := newCert(t, "a", year), newCert(t, "b", -time.Hour)
	set := newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": set}))
	provider := certsource.Chain(certsource.JWKS{URL: e.URL})
	s := bind(t, certsource.Chain(certsource.Chain(certsource.PEM(pemOf(text))), provider))
	q := refuted(t, s, rs256("one"))
	require.NoError(t, refresh(t, s, q))
	require.Zero(t, e.asked.Load())
	_, err := s.Keys(q)
	require.ErrorIs(t, err, certsource.ErrNoKey)

	s = bind(t, certsource.Chain(certsource.Chain(certsource.PEM(pemOf(ended))), provider))
	require.NoError(t, refresh(t, s, rs256("one")))
	keys, err := s.Keys(rs256("one"))
	require.NoError(t, err)
	require.Equal(t, set, keys[0].Public)
}

// late is a source whose keys arrive while a chain asks for them.
type late struct {
	certsource.Source
	asked int
}

func (l *late) Keys(q certsource.Query) ([]certsource.Key, error) {
	if l.asked++; l.asked == 1 {
		return nil, certsource.ErrNoKey
	}
	return l.Source.Keys(q)
}

func TestKeysThatComeWhileAChainAsksAreReturned(t *testing.T) {
	keys, err := certsource.Chain(&late{Source: bind(t, certsource.PEM(pemOf(newCert(t, "a", year))))}).Keys(rs256("x"))
	require.NoError(t, err)
	require.Len(t, keys, 1)
}
