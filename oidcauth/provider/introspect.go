package provider

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const typeIntrospection = "application/token-introspection+jwt"

var (
	errMediaType = errors.New("the answer is neither application/json nor " + typeIntrospection)
	errActive    = errors.New("the answer's active is not a boolean")
)

// introspectionNames are those that decide about a token. One of another case is somebody's mistake, or trick.
var introspectionNames = strictjson.NewFolds(
	"active", "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id", "username", "token_type", "cnf",
)

// Introspect asks whether a token is active, and returns what the provider says of it (RFC 7662); the signed answer of RFC
// 9701 is verified, and the claims are those in its token_introspection. [claims.ErrInactive] says that the token is not
// active, and a [*TokenRefusedError], which is one, that introspection refused to look at it. A [*ClientRefusedError] says
// that the provider does not let this client ask; any other error that nobody knows. What exp, nbf, iss, aud and token_type
// mean is judged by the caller.
func (p *Client) Introspect(ctx context.Context, token string) (claims.Set, error) {
	if err := checkToken(token, maxToken); err != nil {
		return claims.Set{}, err
	}
	accept := "application/json"
	if p.signedIntrospection {
		accept = typeIntrospection
	}
	form := url.Values{"token": {token}, "token_type_hint": {AccessToken}}
	resp, err := p.post(ctx, p.introspection, introspection, form, accept)
	if err != nil {
		return claims.Set{}, tokenRefusal(err, p.understood.Load())
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
	return claims.FromObject(o), nil
}

func (p *Client) readIntrospection(ctx context.Context, resp *fetch.Response) (strictjson.Object, error) {
	var o strictjson.Object
	var err error
	switch kind := mediaType(resp.Header); {
	case kind == typeIntrospection:
		o, err = p.signed.introspection(ctx, resp.Body)
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
		return strictjson.Object{}, errors.New("member " + strconv.Quote(name) + " imitates a registered name")
	}
	return o, nil
}
