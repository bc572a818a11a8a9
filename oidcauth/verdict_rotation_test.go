package oidcauth_test

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func underKid(kid string, key *signingKey) verdict {
	return verdict{key: key, header: obj{"kid": kid}, claims: obj{"exp": inSeconds(1e6)}}
}

// started returns a world that has fetched the first key.
func started(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.start(t, nil)
	require.Empty(t, w.reason(t, underKid("k1", es256())))
	return w
}

func TestVerdictRotationKeyRemovedIsTrustedNoLonger(t *testing.T) {
	w := started(t)
	w.publish(jwkOf("k2", "", edDSA().public))
	require.Empty(t, w.reason(t, underKid("k2", edDSA())), "the request that sees the new key is itself served")
	require.Equal(t, reason.KeyNotFound, w.reason(t, underKid("k1", es256())))
}

func TestVerdictRotationFloodOfUnknownKids(t *testing.T) {
	w := started(t)
	for i := range 500 {
		require.Equal(t, reason.KeyNotFound, w.reason(t, underKid(fmt.Sprint("evil", i), attacker())))
	}
	require.LessOrEqual(t, w.count(idpKeys), 3)
	require.Empty(t, w.reason(t, underKid("k1", es256())), "what is held serves during a flood")
	w.publish(jwkOf("k1", "", es256().public), jwkOf("k2", "", edDSA().public))
	w.advance(5 * time.Second)
	require.Empty(t, w.reason(t, underKid("k2", edDSA())), "a genuine rotation is seen within the interval")
	require.LessOrEqual(t, w.count(idpKeys), 4)
}

func TestVerdictRotationConcurrentFlood(t *testing.T) {
	w := started(t)
	verdicts := make([]reason.Reason, 200)
	var all sync.WaitGroup
	for i := range verdicts {
		all.Go(func() {
			r := withHeaders("Bearer " + underKid(fmt.Sprint("evil", i), attacker()).token())
			verdicts[i] = reasonOf(t, w.auth, r)
		})
	}
	all.Wait()
	for _, v := range verdicts {
		require.Equal(t, reason.KeyNotFound, v)
	}
	require.LessOrEqual(t, w.count(idpKeys), 3)
	require.Empty(t, w.strays())
}

func TestVerdictRotationFloodWithoutKid(t *testing.T) {
	w := started(t)
	for range 100 {
		require.Equal(t, reason.InvalidSignature, w.reason(t, verdict{key: attacker(), header: obj{"kid": nil}}))
	}
	require.LessOrEqual(t, w.count(idpKeys), 3)
}

func TestVerdictRotationMissingKidIsCached(t *testing.T) {
	w := started(t)
	for range 10 {
		require.Equal(t, reason.KeyNotFound, w.reason(t, underKid("evil", attacker())))
	}
	require.Equal(t, 2, w.count(idpKeys))
	w.publish(jwkOf("k2", "", edDSA().public))
	require.Empty(t, w.reason(t, underKid("k2", edDSA())), "what is left of the burst serves a genuine rotation")
}

// An attacker sends the kid of a future key, so that the service caches it as missing.
func TestVerdictRotationKidNamedBefore(t *testing.T) {
	w := started(t)
	require.Equal(t, reason.KeyNotFound, w.reason(t, underKid("k2", attacker())))
	w.publish(jwkOf("k2", "", edDSA().public))
	w.advance(5 * time.Second)
	require.Empty(t, w.reason(t, underKid("k2", edDSA())))
}

// An attacker sends the kid of a cached key, with an algorithm that the key does not fit.
func TestVerdictRotationHeldKidNamedWithAnotherAlgorithm(t *testing.T) {
	w := started(t)
	require.Equal(t, reason.KeyNotFound, w.reason(t, underKid("k1", edDSA())))
	require.Empty(t, w.reason(t, underKid("k1", es256())))
}

func TestVerdictRotationKeysOutliveBadAnswers(t *testing.T) {
	odd := jwkWith(edDSA(), obj{"use": "enc"})
	for name, a := range map[string]answer{
		"500": {status: 500}, "404": {status: 404}, "HTML": {body: "<html>"}, "empty": {}, "empty set": {body: `{"keys":[]}`},
		"no usable key": {body: `{"keys":[` + odd + `]}`},
		"endless":       {endless: true}, "redirect": {status: 302, location: "https://evil.example"}, "panic": {panics: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := started(t)
			w.set(idpKeys, a)
			require.Equal(t, reason.KeysUnavailable, w.reason(t, underKid("k2", edDSA())), "it is unknown whether k2 is one of the provider's")
			require.Empty(t, w.reason(t, underKid("k1", es256())), "what is held serves on")
			require.Equal(t, reason.InvalidSignature, w.reason(t, underKid("k1", attacker())))
			w.publish(jwkOf("k2", "", edDSA().public))
			w.advance(5 * time.Second)
			require.Empty(t, w.reason(t, underKid("k2", edDSA())), "recovered without a restart")
		})
	}
}

// If the keys have another URL, discovery is requested again. Its document must still name the same issuer.
func TestVerdictRotationOfDiscovery(t *testing.T) {
	for name, c := range map[string]struct {
		document answer
		want     reason.Reason
	}{
		"moved":        {document(`"issuer":"` + idp + `","jwks_uri":"` + idp + `/new"`), ""},
		"another's":    {document(`"issuer":"https://evil.example","jwks_uri":"` + idp + `/new"`), reason.KeysUnavailable},
		"down as well": {answer{status: 500}, reason.KeysUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := started(t)
			w.set(idp+"/new", answer{body: `{"keys":[` + jwkOf("k2", "", edDSA().public) + "]}"})
			w.set(idpKeys, answer{status: 404})
			w.set(idpDiscovery, c.document)
			require.Equal(t, reason.KeysUnavailable, w.reason(t, underKid("k2", edDSA())))
			w.advance(5 * time.Second)
			require.Equal(t, c.want, w.reason(t, underKid("k2", edDSA())))
		})
	}
}

// The provider replaces a key and keeps its kid. A token of the new key is accepted, and a token of the old key is refused.
func TestVerdictRotationUnderOneKid(t *testing.T) {
	for name, header := range map[string]obj{
		"kid": {"kid": "k1"}, "x5t": {"kid": nil, "x5t": "AAAA"}, "x5t#S256": {"kid": nil, "x5t#S256": "AAAA"}, "neither": {"kid": nil},
	} {
		t.Run(name, func(t *testing.T) {
			of := func(key *signingKey) verdict {
				return verdict{key: key, header: header, claims: obj{"exp": inSeconds(1e6)}}
			}
			publish := func(w *world, key *signingKey) {
				w.publish(jwkWith(key, obj{"x5t": "AAAA", "x5t#S256": "AAAA"}))
			}
			w := newWorld(t)
			publish(w, es256())
			w.start(t, nil)
			require.Empty(t, w.reason(t, of(es256())))
			next := newEC("ES256", elliptic.P256(), crypto.SHA256)
			publish(w, next)
			require.Empty(t, w.reason(t, of(next)), "the request that meets the new key is itself served")
			require.Equal(t, 2, w.count(idpKeys))
			w.advance(time.Second)
			require.Equal(t, reason.InvalidSignature, w.reason(t, of(es256())))
		})
	}
}

// Forged signatures with a known kid cause one fetch in an interval. The other permitted fetches remain for new kids.
func TestVerdictRotationFloodUnderAKnownKid(t *testing.T) {
	w := started(t)
	for range 5 {
		for range 50 {
			require.Equal(t, reason.InvalidSignature, w.reason(t, underKid("k1", attacker())))
		}
		w.advance(5 * time.Second)
	}
	require.Equal(t, 1+5, w.count(idpKeys))
	require.Equal(t, reason.InvalidSignature, w.reason(t, underKid("k1", attacker())))
	w.publish(jwkOf("k1", "", es256().public), jwkOf("k2", "", edDSA().public))
	require.Empty(t, w.reason(t, underKid("k2", edDSA())), "a rotation is seen at once")
}

func TestVerdictRotationFloodUnderAKnownThumbprint(t *testing.T) {
	w := newWorld(t)
	w.publish(jwkWith(es256(), obj{"x5t": "AAAA", "x5t#S256": "BBBB"}))
	w.start(t, nil)
	for range 5 {
		for _, header := range []obj{{"kid": nil, "x5t": "AAAA"}, {"kid": nil, "x5t#S256": "BBBB"}} {
			require.Equal(t, reason.InvalidSignature, w.reason(t, verdict{key: attacker(), header: header}))
		}
	}
	require.Equal(t, 2, w.count(idpKeys))
}

// A token that is refused for its type causes no fetch, even if its key is unknown.
func TestVerdictRotationTokenThatCannotBeGoodFetchesNothing(t *testing.T) {
	w := started(t)
	v := underKid("k1", attacker())
	v.claims["aud"] = "api://another"
	v.header["typ"] = "logout+jwt"
	require.Equal(t, reason.WrongTokenType, w.reason(t, v))
	require.Equal(t, 1, w.count(idpKeys))
}

// The explanation of a refused token uses only cached keys. If the token has no kid, its key may be one that was not fetched
// yet, so the signature is not reported as a fault.
func TestVerdictRotationRefusedTokenIsExaminedWithTheKeysHeld(t *testing.T) {
	for name, c := range map[string]struct {
		header obj
		wrong  bool
	}{
		"kid": {obj{"kid": "k1"}, true}, "x5t": {obj{"kid": nil, "x5t": "AAAA"}, true}, "x5t#S256": {obj{"kid": nil, "x5t#S256": "BBBB"}, true},
		"neither": {obj{"kid": nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.publish(jwkWith(es256(), obj{"x5t": "AAAA", "x5t#S256": "BBBB"}))
			var d *decision.Decision
			w.start(t, func(config *oidcauth.Config) {
				config.OnEvent = onDecision(func(_ context.Context, decided *decision.Decision) { d = decided })
			})
			require.Empty(t, w.reason(t, verdict{}))
			c.header["typ"] = "logout+jwt"
			require.Equal(t, reason.WrongTokenType, w.reason(t, verdict{key: attacker(), header: c.header}))
			require.Equal(t, 1, w.count(idpKeys))
			var reasons []reason.Reason
			for _, f := range d.Faults() {
				reasons = append(reasons, f.Reason)
			}
			require.Equal(t, c.wrong, slices.Contains(reasons, reason.InvalidSignature), reasons)
		})
	}
}
