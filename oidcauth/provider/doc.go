// Package provider asks the identity provider's own endpoints: UserInfo, introspection, revocation, the token endpoint for
// the service's own calls, and the end of a session.
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
// What is the token's fault is a [*claims.RefusedError] of UserInfo, or [claims.ErrInactive] of introspection. A
// [*ClientRefusedError] is the operator's fault. Any other error means that nobody knows: a service answers 503.
//
// # Limits
//
// Answers are strict JSON, or a JWT of it, of at most 1 MiB; requests take at most 5 s. There are no cookies. A token
// travels in a header or a body, never in a URL, and follows no redirect. UserInfo and introspection are asked at most 64
// times at once, and not for 5 s after five failures in a row.
package provider
