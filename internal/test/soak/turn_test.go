package soak

import (
	"fmt"
	"sync"
	"time"
)

// publication is when a key is published, in steps from its first use.
type publication struct {
	name    string
	steps   int
	fetches int // while the key is in use, at most
}

// The one that comes late may cost the burst, of which each fetch is for those who came while the last one was under way,
// and then the one that finds it.
var publications = []publication{
	{"with its first use", 0, 1},
	{"after its first use", 2, burst + 1},
	{"a period before", -period, 1},
	{"just before", -1, 1},
}

const (
	step = time.Second
	// period is how many steps a key signs. A round needs five fetches, as a rule, and one is allowed in 5 s: if it took
	// less than 25, valid tokens would rightly have to wait for their turn, or be refused.
	period = 7
	// published are the keys in a set: the one in use, the next, the last one, which signs now and then, and one whose
	// tokens may be on their way still.
	published = 4
)

// turn is what happens to a key and its tokens.
type turn struct {
	signer
	publication
	before int // fetches, when it was first used

	mu      sync.Mutex
	settled time.Time     // since when it is published, and in use
	lag     time.Duration // from then until a token was served
	served  int
	refused int
}

func (u *turn) settle() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.settled = time.Now()
}

func (u *turn) count(served bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case !served:
		u.refused++
		return
	case u.served == 0:
		u.lag = time.Since(u.settled)
	}
	u.served++
}

// turns are the keys of a provider, one after the other, whose publications go round.
type turns struct {
	idp *idp

	mu   sync.Mutex
	made []*turn
	last int // the one in use
}

func newTurns(p *idp) *turns {
	r := &turns{idp: p}
	r.step(0)
	return r
}

// run takes so many steps.
func (r *turns) run(steps int) {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for n := range steps {
		<-tick.C
		r.step(n + 1)
	}
}

// step publishes keys, and takes one into use, whose time has come.
func (r *turns) step(s int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	current := s / period
	for n := max(0, current-1); n <= current+1; n++ {
		if u := r.turn(n); n*period+u.steps == s {
			u.settle()
			r.idp.publish(u.signer, published)
		}
	}
	if s%period != 0 {
		return
	}
	u := r.turn(current)
	u.before, _ = r.idp.asked("")
	if u.steps < 0 {
		u.settle()
	}
	r.last = current
}

func (r *turns) turn(n int) *turn {
	for m := len(r.made); m <= n; m++ {
		r.made = append(r.made, &turn{
			signer: signer{fmt.Sprint("turn", m), newKey()}, publication: publications[m%len(publications)],
		})
	}
	return r.made[n]
}

// used is the key in use, or one that was in use before.
func (r *turns) used(ago int) *turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[max(0, r.last-ago)]
}

// fetches are those while the key was in use.
func (r *turns) fetches(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[n+1].before - r.made[n].before
}

// over are the keys that sign no more.
func (r *turns) over() []*turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[:max(0, r.last-1)]
}
