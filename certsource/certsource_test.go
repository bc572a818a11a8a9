package certsource_test

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

const year = 365 * 24 * time.Hour

func refresh(t *testing.T, s certsource.Source, q certsource.Query) error {
	t.Helper()
	r, ok := s.(certsource.Refresher)
	require.True(t, ok)
	return r.Refresh(context.Background(), q)
}

func TestFirstSourceThatHoldsAFittingKeyWins(t *testing.T) {
	a, b := newCert(t, "a", year), newCert(t, "b", year)
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"k": newKey(t).Public()}))
	s := bind(t, certsource.Chain(certsource.PEM(pemOf(a)), certsource.PEM(pemOf(b)), certsource.JWKS{URL: e.URL}))
	keys, err := s.Keys(rs256("k"))
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.True(t, keys[0].Certificate.Equal(a))
	require.Equal(t, "iss", keys[0].Issuer)
	require.Zero(t, e.asked.Load(), "a later source is not asked")
}

func TestCertificateHasTheKidOfItsThumbprint(t *testing.T) {
	a, b := newCert(t, "a", year), newCert(t, "b", year)
	s := bind(t, certsource.PEM(pemOf(a, b)))
	keys, err := s.Keys(rs256(strings.ToUpper(thumb(b))))
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.True(t, keys[0].Certificate.Equal(b))
	keys, err = s.Keys(rs256("any"))
	require.NoError(t, err)
	require.Len(t, keys, 2)
	_, err = s.Keys(certsource.Query{X5TS256: x5tS256(newCert(t, "c", year)), Algorithm: "RS256"})
	require.ErrorIs(t, err, certsource.ErrNoKey)
}

// WSO2 encodes the hexadecimal form of the thumbprint; other products send a right kid with the thumbprint of another certificate.
func TestThumbprintThatIsNoneOrContradictsTheKidDoesNotExclude(t *testing.T) {
	a, b := newCert(t, "a", year), newCert(t, "b", year)
	odd := base64.RawURLEncoding.EncodeToString([]byte(thumb(a)))
	for name, q := range map[string]certsource.Query{
		"no thumbprint, unknown kid": {KeyID: "unknown", X5T: odd, Algorithm: "RS256"},
		"no thumbprint, no kid":      {X5TS256: odd, Algorithm: "RS256"},
		"another's, right kid":       {KeyID: thumb(a), X5TS256: x5tS256(b), Algorithm: "RS256"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := bind(t, certsource.PEM(pemOf(a))).Keys(q)
			require.NoError(t, err)
			require.Len(t, keys, 1)
		})
	}
}

func TestAtMostFourCandidatesWithoutKid(t *testing.T) {
	var certs []*x509.Certificate
	for range 6 {
		certs = append(certs, newCert(t, "a", year))
	}
	keys, err := bind(t, certsource.PEM(pemOf(certs...))).Keys(rs256(""))
	require.NoError(t, err)
	require.Len(t, keys, 4)
}

func TestAtMostFourCandidatesOfOneKid(t *testing.T) {
	var list []string
	for range 6 {
		list = append(list, string(mustJWK(t)))
	}
	e := newEndpoint(t, `{"keys":[`+strings.Join(list, ",")+`]}`)
	s := bind(t, certsource.JWKS{URL: e.URL})
	require.NoError(t, refresh(t, s, rs256("one")))
	keys, err := s.Keys(rs256("one"))
	require.NoError(t, err)
	require.Len(t, keys, 4)
}

func TestCertificateTextSpellings(t *testing.T) {
	c := newCert(t, "a", year)
	spki, err := x509.MarshalPKIXPublicKey(c.PublicKey)
	require.NoError(t, err)
	for _, text := range []string{
		string(pemOf(c)), base64.StdEncoding.EncodeToString(c.Raw), " " + base64.StdEncoding.EncodeToString(spki) + "\n",
	} {
		keys, err := bind(t, certsource.PEM(text)).Keys(rs256("x"))
		require.NoError(t, err)
		require.Len(t, keys, 1)
	}
}

func TestCorruptTextFailsAtConstruction(t *testing.T) {
	for _, text := range []string{
		"", "garbage", "AAAA", string(pemOf(newCert(t, "a", year))) + "trailing",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	} {
		_, err := keybind.Bind(certsource.Chain(certsource.PEM(text)), keybind.Binding{Issuer: "iss"})
		require.Error(t, err, text)
	}
	_, err := keybind.Bind(certsource.Chain(), keybind.Binding{})
	require.Error(t, err)
}

func TestCertificateOutsideItsValidityIsNotUsed(t *testing.T) {
	s := bind(t, certsource.PEM(pemOf(newCert(t, "a", -time.Hour))))
	_, err := s.Keys(rs256("x"))
	require.ErrorIs(t, err, certsource.ErrNoKey)
	require.NotEmpty(t, s.(certsource.Reporter).Report()[0].Notes)
}

func TestFolderIsChosenFromBySubjectOrThumbprint(t *testing.T) {
	a, b := newCert(t, "a", year), newCert(t, "b", year)
	files := fstest.MapFS{
		"a.pem": {Data: pemOf(a)}, "b.der": {Data: b.Raw}, "odd.crt": {Data: []byte("odd")}, "key.txt": {Data: pemOf(a)},
	}
	hex := strings.ToUpper(thumb(b))
	for name, d := range map[string]certsource.Dir{
		"thumbprint":          {FS: files, Thumbprint: "\u200e" + hex[:2] + ":" + hex[2:4] + " " + hex[4:]},
		"subject":             {FS: files, Subject: "CN=b,O=Example"},
		"subject other order": {FS: files, Subject: "o=Example, cn=b"},
	} {
		t.Run(name, func(t *testing.T) {
			keys, err := bind(t, d).Keys(rs256("x"))
			require.NoError(t, err)
			require.Len(t, keys, 1)
			require.True(t, keys[0].Certificate.Equal(b))
		})
	}
	_, err := bind(t, certsource.Dir{FS: files, Subject: "CN=B,O=Example"}).Keys(rs256("x"))
	require.ErrorIs(t, err, certsource.ErrNoKey)
	for _, bad := range []certsource.Dir{{FS: files}, {Subject: "CN=a"}, {FS: files, Thumbprint: "12"}, {FS: files, Subject: "nonsense"}} {
		_, err := keybind.Bind(bad, keybind.Binding{})
		require.Error(t, err)
	}
}

func TestEndpointNeedsSubjectOrThumbprint(t *testing.T) {
	a, b := newCert(t, "a", year), newCert(t, "b", year)
	e := newEndpoint(t, string(pemOf(a, b)))
	_, err := keybind.Bind(certsource.Endpoint{URL: e.URL}, keybind.Binding{})
	require.Error(t, err)
	_, err = keybind.Bind(certsource.Endpoint{URL: "http://example.com", InsecureTrustAny: true}, keybind.Binding{})
	require.Error(t, err)
	for want, source := range map[int]certsource.Endpoint{
		1: {URL: e.URL, Thumbprint: thumb(b)}, 2: {URL: e.URL, InsecureTrustAny: true},
	} {
		s := bind(t, source)
		require.NoError(t, refresh(t, s, rs256("x")))
		keys, err := s.Keys(rs256("x"))
		require.NoError(t, err)
		require.Len(t, keys, want)
	}
}

func TestUnknownKidIsFetchedAndThenRememberedAsMissing(t *testing.T) {
	one, two := newKey(t).Public(), newKey(t).Public()
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	s := bind(t, certsource.Chain(certsource.JWKS{URL: e.URL}))
	_, err := s.Keys(rs256("one"))
	require.NotErrorIs(t, err, certsource.ErrNoKey, "the source was not reached")
	require.Error(t, err)
	require.NoError(t, refresh(t, s, rs256("one")))
	e.body.Store(keySet(t, map[string]crypto.PublicKey{"one": one, "two": two}))
	require.NoError(t, refresh(t, s, rs256("two")))
	keys, err := s.Keys(rs256("two"))
	require.NoError(t, err)
	require.Equal(t, "two", keys[0].ID)

	require.NoError(t, refresh(t, s, rs256("bogus")))
	before := e.asked.Load()
	for range 50 {
		_ = refresh(t, s, rs256("bogus"))
	}
	require.Equal(t, before, e.asked.Load())
	_, err = s.Keys(rs256("bogus"))
	require.ErrorIs(t, err, certsource.ErrNoKey)
}

func TestFloodOfUnknownKidsIsBounded(t *testing.T) {
	e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	s := bind(t, certsource.JWKS{URL: e.URL})
	for i := range 500 {
		_ = refresh(t, s, rs256(fmt.Sprint("bogus-", i)))
	}
	require.LessOrEqual(t, e.asked.Load(), int64(3))
}

func TestHeldKeysServeWhileTheEndpointFails(t *testing.T) {
	for name, answer := range map[string]string{"empty set": `{"keys":[]}`, "garbage": "garbage", "status": ""} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
			s := bind(t, certsource.JWKS{URL: e.URL})
			require.NoError(t, refresh(t, s, rs256("one")))
			e.body.Store(answer)
			if answer == "" {
				e.status.Store(500)
			}
			require.Error(t, refresh(t, s, rs256("other")))
			_, err := s.Keys(rs256("one"))
			require.NoError(t, err)
		})
	}
}

func TestDiscoveredIssuerIsComparedExactly(t *testing.T) {
	keys := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()}))
	d := newEndpoint(t, `{"issuer":"ISSUER","jwks_uri":"`+keys.URL+`"}`)
	bound := func(issuer string) certsource.Source {
		s, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: issuer, DiscoveryURL: d.URL})
		require.NoError(t, err)
		return s
	}
	require.NoError(t, refresh(t, bound(d.URL), rs256("one")))
	require.Error(t, refresh(t, bound(d.URL+"/"), rs256("one")))
	_, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: "urn:STS/identity"})
	require.Error(t, err, "an opaque issuer has no place to discover from")
	d.body.Store(`{"issuer":"ISSUER"}`)
	require.Error(t, refresh(t, bound(d.URL), rs256("one")))
}

func TestDeclarationsAreNotBound(t *testing.T) {
	for _, s := range []certsource.Source{certsource.PEM(""), certsource.Dir{}, certsource.Endpoint{}, certsource.JWKS{}, certsource.Discovered{}} {
		_, err := s.Keys(certsource.Query{})
		require.Error(t, err)
		require.NotErrorIs(t, err, certsource.ErrNoKey)
	}
}

func TestEndpointOverRealTLSIsRefusedWithoutItsCA(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	s := bind(t, certsource.JWKS{URL: server.URL})
	var untrusted *tls.CertificateVerificationError
	require.ErrorAs(t, refresh(t, s, rs256("x")), &untrusted)
}
