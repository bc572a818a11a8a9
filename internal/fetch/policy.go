package fetch

import (
	"log/slog"
	"time"
)

// Policy bounds how often a value is refreshed, and how long it is used. A zero field means its default.
type Policy struct {
	// Interval is the time between flights once Burst is used up. The default is 5 s.
	Interval time.Duration
	// Burst is how many flights may follow each other without Interval between them. The default is 3.
	Burst int
	// Wait is how long a refresh may wait for its turn. The default is 2 s; a negative value means no wait.
	Wait time.Duration
	// RefreshAfter is the age from which on a read starts a flight. The default is 10 min.
	RefreshAfter time.Duration
	// MaxStale is the age from which on a value is no longer used. The default is 24 h.
	MaxStale time.Duration
	// Logger receives a record when a load panics. The default is slog.Default().
	Logger *slog.Logger
	// Observer is told of the calls that a load makes, in place of the observer of the caller's context. It may be nil.
	Observer Observer
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
