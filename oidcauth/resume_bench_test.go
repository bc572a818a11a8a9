package oidcauth_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// BenchmarkResume makes the identity of a session, as package login does for each request of a browser.
func BenchmarkResume(b *testing.B) {
	for name, change := range seenBefore(b) {
		b.Run(name, func(b *testing.B) {
			v, e := hotSession(b, change)
			r := withHeaders()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Resume(b.Context(), r, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// hotSession returns a Verifier, and the evidence of a session as a store returns it. The ID token has about twenty claims.
func hotSession(t testing.TB, change func(*oidcauth.Config)) (signin.Verifier, signin.Evidence) {
	t.Helper()
	s := newService(t, withStoppedClock, withConfig(change))
	claims := twentyClaims(0)
	delete(claims, "aud")
	delete(claims, "azp")
	text, err := json.Marshal(s.mustSignIn(t, claims))
	require.NoError(t, err)
	var stored signin.Evidence
	require.NoError(t, json.Unmarshal(text, &stored))
	return signin.Of(s.auth), stored
}
