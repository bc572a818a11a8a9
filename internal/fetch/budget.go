package fetch

import "time"

// budget is a token bucket on an injected clock: burst at once, then one per interval.
// It is not safe for concurrent use; its owner holds a lock.
type budget struct {
	interval time.Duration
	burst    int
	wait     time.Duration // how far ahead a token may be taken
	full     time.Time     // when the bucket is full again
}

// take returns how long to wait before the token taken may be used; !ok: none is due in time.
func (b *budget) take(now time.Time) (delay time.Duration, ok bool) {
	whole := time.Duration(b.burst) * b.interval
	if b.full.Before(now) {
		b.full = now
	}
	if latest := now.Add(whole + b.wait); b.full.After(latest) {
		b.full = latest // the clock was set back: never wait for it to catch up
	}
	delay = max(0, b.full.Add(b.interval-whole).Sub(now))
	if delay > b.wait {
		return 0, false
	}
	b.full = b.full.Add(b.interval)
	return delay, true
}

// Policy bounds how a value is refreshed. A zero field means its default.
type Policy struct {
	Interval     time.Duration // between flights once Burst is used up; default 5 s
	Burst        int           // flights at once; default 3
	Wait         time.Duration // how long a refresh may wait for its turn; default 2 s, negative: not at all
	RefreshAfter time.Duration // age from which reading starts a flight; default 10 min
	MaxStale     time.Duration // age beyond which a value is not used; default 24 h
}

func (p Policy) withDefaults() Policy {
	set := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	set(&p.Interval, 5*time.Second)
	set(&p.Wait, 2*time.Second)
	set(&p.RefreshAfter, 10*time.Minute)
	set(&p.MaxStale, 24*time.Hour)
	p.Wait = max(p.Wait, 0)
	if p.Burst <= 0 {
		p.Burst = 3
	}
	return p
}
