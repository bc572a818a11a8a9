//go:build !race

package promauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// The hook runs for each request. The race detector makes sync.Pool drop values at random, so allocations are counted without it.
func TestRepeatedDecisionAllocatesNothing(t *testing.T) {
	m := hook(t)
	d := &decision.Decision{Accepted: true, Cached: true, Issuer: "https://login.example.com", Elapsed: time.Microsecond}
	e := decision.Event{Kind: decision.Accepted, Issuer: d.Issuer, Decision: d}
	ctx := t.Context()
	require.Zero(t, testing.AllocsPerRun(1000, func() { m(ctx, e) }))
}
