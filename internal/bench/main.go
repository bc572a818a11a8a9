// Command bench times knownbearer beside other libraries on this machine, in one run:
//
//	go -C internal/bench run .
//
// Each line is a middleware around an empty handler. It checks signature, iss, aud and exp of a token that it has never
// seen before, unless the line says so, of 20 claims and about 1.1 KB, with the keys at hand. Figures are multiples of the limit: the bare signature
// over the hash of what was signed, with a prepared key. A time alone says nothing about another machine, or about this
// one a minute later; so limit and candidate alternate slot by slot, and the limit stands against itself to show the noise.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

func main() {
	algs := flag.String("alg", strings.Join(algorithms, ","), "signature algorithms")
	only := flag.String("only", "", "candidates whose name holds this text")
	rounds := flag.Int("rounds", 8, "pairs of slots that each figure is the median of")
	slot := flag.Duration("slot", 20*time.Millisecond, "length of a slot")
	pool := flag.Int("tokens", 2000, "distinct tokens of each algorithm")
	markdown := flag.Bool("markdown", false, "print Markdown")
	flag.Parse()
	chosen := slices.DeleteFunc(slices.Clone(candidates), func(c candidate) bool { return !strings.Contains(c.name, *only) })
	for alg := range strings.SplitSeq(*algs, ",") {
		if err := report(os.Stdout, meter{*rounds, *slot}, alg, *pool, chosen, *markdown); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

func report(w io.Writer, m meter, alg string, pool int, chosen []candidate, markdown bool) error {
	s, err := newSite(alg)
	if err != nil {
		return err
	}
	defer s.Close()
	tokens, err := s.tokens(pool + 1)
	if err != nil {
		return err
	}
	t, err := m.measure(s, tokens, chosen)
	if err != nil {
		return err
	}
	return t.write(w, markdown)
}

// measure compares each candidate with the limit on one core and on two, and with itself.
func (m meter) measure(s *site, tokens []string, chosen []candidate) (*table, error) {
	all := requests(tokens)
	base, err := limit(s, tokens[1:])
	if err != nil {
		return nil, err
	}
	t := &table{
		title:   fmt.Sprintf("%s, a token of %d bytes", s.alg, len(tokens[0])),
		columns: []string{"", "× limit, 1 core", "quartiles", "× limit, 2 cores", "throughput 1 → 2", "allocations", "bytes"},
		notes:   []string{fmt.Sprintf("%s, %s/%s, %d cores; medians of %d rounds", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), m.rounds)},
	}
	subjects := []subject{base}
	for _, c := range chosen {
		one := c.subject(s, all[0], all[1:])
		one.name = strings.TrimSpace(c.name + " " + versionOf(c.module))
		subjects = append(subjects, one)
	}
	var pairs []pair
	for _, one := range subjects {
		pairs = append(pairs, pair{{base, 1}, {one, 1}}, pair{{base, 2}, {one, 2}}, pair{{one, 2}, {one, 1}})
	}
	figures, err := m.compare(pairs)
	if err != nil {
		return nil, err
	}
	for i, one := range subjects {
		count, bytes, err := allocations(one)
		if err != nil {
			return nil, err
		}
		f := figures[3*i:]
		t.add(one.name, f[0].String(), f[0].spread(), f[1].String(), f[2].String(), fmt.Sprint(count), fmt.Sprint(bytes))
	}
	return t, nil
}

// versionOf is the version of a module in this binary; empty where it is not known.
func versionOf(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	i := slices.IndexFunc(info.Deps, func(d *debug.Module) bool { return d.Path == module })
	if i < 0 {
		return ""
	}
	return info.Deps[i].Version
}
