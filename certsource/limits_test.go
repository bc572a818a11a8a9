package certsource_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

func repeated(c *x509.Certificate, n int) string {
	return string(bytes.Repeat(pemOf(c), n))
}

func held(t *testing.T, s certsource.Source) certsource.Report {
	t.Helper()
	reports := s.(certsource.Reporter).Report()
	require.Len(t, reports, 1)
	return reports[0]
}

func TestCertificatesAreBounded(t *testing.T) {
	c := newCert(t, "a", year)
	require.Len(t, held(t, bind(t, certsource.PEM(repeated(c, 100)))).Held, 100)
	_, err := keybind.Bind(certsource.PEM(repeated(c, 101)), keybind.Binding{})
	require.Error(t, err, "a text is the operator's: what would not be used is a mistake")

	for n, notes := range map[int]int{100: 0, 101: 1} {
		e := newEndpoint(t, repeated(c, n))
		s := bind(t, certsource.Endpoint{URL: e.URL, InsecureTrustAny: true})
		require.NoError(t, refresh(t, s, rs256("x")))
		require.Len(t, held(t, s).Held, 100)
		require.Len(t, held(t, s).Notes, notes)

		s = bind(t, certsource.Dir{FS: fstest.MapFS{"a.pem": {Data: []byte(repeated(c, n))}}, Subject: "CN=a,O=Example"})
		require.Len(t, held(t, s).Held, 100)
		require.Len(t, held(t, s).Notes, notes)
	}
	other := newCert(t, "b", year)
	e := newEndpoint(t, repeated(other, 200)+repeated(c, 1))
	s := bind(t, certsource.Endpoint{URL: e.URL, Thumbprint: thumb(c)})
	require.NoError(t, refresh(t, s, rs256("x")))
	require.Len(t, held(t, s).Held, 1, "those of others do not count")
}

func TestFilesOfAFolderAreBounded(t *testing.T) {
	c := newCert(t, "a", year)
	files := fstest.MapFS{"a.pem": {Data: pemOf(c)}}
	for i := range 9999 {
		files[fmt.Sprint(i)] = &fstest.MapFile{}
	}
	d := certsource.Dir{FS: files, Subject: "CN=a,O=Example"}
	require.Len(t, held(t, bind(t, d)).Held, 1)
	files["one too many"] = &fstest.MapFile{}
	_, err := keybind.Bind(d, keybind.Binding{})
	require.Error(t, err)

	full := append(pemOf(c), bytes.Repeat([]byte("\n"), 1<<20-len(pemOf(c)))...)
	for n, data := range map[int][]byte{1: full, 0: append(full, '\n')} {
		s := bind(t, certsource.Dir{FS: fstest.MapFS{"a.pem": {Data: data}}, Subject: "CN=a,O=Example"})
		require.Len(t, held(t, s).Held, n)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	c := newCert(t, "a", year)
	set := keySet(t, nil)
	set = set[:len(set)-2] + string(mustJWK(t)) + "]}"
	for _, good := range []string{set, repeated(c, 1)} {
		for over := range 2 {
			e := newEndpoint(t, good+string(bytes.Repeat([]byte("\n"), 1<<20-len(good)+over)))
			for _, source := range []certsource.Source{certsource.JWKS{URL: e.URL}, certsource.Endpoint{URL: e.URL, InsecureTrustAny: true}} {
				s := bind(t, source)
				_, isSet := source.(certsource.JWKS)
				err := refresh(t, s, rs256("x"))
				require.Equal(t, over == 0 && isSet == (good == set), err == nil)
			}
		}
	}
}

// At most 1024 missing kids are kept. One more clears them all.
func TestMissingKidsAreBounded(t *testing.T) {
	e := newEndpoint(t, keySet(t, nil)[:9]+string(mustJWK(t))+"]}")
	s := bind(t, certsource.JWKS{URL: e.URL, Refresh: certsource.Refresh{Interval: time.Hour, Burst: 2000}})
	r := s.(certsource.Refresher)
	ask := func(i int) int64 {
		before := e.asked.Load()
		require.NoError(t, r.Refresh(context.Background(), rs256(fmt.Sprint(i))))
		return e.asked.Load() - before
	}
	for i := range 1024 {
		require.EqualValues(t, 1, ask(i))
	}
	require.Zero(t, ask(0))
	require.EqualValues(t, 1, ask(1024))
	require.EqualValues(t, 1, ask(0))
}
