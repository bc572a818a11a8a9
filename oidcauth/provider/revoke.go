package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// The values of token_type_hint (RFC 7009 section 2.1).
const (
	AccessToken  = "access_token"
	RefreshToken = "refresh_token"
)

// ErrTokenType reports a type of token that the provider does not revoke, such as a JWT (RFC 7009 section 2.2.1).
var ErrTokenType error = notRevocableError{}

type notRevocableError struct{}

func (notRevocableError) Error() string {
	return "provider: the provider does not revoke tokens of this type"
}

// NotRevocable marks the error for hints, which read it through an interface.
func (notRevocableError) NotRevocable() {}

// Revoke asks the provider to revoke an access token or a refresh token (RFC 7009). The hint is [AccessToken],
// [RefreshToken], or empty. After an error, which may be [ErrTokenType] or a [*ClientRefusedError], the token may
// still be valid.
//
// A nil error means that the provider accepted the request, but not that it revoked the token. It revokes only tokens
// of this client; for another client's token, or an unknown one, it may answer 200 and do nothing (RFC 7009 sections
// 2.1 and 2.2), or answer 400. To make sure, call [Client.Introspect], or set oidcauth.Issuer.ConfirmRevocation.
//
// A JWT still verifies after the provider revoked it. Only introspection shows the revocation.
func (p *Client) Revoke(ctx context.Context, token, hint string) error {
	if err := checkToken(token, maxToken); err != nil {
		return err
	}
	_, err := fetch.Observe(p.observed(ctx, token), decision.EndpointRevocation, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.requestRevocation(ctx, token, hint)
	})
	return err
}

func (p *Client) requestRevocation(ctx context.Context, token, hint string) error {
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
