package oidcauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// RFC 9864 gives EdDSA with Ed25519 the name Ed25519; both names mean one algorithm everywhere.
func TestVerdictAlgorithmOfRFC9864(t *testing.T) {
	only := func(algorithms ...string) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) { c.Issuers[0].Algorithms = algorithms }
	}
	named := func(alg string) func(*world) {
		jwk := jwkOf("k1", "EdDSA", edDSA().public)
		if alg == "" {
			return func(w *world) { w.publish(jwkOf("k1", "", edDSA().public)) }
		}
		return func(w *world) {
			w.publish(strings.Replace(jwk, `"EdDSA"`, `"`+alg+`"`, 1), jwkOf("k2", "ES256", es256().public))
		}
	}
	var out []verdict
	for _, header := range []string{"EdDSA", "Ed25519"} {
		for _, key := range []string{"", "EdDSA", "Ed25519"} {
			for name, config := range map[string]func(*oidcauth.Config){
				"any": nil, "EdDSA": only("ES256", "EdDSA"), "Ed25519": only("Ed25519"),
			} {
				out = append(out, verdict{name: header + ", key " + key + ", list " + name, key: edDSA(), header: obj{"alg": header}, world: named(key), config: config})
			}
		}
		out = append(out,
			verdict{name: header + " not in the list", key: edDSA(), header: obj{"alg": header}, world: named(""), config: only("ES256"), want: reason.AlgorithmRefused},
			verdict{name: header + ", key of Ed448", key: edDSA(), header: obj{"alg": header}, world: named("Ed448"), want: reason.KeyNotFound},
			verdict{name: header + " of an EC key", key: es256(), header: obj{"alg": header}, want: reason.KeyNotFound},
			verdict{name: header + " forged", key: attacker(), header: obj{"alg": header}, world: named(header), want: reason.InvalidSignature},
			verdict{name: "ES256 of a key for " + header, key: es256(), world: named(header), want: reason.KeyNotFound},
		)
	}
	for _, alg := range []string{"Ed448", "ed25519", "ED25519", "eddsa", "Ed25519ph", "ESP256", "ES256K"} {
		out = append(out, verdict{name: alg, key: edDSA(), header: obj{"alg": alg}, world: named(""), want: reason.AlgorithmRefused})
	}
	runVerdicts(t, out)
}

func TestAlgorithmThatIsNotSupportedIsNoConfiguration(t *testing.T) {
	for _, alg := range []string{"Ed448", "ESP256", "ed25519"} {
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}, Algorithms: []string{alg}}}, Logger: silent})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, "Issuers[0].Algorithms", fault.Field)
	}
}
