package provider

import (
	"context"
	"net/http"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// UserInfo returns the claims about the bearer of the token (OpenID Connect Core 1.0 section 5.3). A *claims.RefusedError
// says that the provider refused the token; any other error that nobody knows. An answer that is a JWT is verified: by the
// provider's keys, its issuer, and its audience. The caller compares sub.
func (p *Client) UserInfo(ctx context.Context, accessToken string) (claims.Set, error) {
	if err := checkToken(accessToken, maxHeader); err != nil {
		return claims.Set{}, err
	}
	url, err := p.url(ctx, userInfo)
	if err != nil {
		return claims.Set{}, err
	}
	accept := "application/json, application/jwt"
	if p.signedUserInfo {
		accept = "application/jwt"
	}
	header := http.Header{"Authorization": {"Bearer " + accessToken}, "Accept": {accept}}
	resp, err := guarded(ctx, p.userInfo, accessToken, func() (*fetch.Response, error) {
		return p.client.Get(ctx, url, maxBytes, header)
	})
	if err != nil {
		return claims.Set{}, refusal(err)
	}
	o, err := p.readUserInfo(ctx, resp)
	if err != nil {
		return claims.Set{}, unavailable(userInfo, err)
	}
	return claims.FromObject(o), nil
}

// readUserInfo takes for JSON whatever is not called a JWT: providers mislabel it.
func (p *Client) readUserInfo(ctx context.Context, resp *fetch.Response) (strictjson.Object, error) {
	if mediaType(resp.Header) == "application/jwt" {
		return p.signed.userInfo(ctx, resp.Body)
	}
	if p.signedUserInfo {
		return strictjson.Object{}, ErrNotSigned
	}
	return strictjson.Parse(resp.Body, strictjson.Limits{Bytes: maxBytes})
}
