// Package oidcprovider runs a real OpenID provider for tests: npm's certified oidc-provider, as a child process on a loopback port.
//
// [Start] gives a [Provider]; [Provider.Login] and [Provider.ClientCredentials] get tokens from it; [Provider.Rotate],
// [Provider.Restart], [Provider.Stop] and [Provider.Kill] are what goes wrong with providers in real life.
//
//	op := oidcprovider.Start(t, oidcprovider.Options{})
//	tokens := op.Login(t, "alice", oidcprovider.ES256, "openid", "api:read")
//
// # What it has
//
// Resources are constants of this package; each is the audience of the access tokens issued for it. Accounts are alice, bob and carol,
// who is in 300 groups; the password is not looked at. Access tokens of users carry tid and groups; email, email_verified, name and preferred_username are
// only in UserInfo and in ID tokens.
//
// http://127.0.0.1:PORT/mcp, at any port, is a resource too: an MCP server of a test.
//
// UserInfo refuses an access token bound to an API: a JWT with 401, an opaque one with 403, since it lacks the scope openid. It takes
// the opaque one issued without a resource, and, by a change made here, the JWT issued for [UserInfo]. Its answer is JSON, and a signed
// JWT (application/jwt) for a token of the client [Signed].
//
// Introspection and revocation know opaque tokens only: a JWT is refused with 400 unsupported_token_type. Each client revokes its own.
//
// In a browser it shows a form "login", where the user can choose an acr, where the request says so a form "consent", and
// "op.logoutForm" at the end of a session, and then "done". A test adds clients for a browser with [Provider.Add]. The provider takes pushed authorization
// requests, names itself in the response (RFC 9207), and posts logout tokens; it has no front-channel logout.
//
// # What it needs
//
// Node 20 or later, and oidc-provider in the user's cache directory, outside the tree. Both are installed with npm only when the
// environment says KNOWNBEARER_INSTALL=1; without them the test is skipped, or fails when KNOWNBEARER_REQUIRE=1 is set. The package
// needs a Unix: it uses process groups and signals.
package oidcprovider
