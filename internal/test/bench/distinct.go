package main

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
)

const (
	streamed = "ES256" // signs fast enough for a million tokens
	batch    = 10_000  // tokens in memory
)

// byDistinct offers ever more distinct tokens to one cache, and looks at what stays in memory.
func byDistinct(p plan) (*table, error) {
	t := &table{
		title:   "Growth with the number of distinct tokens, " + streamed,
		columns: []string{"tokens offered", "× limit, first sight", "quartiles", "heap, MiB", "tokens kept", "MiB by their own count"},
		notes: []string{
			p.origin() + ", here of batches since the line before; 2 cores",
			"The cache has its default bounds: 10,000 tokens and 64 MiB, by an estimate. Refused tokens are not kept: the one that is was good, and came before them.",
			"The heap is what is live beyond what was before the authenticator. The tokens themselves are gone by then.",
		},
	}
	s, err := newSite(streamed)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	most := max(p.distinct/2, 1) * 2 // for two cores
	marks := slices.DeleteFunc([]int{1000, 10_000, 100_000, 1_000_000}, func(n int) bool { return n >= most })
	if err := offer(t, s, append(marks, most), accepted); err != nil {
		return nil, err
	}
	return t, offer(t, s, []int{most}, refused)
}

// offer adds a line for one token, and at each mark.
func offer(t *table, s *site, marks []int, want verdict) error {
	token, err := s.token(nil)
	if err != nil {
		return err
	}
	one := requests([]string{token})[0]
	before := heap()
	auth, err := newAuthenticator(s, nil)
	if err != nil {
		return err
	}
	held := candidate{build: func(*site, http.Handler) (http.Handler, error) { return auth.Handler(next), nil }}
	if _, err := held.warm(s, one); err != nil {
		return err
	}
	line := func(n int, first, spread string) {
		kept, name := auth.Status().Caches[0], fmt.Sprint(n)
		if first != "" && want == refused {
			name += ", bad signature"
		}
		t.add(name, first, spread, mebibytes(heap()-before), fmt.Sprint(kept.Entries), mebibytes(kept.Bytes))
	}
	if want == accepted {
		line(1, "", "")
	}
	offered := 0
	for _, mark := range marks {
		var samples []float64
		for offered < mark {
			n := min(batch, mark-offered, max(mark/20, 1)*2) // ten batches or more, to take the median of
			sample, err := stream(held, s, one, n, want)
			if err != nil {
				return err
			}
			samples, offered = append(samples, sample), offered+n
		}
		r := summarize(samples)
		line(offered, r.String(), r.spread())
	}
	return nil
}

// stream offers a batch, beside a tenth of it to the limit.
func stream(held candidate, s *site, one *http.Request, n int, want verdict) (float64, error) {
	seal := func(n int) ([]string, error) { return s.tokens(n, nil) }
	good, err := seal(max(n/20, 1) * 2)
	if err != nil {
		return 0, err
	}
	if want == refused {
		seal = s.forgeries
	}
	tokens, err := seal(n)
	if err != nil {
		return 0, err
	}
	base, err := limit(s, good)
	if err != nil {
		return 0, err
	}
	p := pair{{base, 2}, {held.subject(s, one, requests(tokens), want), 2}}
	return p.sample([2]int{len(good) / 2, n / 2}, 0)
}

// heap is what is live. What pools hold takes two collections to go.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func mebibytes(n int) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }
