//go:build !race

package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The race detector makes sync.Pool drop values at random, so allocations are counted without the race detector only.
func TestDecisionOfASeenTokenCostsTwoAllocations(t *testing.T) {
	configs, cost := seenBefore(t), map[string]float64{}
	for _, name := range []string{"plain", "OnDecision"} {
		handler, r := hotToken(t, configs[name])
		w := &discard{}
		cost[name] = testing.AllocsPerRun(1000, func() { handler.ServeHTTP(w, r) })
	}
	require.LessOrEqual(t, cost["OnDecision"], cost["plain"]+2)
}
