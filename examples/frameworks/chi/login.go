package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// addLogin adds the login and the routes behind it. All middleware is used as it is.
func addLogin(router chi.Router, auth *oidcauth.Authenticator, rp *login.RelyingParty, visit func(who string)) {
	a := api{visit}
	router.Handle("/auth/*", rp) // login, callback, logout
	router.Route("/account", func(account chi.Router) {
		account.Use(rp.Require) // a session, or a bearer token
		account.Get("/", a.me)
		account.With(auth.RequireRoles("auditor")).Get("/reports", a.reports)
		account.With(rp.RequireAuthentication(0, "urn:example:mfa")).Get("/payments", a.payments)
	})
}

func (a api) payments(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	a.say(w, id.Name(), "payments of "+id.Name())
}
