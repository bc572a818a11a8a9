package provider

import (
	"context"
	"net/http"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// UserInfo returns the claims of the token's user (OpenID Connect Core 1.0 section 5.3). If the provider refuses the
// token, the error is a [*claims.RefusedError]. Any other error means that the provider gave no usable answer. The
// caller compares sub.
//
// An answer of the type application/jwt is verified. If it breaks one of these rules, the error is [ErrUnverified]:
//
//   - typ is absent, JWT, userinfo+jwt, token-userinfo+jwt or one of [Config.UserInfoTypes]. Case and a leading
//     application/ are ignored (RFC 7515 section 4.1.9).
//   - The algorithm is one of [Config.Algorithms], and a key of the issuer verifies the signature.
//   - iss equals the issuer, and aud contains the ClientID or one of SignedFor, if they are present (section 5.3.2
//     says that both should be).
//   - exp has not passed and nbf has, within 60 s, if they are present. iat is at most 5 minutes away, if it is
//     present.
//   - It has no claim that only another kind of token has: nonce, at_hash, c_hash, s_hash, events,
//     token_introspection, token_use or typ.
//   - If typ is not that of UserInfo, an answer without iss or without aud has no exp either, and an answer with exp
//     and iat has no auth_time, azp, amr, acr, sid, nbf, scope, scp, client_id and cnf.
//
// [Config.InsecureAnySignedUserInfo] omits the last two rules and the check of aud.
func (p *Client) UserInfo(ctx context.Context, accessToken string) (claims.Set, error) {
	if err := checkToken(accessToken, maxHeader); err != nil {
		return claims.Set{}, unsendable(err)
	}
	return fetch.Observe(p.observed(ctx, accessToken), decision.EndpointUserInfo, func(ctx context.Context) (claims.Set, error) {
		return p.askUserInfo(ctx, accessToken)
	})
}

func (p *Client) askUserInfo(ctx context.Context, accessToken string) (claims.Set, error) {
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
		return claims.Set{}, userInfoError(err)
	}
	o, err := p.readUserInfo(ctx, resp)
	if err != nil {
		return claims.Set{}, unavailable(userInfo, err)
	}
	return claimset.FromObject(o), nil
}

// readUserInfo reads every answer that is not typed as a JWT as JSON, because providers mislabel it.
func (p *Client) readUserInfo(ctx context.Context, resp *fetch.Response) (strictjson.Object, error) {
	if mediaType(resp.Header) == "application/jwt" {
		return p.verifier.userInfo(ctx, resp.Body)
	}
	if p.signedUserInfo {
		return strictjson.Object{}, ErrNotSigned
	}
	return strictjson.Parse(resp.Body, strictjson.Limits{Bytes: maxBytes})
}
