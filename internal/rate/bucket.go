// Package rate bounds how often something is done, on an injected clock.
package rate

import "time"

// Bucket is a token bucket: Burst at once, then one per Interval. It is not safe for concurrent use; its owner holds a
// lock.
type Bucket struct {
	Interval time.Duration
	Burst    int
	Wait     time.Duration // how far ahead a token may be taken

	full time.Time // when the bucket is full again
}

// Take returns how long to wait before the token taken may be used; !ok: none is due in time.
func (b *Bucket) Take(now time.Time) (delay time.Duration, ok bool) {
	whole := time.Duration(b.Burst) * b.Interval
	if b.full.Before(now) {
		b.full = now
	}
	if latest := now.Add(whole + b.Wait); b.full.After(latest) {
		b.full = latest // the clock was set back: never wait for it to catch up
	}
	delay = max(0, b.full.Add(b.Interval-whole).Sub(now))
	if delay > b.Wait {
		return 0, false
	}
	b.full = b.full.Add(b.Interval)
	return delay, true
}
