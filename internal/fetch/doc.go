// Package fetch is the only way to the network. It sends GETs and POSTs of bounded time and size, and keeps fetched
// values fresh.
//
// A [Client] accepts https URLs, and http ones on loopback. A request takes at most 5 s and reads at most a given
// number of bytes after decompression. It follows at most 3 redirects, all within the origin, and none if it is a
// POST or carries credentials. It sends no cookies. Errors contain neither query, userinfo nor body.
//
// A [Held] keeps a value and refreshes it, as its [Policy] says. Reading the value never waits. A flight is one load of a
// new value, in the background and for at most 10 s. All callers share it, and no caller's context ends it. A token
// bucket bounds how often a flight starts, and at most 1000 callers wait for one. If a flight fails, the last value is
// used until it is too old. There is nothing to start or close. Clients and held values are safe for concurrent use.
package fetch
