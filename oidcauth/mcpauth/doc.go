// Package mcpauth protects a server of the Model Context Protocol with an [oidcauth.Authenticator].
//
//	http.ListenAndServe(addr, mcpauth.Handler(auth, server, nil, nil))
//
// Every HTTP request requires an accepted token for the audience of this API. Config.Resource of the Authenticator
// is published and named in each challenge (RFC 9728), so that clients find the authorization server. A tool finds the caller
// with [oidcauth.FromContext]; [Rules] require more for a tool.
//
// # Refusals
//
// The status is 401 without a good token, 403 if the token does not suffice, and 503 if it cannot be verified at the moment.
// The answer has fixed words and a decision id, which leads to the log record. A refusal for a tool has status 403 and a
// challenge that names the missing scope, so that a client can ask its user for it, and its body is a JSON-RPC error, so that
// the session continues.
//
// # Sessions
//
// A session belongs to the user who began it: the package gives the go-sdk an identifier of the user, and the go-sdk answers 403
// to every other user. The user is the sub of the token, or else the local user. If a token has neither,
// the session belongs to that token. A token is checked with each request of the session, and a stream of events ends with its token.
package mcpauth
