package fetch

import (
	"log/slog"
	"time"
)

// Policy bounds how a value is refreshed. A zero field means its default.
type Policy struct {
	Interval     time.Duration // between flights once Burst is used up; default 5 s
	Burst        int           // flights at once; default 3
	Wait         time.Duration // how long a refresh may wait for its turn; default 2 s, negative: not at all
	RefreshAfter time.Duration // age from which reading starts a flight; default 10 min
	MaxStale     time.Duration // age beyond which a value is not used; default 24 h
	Logger       *slog.Logger  // told of a load that panics; default slog.Default()
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
