package main

import (
	"github.com/labstack/echo/v4"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// This file is the recipe for Echo. auth.Check decides and auth.Refuse answers. After a refusal the middleware returns
// nil without calling next: the answer is complete, and an error would only ask Echo's error handler for another one.

// authenticate is auth.Handler for Echo.
func authenticate(auth *oidcauth.Authenticator) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			r.Pattern = c.Path() // the log record of a refusal names the route by it; Echo 4 leaves it empty
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
		return func(c echo.Context) error {
			if len(c.Request().Header.Values("Authorization")) == 0 {
				return next(c)
			}
			return named(c)
		}
	}
}

// requireScopes stands behind authenticate; an anonymous request it refuses.
func requireScopes(auth *oidcauth.Authenticator, all ...string) echo.MiddlewareFunc {
	return require(auth, func(id *oidcauth.Identity) error { return id.RequireScopes(all...) })
}

// require is the same for every requirement of an Identity, and for a function that combines several.
func require(auth *oidcauth.Authenticator, met func(*oidcauth.Identity) error) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			id, _ := oidcauth.FromContext(c.Request().Context())
			if err := met(id); err != nil {
				auth.Refuse(c.Response(), c.Request(), err)
				return nil
			}
			return next(c)
		}
	}
}
