//go:build !race

package oidcauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool drop values at random, so allocations are counted without the race detector only.
func TestAllocationsOfASeenToken(t *testing.T) {
	configs := seenBefore(t)
	for name, most := range map[string]float64{
		"plain":   1, // the copy of the request, with its context
		"OnEvent": 2, // and the decision, with the Identity
	} {
		handler, r := hotToken(t, configs[name])
		w := &discard{}
		require.LessOrEqual(t, testing.AllocsPerRun(1000, func() { handler.ServeHTTP(w, r) }), most, name)
	}
}

// The verdict of a shadow about a cached token is cached too.
func TestShadowOfASeenTokenAllocatesNothing(t *testing.T) {
	s := newService(t, withStoppedClock, withConfig(seenBefore(t)["shadow"]))
	handler := s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r, w := withHeaders("Bearer "+s.Token(audience, twentyClaims(0))), &discard{}
	handler.ServeHTTP(w, r)
	require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged == 1 }, 10*time.Second, time.Millisecond)
	require.LessOrEqual(t, testing.AllocsPerRun(1000, func() { handler.ServeHTTP(w, r) }), 1.0)
	require.EqualValues(t, 1002, s.auth.Status().Shadow.Judged)
}
