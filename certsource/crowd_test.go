package certsource_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

func bareKeys(t *testing.T, n int) (text string, keys []crypto.PublicKey) {
	t.Helper()
	for range n {
		key := newKey(t).Public()
		der, err := x509.MarshalPKIXPublicKey(key)
		require.NoError(t, err)
		text += string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
		keys = append(keys, key)
	}
	return text, keys
}

// The fifth key of a type is tried only for tokens that name it, so the report must warn the operator.
func TestMoreKeysThanAreTriedIsANote(t *testing.T) {
	five, _ := bareKeys(t, 5)
	four, _ := bareKeys(t, 4)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(ec.Public())
	require.NoError(t, err)
	mixed := four + string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	old := string(pemOf(newCert(t, "old", 0)))
	for name, c := range map[string]struct {
		text  string
		notes int
	}{"five": {five, 1}, "four": {four, 0}, "four and one of another type": {mixed, 0}, "four, and one that has ended": {four + old, 1}} {
		t.Run(name, func(t *testing.T) {
			s, err := keybind.Bind(certsource.PEM(c.text), keybind.Binding{Issuer: "iss", Now: func() time.Time { return now.Add(time.Hour) }})
			require.NoError(t, err)
			require.Len(t, held(t, s).Notes, c.notes)
		})
	}
}

// The kid may be the thumbprint of the key itself: that of its JWK (RFC 7638), or of its SubjectPublicKeyInfo (Keycloak).
func TestKeyHasTheKidOfItsOwnThumbprint(t *testing.T) {
	text, keys := bareKeys(t, 6)
	s := bind(t, certsource.PEM(text))
	for _, want := range keys {
		n := base64.RawURLEncoding.EncodeToString(want.(*rsa.PublicKey).N.Bytes())
		ofJWK := sha256.Sum256([]byte(`{"e":"AQAB","kty":"RSA","n":"` + n + `"}`))
		der, err := x509.MarshalPKIXPublicKey(want)
		require.NoError(t, err)
		ofInfo := sha256.Sum256(der)
		for _, sum := range [][]byte{ofJWK[:], ofInfo[:]} {
			got, err := s.Keys(rs256(base64.RawURLEncoding.EncodeToString(sum)))
			require.NoError(t, err)
			require.Len(t, got, 1)
			require.Equal(t, want, got[0].Public)
		}
	}
	got, err := s.Keys(rs256("unknown"))
	require.NoError(t, err)
	require.Len(t, got, 4)
}

// The limit of 1000 keys counts usable keys only, because the newest key is often the last one.
func TestUsableKeysOfASetCount(t *testing.T) {
	foreign := strings.Repeat(`{"kty":"RSA","use":"enc","kid":"x","n":"AQAB","e":"AQAB"},`, 3000)
	var good []string
	for i := range 1000 {
		jwk, err := jose.MarshalJWK(fmt.Sprint("k", i), "", newEC(t))
		require.NoError(t, err)
		good = append(good, string(jwk))
	}
	e := newEndpoint(t, `{"keys":[`+foreign+strings.Join(good, ",")+`]}`)
	s := bind(t, certsource.JWKS{URL: e.URL})
	q := certsource.Query{Issuer: "iss", KeyID: "k999", Algorithm: "ES256"}
	require.NoError(t, refresh(t, s, q))
	keys, err := s.Keys(q)
	require.NoError(t, err)
	require.Len(t, keys, 1)
	require.Len(t, held(t, s).Held, 1000)
	require.LessOrEqual(t, len(held(t, s).Notes), 21)
}

func newEC(t *testing.T) crypto.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key.Public()
}

// Keys for JWT-SVIDs are used only if JWTSVID is set. Keys for X.509-SVIDs are never used.
func TestKeysOfASPIFFEBundle(t *testing.T) {
	of := func(use string) string {
		return strings.Replace(string(mustJWK(t)), `"use":"sig"`, `"use":"`+use+`"`, 1)
	}
	for name, c := range map[string]struct {
		source func(e *endpoint) certsource.Source
		use    string
		want   int
	}{
		"by default":             {func(e *endpoint) certsource.Source { return certsource.JWKS{URL: e.URL} }, "jwt-svid", 0},
		"said so":                {func(e *endpoint) certsource.Source { return certsource.JWKS{URL: e.URL, JWTSVID: true} }, "jwt-svid", 1},
		"said so, signatures":    {func(e *endpoint) certsource.Source { return certsource.JWKS{URL: e.URL, JWTSVID: true} }, "sig", 1},
		"said so, X.509":         {func(e *endpoint) certsource.Source { return certsource.JWKS{URL: e.URL, JWTSVID: true} }, "x509-svid", 0},
		"said so, another case":  {func(e *endpoint) certsource.Source { return certsource.JWKS{URL: e.URL, JWTSVID: true} }, "JWT-SVID", 0},
		"discovered, by default": {func(*endpoint) certsource.Source { return certsource.Discovered{} }, "jwt-svid", 0},
		"discovered, said so":    {func(*endpoint) certsource.Source { return certsource.Discovered{JWTSVID: true} }, "jwt-svid", 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, `{"keys":[`+of(c.use)+`]}`)
			d := newEndpoint(t, `{"issuer":"ISSUER","jwks_uri":"`+e.URL+`"}`)
			s, err := keybind.Bind(c.source(e), keybind.Binding{Issuer: d.URL, DiscoveryURL: d.URL})
			require.NoError(t, err)
			q := certsource.Query{Issuer: d.URL, KeyID: "one", Algorithm: "RS256"}
			require.Equal(t, c.want == 1, refresh(t, s, q) == nil)
			keys, _ := s.Keys(q)
			require.Len(t, keys, c.want)
		})
	}
}
