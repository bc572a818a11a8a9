// Package lemonldap runs a real LemonLDAP::NG for tests: a throw-away portal with Debian's Starman on a loopback port.
//
//	op, err := lemonldap.Start(lemonldap.Options{})
//	throwaway.Require(t, err)
//	defer op.Stop()
//	tokens := op.Login(t, lemonldap.Shop, "dwho", "openid", "email")
//
// # What it has
//
// The users are those of its demonstration: dwho, rtyler and msmith. Its issuer is the portal's address, with the slash. Access tokens
// are JWTs (JWT) for some clients and opaque for the others; see the constants. The aud of a JWT, of ID tokens too, holds the
// client and [Audience]. A client's own token has the claim sub with the value null. UserInfo is JSON, or a JWT without iss and aud for
// some clients. Introspection answers a client that authenticates by secret, in HTTP Basic or in the body, and names no aud. This
// version of LemonLDAP::NG (2.16) has neither revocation nor back-channel logout.
//
// # What it needs
//
// The Debian packages lemonldap-ng, starman, libgd-securityimage-perl and others that .ci/run names: what Debian merely recommends
// is required by the portal. Without them a test is skipped, or fails when the environment says KNOWNBEARER_REQUIRE=1. The server that
// Debian itself would start is not used. The package needs a Unix.
package lemonldap
