package claims

import (
	"context"
	"fmt"
)

// Fetcher asks UserInfo (OpenID Connect Core 1.0 section 5.3) for the claims of a token's user. A token that UserInfo
// refuses is a [*RefusedError]; any other error means that UserInfo could not be asked. It must be safe for concurrent
// use. The subject is compared by the caller.
type Fetcher interface {
	UserInfo(ctx context.Context, accessToken string) (Set, error)
}

// RefusedError says that UserInfo answered, and refused the token.
type RefusedError struct {
	Status int
	Code   string // the error that it named, such as invalid_token; may be empty
	HTML   bool   // it answered with a page, as gateways do
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("claims: UserInfo refused the token with status %d", e.Status)
}
