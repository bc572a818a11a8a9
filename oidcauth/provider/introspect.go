package provider

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

const typeIntrospection = "application/token-introspection+jwt"

var (
	errMediaType = errors.New("the answer's Content-Type is neither application/json nor " + typeIntrospection)
	errActive    = errors.New("the answer's member active is not a boolean")
)

// introspectionNames lists the members that decide about a token. One that differs by case is a mistake or an attack.
var introspectionNames = strictjson.NewFolds(
	"active", "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id", "username", "token_type", "cnf",
)

// Introspect asks whether a token is active, and returns the provider's answer (RFC 7662). A signed answer (RFC 9701)
// is verified first, and the claims are those of its token_introspection. The caller checks exp, nbf, iss, aud and
// token_type.
//
// If the token is not active, the error is [claims.ErrInactive]; a [*TokenRefusedError], which wraps it, means that
// the provider refused to examine the token. A [*ClientRefusedError] means that the provider does not allow this
// client to introspect. Any other error means that the provider gave no usable answer.
func (p *Client) Introspect(ctx context.Context, token string) (claims.Set, error) {
	if err := checkToken(token, maxToken); err != nil {
		return claims.Set{}, err
	}
	return fetch.Observe(p.observed(ctx, token), decision.EndpointIntrospection, func(ctx context.Context) (claims.Set, error) {
		return p.askIntrospection(ctx, token)
	})
}

func (p *Client) askIntrospection(ctx context.Context, token string) (claims.Set, error) {
	accept := "application/json"
	if p.signedIntrospection {
		accept = typeIntrospection
	}
	form := url.Values{"token": {token}, "token_type_hint": {AccessToken}}
	resp, err := p.post(ctx, p.introspection, introspection, form, accept)
	if err != nil {
		return claims.Set{}, tokenError(err, p.understood.Load())
	}
	o, err := p.readIntrospection(ctx, resp)
	if err != nil {
		return claims.Set{}, unavailable(introspection, err)
	}
	v, _ := o.Get("active")
	active, ok := v.Bool()
	if !ok {
		return claims.Set{}, unavailable(introspection, errActive)
	}
	p.understood.Store(true)
	if !active {
		return claims.Set{}, claims.ErrInactive
	}
	return claimset.FromObject(o), nil
}

func (p *Client) readIntrospection(ctx context.Context, resp *fetch.Response) (strictjson.Object, error) {
	var o strictjson.Object
	var err error
	switch kind := mediaType(resp.Header); {
	case kind == typeIntrospection:
		o, err = p.verifier.introspection(ctx, resp.Body)
	case kind != "application/json":
		err = errMediaType
	case p.signedIntrospection:
		err = ErrNotSigned
	default:
		o, err = strictjson.Parse(resp.Body, strictjson.Limits{Bytes: maxBytes})
	}
	if err != nil {
		return strictjson.Object{}, err
	}
	if name, found := introspectionNames.Imitation(o); found {
		return strictjson.Object{}, errors.New("member " + strconv.Quote(name) + " differs from a registered name only by case")
	}
	return o, nil
}
