package main

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// addLogin adds the login and the routes behind it.
func addLogin(router *echo.Echo, auth *oidcauth.Authenticator, rp *login.RelyingParty, visit func(who string)) {
	a := api{visit}
	signedIn := use(rp.Require)                 // a session, or a bearer token
	router.Any("/auth/*", echo.WrapHandler(rp)) // login, callback, logout
	router.GET("/account", a.me, signedIn)
	router.GET("/account/reports", a.reports, signedIn, use(auth.RequireRoles("auditor")))
	router.GET("/account/payments", a.payments, signedIn, use(rp.RequireAuthentication(0, "urn:example:mfa")))
}

// use is a middleware of net/http for Echo.
func use(middleware func(http.Handler) http.Handler) echo.MiddlewareFunc {
	wrapped := echo.WrapMiddleware(middleware)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		handler := wrapped(next)
		return func(c echo.Context) error {
			c.Request().Pattern = c.Path() // the log record of a refusal names the route by it; Echo 4 leaves it empty
			return handler(c)
		}
	}
}

func (a api) payments(c echo.Context) error {
	id, _ := oidcauth.FromContext(c.Request().Context())
	a.visit(id.Name())
	return c.String(http.StatusOK, "payments of "+id.Name()+"\n")
}
