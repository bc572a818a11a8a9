// Package rate limits how often something happens. Its clock is that of the caller.
package rate

import "time"

// Bucket is a token bucket: it allows Burst tokens at once, and then one for each Interval. It is not safe for
// concurrent use; the caller holds a lock.
type Bucket struct {
	Interval time.Duration
	Burst    int
	Wait     time.Duration // How long a token may be taken in advance.

	full time.Time // The time at which the bucket is full again.
}

// Take takes a token and returns how long to wait before its use. ok is false if none becomes available within Wait.
func (b *Bucket) Take(now time.Time) (delay time.Duration, ok bool) {
	whole := time.Duration(b.Burst) * b.Interval
	if b.full.Before(now) {
		b.full = now
	}
	if latest := now.Add(whole + b.Wait); b.full.After(latest) {
		b.full = latest // The clock was set back.
	}
	delay = max(0, b.full.Add(b.Interval-whole).Sub(now))
	if delay > b.Wait {
		return 0, false
	}
	b.full = b.full.Add(b.Interval)
	return delay, true
}
