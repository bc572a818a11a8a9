package claims

import (
	"context"
	"fmt"
)

// Fetcher gets the claims of a token's user from UserInfo (OpenID Connect Core 1.0 section 5.3).
//
// UserInfo sends the access token to the endpoint and returns the claims of its answer. If the endpoint refuses the
// token, the error is a [*RefusedError]. Any other error means that the endpoint gave no usable answer, and says
// nothing about the token. The caller compares sub with the token's; UserInfo need not. Implementations must be safe
// for concurrent use.
type Fetcher interface {
	UserInfo(ctx context.Context, accessToken string) (Set, error)
}

// Distributed is a [Fetcher] of claims that a token only refers to, as _claim_names does (OpenID Connect Core 1.0 section
// 5.6.2). It is asked about each token that refers to them, even if no setting needs them.
//
// It does not judge the token. Only a verified token may be shown to it, so oidcauth.New refuses it where UserInfo alone
// judges tokens. Its answer has sub of the token, and the distributed claims.
type Distributed interface {
	Fetcher
	// Refers reports whether a token with these claims refers to such claims.
	Refers(token Set) bool
}

// RefusedError reports that UserInfo answered and refused the token.
type RefusedError struct {
	// Status is the HTTP status of the answer.
	Status int
	// Code is the OAuth error code of the answer, such as invalid_token. It is empty if the answer has none.
	Code string
	// Scope is the scope that the answer requires, from its challenge (RFC 6750 section 3) or its body. It is empty if the answer
	// names none. It has at most 200 bytes.
	Scope string
	// HTML reports that the answer is an HTML page. A gateway in front of UserInfo usually sends such an answer.
	HTML bool
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("claims: UserInfo refused the token with status %d", e.Status)
}
