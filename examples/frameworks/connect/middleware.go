package main

import (
	"context"
	"errors"
	"net/http"

	"connectrpc.com/authn"
	"connectrpc.com/connect"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// This file is the recipe for Connect. authn checks the token before a message is read; refusals is the interceptor behind it.
// Connect sends the text of an error that is not a connect.Error, so neither returns one of oidcauth as it is.

// authenticate is for authn.NewMiddleware.
func authenticate(auth *oidcauth.Authenticator) authn.AuthFunc {
	return func(ctx context.Context, r *http.Request) (any, error) {
		id, err := auth.Check(r)
		if err != nil {
			return nil, refusal(auth.RefuseToken(ctx, oidcauth.Presented{}, err)) // Check has recorded it
		}
		return id, nil
	}
}

// refusals puts the identity where oidcauth.FromContext finds it, applies the rules of the procedures, and answers refusals.
type refusals struct {
	auth  *oidcauth.Authenticator
	rules map[string]func(*oidcauth.Identity) error // by procedure
}

func (i refusals) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (res connect.AnyResponse, err error) {
		err = i.run(ctx, req.Spec(), req.Header(), func(ctx context.Context) error {
			res, err = next(ctx, req)
			return err
		})
		return res, err
	}
}

func (i refusals) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, stream connect.StreamingHandlerConn) error {
		return i.run(ctx, stream.Spec(), stream.RequestHeader(), func(ctx context.Context) error { return next(ctx, stream) })
	}
}

func (i refusals) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next // the client of another service
}

func (i refusals) run(ctx context.Context, spec connect.Spec, header http.Header, next func(context.Context) error) error {
	id, _ := authn.GetInfo(ctx).(*oidcauth.Identity)
	ctx = oidcauth.NewContext(ctx, id)
	rule := i.rules[spec.Procedure]
	if rule == nil {
		rule = func(id *oidcauth.Identity) error { return id.RequireScopes() } // an accepted token
	}
	presented := oidcauth.Presented{Authorization: header["Authorization"], Method: http.MethodPost, Route: spec.Procedure}
	if err := rule(id); err != nil {
		return refusal(i.auth.RefuseToken(ctx, presented, err))
	}
	err := next(ctx)
	var refused *oidcauth.Error
	if errors.As(err, &refused) { // of the handler
		return refusal(i.auth.RefuseToken(ctx, presented, err))
	}
	return err
}

// refusal has fixed words, a challenge and a decision id. Clients that speak gRPC get no challenge, because net/http sends no
// WWW-Authenticate in trailers (RFC 9110 section 6.5.1).
func refusal(answer oidcauth.Answer) error {
	code := connect.CodeUnauthenticated // for 400 and 401
	switch answer.Status {
	case http.StatusForbidden:
		code = connect.CodePermissionDenied
	case http.StatusInternalServerError:
		code = connect.CodeInternal
	case http.StatusServiceUnavailable:
		code = connect.CodeUnavailable
	}
	err := connect.NewError(code, errors.New(answer.Text))
	for _, name := range []string{"WWW-Authenticate", "Retry-After", "Decision-Id"} {
		if value := answer.Header().Get(name); value != "" {
			err.Meta().Set(name, value)
		}
	}
	return err
}
