package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/usermap"
)

const (
	accounts = 10_000
	login    = "alice" // of one of them
)

// userTables have one table: what it costs to look up the user of a token that was seen before.
func userTables(p plan, show printer) (err error) {
	s, err := newSite(p.algs[0])
	if err != nil {
		return err
	}
	defer s.Close()
	tokens, err := s.tokens(max(p.pool/4, 2)+1, func(_, claims map[string]any) { claims["sub"] = login })
	if err != nil {
		return err
	}
	all := requests(tokens)
	base, err := limit(s, tokens[1:])
	if err != nil {
		return err
	}
	t := &table{
		title: "Lookup of the user, a token seen before, " + s.alg,
		notes: []string{
			fmt.Sprintf("%d users, one of whom is looked up by an indexed column: at each request, and with Cache.UserMaxAge once an hour.", accounts),
			"usermap.Table is memory. SQLite (modernc.org/sqlite) is a file and runs in this process. PostgreSQL (by pgx) is a server on loopback, on whatever core is free.",
		},
	}
	stores, closeAll, err := openStores()
	defer func() { err = errors.Join(err, closeAll()) }()
	if errors.Is(err, throwaway.ErrMissing) {
		t.notes, err = append(t.notes, "There is no line for PostgreSQL: it is not installed here."), nil
	}
	if err != nil {
		return err
	}
	subjects := []subject{base, lookup("no lookup", nil, 0).subject(s, all[0], all[1:], accepted)}
	for _, one := range stores {
		subjects = append(subjects, lookup(one.name, one.finder, 0).subject(s, all[0], all[1:], accepted))
	}
	for _, one := range stores {
		subjects = append(subjects, lookup(one.name+", UserMaxAge", one.finder, time.Hour).subject(s, all[0], all[1:], accepted))
	}
	if err := p.compareOn(t, base, subjects); err != nil {
		return err
	}
	return show(t)
}

// lookup believes a user for as long as age says.
func lookup(name string, finder usermap.Finder, age time.Duration) candidate {
	return candidate{name: name, again: true, build: knownbearer(func(c *oidcauth.Config) {
		c.Users, c.Cache.UserMaxAge = finder, age
	})}
}
