package main

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// addLogin adds the login and the routes behind it.
func addLogin(router *gin.Engine, auth *oidcauth.Authenticator, rp *login.RelyingParty, visit func(who string)) {
	a := api{visit}
	router.Any("/auth/*page", gin.WrapH(rp))             // login, callback, logout
	account := router.Group("/account", use(rp.Require)) // a session, or a bearer token
	account.GET("", a.me)
	account.GET("/reports", use(auth.RequireRoles("auditor")), a.reports)
	account.GET("/payments", use(rp.RequireAuthentication(0, "urn:example:mfa")), a.payments)
}

// use is a middleware of net/http for gin. The middleware must pass its ResponseWriter on, as those of this library do.
func use(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Pattern = c.FullPath() // the log record of a refusal names the route by it; gin leaves it empty
		passed := false
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request = r // its context has the identity
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort() // the answer is complete
		}
	}
}

func (a api) payments(c *gin.Context) {
	id, _ := oidcauth.FromContext(c.Request.Context())
	a.visit(id.Name())
	c.String(http.StatusOK, "payments of %s\n", id.Name())
}
