package provider

import (
	"context"
	"net/http"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// UserInfo returns the claims about the bearer of the token (OpenID Connect Core 1.0 section 5.3). A *claims.RefusedError
// says that the provider refused the token; any other error that nobody knows. The caller compares sub.
//
// An answer of the type application/jwt is verified, by these rules; one that breaks them is [ErrUnverified]:
//
//   - typ is absent, JWT, userinfo+jwt, token-userinfo+jwt or one of [Config.UserInfoTypes], in any case of letters, with or
//     without application/ before it (RFC 7515 section 4.1.9).
//   - The algorithm is one of [Config.Algorithms], and a key of the issuer verifies the signature.
//   - iss is the issuer, if it is there; aud holds the ClientID or one of SignedFor, if it is there (section 5.3.2 says of
//     both that they should be).
//   - exp is not past and nbf not to come, if they are there, within 60 s; iat is of the last 5 minutes, if it is there.
//   - It cannot be another kind of token of the user: it has none of the claims that only others have (nonce, at_hash, c_hash,
//     s_hash, events, token_introspection, token_use, typ); and, unless typ says that it is UserInfo, it has no exp where iss
//     or aud is missing, and beside exp and iat none of auth_time, azp, amr, acr, sid, nbf, scope, scp, client_id and cnf.
//
// [Config.InsecureAnySignedUserInfo] leaves out the last rule, and aud.
func (p *Client) UserInfo(ctx context.Context, accessToken string) (claims.Set, error) {
	if err := checkToken(accessToken, maxHeader); err != nil {
		return claims.Set{}, unsendable(err)
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
