//go:build !race

package oidcauth_test

import (
	"testing"

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
