package main

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// This file is the recipe for Huma. The Security of an operation holds its requirements, so that the OpenAPI document and the
// service cannot disagree. An operation without Security requires an accepted token.

const bearer = "bearer" // the name of the security scheme

// required is an accepted token that grants all of the scopes.
func required(scopes ...string) map[string][]string { return map[string][]string{bearer: scopes} }

// anonymous, beside required, also lets requests without an Authorization header pass.
var anonymous = map[string][]string{}

// authenticate checks the token, and then the scopes of the operation. auth.Refuse answers, so next is not called.
func authenticate(auth *oidcauth.Authenticator) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		check, scopes := auth.Check, []string(nil)
		for _, alternative := range ctx.Operation().Security {
			if len(alternative) == 0 {
				check = auth.CheckOptional
			}
			scopes = append(scopes, alternative[bearer]...)
		}
		id, err := check(r)
		if err == nil && id != nil {
			err = id.RequireScopes(scopes...)
		}
		if err != nil {
			auth.Refuse(w, r, err)
			return
		}
		next(huma.WithContext(ctx, oidcauth.NewContext(ctx.Context(), id)))
	}
}
