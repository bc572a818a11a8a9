package claims

import "context"

// Revoker revokes a token at its provider (RFC 7009). It stands beside [Introspector] and [Fetcher], because one client
// of a provider is often all three.
//
// Revoke returns nil if the provider answers with success, which it also does for a token that it does not know (section
// 2.2). The hint is access_token, refresh_token or empty (section 2.1). Implementations must be safe for concurrent use.
type Revoker interface {
	Revoke(ctx context.Context, token, hint string) error
}
