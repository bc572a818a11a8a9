package login_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// A client that cancels its request causes no record of an outage: neither the provider nor the store is down.
func TestCancelledRequestIsNoOutage(t *testing.T) {
	for _, c := range []struct {
		name, method string
		target       func(*world, *browser) string
		during       oidctest.Endpoint // during a call to it, or before the store is asked
	}{
		{"refresh", http.MethodGet, func(w *world, b *browser) string {
			b.open(w.app.URL + "/")
			w.op.Advance(6 * time.Minute)
			return w.app.URL + "/"
		}, oidctest.TokenEndpoint},
		{"callback", http.MethodGet, func(w *world, b *browser) string { return b.callback(w, "/") }, oidctest.TokenEndpoint},
		{"pushed request", http.MethodGet, func(w *world, _ *browser) string { return w.app.URL + "/auth/login" }, oidctest.PushedAuthorization},
		{"session", http.MethodGet, func(w *world, b *browser) string {
			b.open(w.app.URL + "/")
			return w.app.URL + "/"
		}, ""},
		{"logout", http.MethodPost, func(w *world, b *browser) string {
			b.open(w.app.URL + "/")
			return w.app.URL + "/auth/logout"
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var hangUp atomic.Pointer[context.CancelFunc]
			var w *world
			w = newWorld(t, setup{provider: func(p *provider.Config) {
				p.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					if cancel := hangUp.Load(); cancel != nil && r.URL.Path == string(c.during) {
						(*cancel)()
						w.op.Fail(c.during, oidctest.Fault{Hang: true})
					}
					return http.DefaultTransport.RoundTrip(r)
				})}
			}})
			b := w.browser()
			at := c.target(w, b)
			handler := *w.handler.Load()
			w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				ctx, cancel := context.WithCancel(r.Context())
				defer cancel()
				if c.during == "" {
					cancel()
				} else {
					hangUp.Store(&cancel)
				}
				handler.ServeHTTP(rw, r.WithContext(ctx))
			}))
			header := with(navigation(), "Sec-Fetch-Site", "same-origin")
			require.Equal(t, http.StatusServiceUnavailable, b.step(c.method, at, nil, header).status)
			require.NotContains(t, w.kinds(), decision.Refused)
			require.NotContains(t, w.logged(), "unavailable")
		})
	}
}
