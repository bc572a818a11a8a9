// Package provider calls the endpoints of an identity provider: UserInfo, introspection, revocation, pushed authorization requests, and the
// token endpoint. It also makes the URLs for a login and for a logout. The token endpoint issues tokens for the calls of this service to
// other APIs: for the service itself ([Client.ClientCredentials]), or for its user ([Client.Exchange], [Client.OnBehalfOf]). It also issues
// the tokens of a login ([Client.AuthorizationURL], [Client.AuthorizationCode], [Client.Refresh]).
//
//	client, err := provider.New(provider.Config{
//		Issuer:   "https://login.example.com",
//		ClientID: "orders",
//		Auth:     provider.Auth{Secret: secret},
//	})
//	set, err := client.Introspect(ctx, token)
//
// # Errors
//
// A [*claims.RefusedError] of UserInfo or a [claims.ErrInactive] of introspection means that the provider refuses the
// token. A [*ClientRefusedError] means that it refuses this client, which the operator must fix. A [*GrantError]
// means that it refuses an authorization code or a refresh token. Any other error means that the provider gave no usable
// answer; a service then answers 503.
//
// # Limits
//
// An answer is strict JSON, or a JWT with such a payload, of at most 1 MiB. A request takes at most 5 s and sends no
// cookies. A token is sent in a header or a body, and a request with a token follows no redirect. Only
// [Client.EndSessionURL] puts a token into a URL: the ID token of the session. At most 64 calls to UserInfo run at the
// same time, as many to introspection, and as many of each kind to the token endpoint ([Config.Concurrency]).
//
// Calls to UserInfo, to introspection and to the token endpoint for exchanges are paused if the endpoint is down,
// separately for each. An endpoint is down if it cannot be reached, does not answer in time, or answers 429, or 502, 503
// or 504 with Retry-After. If the calls of five tokens in a row find it down within a minute, no call is made for 5 s.
// After that, up to five calls at once try again, each with another token, until one reaches the endpoint. Any other
// answer ends the row, except 5xx and an answer that breaks off: a single token may cause these. After each failure, the
// same token is not sent for 2 s.
package provider
