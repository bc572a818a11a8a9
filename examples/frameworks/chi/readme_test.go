package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/knownbearer/knownbearer/oidcauth"
)

var _ = chiRoutes

// chiRoutes is a block of oidcauth/README.md.
func chiRoutes(auth *oidcauth.Authenticator, r chi.Router, orders, newOrder, catalogue http.HandlerFunc) {
	r.Group(func(r chi.Router) {
		r.Use(auth.Handler)
		r.Get("/orders", orders)
		r.With(auth.RequireScopes("orders.write")).Post("/orders", newOrder)
	})
	r.With(auth.Optional).Get("/catalogue", catalogue)
}
