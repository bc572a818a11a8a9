// Package scsstore tests that a store module of github.com/alexedwards/scs keeps the sessions of package login: goredisstore, with a real
// Redis. Such a store has the three methods of login.Store, and no compare-and-swap.
//
// Without Redis (Debian: redis-server) the tests are skipped, or fail if the environment says KNOWNBEARER_REQUIRE=1. They need a Unix.
package scsstore
