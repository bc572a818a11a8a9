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
// values and the one enabled user that the configuration asks for. Where [Issuer.Introspection.Client] is set, an opaque token is
// introspected (RFC 7662) and then judged alike. Tokens in a form or a query are never read.
//
// # What is refused
//
// Everything else, with an [Error] whose [Reason] and detail are the operator's. The client learns the status of
// [Error.Status], a challenge, and a decision id that leads to the operator's log record, and nothing more.
// [Authenticator.Explain] tells all that is wrong with a token, [Authenticator.Diagnose] all that is wrong around it.
//
// # What is kept, and for how long
//
// Keys are held for 24 h at most since they were last fetched, and refreshed behind requests after 10 min. What was verified of a
// JWT is kept as [Cache] says, UserInfo's answers for 5 min and introspection's for [Issuer.Introspection.MaxAge], none beyond
// the token's end. Users are looked up for each request.
//
// # Which mode to choose
//
// Verifying JWTs here needs no request to the provider, and survives its outage; a token that the provider revokes is accepted until
// it expires, unless [Authenticator.Revoke] or [Authenticator.BackChannelLogout] was told, which works from the next request on, on
// every replica that shares [Config.Revocation.DenyList]. Introspection learns of it within Introspection.MaxAge, and needs the provider
// for every token that is new; [Issuer.Introspection.JWTs] does so for JWTs too. UserInfo alone
// ([Issuer.Introspection.InsecureByUserInfo]) does not say whom a token was issued for.
//
// An Authenticator is immutable but for what it keeps, and safe for concurrent use; there is nothing to start or close.
package oidcauth
