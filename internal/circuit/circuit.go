package circuit

import (
	"slices"
	"time"
)

// failure is a failed call.
type failure struct {
	Key
	at time.Time
}

// begin counts a call that has a slot. It checks the circuit again, which may have opened while the caller waited.
func (g *Gate) begin(k Key) (era uint64, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.admit(k); err != nil {
		return 0, err
	}
	if g.stats.Open {
		g.tries = append(g.tries, k)
	}
	g.stats.Calls++
	g.stats.InFlight++
	return g.era, nil
}

// end counts the outcome of a call.
func (g *Gate) end(k Key, era uint64, outcome Outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stats.InFlight--
	if era == g.era {
		g.tries = slices.DeleteFunc(g.tries, func(try Key) bool { return try == k })
	}
	if outcome == Failure || outcome == Suspect {
		g.stats.Failures++
	}
	now := g.now() // The counters above must be right even if the clock panics.
	g.remember(k, outcome, now)
	if era == g.era {
		g.openOrClose(k, outcome, now)
	}
}

// remember stores or removes the failure of a key.
func (g *Gate) remember(k Key, outcome Outcome, now time.Time) {
	switch outcome {
	case Success:
		delete(g.failed, k)
	case Failure, Suspect:
		g.failed.set(k, failedKey{at: now, suspect: outcome == Suspect}, g.policy.Window)
	}
}

// openOrClose opens or closes the circuit after a call. A Suspect closes an open circuit, because the endpoint was reached.
// It never opens the circuit, because the endpoint may have failed only for this key.
func (g *Gate) openOrClose(k Key, outcome Outcome, now time.Time) {
	switch {
	case outcome == Success, outcome == Suspect && g.stats.Open:
		g.inARow = nil
		if g.stats.Open {
			g.stats.Open, g.tries = false, nil
			g.era++
		}
	case outcome == Failure:
		g.inARow = slices.DeleteFunc(g.inARow, func(f failure) bool {
			return f.Key == k || !within(f.at, now, g.policy.Window)
		})
		g.inARow = append(g.inARow, failure{k, now})
		if len(g.inARow) >= g.policy.Failures {
			g.open(now)
		}
	}
}

func (g *Gate) open(now time.Time) {
	if !g.stats.Open {
		g.stats.Opened++
		g.era++
	}
	g.inARow = nil
	g.stats.Open, g.openTill = true, now.Add(g.policy.Pause)
}
