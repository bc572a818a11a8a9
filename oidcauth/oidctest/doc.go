// Package oidctest provides an identity provider for tests of services that use package oidcauth. It serves
// discovery, keys, UserInfo, introspection, revocation, end session and tokens for other APIs on a loopback socket, and
// makes good and bad tokens.
//
//	p := oidctest.New(t)
//	auth, err := oidcauth.New(p.Config("api://orders"))
//	r.Header.Set("Authorization", "Bearer "+p.Token("api://orders", oidctest.Claims{"sub": "alice"}))
//
// A test of a handler alone needs no provider: [Identity] returns what the handler finds in its context.
//
// [TestSource], [TestFinder], [TestFetcher], [TestIntrospector] and [TestDenyList] test your own implementation of an
// interface:
//
//	if err := oidctest.TestFinder(finder, usermap.Query{Value: "alice"}, "7"); err != nil {
//		t.Error(err)
//	}
//
// A [Provider] is safe for concurrent use. It is for tests and examples: its keys are made at start and never stored.
package oidctest
