// Package login signs users in with a browser, and keeps their sessions (OpenID Connect Core 1.0 section 3.1, RFC 6749 section 4.1, RFC
// 7636). A login passes the same steps as a bearer token: claims, checks, and exactly one user. Every refusal is explained in the same
// way.
//
//	rp, err := login.New(login.Config{
//		Authenticator: auth, // of oidcauth.New
//		Providers:     []login.Provider{{Client: client}}, // of provider.New
//		PublicURL:     "https://app.example.com",
//		Keys:          [][]byte{key}, // 32 random bytes
//	})
//	mux.Handle("/auth/", rp)
//	mux.Handle("/orders", rp.Require(orders))
//
// At the provider, register PublicURL + /auth/callback as redirect_uri, and PublicURL + /auth/logged-out as post_logout_redirect_uri.
// [New] makes a [RelyingParty] from a [Config]. [RelyingParty.Require] sends visitors without a session to the provider, and the handler
// behind it finds the user with oidcauth.FromContext. [RelyingParty.Optional] serves visitors without a session too. [TokenSource]
// returns the user's access tokens. A form with method POST and action /auth/logout signs the user out.
//
// # Login
//
// A login uses the authorization code with PKCE (S256), state, nonce, and pushed requests (RFC 9126) if the provider announces them. Each
// login has a sealed cookie with the values that its callback needs, so several tabs can sign in at the same time. The cookie is valid
// for 10 minutes. A browser has at most five; the oldest is removed.
//
// A callback is accepted once, from the browser that began the login, and from the provider with which the login began (iss, RFC 9207).
// If the login was used before, or its cookie is gone, a visitor with a session is redirected to the page that the login leads to, or to
// [Config.Home] if that page is unknown. For any other visitor, a login begins again, once; the next time, a page explains what happened.
// If a browser is sent to a login twice within a minute and never returns with the session, the page explains this too. No login leads
// into a loop.
//
// # Session
//
// A session has a random ID in a cookie with the prefix __Host-, and is stored under the hash of the ID, sealed with [Config.Keys]. Each
// login and each step-up begins a session with a new ID. A request reads the store once, and rarely writes to it. [Sessions.InCookie]
// needs no store, and keeps no tokens.
//
// For each request, the session is judged again, without a request to the provider: revocations and logouts, checks, and the user. A
// back-channel logout ends sessions as it ends access tokens: by the deny list of the Authenticator, on all replicas that share the list.
//
// Access tokens are refreshed shortly before they expire, if there is a refresh token. One request at a time does so for a session, on
// all replicas if the store is a [Swapper]. If the provider does not answer, the session goes on while its access token lives; then the
// answer is 503. If the provider refuses the refresh token, the session ends.
//
// # Requests that are not redirected
//
// Only a request for a page that the browser opens (GET, HEAD) is redirected to the provider. Scripts, frames, forms and prefetches get a
// refusal: 401 with a decision id. Its challenge is that of the Authenticator without an error code, because the route also accepts
// tokens and the request has none. The pages of the login accept no token. Their challenge is Cookie, a scheme that is not registered,
// because each 401 needs a challenge (RFC 9110 section 15.5.2). A request with another method than GET, HEAD and OPTIONS must come from
// this origin or have a bearer token.
//
// # Errors
//
// A refusal is an [oidcauth.Error] with a reason. The operator finds its decision in the log and in oidcauth.Config.OnEvent. The visitor
// gets a page with one fixed sentence and the decision id, and a program a problem document; [Config.Refuse] replaces both. No secret,
// code or token is in a log, an error or a response. If the client cancels its request during a call to the provider or to the store, no
// refusal is reported.
//
// # Limits
//
//	parameters of a request      32 KiB, each once
//	return path                  1 KiB
//	login_hint                   512 bytes
//	cookies of one name          16 are read
//	logins of a browser          5, in 4 KiB of cookies, for 10 min
//	stored session               256 KiB
//	session in a cookie          3.5 KiB
//	sessions of one sid          16 are listed for a front-channel logout; a new one ends the oldest
//	sessions in memory           100,000, 256 MiB (Memory)
//	call to a store              5 s
//	refresh                      30 s, one at a time for a session; another replica takes over after 17 s
//	revocation at a logout       10 s, for which the browser does not wait
//	used logins remembered       10,000 in a process; in a Store other than Memory all, for 20 min
package login
