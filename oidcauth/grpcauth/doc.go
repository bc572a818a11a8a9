// Package grpcauth protects a gRPC server with an [oidcauth.Authenticator], and sends tokens with the calls of a gRPC client.
//
//	server := grpc.NewServer(grpcauth.ServerOptions(auth, rules)...)
//
// Every method requires an accepted token in the metadata authorization; [Rules] require more of a method, or make it public.
// A handler finds the caller with [oidcauth.FromContext]. An [oidcauth.Error] that a handler returns, such as the error of
// the Require methods of [oidcauth.Identity], is answered as a refusal.
//
// # Refusals
//
// The status is Unauthenticated if the call has no credentials or a bad token, PermissionDenied if the token is good and does
// not suffice, Unavailable if the token cannot be verified at the moment, and Internal if a rule fails by an error that is not an
// oidcauth.Error. Its message is one fixed sentence. The trailer www-authenticate is the challenge of RFC 6750 section 3, and
// decision-id leads to the log record of the server.
//
// # Limits
//
// The package does not see whether the connection is encrypted: use grpc.Creds, or a proxy that ends TLS. The token of a stream
// is verified again at each Config.WatchInterval of the Authenticator, but its rule is not. Receiving a message costs a goroutine.
package grpcauth
