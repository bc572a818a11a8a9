package main

import (
	"github.com/labstack/echo/v5"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// This file is the recipe for Echo. auth.Check decides and auth.Refuse answers. After a refusal the middleware returns
// nil without calling next: the answer is complete, and an error would only ask Echo's error handler for another one.

// authenticate is auth.Handler for Echo.
func authenticate(auth *oidcauth.Authenticator) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			r := c.Request()
			id, err := auth.Check(r)
			if err != nil {
				auth.Refuse(c.Response(), r, err)
				return nil
			}
			// Into the request's context, not c.Set: there oidcauth.FromContext finds it, in code that knows no Echo too.
			c.SetRequest(r.WithContext(oidcauth.NewContext(r.Context(), id)))
			return next(c)
		}
	}
}

// optional is auth.Optional for Echo. Anonymous is who sends no Authorization header at all; a bad token is refused.
func optional(auth *oidcauth.Authenticator) echo.MiddlewareFunc {
	strict := authenticate(auth)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		named := strict(next)
		return func(c *echo.Context) error {
			if len(c.Request().Header.Values("Authorization")) == 0 {
				return next(c)
			}
			return named(c)
		}
	}
}

// requireScopes stands behind authenticate. It is the library's own middleware, which logs what it refuses:
// echo.WrapMiddleware calls the next handler only where that middleware does. auth.Handler and auth.Optional could be
// wrapped just so, in place of the functions above.
func requireScopes(auth *oidcauth.Authenticator, all ...string) echo.MiddlewareFunc {
	return echo.WrapMiddleware(auth.RequireScopes(all...))
}

// require stands behind authenticate. It takes every requirement of an Identity, and a function that combines several.
func require(auth *oidcauth.Authenticator, met func(*oidcauth.Identity) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			id, _ := oidcauth.FromContext(c.Request().Context())
			if err := met(id); err != nil {
				auth.Refuse(c.Response(), c.Request(), err)
				return nil
			}
			return next(c)
		}
	}
}
