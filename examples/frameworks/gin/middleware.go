package main

import (
	"github.com/gin-gonic/gin"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// This file is the recipe for gin. auth.Check decides and auth.Refuse answers; after a refusal only c.Abort keeps gin
// from running what follows, a return does not. c.AbortWithStatus and the like have no place here: the answer is
// complete.

// authenticate is auth.Handler for gin.
func authenticate(auth *oidcauth.Authenticator) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Pattern = c.FullPath() // the log record of a refusal names the route by it; gin leaves it empty
		id, err := auth.Check(c.Request)
		if err != nil {
			auth.Refuse(c.Writer, c.Request, err)
			c.Abort()
			return
		}
		// Into the request's context, not c.Set: there oidcauth.FromContext finds it, in code that knows no gin too.
		c.Request = c.Request.WithContext(oidcauth.NewContext(c.Request.Context(), id))
	}
}

// optional is auth.Optional for gin. Anonymous is who sends no Authorization header at all; a bad token is refused.
func optional(auth *oidcauth.Authenticator) gin.HandlerFunc {
	strict := authenticate(auth)
	return func(c *gin.Context) {
		if len(c.Request.Header.Values("Authorization")) > 0 {
			strict(c)
		}
	}
}

// requireScopes stands behind authenticate; an anonymous request it refuses.
func requireScopes(auth *oidcauth.Authenticator, all ...string) gin.HandlerFunc {
	return require(auth, func(id *oidcauth.Identity) error { return id.RequireScopes(all...) })
}

// require is the same for every requirement of an Identity, and for a function that combines several.
func require(auth *oidcauth.Authenticator, met func(*oidcauth.Identity) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		id, _ := oidcauth.FromContext(c.Request.Context())
		if err := met(id); err != nil {
			auth.Refuse(c.Writer, c.Request, err)
			c.Abort()
		}
	}
}
