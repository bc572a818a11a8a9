// Package bubble moves the clock of a bubble of testing/synctest.
package bubble

import (
	"testing/synctest"
	"time"
)

// Advance lets d pass, which takes no time, and returns when all goroutines of the bubble wait again. It panics outside a bubble, where
// it would sleep.
func Advance(d time.Duration) {
	synctest.Wait() // panics outside a bubble
	time.Sleep(d)
	synctest.Wait()
}
