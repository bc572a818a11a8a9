package main

import (
	"fmt"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// growthTables show how the cost grows with what is offered or configured.
func growthTables(p plan, show printer) error {
	for _, measure := range []func(plan) (*table, error){bySize, byKeys, byIssuers, byDistinct} {
		t, err := measure(p)
		if err != nil {
			return err
		}
		if err := show(t); err != nil {
			return err
		}
	}
	return nil
}

// setting is one line: a configuration, and the tokens that meet it.
type setting struct {
	name   string
	site   *site
	warmer string // a good token
	tokens []string
	want   verdict
	logged bool // it is refused by a handler that has refused nothing yet
	change func(*oidcauth.Config)
}

// named puts this before the name.
func (row setting) named(name string) setting {
	row.name = name + row.name
	return row
}

// accepting is a setting whose tokens are good.
func (p plan) accepting(s *site, change recipe) (setting, error) {
	tokens, err := s.tokens(max(p.pool/4, 2)+1, change)
	if err != nil {
		return setting{}, err
	}
	return setting{site: s, warmer: tokens[0], tokens: tokens[1:], want: accepted}, nil
}

// subjects are the first sight of each token, without a cache, and one that was seen before. Of refused tokens nothing is
// kept, so the second offers them to a cache.
func (row setting) subjects() [2]subject {
	first := candidate{name: row.name, build: knownbearer(func(c *oidcauth.Config) {
		uncached(c)
		row.configure(c)
	})}
	again := candidate{name: row.name, again: row.want == accepted, build: knownbearer(row.configure)}
	if row.logged {
		first.fresh, first.few, again.fresh, again.few = true, 100, true, 100
	}
	warmer, pool := requests([]string{row.warmer})[0], requests(row.tokens)
	return [2]subject{first.subject(row.site, warmer, pool, row.want), again.subject(row.site, warmer, pool, row.want)}
}

func (row setting) configure(c *oidcauth.Config) {
	if row.change != nil {
		row.change(c)
	}
}

// grow adds a line for each setting.
func (m meter) grow(t *table, settings []setting) error {
	t.columns = []string{"", "× limit, first sight", "quartiles", "× limit, seen before", "allocations, first sight", "seen before", "the limit itself"}
	t.notes = append([]string{
		m.origin() + "; 1 core",
		"First sight is without a cache. Each line is told in the limit of its own tokens, and that in the limit of the first line.",
	}, t.notes...)
	bases, sights, pairs := make([]subject, len(settings)), make([][2]subject, len(settings)), []pair(nil)
	for i, row := range settings {
		var err error
		if bases[i], err = limit(row.site, row.tokens); err != nil {
			return err
		}
		sights[i] = row.subjects()
		pairs = append(pairs, pair{{bases[i], 1}, {sights[i][0], 1}}, pair{{bases[i], 1}, {sights[i][1], 1}}, pair{{bases[0], 1}, {bases[i], 1}})
	}
	figures, err := m.compare(pairs)
	if err != nil {
		return err
	}
	for i, row := range settings {
		f, cells := figures[3*i:], []string{row.name}
		cells = append(cells, f[0].String(), f[0].spread(), f[1].String())
		for _, one := range sights[i] {
			count, _, err := allocations(one)
			if err != nil {
				return err
			}
			cells = append(cells, fmt.Sprint(count))
		}
		t.add(append(cells, f[2].String())...)
	}
	return nil
}
