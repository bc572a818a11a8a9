package oidcauth

import (
	"net/http"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/claims"
)

// Handler returns a handler that calls next with the [Identity] in the request's context, or refuses the request.
func (a *Authenticator) Handler(next http.Handler) http.Handler { return a.handler(a.Check, next) }

// Optional is [Authenticator.Handler] for a route that also serves anonymous requests: for a request without credentials
// it calls next without an Identity. A bad token is refused.
func (a *Authenticator) Optional(next http.Handler) http.Handler {
	return a.handler(a.CheckOptional, next)
}

func (a *Authenticator) handler(check func(*http.Request) (*Identity, error), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := check(r)
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		if id != nil {
			if a.config.Response.DecisionID {
				w.Header().Set("Decision-Id", id.DecisionID())
			}
			r = withIdentity(r, id)
		}
		if nonce := a.nonce(); nonce != "" {
			w.Header().Set("DPoP-Nonce", nonce) // RFC 9449 section 8.2
		}
		next.ServeHTTP(w, r)
	})
}

// RequireScopes returns a middleware for use behind [Authenticator.Handler]: the token must grant all of the scopes. See
// [Identity.RequireScopes]. Without an Identity in the context it refuses with 401, as the other requirements do.
func (a *Authenticator) RequireScopes(all ...string) func(http.Handler) http.Handler {
	all = slices.Clone(all)
	return a.require(func(id *Identity) error { return id.RequireScopes(all...) })
}

// RequireAnyScope returns a middleware that calls [Identity.RequireAnyScope].
func (a *Authenticator) RequireAnyScope(anyOf ...string) func(http.Handler) http.Handler {
	anyOf = slices.Clone(anyOf)
	return a.require(func(id *Identity) error { return id.RequireAnyScope(anyOf...) })
}

// RequireRoles returns a middleware that calls [Identity.RequireRoles].
func (a *Authenticator) RequireRoles(all ...string) func(http.Handler) http.Handler {
	all = slices.Clone(all)
	return a.require(func(id *Identity) error { return id.RequireRoles(all...) })
}

// RequireAnyRole returns a middleware that calls [Identity.RequireAnyRole].
func (a *Authenticator) RequireAnyRole(anyOf ...string) func(http.Handler) http.Handler {
	anyOf = slices.Clone(anyOf)
	return a.require(func(id *Identity) error { return id.RequireAnyRole(anyOf...) })
}

// RequireClaims returns a middleware that calls [Identity.RequireClaims].
func (a *Authenticator) RequireClaims(checks ...claims.Check) func(http.Handler) http.Handler {
	checks = slices.Clone(checks)
	return a.require(func(id *Identity) error { return id.RequireClaims(checks...) })
}

// RequireUser returns a middleware that calls [Identity.RequireUser].
func (a *Authenticator) RequireUser() func(http.Handler) http.Handler {
	return a.require((*Identity).RequireUser)
}

// Require returns a middleware that calls [Identity.Require].
func (a *Authenticator) Require(rule string, allow func(*Identity) error) func(http.Handler) http.Handler {
	return a.require(func(id *Identity) error { return id.Require(rule, allow) })
}

func (a *Authenticator) require(met func(*Identity) error) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := FromContext(r.Context())
			if err := met(id); err != nil {
				a.Refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// RequireAuthentication returns a middleware for use behind [Authenticator.Handler]: the user must have authenticated as
// [Identity.RequireAuthentication] requires. Otherwise it refuses with 401 and the challenge of RFC 9470 section 3, so that the
// client asks the user to authenticate again.
func (a *Authenticator) RequireAuthentication(maxAge time.Duration, acr ...string) func(http.Handler) http.Handler {
	acr = slices.Clone(acr)
	return a.require(func(id *Identity) error { return id.RequireAuthentication(maxAge, acr...) })
}
