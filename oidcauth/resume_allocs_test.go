//go:build !race

package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A request with a session parses the stored claims, and makes an identity of them.
func TestAllocationsOfASession(t *testing.T) {
	configs := seenBefore(t)
	for name, most := range map[string]float64{
		"plain":     5, // the run, the session, the text of the claims, their index, and the Identity
		"user kept": 5,
		"OnEvent":   10, // and the decision
	} {
		v, e := hotSession(t, configs[name])
		r := withHeaders()
		require.LessOrEqual(t, testing.AllocsPerRun(1000, func() {
			if _, err := v.Resume(t.Context(), r, e); err != nil {
				t.Fatal(err)
			}
		}), most, name)
	}
}
