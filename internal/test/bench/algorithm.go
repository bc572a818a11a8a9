package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// algorithmTables compare the candidates, one table for each algorithm, and what matters most of all in one.
func algorithmTables(p plan, show printer) error {
	var each []*table
	for _, alg := range p.algs {
		t, err := p.algorithm(alg)
		if err != nil {
			return err
		}
		if err := show(t); err != nil {
			return err
		}
		each = append(each, t)
	}
	if len(each) < 2 {
		return nil
	}
	return show(p.together(each))
}

// together has the same lines as each.
func (p plan) together(each []*table) *table {
	t := &table{title: "All algorithms: × limit, 1 core", columns: append([]string{""}, p.algs...), notes: []string{p.origin()}}
	t.columns = append(t.columns, fmt.Sprintf("allocations (%s)", p.algs[0]))
	for i, first := range each[0].rows {
		cells := []string{first[0]}
		for _, one := range each {
			cells = append(cells, one.rows[i][1])
		}
		t.add(append(cells, first[5])...)
	}
	return t
}

func (p plan) algorithm(alg string) (*table, error) {
	s, err := newSite(alg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	tokens, err := s.tokens(p.pool+1, nil)
	if err != nil {
		return nil, err
	}
	all := requests(tokens)
	base, err := limit(s, tokens[1:])
	if err != nil {
		return nil, err
	}
	subjects := []subject{base}
	for _, c := range p.chosen(candidates) {
		subjects = append(subjects, c.subject(s, all[0], all[1:], accepted))
	}
	t := &table{title: fmt.Sprintf("%s, a token of %d bytes", s.alg, len(tokens[0]))}
	return t, p.compareOn(t, base, subjects)
}

// chosen are the candidates that the flags ask for.
func (p plan) chosen(all []candidate) []candidate {
	return slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return !strings.Contains(c.name, p.only) })
}

// compareOn fills the table with each subject against the limit on one core and on two, and against itself.
func (m meter) compareOn(t *table, base subject, subjects []subject) error {
	t.columns = []string{"", "× limit, 1 core", "quartiles", "× limit, 2 cores", "throughput 1 → 2", "allocations", "bytes"}
	t.notes = append(t.notes, m.origin())
	var pairs []pair
	for _, one := range subjects {
		pairs = append(pairs, pair{{base, 1}, {one, 1}}, pair{{base, 2}, {one, 2}}, pair{{one, 2}, {one, 1}})
	}
	figures, err := m.compare(pairs)
	if err != nil {
		return err
	}
	for i, one := range subjects {
		count, bytes, err := allocations(one)
		if err != nil {
			return err
		}
		f := figures[3*i:]
		t.add(one.name, f[0].String(), f[0].spread(), f[1].String(), f[2].String(), fmt.Sprint(count), fmt.Sprint(bytes))
	}
	return nil
}

// origin is where figures come from; every table says so.
func (m meter) origin() string {
	return fmt.Sprintf("%s, %s/%s, %d cores; medians of %d rounds", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), m.rounds)
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
