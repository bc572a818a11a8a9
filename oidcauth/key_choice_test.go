package oidcauth_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The source holds the signing key, but for another issuer, so the token is refused.
func TestKeyOfAnotherIssuerNeverVerifies(t *testing.T) {
	for issuer, want := range map[string]reason.Reason{"": "", "https://other.example": reason.KeyNotFound} {
		s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
			bound, err := keybind.Bind(certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}, keybind.Binding{Issuer: issuer})
			require.NoError(t, err)
			require.NoError(t, bound.(certsource.Refresher).Refresh(context.Background(), certsource.Query{}))
			c.Issuers[0].Keys = bound
		})
		require.Equal(t, want, s.reason(t, s.Token(audience, alice)))
	}
}

func publicPEM(t testing.TB, key any) certsource.PEM {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return certsource.PEM(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// If the application's source comes first in a chain, its key fits the algorithm and is the only key that is tried, although
// only the provider's key would verify the token. If both sources are on one level, the tokens of both are accepted, and the
// decision names the source.
func TestApplicationKeyTakesPrecedenceOverTheProvidersKeys(t *testing.T) {
	application, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	text := publicPEM(t, application.Public())
	for name, c := range map[string]struct {
		keys      certsource.Source
		providers reason.Reason
	}{
		"levels":    {certsource.Chain(certsource.Chain(text), certsource.Chain(certsource.Discovered{})), reason.InvalidSignature},
		"one level": {certsource.Chain(text, certsource.Discovered{}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var source string
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				config.Issuers[0].Keys = c.keys
				config.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { source = d.Token.KeySource })
			})
			f := claimsOf(nil)
			f.Key = application
			require.Empty(t, s.reason(t, s.Forge(f)))
			require.Equal(t, "certificate text", source)
			require.Zero(t, s.Requests(oidctest.JWKS), "the provider was not asked")
			for range 2 {
				require.Equal(t, c.providers, s.reason(t, s.Token(audience, alice)))
				require.Equal(t, c.providers == "", strings.HasPrefix(source, "key set "), source)
			}
			d := s.auth.Explain(t.Context(), s.Token(audience, alice))
			require.Equal(t, c.providers, d.Reason)
			require.Contains(t, d.String(), "certificate text")
			f.Key = attackerKey(t)
			require.Equal(t, reason.InvalidSignature, s.reason(t, s.Forge(f)))
			f.Key, f.Header = application, map[string]any{"kid": "unknown"}
			require.Empty(t, s.reason(t, s.Forge(f)), "still served")
		})
	}
}

func attackerKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

func TestChainContinuesAfterASourceOfAnotherKeyType(t *testing.T) {
	application, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Keys = certsource.Chain(publicPEM(t, application.Public()), certsource.Discovered{})
	})
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
}

// every is a source of the application that answers every query with all its keys.
type every []certsource.Key

func (s every) Keys(certsource.Query) ([]certsource.Key, error) { return s, nil }

// Keys that do not fit the token do not count towards the limit of tried keys.
func TestKeysOfAnotherTypeAreNoCandidates(t *testing.T) {
	var source every
	for range 4 {
		source = append(source, certsource.Key{Public: newEC("ES384", elliptic.P384(), crypto.SHA384).public})
	}
	for want, keys := range map[reason.Reason]every{
		reason.KeyNotFound: source, "": append(source[:4:4], certsource.Key{Public: es256().public}),
	} {
		w := newWorld(t)
		w.start(t, func(config *oidcauth.Config) { config.Issuers[0].Keys = keys })
		require.Equal(t, want, w.judge(t, verdict{}.request(), verdict{}.token()))
	}
}

// A source of the application may return any number of fitting keys. Only the first four are tried.
func TestOnlyFourKeysOfASourceAreTried(t *testing.T) {
	foreign := certsource.Key{Public: newEC("ES256", elliptic.P256(), crypto.SHA256).public}
	for others, want := range map[int]reason.Reason{3: "", 4: reason.InvalidSignature} {
		w := newWorld(t)
		w.start(t, func(config *oidcauth.Config) {
			keys := slices.Repeat(every{foreign}, others)
			config.Issuers[0].Keys = append(keys, certsource.Key{Public: es256().public})
		})
		require.Equal(t, want, w.reason(t, verdict{}), "%d before the key", others)
	}
}

func TestKeyNotFoundNamesTheSourcesAndTheirKeys(t *testing.T) {
	s := newService(t, nil)
	f := claimsOf(nil)
	f.Header = map[string]any{"kid": "unknown"}
	_, err := s.auth.Check(withHeaders("Bearer " + s.Forge(f)))
	var refused *oidcauth.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, reason.KeyNotFound, refused.Reason)
	require.ErrorIs(t, err, certsource.ErrNoKey)
	var held [][]string
	for _, step := range refused.Decision().Steps {
		for _, source := range step.Sources {
			held = append(held, source.Held)
		}
	}
	require.Equal(t, [][]string{{"key-1"}}, held)
}

func TestKeyWithoutAlgVerifiesFittingAlgorithms(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Keys = publicPEM(t, key.Public())
	})
	for alg, want := range map[string]reason.Reason{"RS256": "", "PS512": "", "ES256": reason.KeyNotFound} {
		f := claimsOf(nil)
		f.Algorithm, f.Key = alg, key
		if alg == "ES256" {
			f.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			require.NoError(t, err)
		}
		require.Equal(t, want, s.reason(t, s.Forge(f)), alg)
	}
}

func TestIssuerIsAnOpaqueString(t *testing.T) {
	for _, iss := range []string{"urn:STS/identity", "http://fs.example.com/adfs/services/trust"} {
		s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].URL = iss
			c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
		})
		require.Empty(t, s.reason(t, s.Forge(claimsOf(oidctest.Claims{"iss": iss}))))
		require.Zero(t, s.Requests(oidctest.Discovery), "manual values override discovered ones")
	}
}

func TestRequestThatEndsWhileTheKeyEndpointHangs(t *testing.T) {
	s := newService(t, nil)
	s.Fail(oidctest.JWKS, oidctest.Fault{Hang: true})
	token := s.Token(audience, alice)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := s.auth.Check(withHeaders("Bearer " + token).WithContext(ctx))
		ended <- err
	}()
	require.Eventually(t, func() bool { return s.Requests(oidctest.JWKS) == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	var refused *oidcauth.Error
	require.ErrorAs(t, <-ended, &refused)
	require.Equal(t, reason.KeysUnavailable, refused.Reason)
	s.Fail(oidctest.JWKS, oidctest.Fault{})
	s.Resume()
	require.Eventually(t, func() bool {
		_, err := s.auth.Check(withHeaders("Bearer " + token))
		return err == nil
	}, 10*time.Second, time.Millisecond, "recovered without a restart")
}

// The fifth of five bare RSA keys is never tried for a token with a foreign kid, so New warns.
func TestKeysThatAreNeverTriedWarn(t *testing.T) {
	var text certsource.PEM
	list := &denylist.Memory{} // without a list, New would warn about the other Authenticators
	for n := 1; n <= 5; n++ {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		text += publicPEM(t, key.Public())
		var log bytes.Buffer
		_, err = oidcauth.New(oidcauth.Config{
			Issuers:    []oidcauth.Issuer{{URL: "https://crowd.example", Audience: []string{audience}, Keys: text}},
			Revocation: oidcauth.Revocation{DenyList: list},
			Logger:     slog.New(slog.NewTextHandler(&log, nil)),
		})
		require.NoError(t, err)
		require.Equal(t, n > 4, log.Len() > 0, log.String())
	}
}
