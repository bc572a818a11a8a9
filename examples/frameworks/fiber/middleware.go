package main

import (
	"github.com/gofiber/fiber/v3"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// This file is the recipe for Fiber. auth.CheckToken decides, and auth.RefuseToken returns the answer. Do not use Fiber's adaptor for
// auth.Handler: of several Authorization headers it keeps the last, and its strings change after the request.

// authenticate is auth.Handler for Fiber.
func authenticate(auth *oidcauth.Authenticator) fiber.Handler {
	return func(c fiber.Ctx) error {
		id, err := auth.CheckToken(c.Context(), presented(c))
		if err != nil {
			return refuse(c, auth, err)
		}
		// Into the context of the request, not c.Locals: oidcauth.FromContext finds it there, in code that knows no Fiber too.
		c.SetContext(oidcauth.NewContext(c.Context(), id))
		return c.Next()
	}
}

// optional is auth.Optional for Fiber. A request without an Authorization header is anonymous; a bad token is refused.
func optional(auth *oidcauth.Authenticator) fiber.Handler {
	strict := authenticate(auth)
	return func(c fiber.Ctx) error {
		if len(presented(c).Authorization) == 0 {
			return c.Next()
		}
		return strict(c)
	}
}

// requireScopes stands behind authenticate. It refuses an anonymous request.
func requireScopes(auth *oidcauth.Authenticator, all ...string) fiber.Handler {
	return func(c fiber.Ctx) error {
		id, _ := oidcauth.FromContext(c.Context())
		if err := id.RequireScopes(all...); err != nil {
			return refuse(c, auth, err)
		}
		return c.Next()
	}
}

// presented copies the values, because Fiber uses their memory again for the next request.
func presented(c fiber.Ctx) oidcauth.Presented {
	var values []string
	for _, v := range c.Request().Header.PeekAll(fiber.HeaderAuthorization) {
		values = append(values, string(v))
	}
	return oidcauth.Presented{Authorization: values, Method: c.Method(), Route: c.Method() + " " + c.Route().Path}
}

func refuse(c fiber.Ctx, auth *oidcauth.Authenticator, err error) error {
	answer := auth.RefuseToken(c.Context(), presented(c), err)
	for name, values := range answer.Header() {
		c.Set(name, values[0])
	}
	return c.Status(answer.Status).Send(answer.Body())
}
