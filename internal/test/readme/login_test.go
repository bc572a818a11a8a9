package readme_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Each of these functions holds one block of a page. They are compiled and not called.
var (
	_ = loginRoutes
	_ = loginProviders
	_ = loginKeys
)

func loginRoutes(auth *oidcauth.Authenticator, rp *login.RelyingParty, mux *http.ServeMux, account, staff, pay http.Handler) {
	recent := rp.RequireAuthentication(5 * time.Minute) // or (0, "urn:example:mfa")
	mux.Handle("/auth/", rp)
	mux.Handle("GET /account", rp.Require(account))                         // a session, or a bearer token
	mux.Handle("GET /staff", rp.Require(auth.RequireRoles("staff")(staff))) // all requirements of the Authenticator
	mux.Handle("GET /payments", rp.Require(recent(pay)))                    // step-up
}

func loginProviders(auth0, google *provider.Client) []login.Provider {
	return []login.Provider{
		{
			Client: auth0, Name: "Employees", Scopes: []string{"openid", "profile", "offline_access"},
			Parameters: url.Values{"audience": {"https://stock.example.com"}},
		},
		{
			Client: google, Name: "Google", Callback: "callback-google", Scopes: []string{"openid", "email"},
			Prompt: "consent", Parameters: url.Values{"access_type": {"offline"}}, // Google's way to a refresh token
		},
	}
}

func loginKeys(current, former []byte) [][]byte {
	return [][]byte{current, former} // current seals, and both open
}

// loginTable lists the reasons that only a login or a session has.
func loginTable() string {
	var b strings.Builder
	b.WriteString("| reason | status | cause | fix |\n|---|---|---|---|\n")
	for _, r := range hints.Rules() {
		if r.Login && r.General {
			fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", r.Code, reason.Reason(r.Code).Status(), r.Cause, r.Fix)
		}
	}
	return b.String()
}

// loginHintTable lists the hints about logins, below their reasons.
func loginHintTable() string {
	var b strings.Builder
	b.WriteString("| reason | hint | cause | fix |\n|---|---|---|---|\n")
	for _, r := range hints.Rules() {
		if r.Login && !r.General {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(r.Reasons, ", "), r.Code, r.Cause, r.Fix)
		}
	}
	return b.String()
}
