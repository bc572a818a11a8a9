// Package oidctest is an identity provider for unit tests of services that use package oidcauth: discovery, keys, UserInfo,
// introspection, revocation and the end of a session on a loopback socket, and a forge of tokens, good ones and bad ones.
//
//	p := oidctest.New(t)
//	auth, err := oidcauth.New(p.Config("api://orders"))
//	r.Header.Set("Authorization", "Bearer "+p.Token("api://orders", oidctest.Claims{"sub": "alice"}))
//
// A test of a handler alone needs no provider: [Identity] makes what the handler finds in its context.
//
// Whoever writes a certsource.Source, a usermap.Finder or a claims.Fetcher of their own tests it with [TestSource],
// [TestFinder] or [TestFetcher]:
//
//	if err := oidctest.TestFinder(finder, usermap.Query{Value: "alice"}, "7"); err != nil {
//		t.Error(err)
//	}
//
// A Provider is safe for concurrent use. It is for tests and examples: its keys are made at start and kept nowhere.
package oidctest
