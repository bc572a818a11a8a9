// Package rate limits how often something happens. Its clock is that of the caller.
package rate

import (
	"time"

	"golang.org/x/time/rate"
)

// Bucket is a token bucket: it allows Burst tokens at once, and then one for each Interval. It is not safe for
// concurrent use; the caller holds a lock.
type Bucket struct {
	Interval time.Duration
	Burst    int
	Wait     time.Duration // How long a token may be taken in advance.

	limiter *rate.Limiter // Nil until the first Take.
}

// Left returns how many tokens may be taken now without waiting, and the time of the next one if there is none. It takes no
// token.
func (b *Bucket) Left(now time.Time) (tokens int, next time.Time) {
	if b.limiter == nil {
		return b.Burst, time.Time{}
	}
	left := b.limiter.TokensAt(now)
	if left < 1 {
		return 0, now.Add(time.Duration((1 - left) * float64(b.Interval)))
	}
	return int(left), time.Time{}
}

// Take takes a token and returns how long to wait before its use. ok is false if none becomes available within Wait.
func (b *Bucket) Take(now time.Time) (delay time.Duration, ok bool) {
	if b.limiter == nil {
		b.limiter = rate.NewLimiter(rate.Every(b.Interval), b.Burst)
	}
	taken := b.limiter.ReserveN(now, 1)
	if delay = taken.DelayFrom(now); delay > b.Wait {
		taken.CancelAt(now) // It also takes over a clock that was set back; AllowN would wait until the clock catches up.
		return 0, false
	}
	return delay, true
}
