// Command bench times knownbearer beside other libraries on this machine, in one run:
//
//	go -C internal/test/bench run .
//	go -C internal/test/bench run . -table refused,users -markdown
//	go -C internal/test/bench run . -update README.md
//
// It prints the tables algorithms, refused, growth and users. What is timed is a middleware around an empty handler. It
// checks signature, iss, aud and exp of a token that it has never seen before, unless the line says so, of 20 claims and
// about 1.1 KB, with the keys at hand. Figures are multiples of the limit: the bare signature over the hash of what was
// signed, with a prepared key. A time alone says nothing about another machine, or about this one a minute later; so limit
// and candidate alternate slot by slot, and the limit stands against itself to show the noise.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/readme"
)

// plan is what the flags say.
type plan struct {
	meter
	algs     []string // the tables other than algorithms take the first
	only     string
	pool     int // distinct tokens of a kind, made beforehand
	distinct int // most tokens that the table of distinct ones offers
	page     string
}

// printer takes a table as soon as it is measured.
type printer func(*table) error

// tables can be chosen; names is their order.
var (
	names  = []string{"algorithms", "refused", "growth", "users"}
	tables = map[string]func(plan, printer) error{
		"algorithms": algorithmTables, "refused": refusedTables, "growth": growthTables, "users": userTables,
	}
)

func main() {
	chosen := flag.String("table", strings.Join(names, ","), "tables")
	algs := flag.String("alg", strings.Join(algorithms, ","), "signature algorithms; the tables other than algorithms take the first")
	only := flag.String("only", "", "candidates whose name holds this text")
	rounds := flag.Int("rounds", 8, "pairs of slots that each figure is the median of")
	slot := flag.Duration("slot", 20*time.Millisecond, "length of a slot")
	pool := flag.Int("tokens", 2000, "distinct tokens of each algorithm")
	distinct := flag.Int("distinct", 1_000_000, "most distinct tokens offered to one cache")
	markdown := flag.Bool("markdown", false, "print Markdown")
	update := flag.String("update", "", "write the tables into this page of Markdown as well, where it marks them by their titles")
	flag.Parse()
	p := plan{meter{*rounds, *slot}, strings.Split(*algs, ","), *only, *pool, *distinct, *update}
	if err := p.report(os.Stdout, strings.Split(*chosen, ","), *markdown); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errNoTable = errors.New("there is no such table")

// report prints the tables of these names.
func (p plan) report(w io.Writer, chosen []string, markdown bool) error {
	for _, name := range chosen {
		measure, ok := tables[name]
		if !ok {
			return fmt.Errorf("%w: %q", errNoTable, name)
		}
		if err := measure(p, func(t *table) error { return errors.Join(t.write(w, markdown), p.update(t)) }); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// update writes the table into the page, if there is one that marks it.
func (p plan) update(t *table) error {
	if p.page == "" {
		return nil
	}
	err := readme.WriteTable(p.page, t.title, t.lines())
	if errors.Is(err, readme.ErrNoTable) {
		return nil
	}
	return err
}
