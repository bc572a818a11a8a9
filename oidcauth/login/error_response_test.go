package login_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The operator reads how the provider describes its error. The visitor and scripts do not.
func TestDescriptionsAreForTheOperator(t *testing.T) {
	for name, c := range map[string]struct {
		at     oidctest.Endpoint
		status int
		code   string
		open   func(*world, *browser) visit
	}{
		"a refused code":             {oidctest.TokenEndpoint, 400, "invalid_grant", func(w *world, b *browser) visit { return b.open(w.app.URL + "/orders") }},
		"a refused exchange":         {oidctest.TokenEndpoint, 400, "invalid_request", func(w *world, b *browser) visit { return b.open(w.app.URL + "/orders") }},
		"a refused client":           {oidctest.TokenEndpoint, 401, "invalid_client", func(w *world, b *browser) visit { return b.open(w.app.URL + "/orders") }},
		"an outage":                  {oidctest.TokenEndpoint, 503, "temporarily_unavailable", func(w *world, b *browser) visit { return b.open(w.app.URL + "/orders") }},
		"a refused pushed request":   {oidctest.PushedAuthorization, 400, "invalid_request", func(w *world, b *browser) visit { return b.open(w.app.URL + "/orders") }},
		"a client that may not push": {oidctest.PushedAuthorization, 401, "invalid_client", func(w *world, b *browser) visit { return b.open(w.app.URL + "/orders") }},
		"a refused refresh token": {oidctest.TokenEndpoint, 400, "invalid_grant", func(w *world, b *browser) visit {
			return b.send(http.MethodGet, w.app.URL+"/orders", nil, fetching())
		}},
		"a failed refresh": {oidctest.TokenEndpoint, 400, "invalid_request", func(w *world, b *browser) visit {
			return b.send(http.MethodGet, w.app.URL+"/orders", nil, fetching())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, setup{})
			b := w.browser()
			if name == "a refused refresh token" || name == "a failed refresh" {
				b.open(w.app.URL + "/")
				w.op.Advance(6 * time.Minute)
			}
			w.op.Fail(c.at, oidctest.Fault{Status: c.status, Body: `{"error":"` + c.code + `","error_description":"the callback of this client differs"}`})
			v := c.open(w, b)
			require.GreaterOrEqual(t, v.status, 400)
			require.NotContains(t, v.body, "callback")
			require.NotContains(t, v.header.Get("Www-Authenticate"), "callback")
			require.Contains(t, w.logged(), "the callback of this client differs")
			require.Contains(t, w.logged(), c.code)
			require.Contains(t, w.refusal(t).String(), "the callback of this client differs")
		})
	}
}
