package main

import (
	"net/http"
	"testing"

	"github.com/knownbearer/knownbearer/examples/frameworks/internal/frametest"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
)

func TestRoutes(t *testing.T) { frametest.Run(t, handler) }

func TestRules(t *testing.T) { frametest.RunRules(t, handler) }

func TestLogin(t *testing.T) { frametest.RunLogin(t, withLogin) }

func handler(auth *oidcauth.Authenticator, visit func(who string)) http.Handler {
	return routes(auth, visit)
}

func withLogin(auth *oidcauth.Authenticator, rp *login.RelyingParty, visit func(who string)) http.Handler {
	router := routes(auth, visit)
	addLogin(router, auth, rp, visit)
	return router
}
