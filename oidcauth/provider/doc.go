// Package provider calls the endpoints of an identity provider: UserInfo, introspection, revocation, end session, and
// the token endpoint for calls that the service makes itself.
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
// to UserInfo run at the same time, and as many to introspection. After five failures in a row, the endpoint is not
// called for 5 s.
package provider
