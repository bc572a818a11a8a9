package oidcauth_test

import (
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func authenticationHints() []hinted {
	acr := func(values ...any) scene {
		s := scene{acr: []string{"mfa"}}
		if len(values) > 0 {
			s.claims = oidctest.Claims{"acr": values[0]}
		}
		return s
	}
	ago := func(d time.Duration) scene {
		return scene{maxAge: time.Minute, claims: oidctest.Claims{"auth_time": time.Now().Add(-d).Unix()}}
	}
	nearly := func(near scene) func(*scene) { return func(s *scene) { *s = near } }
	machine := acr("pwd")
	machine.claims["gty"] = "client-credentials"
	return []hinted{
		{"no user", "machine_cannot_authenticate", machine, func(s *scene) { delete(s.claims, "gty") }},
		{"no acr", "acr_not_stated", acr(), nearly(acr("pwd"))},
		{"another acr", "acr_differs", acr("pwd"), nearly(acr())},
		{"no auth_time", "auth_time_not_stated", scene{maxAge: time.Minute}, nearly(ago(time.Hour))},
		{"old", "authenticated_too_long_ago", ago(time.Hour), nearly(ago(-time.Hour))},
		{"future", "authenticated_in_future", ago(-time.Hour), nearly(ago(time.Hour))},
	}
}
