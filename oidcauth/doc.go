// Package oidcauth takes a request's bearer token to a known user, or to the reason why not.
//
// [New] makes an [Authenticator] from a [Config]; [Authenticator.Handler] wraps a router; [FromContext] gives the
// handler its [Identity]:
//
//	auth, err := oidcauth.New(oidcauth.Config{
//		Issuers: []oidcauth.Issuer{{URL: "https://login.example.com", Audience: []string{"api://orders"}}},
//	})
//	mux.Handle("/orders", auth.Handler(orders))
//
// # What is accepted
//
// A JWT access token (RFC 9068 and the shapes common before it) in one Authorization header (RFC 6750 section 2.1),
// signed by a key of the configured issuer, for the configured audience, within its time, with the claims, claim
// values and the one enabled user that the configuration asks for. Tokens in a form or a query are never read.
//
// # What is refused
//
// Everything else, with an [Error] whose [Reason] and detail are the operator's. The client learns the status of
// [Error.Status], a challenge, and a decision id that leads to the operator's log record, and nothing more.
//
// An Authenticator is immutable and safe for concurrent use; there is nothing to start or close.
package oidcauth
