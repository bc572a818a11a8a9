package main

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// addLogin adds the login and the routes behind it.
func addLogin(router *echo.Echo, auth *oidcauth.Authenticator, rp *login.RelyingParty, visit func(who string)) {
	a := api{visit}
	signedIn := echo.WrapMiddleware(rp.Require) // a session, or a bearer token
	router.Any("/auth/*", echo.WrapHandler(rp)) // login, callback, logout
	router.GET("/account", a.me, signedIn)
	router.GET("/account/reports", a.reports, signedIn, echo.WrapMiddleware(auth.RequireRoles("auditor")))
	router.GET("/account/payments", a.payments, signedIn, echo.WrapMiddleware(rp.RequireAuthentication(0, "urn:example:mfa")))
}

func (a api) payments(c *echo.Context) error {
	id, _ := oidcauth.FromContext(c.Request().Context())
	a.visit(id.Name())
	return c.String(http.StatusOK, "payments of "+id.Name()+"\n")
}
