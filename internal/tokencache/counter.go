package tokencache

import (
	"math/bits"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
)

// Counter is a counter that many cores can increase at once. Each increase uses a random cell, so that two cores seldom
// use the same one. Use [NewCounter].
type Counter struct{ cells []cell }

type cell struct {
	n atomic.Uint64
	_ [120]byte // A cell has two cache lines, because some processors fetch them in pairs.
}

const maxCells = 256

// NewCounter returns a counter of 0.
func NewCounter() Counter {
	return Counter{make([]cell, 1<<bits.Len(uint(min(4*runtime.GOMAXPROCS(0), maxCells)-1)))}
}

// Add adds 1.
func (c Counter) Add() { c.cells[rand.Uint32()&uint32(len(c.cells)-1)].n.Add(1) }

// Load returns the sum of all increases.
func (c Counter) Load() (sum uint64) {
	for i := range c.cells {
		sum += c.cells[i].n.Load()
	}
	return sum
}
