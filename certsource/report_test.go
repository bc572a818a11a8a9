package certsource_test

import (
	"crypto"
	"crypto/x509"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

func report(t *testing.T, s certsource.Source) []certsource.Report {
	t.Helper()
	r, ok := s.(certsource.Reporter)
	require.True(t, ok)
	return r.Report()
}

func TestReportTellsEverySourceInOrderAndWhatItHeld(t *testing.T) {
	local := newCert(t, "a", year)
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	s := bind(t, certsource.Chain(
		certsource.Dir{FS: fstest.MapFS{"a.pem": {Data: pemOf(local)}}, Subject: "CN=other"},
		certsource.Dir{FS: fstest.MapFS{"odd.pem": {Data: []byte("odd")}}, Subject: "CN=b"},
		certsource.JWKS{URL: e.URL},
	))
	before := report(t, s)
	require.Len(t, before, 3)
	require.Empty(t, before[0].Held)
	require.Empty(t, before[1].Held)
	require.Len(t, before[1].Notes, 1, "the odd file")
	require.Empty(t, before[2].Held)
	require.Zero(t, before[2].Fetched)

	require.NoError(t, refresh(t, bindSame(t, s), rs256("one")))
	after := report(t, s)
	require.Equal(t, []string{"one"}, after[2].Held)
	require.Equal(t, now, after[2].Fetched)

	e.status.Store(500)
	require.Error(t, refresh(t, s, rs256("x")))
	failing := report(t, s)
	require.Equal(t, []string{"one"}, failing[2].Held)
	require.Error(t, failing[2].Err)
}

// bindSame binds a bound source again, which must return the same source.
func bindSame(t *testing.T, s certsource.Source) certsource.Source {
	t.Helper()
	again, err := keybind.Bind(s, keybind.Binding{Issuer: "iss", Now: func() time.Time { return now }})
	require.NoError(t, err)
	return again
}

func TestCertificateThatEndsWithin30DaysIsAWarning(t *testing.T) {
	for name, c := range map[string]struct {
		cert  *x509.Certificate
		notes int
	}{
		"in 29 days": {newCert(t, "a", 29*24*time.Hour), 1},
		"in 31 days": {newCert(t, "a", 31*24*time.Hour), 0},
		"ended":      {newCert(t, "a", -time.Hour), 1},
	} {
		t.Run(name, func(t *testing.T) {
			require.Len(t, report(t, bind(t, certsource.PEM(pemOf(c.cert))))[0].Notes, c.notes)
		})
	}
}

func TestOneOddKeyNeverSpoilsTheSet(t *testing.T) {
	good := strings.TrimSuffix(strings.TrimPrefix(keySet(t, map[string]crypto.PublicKey{"good": newKey(t).Public()}), `{"keys":[`), `]}`)
	for name, odd := range map[string]string{
		"duplicate member": `{"kty":"RSA","kid":"a","kid":"b"}`,
		"unknown type":     `{"kty":"odd","kid":"x"}`,
		"odd x5c":          `{"kty":"EC","crv":"P-256","x":"AA","y":"AA","x5c":["!"],"kid":"x"}`,
		"symmetric":        `{"kty":"oct","k":"AAAA","kid":"x"}`,
		"no object":        `7`,
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, `{"keys":[`+odd+`,`+good+`]}`)
			s := bind(t, certsource.JWKS{URL: e.URL})
			require.NoError(t, refresh(t, s, rs256("good")))
			_, err := s.Keys(rs256("good"))
			require.NoError(t, err)
			require.Len(t, report(t, s)[0].Notes, 1)
		})
	}
}

// A source says which of its keys cannot be used, and whether new keys arrive by themselves.
func TestReportTellsKeysThatCannotBeUsedAndLocalSources(t *testing.T) {
	set := strings.Replace(keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}), `"keys":[`, `"keys":[{"kty":"AKP","kid":"pq","alg":"ML-DSA-65"},{"kty":"AKP"},`, 1)
	e := newEndpoint(t, set)
	cert := newCert(t, "a", year)
	for _, local := range report(t, bind(t, certsource.Chain(
		certsource.PEM(pemOf(cert)), certsource.Dir{FS: fstest.MapFS{"a.pem": {Data: pemOf(cert)}}, Subject: "CN=a"},
	))) {
		require.True(t, local.Local)
	}
	s := bind(t, certsource.JWKS{URL: e.URL})
	require.NoError(t, refresh(t, s, rs256("one")))
	fetched := report(t, s)[0]
	require.False(t, fetched.Local)
	require.Equal(t, []string{"pq"}, fetched.Unusable)
	require.Equal(t, []string{"one"}, fetched.Held)
}

// A provider may list its keys in another order each time.
func TestHashOfAReportDependsOnTheKeysAndNotOnTheirOrder(t *testing.T) {
	a, b := newCert(t, "a", year), newCert(t, "b", year)
	hash := func(certs ...*x509.Certificate) string {
		return report(t, bind(t, certsource.PEM(pemOf(certs...))))[0].Hash
	}
	require.Equal(t, hash(a, b), hash(b, a))
	hashes := map[string]bool{hash(a): true, hash(b): true, hash(a, b): true, hash(newCert(t, "a", year)): true}
	require.Len(t, hashes, 4)
	require.NotContains(t, hashes, "")
}

func TestReportDescribesEachKeyThatItHolds(t *testing.T) {
	ended := newCert(t, "a", -time.Hour)
	r := report(t, bind(t, certsource.Chain(certsource.PEM(pemOf(ended)), certsource.PEM(pemOf(newCert(t, "b", year))))))
	require.Len(t, r, 2)
	for i, valid := range []bool{false, true} {
		require.Len(t, r[i].Keys, len(r[i].Held))
		require.Equal(t, valid, r[i].Keys[0].Valid)
		require.NotEmpty(t, r[i].Keys[0].Algorithms)
	}
	require.Equal(t, ended.NotAfter, r[0].Keys[0].Until)
}
