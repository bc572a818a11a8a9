// Package oidctest provides an identity provider for tests of services that use package oidcauth. It signs users in, serves
// discovery, keys, UserInfo, introspection, revocation, logout and tokens for other APIs on a loopback socket, and makes good and
// bad tokens.
//
//	p := oidctest.New(t)
//	auth, err := oidcauth.New(p.Config("api://orders"))
//	r.Header.Set("Authorization", "Bearer "+p.Token("api://orders", oidctest.Claims{"sub": "alice"}))
//
// # Logins
//
// [Provider.Register] registers a client, which then signs users in (authorization code flow with PKCE S256 and OpenID Connect).
// The browser gets a small login form, or with [Provider.AutoLogin] none.
//
//	p.Register(oidctest.Client{RedirectURIs: []string{app.URL + "/auth/callback"}})
//	p.AutoLogin("alice")
//
// A second login of the same browser is silent. Each user consents to everything. prompt, max_age, acr_values, login_hint, resource,
// response_mode (query, form_post), nonce and pushed requests (RFC 9126) have their effect; other parameters are in
// [Provider.AuthorizationRequest]. Each user reaches each acr. Access tokens are JWTs, which introspection knows too. A refresh
// token is used once, and ends with the session at the provider, unless the scope has offline_access. The second use of a code or
// of a refresh token revokes all tokens of the login. [Provider.FailLogin] makes logins go wrong.
//
// # Tests without a provider
//
// A test of a handler alone needs no provider: [Identity] returns what the handler finds in its context.
//
// [TestSource], [TestFinder], [TestFetcher], [TestIntrospector], [TestDenyList] and [TestSessionStore] test your own
// implementation of an interface:
//
//	if err := oidctest.TestFinder(finder, usermap.Query{Value: "alice"}, "7"); err != nil {
//		t.Error(err)
//	}
//
// A [Provider] is safe for concurrent use. It is for tests and examples: its keys are made in the process and never stored.
package oidctest
