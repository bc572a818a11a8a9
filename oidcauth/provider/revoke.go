package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// Hints to where the provider should look for a token first (RFC 7009 section 2.1).
const (
	AccessToken  = "access_token"
	RefreshToken = "refresh_token"
)

// ErrTokenType reports a token of a kind that the provider does not revoke, such as a JWT (RFC 7009 section 2.2.1).
var ErrTokenType = errors.New("provider: the provider does not revoke tokens of this type")

// Revoke asks the provider to revoke an access or a refresh token (RFC 7009). The hint is [AccessToken], [RefreshToken], or
// empty for none. With [ErrTokenType], a [*ClientRefusedError] or any other error the token may still be valid.
//
// No error means that the provider took the request, and not that the token was revoked: it revokes what was issued to this
// client, and may answer 200 and do nothing for a token of another one, or that it does not know (RFC 7009 section 2.1 and
// 2.2); others answer 400. Ask with [Client.Introspect], or set oidcauth.Issuer.ConfirmRevocation.
//
// A JWT that the provider has revoked still verifies: who does not introspect does not learn of it.
func (p *Client) Revoke(ctx context.Context, token, hint string) error {
	if err := checkToken(token, maxToken); err != nil {
		return err
	}
	form := url.Values{"token": {token}}
	if hint != "" {
		form.Set("token_type_hint", hint)
	}
	_, err := p.post(ctx, nil, revocation, form, "application/json")
	var e *fetch.Error
	if errors.As(err, &e) && e.Status == http.StatusBadRequest && errorCode(e) == "unsupported_token_type" {
		return fmt.Errorf("%w: %w", ErrTokenType, err)
	}
	return err
}
