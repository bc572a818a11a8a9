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
// A request is accepted if its one Authorization header contains a JWT access token (RFC 6750 section 2.1, RFC 9068). The token
// must be signed with a key of a configured [Issuer], be issued for the configured audience, and be valid at the present time. It
// must contain the claims that [ClaimRules] require, with values that pass the checks. If [Config.Users] is set, exactly one
// enabled user must match.
//
// If [Introspection.Client] is set, an opaque token is introspected (RFC 7662), and the same rules apply to the answer.
// [Config.Credentials] can name another header, or a WebSocket subprotocol. Tokens in a form or a query are never read.
//
// # What is refused
//
// Every other request is refused with an [Error]. Its Reason (package
// [github.com/knownbearer/knownbearer/oidcauth/reason]) and its Detail are for the operator. The client gets only the status of
// [Error.Status], a challenge, and a decision id that identifies the operator's log record. [Authenticator.Explain] returns every
// fault of one token. [Authenticator.Diagnose] finds faults of the configuration and of the services that it uses.
//
// # Authorization
//
// A route can require more of an accepted token: scopes, roles ([ClaimRules.Roles]), checks of claims, a user, the user's
// authentication, or a rule of the application ([Identity.Require]). For each requirement, [Identity] has a method that returns
// an error, and [Authenticator] has a middleware for use behind [Authenticator.Handler]. [Authenticator.Refuse] answers the
// error with 403. The status is 401 for the user's authentication and for an anonymous request, and 500 if the error is not an
// [*Error]. The decision of the refusal has the ID of the decision that accepted the token.
//
// # Caches
//
// Keys are cached for at most 24 h after the last fetch, and a background fetch refreshes them after 10 min. [Cache] configures
// the cache of verified JWTs. An answer of UserInfo is cached for 5 min, and an answer of introspection for
// [Introspection.MaxAge]. An entry never outlives its token. Users are looked up for each request, unless [Cache.UserMaxAge] is
// set.
//
// # Verification or introspection
//
// The verification of a JWT needs no request to the provider, and works during an outage of the provider. If the provider revokes
// a token, this service accepts it until it expires, unless the service also calls [Authenticator.Revoke] or receives a logout
// token ([Authenticator.BackChannelLogout]). Both take effect with the next request, on every replica that shares
// [Revocation.DenyList].
//
// Introspection detects a revocation within [Introspection.MaxAge], but needs the provider for every new token.
// [Introspection.JWTs] introspects JWTs too. UserInfo alone ([Introspection.InsecureByUserInfo]) does not state for which service
// a token was issued.
//
// # Concurrency
//
// An Authenticator is safe for concurrent use, and its configuration never changes. It has no method to start or to close it.
//
// The last three sections list the limits, the recommendations of RFC 8725, and the threats. Each entry names the tests that
// check it.
package oidcauth
