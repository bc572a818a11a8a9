// Package oidcauth is middleware that verifies OAuth bearer tokens, finds the local user of each one, and explains every
// refusal.
//
// [New] makes an [Authenticator] from a [Config]; [Authenticator.Handler] wraps a router; [FromContext] gives the handler its
// [Identity]:
//
//	auth, err := oidcauth.New(oidcauth.Config{
//		Issuers: []oidcauth.Issuer{{URL: "https://login.example.com", Audience: []string{"api://orders"}}},
//	})
//	mux.Handle("/orders", auth.Handler(orders))
//
// # What is accepted
//
// A JWT access token (RFC 9068 and the shapes common before it) in one Authorization header (RFC 6750 section 2.1) is accepted
// if it is signed by a key of the configured issuer, for the configured audience, within its time, and if it has the claims, the
// claim values and the one enabled user that the configuration asks for. If [Introspection.Client] is set, an opaque token is
// introspected (RFC 7662) and then judged alike. Tokens in a form or a query are never read.
//
// # What is refused
//
// Everything else is refused with an [Error]. Its Reason, of package
// [github.com/knownbearer/knownbearer/oidcauth/reason], and its Detail are for the operator. The client learns the status of
// [Error.Status], a challenge, and a decision id that leads to the operator's log record, and nothing more.
// [Authenticator.Explain] lists every fault of a token, and [Authenticator.Diagnose] every fault around it.
//
// # What is kept, and for how long
//
// Keys are held for at most 24 h after the last fetch, and fetched again in the background after 10 min. What was verified of a
// JWT is kept as [Cache] says, an answer of UserInfo for 5 min, and an answer of introspection for [Introspection.MaxAge]. Nothing
// is kept beyond the end of the token. Users are looked up for each request.
//
// # Which mode to choose
//
// Verifying JWTs here needs no request to the provider, and survives its outage. A token that the provider revokes is then
// accepted until it expires, unless [Authenticator.Revoke] or [Authenticator.BackChannelLogout] was told: that takes effect with
// the next request, on every replica that shares [Revocation.DenyList].
//
// Introspection learns of a revocation within [Introspection.MaxAge], and needs the provider for every new token;
// [Introspection.JWTs] asks about JWTs too. UserInfo alone ([Introspection.InsecureByUserInfo]) does not say whom a token was
// issued for.
//
// # Concurrency
//
// An Authenticator is safe for concurrent use. Its configuration does not change, and there is nothing to start or to close.
package oidcauth
