package drill_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func drills() []drill { return slices.Concat(microsoftDrills(), productDrills(), genericDrills()) }

func validRequests() []valid { return slices.Concat(microsoftValid(), productValid(), genericValid()) }

func TestDrillIsComplete(t *testing.T) {
	require.Len(t, drills(), 40)
	require.Len(t, validRequests(), 15)
	names := map[string]bool{}
	for _, d := range drills() {
		require.NotEmpty(t, d.story, d.name)
		require.NotEmpty(t, d.want, d.name)
		require.False(t, names[d.name], d.name)
		names[d.name] = true
	}
}
