package tokencache

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
)

// counter is a counter that many cores can increase at once. Each increase uses a random cell, so that two cores seldom
// use the same one.
type counter struct{ cells []cell }

type cell struct {
	n atomic.Uint64
	_ [120]byte // A cell has two cache lines, because some processors fetch them in pairs.
}

const maxCells = 256

func newCounter() counter {
	return counter{make([]cell, 1<<bits.Len(uint(min(4*runtime.GOMAXPROCS(0), maxCells)-1)))}
}

func (c counter) add() { c.cells[rand.Uint32()&uint32(len(c.cells)-1)].n.Add(1) }

func (c counter) load() (sum uint64) {
	for i := range c.cells {
		sum += c.cells[i].n.Load()
	}
	return sum
}
