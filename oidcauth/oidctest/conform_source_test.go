package oidctest_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const issuer = "https://login.example.com"

func newCert(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "signing"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return c
}

func bind(t *testing.T, s certsource.Source, issuer string) certsource.Source {
	t.Helper()
	bound, err := keybind.Bind(s, keybind.Binding{Issuer: issuer})
	require.NoError(t, err)
	return bound
}

func TestSourcesOfCertificatesConform(t *testing.T) {
	c := newCert(t)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	sum := sha256.Sum256(c.Raw)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }))
	t.Cleanup(server.Close)

	good := certsource.Query{Issuer: issuer, KeyID: "any", Algorithm: "ES256"}
	exact := certsource.Query{Issuer: issuer, X5TS256: base64.RawURLEncoding.EncodeToString(sum[:]), Algorithm: "ES256"}
	unfit := []certsource.Query{
		{Issuer: issuer, Algorithm: "RS256"},
		{Issuer: issuer, Algorithm: "ES384"},
		{Issuer: issuer, X5TS256: strings.Repeat("A", 43), Algorithm: "ES256"},
		{Issuer: issuer, X5T: strings.Repeat("A", 27), Algorithm: "ES256"},
	}
	for name, s := range map[string]certsource.Source{
		"PEM":      certsource.PEM(text),
		"Dir":      certsource.Dir{FS: fstest.MapFS{"a.pem": {Data: text}}, Thumbprint: hex.EncodeToString(sum[:])},
		"Endpoint": certsource.Endpoint{URL: server.URL, Subject: "CN=signing"},
		"Chain":    certsource.Chain(certsource.PEM(text), certsource.Endpoint{URL: server.URL, InsecureTrustAny: true}),
		"Chain, second": certsource.Chain(
			certsource.Dir{FS: fstest.MapFS{}, Subject: "CN=signing"}, certsource.Endpoint{URL: server.URL, InsecureTrustAny: true},
		),
	} {
		t.Run(name, func(t *testing.T) {
			s := bind(t, s, issuer)
			require.NoError(t, oidctest.TestSource(s, good, unfit...))
			require.NoError(t, oidctest.TestSource(s, exact, unfit...))
		})
	}
}

func TestSourcesOfKeySetsConform(t *testing.T) {
	p := oidctest.New(t)
	require.NoError(t, p.Rotate("ES256"))
	require.NoError(t, p.Rotate("PS256"))
	unfit := []certsource.Query{
		{Issuer: p.Issuer(), KeyID: "key-9", Algorithm: "RS256"},
		{Issuer: p.Issuer(), KeyID: "key-1", Algorithm: "ES256"},
		{Issuer: p.Issuer(), KeyID: "key-1", Algorithm: "PS256"},
		{Issuer: p.Issuer(), KeyID: "KEY-1", Algorithm: "RS256"},
	}
	url := p.Issuer() + string(oidctest.JWKS)
	for name, s := range map[string]certsource.Source{
		"JWKS":       certsource.JWKS{URL: url},
		"Discovered": certsource.Discovered{},
		"Chain":      certsource.Chain(certsource.Discovered{}, certsource.JWKS{URL: url}),
	} {
		t.Run(name, func(t *testing.T) {
			s := bind(t, s, p.Issuer())
			for _, good := range []certsource.Query{
				{Issuer: p.Issuer(), KeyID: "key-1", Algorithm: "RS256"},
				{Issuer: p.Issuer(), KeyID: "key-2", Algorithm: "ES256"},
				{Issuer: p.Issuer(), Algorithm: "PS256"},
			} {
				require.NoError(t, oidctest.TestSource(s, good, unfit...))
			}
		})
	}
}

func TestUnboundSourceHasNothingToTest(t *testing.T) {
	require.Error(t, oidctest.TestSource(certsource.PEM(""), certsource.Query{}))
}

// own is a source and refresher as a user of the library might write it. Broken ones differ from it in one way.
type own struct {
	keys    func(certsource.Query) ([]certsource.Key, error)
	refresh func(context.Context) error
}

func (o own) Keys(q certsource.Query) ([]certsource.Key, error)     { return o.keys(q) }
func (o own) Refresh(ctx context.Context, _ certsource.Query) error { return o.refresh(ctx) }

func TestBrokenSourcesAreCaught(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	good := certsource.Query{Issuer: issuer, KeyID: "k", Algorithm: "RS256"}
	unfit := certsource.Query{Issuer: issuer, KeyID: "other", Algorithm: "RS256"}
	key := certsource.Key{ID: "k", Algorithm: "RS256", Issuer: issuer, Public: private.Public()}
	fits := func(q certsource.Query) bool { return q.KeyID == key.ID && q.Algorithm == key.Algorithm }
	none := func() ([]certsource.Key, error) { return nil, certsource.ErrNoKey }

	// answering returns a source that conforms except for the keys that it returns.
	answering := func(keys ...certsource.Key) own {
		return own{
			keys: func(q certsource.Query) ([]certsource.Key, error) {
				if !fits(q) {
					return none()
				}
				return append([]certsource.Key{}, keys...), nil
			},
			refresh: func(ctx context.Context) error { return ctx.Err() },
		}
	}
	with := func(change func(*certsource.Key)) own {
		k := key
		change(&k)
		return answering(k)
	}
	asking := func(keys func(certsource.Query) ([]certsource.Key, error)) own {
		o := answering()
		o.keys = keys
		return o
	}
	require.NoError(t, oidctest.TestSource(answering(key), good, unfit))
	require.NoError(t, oidctest.TestSource(with(func(k *certsource.Key) { k.Issuer, k.Algorithm, k.ID = "", "", "" }), good, unfit))

	shared := []certsource.Key{key}
	gone := false
	for name, broken := range map[string]own{
		"no key":                    answering(),
		"another issuer's key":      with(func(k *certsource.Key) { k.Issuer = "https://other.example.com" }),
		"another key id":            with(func(k *certsource.Key) { k.ID = "other" }),
		"another algorithm":         with(func(k *certsource.Key) { k.Algorithm = "PS256" }),
		"another type":              with(func(k *certsource.Key) { k.Public = newCert(t).PublicKey }),
		"weak":                      with(func(k *certsource.Key) { k.Public = small.Public() }),
		"private":                   with(func(k *certsource.Key) { k.Public = crypto.PublicKey(private) }),
		"no public key":             with(func(k *certsource.Key) { k.Public = nil }),
		"another key's certificate": with(func(k *certsource.Key) { k.Certificate = newCert(t) }),
		"too many":                  answering(key, key, key, key, key),
		"whatever the key id": asking(func(q certsource.Query) ([]certsource.Key, error) {
			k := key
			k.ID = ""
			if q.Algorithm != key.Algorithm {
				return none()
			}
			return []certsource.Key{k}, nil
		}),
		"whatever the algorithm": asking(func(q certsource.Query) ([]certsource.Key, error) {
			if q.KeyID != key.ID {
				return none()
			}
			return []certsource.Key{key}, nil
		}),
		"whatever the issuer": asking(func(q certsource.Query) ([]certsource.Key, error) {
			if !fits(q) {
				return none()
			}
			k := key
			k.Issuer = q.Issuer
			return []certsource.Key{k}, nil
		}),
		"neither key nor error": asking(func(q certsource.Query) ([]certsource.Key, error) {
			if !fits(q) {
				return nil, nil
			}
			return []certsource.Key{key}, nil
		}),
		"key and error": asking(func(q certsource.Query) ([]certsource.Key, error) {
			if !fits(q) {
				return none()
			}
			return []certsource.Key{key}, errors.New("stale")
		}),
		"shares its slice": asking(func(q certsource.Query) ([]certsource.Key, error) {
			if !fits(q) {
				return none()
			}
			return shared, nil
		}),
		"panics at a strange key id": asking(func(q certsource.Query) ([]certsource.Key, error) {
			if !fits(q) {
				panic(q.KeyID)
			}
			return []certsource.Key{key}, nil
		}),
		"panics when cancelled": {keys: answering(key).keys, refresh: func(ctx context.Context) error {
			if ctx.Err() != nil {
				panic(ctx.Err())
			}
			return nil
		}},
		"forgets its keys when cancelled": {
			keys: func(q certsource.Query) ([]certsource.Key, error) {
				if gone || !fits(q) {
					return none()
				}
				return []certsource.Key{key}, nil
			},
			refresh: func(ctx context.Context) error {
				if ctx.Err() != nil {
					gone = true
				}
				return ctx.Err()
			},
		},
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, oidctest.TestSource(broken, good, unfit)) })
	}
}
