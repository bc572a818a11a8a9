package certsource_test

import (
	"crypto"
	"crypto/x509/pkix"
	"encoding/asn1"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

func TestRenewedCertificateInTheFolderIsFoundWithoutARestart(t *testing.T) {
	old, renewed := newCert(t, "signing", year), newCert(t, "signing", year)
	files := fstest.MapFS{"a.pem": {Data: pemOf(old)}}
	s := bind(t, certsource.Dir{FS: files, Subject: "CN=signing,O=Example"})
	files["b.pem"] = &fstest.MapFile{Data: pemOf(renewed)}
	q := certsource.Query{Issuer: "iss", KeyID: thumb(renewed), X5TS256: x5tS256(renewed), Algorithm: "RS256"}
	_, err := s.Keys(q)
	require.ErrorIs(t, err, certsource.ErrNoKey)
	require.NoError(t, refresh(t, s, q))
	keys, err := s.Keys(q)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.True(t, keys[0].Certificate.Equal(renewed))
}

func TestSourceThatWasDownGetsItsPlaceBack(t *testing.T) {
	first, second := newCert(t, "a", year), newCert(t, "b", year)
	e := newEndpoint(t, string(pemOf(first)))
	e.status.Store(500)
	var later atomic.Int64
	s, err := keybind.Bind(certsource.Chain(certsource.Endpoint{URL: e.URL, InsecureTrustAny: true}, certsource.PEM(pemOf(second))),
		keybind.Binding{Issuer: "iss", Now: func() time.Time { return now.Add(time.Duration(later.Load())) }})
	require.NoError(t, err)
	require.NoError(t, refresh(t, s, rs256("x")), "the second source serves")
	keys, err := s.Keys(rs256("x"))
	require.NoError(t, err)
	require.True(t, keys[0].Certificate.Equal(second))

	e.status.Store(200)
	later.Store(int64(5 * time.Second)) // A source that is down is asked again after the interval.
	require.Eventually(t, func() bool {
		keys, err := s.Keys(rs256("x"))
		return err == nil && keys[0].Certificate.Equal(first)
	}, 10*time.Second, 10*time.Millisecond)
}

func TestKeySetThatMovesIsFoundThroughDiscovery(t *testing.T) {
	one, two := newKey(t).Public(), newKey(t).Public()
	before := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"one": one}))
	after := newEndpoint(t, keySet(t, map[string]crypto.PublicKey{"two": two}))
	d := newEndpoint(t, `{"issuer":"ISSUER","jwks_uri":"`+before.URL+`"}`)
	clock := now
	s, err := keybind.Bind(certsource.Discovered{}, keybind.Binding{Issuer: d.URL, Now: func() time.Time { return clock }})
	require.NoError(t, err)
	q := func(kid string) certsource.Query {
		return certsource.Query{Issuer: d.URL, KeyID: kid, Algorithm: "RS256"}
	}
	require.NoError(t, refresh(t, s, q("one")))
	d.body.Store(`{"issuer":"ISSUER","jwks_uri":"` + after.URL + `"}`)
	clock = clock.Add(2 * time.Hour)
	require.NoError(t, refresh(t, s, q("two")))
	_, err = s.Keys(q("two"))
	require.NoError(t, err)

	d.status.Store(500)
	clock = clock.Add(2 * time.Hour)
	require.NoError(t, refresh(t, s, q("three")), "the place known serves while discovery fails")
	require.EqualValues(t, 2, after.asked.Load())
}

func TestKeyOfATemplatedIssuerIsBoundToTheTenant(t *testing.T) {
	const issuer = "https://login.example/{tenantid}/v2.0"
	set := func(signsFor string) certsource.Source {
		body := keySet(t, map[string]crypto.PublicKey{"one": newKey(t).Public()})
		e := newEndpoint(t, body[:len(body)-3]+`,"issuer":"`+signsFor+`"}]}`)
		s, err := keybind.Bind(certsource.JWKS{URL: e.URL}, keybind.Binding{Issuer: issuer})
		require.NoError(t, err)
		require.NoError(t, refresh(t, s, certsource.Query{KeyID: "none"}))
		return s
	}
	q := func(iss, tenant string) certsource.Query {
		return certsource.Query{Issuer: iss, Tenant: tenant, KeyID: "one", Algorithm: "RS256"}
	}
	for name, c := range map[string]struct {
		signsFor, iss, tenant string
		want                  int
	}{
		"of any tenant":               {issuer, "https://login.example/a/v2.0", "a", 1},
		"of any tenant, another tid":  {issuer, "https://login.example/a/v2.0", "b", 0},
		"of this tenant":              {"https://login.example/a/v2.0", "https://login.example/a/v2.0", "a", 1},
		"of this tenant, for another": {"https://login.example/a/v2.0", "https://login.example/b/v2.0", "b", 0},
		"of another product":          {"https://other.example/{tenantid}/", "https://login.example/a/v2.0", "a", 0},
	} {
		t.Run(name, func(t *testing.T) {
			keys, _ := set(c.signsFor).Keys(q(c.iss, c.tenant))
			require.Len(t, keys, c.want)
		})
	}
}

func TestSubjectIsComparedAsADistinguishedName(t *testing.T) {
	c := makeCert(t, pkix.Name{
		CommonName: `sign, here`, Organization: []string{"Ex Ample"}, Country: []string{"DE"}, Province: []string{"By"},
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "a@b.example"}},
	}, year)
	for subject, want := range map[string]bool{
		`C=DE,ST=By,O=Ex Ample,CN=sign\2C here,1.2.840.113549.1.9.1=a@b.example`: true,
		`EMAILADDRESS=a@b.example, CN="sign, here", O=Ex Ample, ST=By, C=DE`:     true,
		`E=a@b.example;CN=sign\, here;O=Ex Ample;S=By;C=DE`:                      true,
		`E=a@b.example, CN="sign, here", S=By, O=Ex Ample, C=DE`:                 false, // neither order
		`E=a@b.example,CN=Sign\, here,O=Ex Ample,S=By,C=DE`:                      false, // values compare exactly
		`CN=sign\, here`: false,
	} {
		t.Run(subject, func(t *testing.T) {
			keys, _ := bind(t, certsource.Dir{FS: fstest.MapFS{"c.der": {Data: c.Raw}}, Subject: subject}).Keys(rs256("x"))
			require.Equal(t, want, len(keys) == 1)
		})
	}
	for _, bad := range []string{"nonsense", "CN=", `CN="open`, `CN=a\`, "CN=a,", "ODD=a", " "} {
		_, err := keybind.Bind(certsource.Dir{FS: fstest.MapFS{}, Subject: bad}, keybind.Binding{})
		require.Error(t, err, bad)
	}
}
