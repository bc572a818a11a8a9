// Package glewlwyd runs a real Glewlwyd for tests: a throw-away server on a loopback port, with an issuer for each algorithm.
//
//	server, err := glewlwyd.Start()
//	throwaway.Require(t, err)
//	defer server.Stop()
//	tokens := server.Issuer("ES256").Login(t, "alice", glewlwyd.Resource, "openid", "email")
//
// # What it has
//
// An issuer is an instance of the OpenID Connect plugin, with keys of its own. Access tokens are JWTs (at+jwt), refresh tokens are
// opaque. The users alice and bob exist; access tokens hold their email, and UserInfo and ID tokens their name too. The aud of an
// access token is the resource asked for, else the list of scopes in one string; it is never the client. The password grant
// takes no resource. Introspection knows tokens of either kind and says which; every client of the plugin may introspect and revoke
// the tokens of every other.
//
// # What it needs
//
// The Debian packages glewlwyd and sqlite3. Without them a test is skipped, or fails when the environment says KNOWNBEARER_REQUIRE=1.
// The server that Debian itself would start is not used. The package needs a Unix.
package glewlwyd
