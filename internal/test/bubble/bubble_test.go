package bubble_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/bubble"
)

func TestAdvanceReturnsWhenTheGoroutinesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var rings atomic.Int32
		time.AfterFunc(time.Hour, func() { rings.Add(1) })
		bubble.Advance(time.Hour - 1)
		require.Zero(t, rings.Load())
		bubble.Advance(1)
		require.EqualValues(t, 1, rings.Load())
		require.Equal(t, time.Hour, time.Since(start))
	})
}

func TestAdvancePanicsOutsideABubble(t *testing.T) {
	require.Panics(t, func() { bubble.Advance(time.Hour) })
}
