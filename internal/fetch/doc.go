// Package fetch is the only way out to the network: bounded GETs and POSTs, and values kept fresh by them.
//
// A [Client] asks https URLs (http on loopback only), for at most 5 s and a stated number of body bytes after
// decompression. It follows at most 3 redirects, all within the origin, and none when the request carries
// credentials or is a POST. It keeps no cookies. Errors show neither query, userinfo nor body.
//
// A [Held] value is read from an atomic snapshot without waiting. Any number of callers share one flight of at
// most 10 s that no caller's context ends; a token bucket bounds how often flights start, and at most 1000 callers
// wait for one. A failed flight keeps the last good value until it is older than MaxStale. There is nothing to
// start or close. Clients and held values are safe for concurrent use.
package fetch
