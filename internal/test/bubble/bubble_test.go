package bubble_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/bubble"
)

func TestAdvanceReturnsWhenTheGoroutinesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, rings := time.Now(), 0
		time.AfterFunc(time.Hour, func() { rings++ })
		bubble.Advance(time.Hour - 1)
		require.Zero(t, rings)
		bubble.Advance(1)
		require.Equal(t, 1, rings)
		require.Equal(t, time.Hour, time.Since(start))
	})
}

func TestAdvancePanicsOutsideABubble(t *testing.T) {
	require.Panics(t, func() { bubble.Advance(time.Hour) })
}
