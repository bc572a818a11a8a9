package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// work is one lane of a subject made ready for one slot. Lanes run at the same time and share what is timed.
type work struct {
	do    func(i int)       // the i-th operation of the subject
	check func(n int) error // whether all n operations ended as they should; a benchmark of errors is worth nothing
}

// subject is something that is timed. Everything in prepare is outside the time.
type subject struct {
	name    string
	most    int // operations that one prepare is good for
	prepare func(lanes int) ([]work, error)
}

// trial is a subject on that many cores.
type trial struct {
	subject
	cores int
}

// run times n operations in each lane. The collection before makes every slot pay for its own garbage only.
func (t trial) run(n int) (time.Duration, error) {
	lanes, err := t.prepare(t.cores)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", t.name, err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(t.cores))
	runtime.GC()
	var ready, done sync.WaitGroup
	begin := make(chan struct{})
	for lane, w := range lanes {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-begin
			for i := range n {
				w.do(lane*n + i)
			}
		})
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	done.Wait()
	took := time.Since(start)
	for _, w := range lanes {
		if err := w.check(n); err != nil {
			return 0, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return took, nil
}

// meter times trials in slots.
type meter struct {
	rounds int
	slot   time.Duration
}

// size finds how many operations in each lane fill a slot.
func (m meter) size(t trial) (int, error) {
	most := t.most / t.cores
	for n := min(16, most); ; n = min(4*n, most) {
		took, err := t.run(n)
		if err != nil {
			return 0, err
		}
		if fill := int(float64(n) * float64(m.slot) / float64(max(took, 1))); n == most || fill <= 4*n {
			return max(min(fill, most), 1), nil
		}
	}
}

// ratio is how much longer an operation of one trial takes than one of another: the median of the rounds, and their
// quartiles.
type ratio struct{ median, low, high float64 }

func (r ratio) String() string { return fmt.Sprintf("%.2f", r.median) }

func (r ratio) spread() string { return fmt.Sprintf("%.2f–%.2f", r.low, r.high) }

// pair is two trials, of which the second is told as a multiple of the first.
type pair [2]trial

// compare alternates the two trials of each pair, slot by slot, so that whatever else the machine does falls on both;
// which goes first changes every round. A round goes through all pairs, so that none has a bad minute for itself.
func (m meter) compare(pairs []pair) ([]ratio, error) {
	sizes, samples := make([][2]int, len(pairs)), make([][]float64, len(pairs))
	for i, p := range pairs {
		for side, t := range p {
			var err error
			if sizes[i][side], err = m.size(t); err != nil {
				return nil, err
			}
		}
	}
	for round := range m.rounds {
		for i, p := range pairs {
			sample, err := p.sample(sizes[i], round%2)
			if err != nil {
				return nil, err
			}
			samples[i] = append(samples[i], sample)
		}
	}
	out := make([]ratio, len(pairs))
	for i := range samples {
		out[i] = summarize(samples[i])
	}
	return out, nil
}

func (p pair) sample(sizes [2]int, first int) (float64, error) {
	var each [2]float64
	for _, side := range [...]int{first, 1 - first} {
		took, err := p[side].run(sizes[side])
		if err != nil {
			return 0, err
		}
		each[side] = float64(took) / float64(sizes[side]*p[side].cores)
	}
	return each[1] / max(each[0], 1e-3), nil // a clock may stand still
}

func summarize(samples []float64) ratio {
	sorted := slices.SortedFunc(slices.Values(samples), cmp.Compare)
	at := func(q float64) float64 { // between the two nearest
		pos := q * float64(len(sorted)-1)
		i := int(pos)
		j := min(i+1, len(sorted)-1)
		return sorted[i] + (pos-float64(i))*(sorted[j]-sorted[i])
	}
	return ratio{median: at(0.5), low: at(0.25), high: at(0.75)}
}

// allocations and bytes per operation. Goroutines in the background allocate too, hence the least of a few tries.
func allocations(s subject) (count, bytes uint64, err error) {
	n := min(256, s.most)
	count, bytes = ^uint64(0), ^uint64(0)
	for range 3 {
		lanes, err := s.prepare(1)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", s.name, err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range n {
			lanes[0].do(i)
		}
		runtime.ReadMemStats(&after)
		if err := lanes[0].check(n); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", s.name, err)
		}
		count = min(count, (after.Mallocs-before.Mallocs)/uint64(n))
		bytes = min(bytes, (after.TotalAlloc-before.TotalAlloc)/uint64(n))
	}
	return count, bytes, nil
}
