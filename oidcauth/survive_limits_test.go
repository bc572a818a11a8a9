package oidcauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// What a header costs is bounded by its length, whatever stands in it.
func TestSurviveHugeHeaders(t *testing.T) {
	w := newWorld(t)
	w.start(t, nil)
	for name, c := range map[string]struct {
		header string
		want   oidcauth.Reason
	}{
		"dots":            {strings.Repeat(".", 1<<20), oidcauth.MalformedToken},
		"short parts":     {strings.Repeat("abc.", 1<<18), oidcauth.MalformedToken},
		"five parts":      {strings.Repeat(strings.Repeat("a", 1<<18)+".", 4), oidcauth.MalformedToken},
		"letters":         {strings.Repeat("a", 1<<20), oidcauth.MalformedToken},
		"equals signs":    {strings.Repeat("=", 1<<20), oidcauth.MalformedRequest},
		"quotes":          {strings.Repeat(`"`, 1<<20), oidcauth.MalformedRequest},
		"commas":          {strings.Repeat("a,", 1<<19), oidcauth.MalformedRequest},
		"Bearer for ever": {strings.Repeat("Bearer ", 1<<17), oidcauth.MalformedRequest},
	} {
		t.Run(name, func(t *testing.T) {
			r := withHeaders("Bearer " + c.header)
			before := allocated()
			require.Equal(t, c.want, reasonOf(t, w.auth, r))
			require.Less(t, allocated()-before, uint64(4<<20))
		})
	}
}
