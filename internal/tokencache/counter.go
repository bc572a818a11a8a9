package tokencache

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
)

// counter counts on many cores at once: each time in another of many cells, so that cores seldom meet in one.
type counter struct{ cells []cell }

type cell struct {
	n atomic.Uint64
	_ [120]byte // two cache lines, for some processors fetch them in pairs
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
