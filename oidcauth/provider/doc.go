// Package provider calls the endpoints of an identity provider: UserInfo, introspection, revocation, end session, and
// the token endpoint for calls that the service makes itself, as itself ([Client.ClientCredentials]) or for its user
// ([Client.Exchange], [Client.OnBehalfOf]).
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
// token. A [*ClientRefusedError] means that it refuses this client, which the operator must fix. Any other error means
// that the provider gave no usable answer; a service then answers 503.
//
// # Limits
//
// An answer is strict JSON, or a JWT of it, of at most 1 MiB. A request takes at most 5 s and sends no cookies. A token
// is sent in a header or a body, never in a URL, and a request that carries one follows no redirect. At most 64 calls
// to UserInfo run at the same time, as many to introspection, and as many exchanges of tokens.
//
// Calls to UserInfo, to introspection and exchanges are paused if the endpoint is down, separately for each. It counts as down if it
// cannot be reached, does not answer in time, or answers 429, or 502, 503 or 504 with Retry-After. When the calls of five
// tokens in a row find it down within a minute, no call is made for 5 s. Then up to five calls, each with another token, try
// again until one reaches the endpoint. Any other answer ends the row, except 5xx and one that breaks off, because a single
// token may cause them. After a failure of either kind, the same token is not sent for 2 s.
package provider
